"""Train the look prior: the network that tells a look from a few vintage pictures of unknown scenes.

    python scripts/train_prior.py PHOTOGRAPHS TABLES STATE [--steps N] [--seed 0] [--minutes M]

PHOTOGRAPHS is a folder of JPEG pictures, TABLES one of HaldCLUT tables in subfolders. The prior learns from random
looks (``core/looks/simulator``) and the tables, on the photographs and the ordinary ones that ship with the package.
What ``prior_split`` keeps back is only measured. STATE is a folder of weights, optimiser and log, and a run that
was interrupted goes on from them. ``scripts/export_prior.py`` puts the result into the package.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import prior_split
from film import Film

from napari_retrogan.core.images.pixel_positions import pixel_positions
from napari_retrogan.core.looks.prior_inputs import PRIOR_SIZE, picture_statistics, prior_pixels, set_statistics
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.simulation.simulator import RandomLook
from napari_retrogan.core.stages.colour import POSITION_CHANNELS

VIEW = 96
CROPS = 16
"""Crops kept of each photograph, besides the whole."""
SET_SIZES = (1, 2, 4, 6, 8, 12, 16, 16, 24, 32)
PICTURES_A_STEP = 192
QUERIES = 192
FILM_SHARE, IDENTITY_SHARE = 0.42, 0.03
COLLAGE_SHARE = 0.4
"""Of scenes, that are put together from two: so few photographs would be learnt by heart."""
AHEAD = 6
WARM_UP = 500
LEARNING_RATE = 1e-3
AXIS = (np.arange(PRIOR_SIZE) + 0.5) / PRIOR_SIZE
POSITIONS = np.stack(
    [pixel_positions(shape, AXIS * shape[0], AXIS * shape[1]) for shape in ((1, 1), (2, 3), (3, 2), (3, 4))]
)
"""Where the pixels of a sample lie in pictures of several proportions, (4, 32, 32, 3)."""


class Bank:
    """Photographs as 32 x 32 pixel samples: whole and in crops."""

    def __init__(self, views: list[np.ndarray], seed: int) -> None:
        random = np.random.default_rng(seed)
        self.samples = np.stack([[prior_pixels(view), *_crops(view, random)] for view in views])

    def draw(self, count: int, random: np.random.Generator) -> np.ndarray:
        """Return scenes (count, 32, 32, 3): mostly of different photographs, each lit a little differently."""
        number = len(self.samples)
        few = random.random() < 0.15
        pool = random.choice(number, max(1, count // 3), replace=False) if few else np.arange(number)
        chosen = random.choice(pool, count, replace=count > len(pool))
        crops = np.where(random.random(count) < 0.5, 0, random.integers(1, 1 + CROPS, count))
        scenes = self.samples[chosen, crops]
        mirrored = random.random(count) < 0.5
        scenes = np.where(mirrored[:, None, None, None], scenes[:, :, ::-1], scenes)
        scenes = _collage(scenes, self.samples[random.choice(pool, count), 0], random)
        gains = np.exp(random.normal(0, 0.05, (count, 1, 1, 3)) + random.normal(0, 0.12, (count, 1, 1, 1)))
        gammas = np.exp(random.normal(0, 0.1, (count, 1, 1, 1)))
        return np.clip(scenes**gammas * gains, 0, 1).astype(np.float32)


def _collage(scenes: np.ndarray, others: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return scenes (N, 32, 32, 3), some of which end at a line, where another begins."""
    angles = random.uniform(0, 2 * np.pi, len(scenes))
    lines = np.where(random.random(len(scenes)) < COLLAGE_SHARE, random.uniform(-0.4, 0.4, len(scenes)), -np.inf)
    down, across = np.sin(angles)[:, None, None], np.cos(angles)[:, None, None]
    beyond = (AXIS - 0.5)[:, None] * down + (AXIS - 0.5) * across < lines[:, None, None]
    return np.where(beyond[..., None], others, scenes)


class FilmLook:
    """A film, perhaps mixed with another, printed on it, with exchanged layers, weakened or under a random look."""

    def __init__(self, films: list[Film], random: np.random.Generator) -> None:
        self.film, self.other = (films[random.integers(len(films))] for _ in range(2))
        kind = random.random()
        self.mixed = random.uniform(0.2, 0.8) if kind < 0.3 else 0.0
        self.printed = random.uniform(0.2, 0.8) if 0.3 <= kind < 0.45 else 0.0
        self.layers = random.permutation(3) if kind > 0.85 else np.arange(3)
        self.strength = 1.0 if random.random() < 0.5 else random.uniform(0.3, 1.4)
        self.over = None
        if random.random() < 0.4:
            look = RandomLook.draw(random)
            self.over = RandomLook(look.steps, look.strength * random.uniform(0.1, 0.6))

    def tone(self, colours: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """Return colours (..., 3) in this look."""
        mapped = self.film.colours(colours[..., self.layers])[..., np.argsort(self.layers)]
        if self.mixed:
            mapped = mapped + np.float32(self.mixed) * (self.other.colours(colours) - mapped)
        if self.printed:
            mapped = mapped + np.float32(self.printed) * (self.other.colours(mapped) - mapped)
        mapped = np.clip(colours + np.float32(self.strength) * (mapped - colours), 0, 1)
        return mapped if self.over is None else self.over.tone(mapped, positions)


def draw_look(films: list[Film], random: np.random.Generator) -> Any:
    """Draw a film, a random look or none at all."""
    kind = random.random()
    if kind < IDENTITY_SHARE:
        return RandomLook(())
    if kind < IDENTITY_SHARE + FILM_SHARE:
        return FilmLook(films, random)
    return RandomLook.draw(random)


def make_batch(bank: Bank, films: list[Film], seed: list[int]) -> dict[str, np.ndarray]:
    """Return the batch of a step: sets of one size, each in a look of its own."""
    random = np.random.default_rng(seed)
    size = int(random.choice(SET_SIZES))
    rows: dict[str, list[np.ndarray]] = {name: [] for name in ("pictures", "set_statistics", "colours", "targets")}
    number = int(np.clip(PICTURES_A_STEP // size, 8, 48))
    where = []
    for _ in range(number):
        look = draw_look(films, random)
        pictures = look.tone(bank.draw(size, random), POSITIONS[random.integers(len(POSITIONS), size=size)])
        colours, positions = draw_queries(bank, random)
        rows["pictures"].append(pictures)
        rows["set_statistics"].append(set_statistics(list(pictures)))
        rows["colours"].append(colours)
        rows["targets"].append(look.tone(colours, positions))
        where.append(positions)
    batch = {name: np.stack(values) for name, values in rows.items()}
    batch["statistics"] = picture_statistics(batch["pictures"])
    batch["positions"] = np.stack(where)
    return batch


def draw_queries(bank: Bank, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return colours (Q, 3), most of them of photographs, and positions (Q, 3)."""
    seen = 5 * QUERIES // 6
    scenes = bank.draw(8, random).reshape(-1, 3)
    chosen = random.integers(len(scenes), size=seen)
    colours = np.concatenate([scenes[chosen], random.random((QUERIES - seen, 3), np.float32)])
    positions = POSITIONS.reshape(-1, POSITION_CHANNELS)
    return colours, positions[random.integers(len(positions), size=QUERIES)]


class Workshop:
    """What a process that makes batches holds."""

    bank: Bank
    films: list[Film]


def open_workshop(photographs: Path, tables: Path, seed: int) -> None:
    """Read photographs and tables once in a process."""
    views = [read_view(path) for path in prior_split.training_photographs(photographs)]
    Workshop.bank = Bank([*views, *ordinary_photographs()], seed)
    Workshop.films = [Film.read(path) for path in prior_split.training_tables(tables)]


def make_step(seed: int, step: int) -> dict[str, np.ndarray]:
    """Return the batch of a step, in a process that has been opened."""
    return make_batch(Workshop.bank, Workshop.films, [seed, step])


def batches(pool: ProcessPoolExecutor, seed: int, first: int, last: int) -> Any:
    """Yield the batches of steps, some of them made ahead in processes."""
    made: deque[Any] = deque()
    for step in range(first, last):
        while len(made) < AHEAD and step + len(made) < last:
            made.append(pool.submit(make_step, seed, step + len(made)))
        yield step, made.popleft().result()


def learning_rate(step: int, steps: int) -> float:
    """Return the rate of a step: a short rise, then half a cosine."""
    share = step / steps
    return LEARNING_RATE * min(1.0, (step + 1) / WARM_UP) * (0.5 + 0.5 * float(np.cos(np.pi * share))) + 1e-6


def evaluate(
    model: Any, films: dict[str, Film], layers: list[np.ndarray], unseen: list[np.ndarray]
) -> dict[str, float]:
    """Return the mean CIEDE2000 of films kept back, by the size of the set, over three draws of scenes."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    figures = {}
    colours = np.stack([prior_pixels(view) for view in unseen]).reshape(1, -1, 3)
    positions = np.broadcast_to(POSITIONS[0], (len(unseen), *POSITIONS[0].shape)).reshape(1, -1, POSITION_CHANNELS)
    for size in (1, 4, 16):
        errors = []
        for film in films.values():
            truth = rgb2lab(film.colours(colours))
            for draw in range(3):
                scenes = np.stack([prior_pixels(view) for view in layers[16 * draw : 16 * draw + size]])
                pictures = film.colours(scenes)[None]
                batch = {
                    "pictures": pictures,
                    "statistics": picture_statistics(pictures),
                    "set_statistics": set_statistics(list(pictures[0]))[None],
                    "colours": colours,
                    "positions": positions,
                }
                mapped = np.clip(np.asarray(model(batch)["mapped"]), 0, 1)
                errors.append(float(deltaE_ciede2000(truth, rgb2lab(mapped)).mean()))
        figures[f"held_out_{size}"] = round(float(np.mean(errors)), 3)
    return figures


def read_view(path: Path) -> np.ndarray:
    """Return a photograph with a long side of 96 px, RGB in [0, 1]."""
    with Image.open(path) as image:
        scale = VIEW / max(image.size)
        small = image.convert("RGB").resize(
            [max(1, round(scale * extent)) for extent in image.size], Image.Resampling.BOX
        )
        return np.asarray(small, np.float32) / 255


def _crops(view: np.ndarray, random: np.random.Generator) -> list[np.ndarray]:
    """Return pixel samples of random parts of a photograph."""
    parts = []
    for _ in range(CROPS):
        rows, columns = (max(PRIOR_SIZE // 2, int(extent * random.uniform(0.35, 0.9))) for extent in view.shape[:2])
        top, left = (
            random.integers(max(1, full - part)) for full, part in zip(view.shape, (rows, columns), strict=False)
        )
        parts.append(prior_pixels(view[top : top + rows, left : left + columns]))
    return parts


def save(model: Any, state: Path, step: int) -> None:
    """Write weights and optimiser beside their place and move them there."""
    arrays = {f"model/{number}": np.asarray(value) for number, value in enumerate(model.weights)}
    arrays |= {f"optimizer/{number}": np.asarray(value) for number, value in enumerate(model.optimizer.variables)}
    partial = state / "state.part.npz"
    np.savez(partial, step=step, **arrays)
    partial.replace(state / "state.npz")


def load(model: Any, state: Path) -> int:
    """Restore weights and optimiser; return the step to go on from."""
    if not (state / "state.npz").exists():
        return 0
    with np.load(state / "state.npz") as arrays:
        for number, variable in enumerate(model.weights):
            variable.assign(arrays[f"model/{number}"])
        for number, variable in enumerate(model.optimizer.variables):
            variable.assign(arrays[f"optimizer/{number}"])
        return int(arrays["step"])


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("state", type=Path)
    parser.add_argument("--steps", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop, to be resumed, after so long")
    arguments = parser.parse_args()
    arguments.state.mkdir(parents=True, exist_ok=True)

    from napari_retrogan.core.backend import use_backend

    use_backend(None)
    import keras
    from prior_networks import LookPrior

    keras.utils.set_random_seed(arguments.seed)
    kept = [read_view(path) for path in prior_split.evaluation_photographs(arguments.photographs)]
    layers, unseen = kept[: prior_split.NUM_LAYERS], kept[prior_split.NUM_LAYERS :]
    held_out = {path.stem: Film.read(path) for path in prior_split.held_out_tables(arguments.tables)}
    sources = arguments.photographs, arguments.tables, arguments.seed
    open_workshop(*sources)
    numbers = len(Workshop.bank.samples), len(Workshop.films), len(held_out)
    print("{} photographs, {} tables, {} held out".format(*numbers), flush=True)

    model = LookPrior()
    model.compile(optimizer=keras.optimizers.AdamW(LEARNING_RATE, weight_decay=1e-4, clipnorm=1.0))
    model.train_on_batch(make_step(arguments.seed, 0))
    first = load(model, arguments.state)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=open_workshop, initargs=sources) as pool:
        train(model, pool, first, held_out, layers, unseen, arguments)


def train(
    model: Any,
    pool: ProcessPoolExecutor,
    first: int,
    held_out: dict[str, Film],
    layers: list[np.ndarray],
    unseen: list[np.ndarray],
    arguments: argparse.Namespace,
) -> None:
    """Do the steps that are left, and log and save now and then."""
    started, mean = time.monotonic(), None
    for step, batch in batches(pool, arguments.seed, first, arguments.steps):
        model.optimizer.learning_rate = learning_rate(step, arguments.steps)
        model.reset_metrics()
        logs = model.train_on_batch(batch, return_dict=True)
        mean = logs["difference"] if mean is None else 0.99 * mean + 0.01 * logs["difference"]
        seconds = round(time.monotonic() - started, 1)
        late = seconds > 60 * arguments.minutes
        if (step + 1) % 500 == 0 or late or step + 1 == arguments.steps:
            row = {"step": step + 1, "seconds": seconds, "difference": round(float(mean), 3)}
            row |= evaluate(model, held_out, layers, unseen)
            print(json.dumps(row), flush=True)
            with (arguments.state / "log.jsonl").open("a") as log:
                log.write(json.dumps(row) + "\n")
            save(model, arguments.state, step + 1)
        if late:
            break


if __name__ == "__main__":
    main()

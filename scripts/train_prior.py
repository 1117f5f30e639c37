"""Train the look prior: the network that tells a look from a few vintage pictures of unknown scenes.

    python scripts/train_prior.py PHOTOGRAPHS TABLES STATE [--wider FOLDER ...] [--start-from-package] [--rate R]
        [--steps N] [--seed 0] [--minutes M] [--finish-in M]

PHOTOGRAPHS is a folder of JPEG pictures, TABLES one of HaldCLUT tables in subfolders. The prior learns from random
looks (``core/simulation/simulator``) and the tables, on the photographs, the ordinary ones that ship with the package
and those of wider folders. What ``prior_split`` keeps back is only measured. STATE is a folder of weights, optimiser
and log, and a run that was interrupted goes on from them, also with another number of steps.
``scripts/export_prior.py`` puts the result into the package.
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

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import prior_split
from film import Film
from prior_batches import POSITIONS, Workshop, make_step, open_workshop, read_view

from napari_retrogan.core.looks.prior_inputs import picture_statistics, prior_pixels, set_statistics
from napari_retrogan.core.stages.colour import POSITION_CHANNELS

AHEAD = 6
WARM_UP = 500
LEARNING_RATE = 1e-3


def batches(pool: ProcessPoolExecutor, seed: int, first: int, last: int) -> Any:
    """Yield the batches of steps, some of them made ahead in processes."""
    made: deque[Any] = deque()
    for step in range(first, last):
        while len(made) < AHEAD and step + len(made) < last:
            made.append(pool.submit(make_step, seed, step + len(made)))
        yield step, made.popleft().result()


def learning_rate(step: int, share: float, highest: float) -> float:
    """Return the rate of a step: a short rise, then half a cosine over the share of the run that is done."""
    return highest * min(1.0, (step + 1) / WARM_UP) * (0.5 + 0.5 * float(np.cos(np.pi * share))) + 1e-6


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
    parser.add_argument("--wider", type=Path, nargs="+", default=[], help="folders of more photographs to learn from")
    parser.add_argument("--start-from-package", action="store_true", help="begin with the weights that ship")
    parser.add_argument("--rate", type=float, default=LEARNING_RATE, help="the highest learning rate")
    parser.add_argument("--steps", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop, to be resumed, after so long")
    parser.add_argument(
        "--finish-in",
        type=float,
        default=float("inf"),
        metavar="MINUTES",
        help="end by then, the rate falling with time",
    )
    arguments = parser.parse_args()
    arguments.state.mkdir(parents=True, exist_ok=True)

    from napari_retrogan.core.backend import use_backend

    use_backend(None)
    import keras
    from export_prior import read_package
    from prior_networks import LookPrior

    keras.utils.set_random_seed(arguments.seed)
    kept = [read_view(path) for path in prior_split.evaluation_photographs(arguments.photographs)]
    layers, unseen = kept[: prior_split.NUM_LAYERS], kept[prior_split.NUM_LAYERS :]
    held_out = {path.stem: Film.read(path) for path in prior_split.held_out_tables(arguments.tables)}
    sources = arguments.photographs, arguments.tables, arguments.seed, arguments.wider
    open_workshop(*sources)
    numbers = len(Workshop.bank.samples), len(Workshop.films), len(held_out)
    print("{} photographs, {} tables, {} held out".format(*numbers), flush=True)

    model = LookPrior()
    model.compile(optimizer=keras.optimizers.AdamW(arguments.rate, weight_decay=1e-4, clipnorm=1.0))
    model.optimizer.build(model.trainable_variables)
    if arguments.start_from_package:
        read_package(model)
    first = load(model, arguments.state)
    if not first:
        print(json.dumps({"step": 0} | evaluate(model, held_out, layers, unseen)), flush=True)
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
        share = max(step / arguments.steps, (time.monotonic() - started) / 60 / arguments.finish_in)
        model.optimizer.learning_rate = learning_rate(step, min(share, 1.0), arguments.rate)
        model.reset_metrics()
        logs = model.train_on_batch(batch, return_dict=True)
        mean = logs["difference"] if mean is None else 0.99 * mean + 0.01 * logs["difference"]
        seconds = round(time.monotonic() - started, 1)
        late = seconds > 60 * min(arguments.minutes, arguments.finish_in)
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

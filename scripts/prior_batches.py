"""What the look prior is trained on: sets of scenes in looks, and colours that show what each look makes of them."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import prior_split
from film import Film

from napari_retrogan.core.images.pixel_positions import pixel_positions
from napari_retrogan.core.looks.prior_inputs import PRIOR_SIZE, picture_statistics, prior_pixels, set_statistics
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.simulation.simulator import RandomLook
from napari_retrogan.core.stages.colour import POSITION_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Sequence

VIEW = 96
CROPS = 16
"""Crops kept of each photograph, besides the whole."""
SET_SIZES = (1, 2, 4, 6, 8, 12, 16, 16, 24, 32)
PICTURES_A_STEP = 192
QUERIES = 192
FILM_SHARE, IDENTITY_SHARE = 0.42, 0.03
ONE_SUBJECT, SUBJECT_WORTH = ("clothing_", "flowers_", "grocery_", "lire-cars_"), 40
"""Collections in wider folders that show one kind of thing, and as how many photographs each of them counts."""
COLLAGE_SHARE = 0.4
"""Of scenes, that are put together from two: so few photographs would be learnt by heart."""
AXIS = (np.arange(PRIOR_SIZE) + 0.5) / PRIOR_SIZE
POSITIONS = np.stack(
    [pixel_positions(shape, AXIS * shape[0], AXIS * shape[1]) for shape in ((1, 1), (2, 3), (3, 2), (3, 4))]
)
"""Where the pixels of a sample lie in pictures of several proportions, (4, 32, 32, 3)."""


class Bank:
    """Photographs as 32 x 32 pixel samples: whole and in crops.

    Parameters
    ----------
    views
        Small photographs (Y, X, 3) RGB in [0, 1].
    seed
        Of the crops.
    worths
        How often each is drawn, in proportion; all alike by default.
    """

    def __init__(self, views: list[np.ndarray], seed: int, worths: np.ndarray | None = None) -> None:
        random = np.random.default_rng(seed)
        self.samples = np.stack([[prior_pixels(view), *_crops(view, random)] for view in views])
        self.worths = worths

    def draw(self, count: int, random: np.random.Generator) -> np.ndarray:
        """Return scenes (count, 32, 32, 3): mostly of different photographs, each lit a little differently."""
        number = len(self.samples)
        few = random.random() < 0.15
        chances = None if self.worths is None else self.worths / self.worths.sum()
        pool = random.choice(number, max(1, count // 3), replace=False, p=chances) if few else np.arange(number)
        chances = None if few else chances
        chosen = random.choice(pool, count, replace=count > len(pool), p=chances)
        crops = np.where(random.random(count) < 0.5, 0, random.integers(1, 1 + CROPS, count))
        scenes = self.samples[chosen, crops]
        mirrored = random.random(count) < 0.5
        scenes = np.where(mirrored[:, None, None, None], scenes[:, :, ::-1], scenes)
        scenes = _collage(scenes, self.samples[random.choice(pool, count, p=chances), 0], random)
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


def open_workshop(photographs: Path, tables: Path, seed: int, wider: Sequence[Path] = ()) -> None:
    """Read photographs and tables once in a process."""
    views = [read_view(path) for path in prior_split.training_photographs(photographs)]
    views += ordinary_photographs()
    worths = None
    if wider:
        more = prior_split.wider_photographs(wider, photographs)
        worths = np.concatenate([np.ones(len(views)), _worths(more)])
        views += [read_view(path) for path in more]
    Workshop.bank = Bank(views, seed, worths)
    Workshop.films = [Film.read(path) for path in prior_split.training_tables(tables)]


def _worths(paths: Sequence[Path]) -> np.ndarray:
    """Return how much each photograph of wider folders counts: collections of one subject as few varied ones."""
    subjects = [next((name for name in ONE_SUBJECT if path.name.startswith(name)), None) for path in paths]
    counts = Counter(subjects)
    return np.array([1.0 if subject is None else min(1.0, SUBJECT_WORTH / counts[subject]) for subject in subjects])


def make_step(seed: int, step: int) -> dict[str, np.ndarray]:
    """Return the batch of a step, in a process that has been opened."""
    return make_batch(Workshop.bank, Workshop.films, [seed, step])


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

"""Which looks, layers and numbers of images the accuracy of looks is measured with."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from film import Film, Picture, read_rgb
from PIL import Image
from web_filters import FILTERS, WebFilter

sys.path.append(str(Path(__file__).parents[1] / "scripts"))

from prior_split import NUM_LAYERS, evaluation_photographs, held_out_tables

NUM_DRAWS = 3
LAYERS_A_DRAW = NUM_LAYERS // NUM_DRAWS
WEB_FILTERS = "web filters"


class Look(Protocol):
    """A look with a known truth."""

    def colours(self, picture: Picture) -> Picture:
        """Return (Y, X, 3) RGB in [0, 1] in the look's colours alone."""

    def expose(self, picture: Picture, seed: int) -> Picture:
        """Return the picture in the look's colours, softness and grain."""


@dataclass(frozen=True)
class Case:
    """A number of images: of the style, of the content, or of pairs; ``long_side`` in pixels, None as they are."""

    vintage: int
    photographs: int
    paired: bool = False
    long_side: int | None = None


CASES = {
    "1+1": Case(1, 1),
    "4+4": Case(4, 4),
    "16+16": Case(16, 16),
    "1 pair": Case(1, 1, paired=True, long_side=512),
    "4 pairs": Case(4, 4, paired=True),
}


@dataclass(frozen=True)
class Layers:
    """Pictures of one training, and those it is measured on."""

    photographs: list[Picture]
    vintage: list[Picture]
    paired: bool


@dataclass(frozen=True)
class Run:
    """One measurement: a look by its name ``group/name``, a case by its name, and a draw of layers."""

    look: str
    case: str
    draw: int

    @property
    def group(self) -> str:
        """The kind of look: the folder of its table, or ``web filters``."""
        return self.look.split("/")[0]


def look_names(tables: Path) -> list[str]:
    """Return the names of all looks: films kept from the prior, then web filters."""
    films = [f"{table.parent.name}/{table.stem}" for table in held_out_tables(tables)]
    return [*films, *(f"{WEB_FILTERS}/{name}" for name in FILTERS)]


def read_look(name: str, tables: Path) -> Look:
    """Return a look by its name."""
    group, _, stem = name.partition("/")
    return WebFilter(stem) if group == WEB_FILTERS else Film.read(tables / f"{name}.png")


def draw_layers(folder: Path, look: Look, case: Case, draw: int) -> Layers:
    """Return the layers of one draw: three disjoint sets of scenes, each once the style's and once the content's.

    Every three draws share out the scenes anew; the first three do in the order that they are kept in, and their sets
    happen to differ in colour by a third as much as is usual. Smaller cases take the first pictures of the same sets.
    A pair shows a scene of the content's set before and after.
    """
    paths = evaluation_photographs(folder)[:NUM_LAYERS]
    if sharing := draw // NUM_DRAWS:
        paths = [paths[index] for index in np.random.default_rng(sharing).permutation(NUM_LAYERS)]

    def scenes(index: int, count: int) -> list[Picture]:
        start = index % NUM_DRAWS * LAYERS_A_DRAW
        return [resize(read_rgb(path), case.long_side) for path in paths[start : start + count]]

    photographs = scenes(draw + 1, case.photographs)
    prints = photographs if case.paired else scenes(draw, case.vintage)
    vintage = [look.expose(picture, 100 + LAYERS_A_DRAW * draw + index) for index, picture in enumerate(prints)]
    return Layers(photographs, vintage, case.paired)


def unseen_paths(folder: Path) -> list[Path]:
    """Return the photographs that no draw and no prior has seen."""
    return evaluation_photographs(folder)[NUM_LAYERS:]


def resize(picture: Picture, long_side: int | None) -> Picture:
    """Return a picture in [0, 1] with another long side, of eight bits as a file would hold it."""
    if long_side is None:
        return picture
    image = Image.fromarray(np.rint(picture * 255).astype(np.uint8))
    image.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    return np.asarray(image, np.float32) / np.float32(255)


def plan(looks: list[str], cases: list[str], draws: list[int]) -> list[Run]:
    """Return the runs: all of a case before the next, all draws of a look one after the other."""
    return [Run(look, case, draw) for case in cases for look in looks for draw in draws]

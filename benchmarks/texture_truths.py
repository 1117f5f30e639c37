"""The truths and the real sets that textures are measured with, and the cut-outs that marks are laid from."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from film import read_rgb
from PIL import Image

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.simulation.crystals import add_dye_clouds, add_opaque_discs, add_silver_grain
from napari_retrogan.core.simulation.film import add_grain, soften
from napari_retrogan.core.simulation.marks import lay_marks
from napari_retrogan.core.simulation.screens import add_paper_tooth, lay_halftone, lay_starch_mosaic
from napari_retrogan.core.simulation.stray_light import GREEN_GLOW, RED_GLOW, Shift, add_fringes, add_halation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Picture = NDArray[np.float32]
    CutOuts = dict[str, list[Picture]]

RED_SHIFT, BLUE_SHIFT = Shift(1.2, -0.8, 1.002), Shift(-0.6, 1.0, 0.9985)
REAL = {
    "plates": "vintage_plates/*.jpg",
    "silver": "vintage_bw/*.jpg",
    "slides": "vintage_color/documerica*.jpg",
    "old colour": "vintage_color/[!d]*.jpg",
}
"""Patterns of files by set."""


@dataclass(frozen=True)
class Truth:
    """What is done to a picture, given a seed; ``marked`` also takes cut-outs."""

    make: Callable[..., Picture]
    marked: bool = False
    gaussian: bool = False


def _silver(picture: Picture, seed: int) -> Picture:
    """Return a picture in black and white on silver."""
    grey = np.repeat((picture @ LUMINANCE)[..., None], 3, -1)
    return add_silver_grain(grey, 0.15, 0.3, seed)


TRUTHS = {
    "gaussian": Truth(lambda picture, seed: add_grain(picture, 0.05, 0.8, seed), gaussian=True),
    "dye clouds": Truth(lambda picture, seed: add_dye_clouds(picture, 60, 0.6, 0.08, seed)),
    "silver grain": Truth(_silver),
    "discs": Truth(lambda picture, seed: add_opaque_discs(picture, 0.04, 1.2, seed)),
    "red halation": Truth(lambda picture, seed: add_halation(picture, RED_GLOW)),
    "green halation": Truth(lambda picture, seed: add_halation(picture, GREEN_GLOW)),
    "fringes": Truth(lambda picture, seed: add_fringes(picture, RED_SHIFT, BLUE_SHIFT)),
    "marks": Truth(lambda picture, seed, cut_outs: lay_marks(picture, cut_outs, seed)[0], marked=True),
    "mosaic": Truth(lambda picture, seed: lay_starch_mosaic(picture, 2.0, 0.6, seed)),
    "screen": Truth(lambda picture, seed: soften(lay_halftone(picture, 4.0, seed=seed), 0.7)),
    "tooth": Truth(lambda picture, seed: add_paper_tooth(picture, 0.04, 1.5, seed)),
}

NEARLY = {
    "discs": Truth(lambda picture, seed: add_opaque_discs(picture, 0.04, 1.1, seed)),
    "mosaic": Truth(lambda picture, seed: lay_starch_mosaic(picture, 2.2, 0.6, seed)),
    "screen": Truth(lambda picture, seed: soften(lay_halftone(picture, 4.02, seed=seed), 0.7)),
}
"""Truths of which one number is a little off: how strict a measure is."""


@cache
def read_cut_outs(folder: Path) -> tuple[CutOuts, CutOuts]:
    """Return opacities (h, w) by kind in two halves, to train with and held out; a file's name alone decides."""
    halves: tuple[CutOuts, CutOuts] = ({}, {})
    for path in sorted(folder.glob("*.png")):
        half = zlib.crc32(path.stem.encode()) % 2
        opacity = np.asarray(Image.open(path).convert("RGBA"), np.float32)[..., 3] / np.float32(255)
        halves[half].setdefault(path.stem.split("-")[0], []).append(opacity)
    return halves


def read_part(path: Path, size: int) -> Picture:
    """Return the middle of a picture at its native size, no side longer than ``size``."""
    picture = read_rgb(path)
    top, left = (max(0, (extent - size) // 2) for extent in picture.shape[:2])
    return np.ascontiguousarray(picture[top : top + size, left : left + size])


def expose(truth: Truth, pictures: list[Picture], cut_outs: CutOuts, seed: int) -> list[Picture]:
    """Return pictures of a truth, rounded to eight bits as files are."""
    made = []
    for number, picture in enumerate(pictures):
        extra = (cut_outs,) if truth.marked else ()
        made.append(truth.make(picture, 1000 * seed + number, *extra))
    return [np.rint(picture * 255).astype(np.float32) / np.float32(255) for picture in made]

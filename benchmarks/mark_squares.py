"""Squares with clouds of specks, of cut-outs and as they are drawn: what their network learns from and is tried on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from napari_retrogan.core.inference.mark_plane import MarkPlane
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.simulation.marks import USUAL_MARKS as LAID_MARKS
from napari_retrogan.core.simulation.marks import lay_marks
from napari_retrogan.core.stages.mark_finish import MARK_FINISH
from napari_retrogan.core.stages.marks import MARK_KINDS, USUAL_MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from texture_truths import CutOuts

    Plane = NDArray[np.float32]

SIZE, PICTURE = 48, 512
"""Of squares and of the pictures that they are from, in pixels."""
RATE = 3.0
SEEN = 0.02

_CLOUDS = {name: LAID_MARKS[name] for name in ("dirt", "smut", "spots", "sprink")}
"""The cut-outs that clouds of specks stand for."""


def drawn_clouds(number: int) -> Plane:
    """Return what the network gets of the clouds on a picture, (Y, X, 2) with a margin."""
    side = PICTURE + 2 * MARK_FINISH.reach
    statistics = replace(USUAL_MARKS, rate=np.zeros(len(MARK_KINDS), np.float32))
    planes = MarkPlane(statistics.to_bytes(), RATE, 0, number).draw(Region(0, 0, side, side))
    return np.zeros((side, side, 2), np.float32) if planes is None else np.moveaxis(planes[:2], 0, -1)


def laid_clouds(cut_outs: CutOuts, number: int) -> Plane:
    """Return what a composition of cut-outs hides, (Y, X, 1)."""
    return lay_marks(np.zeros((PICTURE, PICTURE, 3), np.float32), cut_outs, number, RATE, _CLOUDS)[1][..., None]


class Squares:
    """Squares with specks, anywhere in pictures of opacities and in any of eight positions."""

    def __init__(self, pictures: Sequence[Plane], margin: int) -> None:
        inner = [picture[margin : margin + PICTURE, margin : margin + PICTURE, 0] for picture in pictures]
        places = [(picture, np.flatnonzero(part > SEEN)) for picture, part in zip(pictures, inner, strict=True)]
        self._places, self._margin = [each for each in places if len(each[1])], margin

    def draw(self, random: np.random.Generator, count: int) -> Plane:
        """Return some (N, Y, X, C), each around a pixel that a speck touches."""
        drawn, side = [], SIZE + 2 * self._margin
        for number in random.integers(len(self._places), size=count):
            picture, touched = self._places[number]
            place = divmod(int(random.choice(touched)), PICTURE)
            top, left = (int(np.clip(each - random.integers(SIZE), 0, PICTURE - SIZE)) for each in place)
            square = np.rot90(picture[top : top + side, left : left + side], random.integers(4))
            drawn.append(square[:, :: random.choice((-1, 1))])
        return np.stack(drawn)

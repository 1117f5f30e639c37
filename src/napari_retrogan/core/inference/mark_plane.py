"""The marks of a picture: drawn by place, finished, and laid over it.

What is computed of a pixel takes sums, products and square roots of two numbers at a time, which have the same bits in
any rectangle.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from napari_retrogan.core.inference.mark_cells import CELL, PlacedMark, marks_of_cell, statistics_from
from napari_retrogan.core.inference.mark_cover import cover
from napari_retrogan.core.inference.mark_finishing import finish, frame_of
from napari_retrogan.core.inference.mark_shapes import MOST_REACH
from napari_retrogan.core.inference.noise import NUMBERS_A_LEVEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.inference.settings import ApplySettings
    from napari_retrogan.core.inference.tiling import Region

_FULL_SIZE = (1.0, 1.0)
_MOST_FINISH = 2.0
_LARGEST_PIXEL = 8.0
"""Height or width of a pixel, in pixels of full size, beyond which marks are too faint to be drawn."""

_one_at_a_time = threading.Lock()
"""Marks are drawn by many short sums, during which Python's own lock would go to and fro between threads: two of them
take longer than one after the other. Meanwhile the other one runs a network."""


class MarkLayer(NamedTuple):
    """What is laid over a part of a picture.

    Attributes
    ----------
    colours
        (3, y, x), premultiplied by the opacity.
    opacity
        (y, x) in [0, 1].
    """

    colours: NDArray[np.float32]
    opacity: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MarkPlane:
    """All marks of one picture.

    Attributes
    ----------
    statistics
        Those of a look, as `MarkStatistics.to_bytes` has them.
    amount
        How many times as many marks; more of them are the same ones and further ones.
    seed, plane
        Of the marks, and the picture's number in its stack.
    pixel_size
        Height and width of a pixel in pixels of full size: marks are those of the full-size picture.
    """

    statistics: bytes
    amount: float
    seed: int
    plane: int
    pixel_size: tuple[float, float] = (1.0, 1.0)

    @classmethod
    def of(
        cls, statistics: bytes, settings: ApplySettings, number: int, pixel_size: tuple[float, float] = (1.0, 1.0)
    ) -> Self:
        """Return the marks of the picture of that noise plane; those of all levels of a pyramid are the same."""
        return cls(statistics, settings.marks, settings.seed, number % NUMBERS_A_LEVEL, pixel_size)

    def layer(self, region: Region) -> MarkLayer | None:
        """Return the marks of a region of the picture, finished where the look has them so, or None without any."""
        amount = float(np.clip(statistics_from(self.statistics).finish, 0, _MOST_FINISH))
        # Pixels of full size alone are finished: coarser ones are means of many.
        finishes = self.pixel_size == _FULL_SIZE and amount
        planes = self.draw(frame_of(region) if finishes else region)
        if planes is None:
            return None
        if finishes:
            planes = finish(planes, region, (self.seed, self.plane), amount)
        return MarkLayer(planes[-3:], planes[0])

    def draw(self, region: Region) -> NDArray[np.float32] | None:
        """Return the marks of a region of the picture as they are drawn, or None without any.

        They are (5, y, x): what they hide, what of that are clouds of specks, and colours that are premultiplied.
        """
        if max(self.pixel_size) > _LARGEST_PIXEL:
            return None
        with _one_at_a_time:
            return self._draw(region)

    def _draw(self, region: Region) -> NDArray[np.float32] | None:
        """Do the work of `draw`."""
        marks = self._marks_in(region)
        if not marks:
            return None
        size = region.height * region.width
        planes, covered, last = np.zeros((5, size), np.float32), np.zeros(size, np.float32), np.empty(size, np.int32)
        for mark in marks:
            touched = cover(covered, mark.shape, region, self.pixel_size)
            if touched is None:
                continue
            # Discs lie over each other: each pixel counts once.
            order = np.arange(len(touched), dtype=np.int32)
            last[touched] = order
            touched = touched[last[touched] == order]
            share = covered[touched]
            covered[touched] = 0
            left = 1 - share
            for plane, value in zip(planes, (1, mark.of_specks, *mark.colour), strict=True):
                plane[touched] = share * value + left * plane[touched]
        return planes.reshape(5, region.height, region.width)

    def _marks_in(self, region: Region) -> list[PlacedMark]:
        """Return the marks that reach into a region, in one order."""
        rows, columns = self.pixel_size
        top, bottom, left, right = (
            region.top * rows,
            region.bottom * rows,
            region.left * columns,
            region.right * columns,
        )
        spread = max(rows, columns)
        found = []
        for row in range(math.floor((top - MOST_REACH) / CELL), math.floor((bottom + MOST_REACH) / CELL) + 1):
            for column in range(math.floor((left - MOST_REACH) / CELL), math.floor((right + MOST_REACH) / CELL) + 1):
                for mark in marks_of_cell(self.statistics, self.amount, self.seed, self.plane, row, column):
                    first, last, start, end = mark.bounds
                    if (
                        first - spread < bottom
                        and last + spread > top
                        and start - spread < right
                        and end + spread > left
                    ):
                        found.append(mark)
        return found


def marked(unit: NDArray[np.float32], layer: MarkLayer | None) -> NDArray[np.float32]:
    """Return a picture (3, y, x) under a layer of marks, if there is any; `core.stages.marks` states the formula."""
    if layer is None:
        return unit
    # The formula, step by step in one array.
    result: NDArray[np.float32] = unit * (1 - layer.opacity)
    result += layer.colours
    return result

"""The absolute grid of equal tiles on which every picture is evaluated, as pure geometry.

Convolution libraries choose other kernels, with another order of sums, for other shapes. So each
evaluation has one shape at one place of the grid, whatever part of the picture was asked for. Where a picture ends, a
CPU leaves out what lies beyond it, which its size alone tells.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import TILE_SIZE
from napari_retrogan.core.errors import InvalidConfig, InvalidImage
from napari_retrogan.core.stages.chain import LARGEST_HALO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of pixels."""

    top: int
    left: int
    height: int
    width: int

    @property
    def bottom(self) -> int:
        """Return the row after the last."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """Return the column after the last."""
        return self.left + self.width

    def widened(self, margin: int) -> Region:
        """Return this region with a margin of so many pixels around it."""
        return Region(self.top - margin, self.left - margin, self.height + 2 * margin, self.width + 2 * margin)

    def within(self, top: int, left: int) -> tuple[slice, slice]:
        """Return the rows and columns of this region in an array whose first pixel is (top, left)."""
        return slice(self.top - top, self.bottom - top), slice(self.left - left, self.right - left)

    def cut_to(self, shape: tuple[int, int]) -> Region:
        """Return the part of this region that lies within a plane of this height and width."""
        top, left = max(self.top, 0), max(self.left, 0)
        return Region(top, left, min(self.bottom, shape[0]) - top, min(self.right, shape[1]) - left)


@dataclass(frozen=True, slots=True)
class Tile:
    """A cell of the grid and the pixels of it that are wanted.

    Attributes
    ----------
    top, left
        Of the cell, multiples of its size.
    size
        Height and width of the cell in pixels, without the halo.
    kept
        What to keep of the result, in pixels of the plane.
    """

    top: int
    left: int
    size: int
    kept: Region

    @property
    def cell(self) -> Region:
        """Return the whole cell, which may reach beyond the plane."""
        return Region(self.top, self.left, self.size, self.size)


def plan_tiles(shape: tuple[int, int], region: Region | None = None, tile_size: int = TILE_SIZE) -> Iterator[Tile]:
    """Yield the tiles that cover a region, row by row; what they keep covers each of its pixels once.

    Parameters
    ----------
    shape
        Height and width of the plane.
    region
        The part that is wanted, by default the whole plane.
    tile_size
        Height and width of a cell.

    Raises
    ------
    InvalidImage
        If the region is empty or reaches beyond the plane.
    """
    region = check_region(shape, region)
    for top in range(region.top // tile_size * tile_size, region.bottom, tile_size):
        for left in range(region.left // tile_size * tile_size, region.right, tile_size):
            first_row, first_column = max(top, region.top), max(left, region.left)
            height = min(top + tile_size, region.bottom) - first_row
            width = min(left + tile_size, region.right) - first_column
            yield Tile(top, left, tile_size, Region(first_row, first_column, height, width))


def count_tiles(shape: tuple[int, int], region: Region | None = None, tile_size: int = TILE_SIZE) -> int:
    """Return how many tiles `plan_tiles` yields."""
    region = check_region(shape, region)
    rows = (region.bottom - 1) // tile_size - region.top // tile_size + 1
    return rows * ((region.right - 1) // tile_size - region.left // tile_size + 1)


def read_region(values: Any) -> Region:
    """Return a region from what a caller gave.

    Raises
    ------
    InvalidConfig
        If it isn't four whole numbers.
    """
    try:
        top, left, height, width = (operator.index(value) for value in values)
    except (TypeError, ValueError):
        raise InvalidConfig(
            f"region is {values!r}; expected four whole numbers, (top, left, height, width) in pixels."
        ) from None
    return Region(top, left, height, width)


def check_region(shape: tuple[int, int], region: Region | None) -> Region:
    """Return the region, or the whole plane for None.

    Raises
    ------
    InvalidImage
        If the region is empty or reaches beyond the plane.
    """
    if region is None:
        return Region(0, 0, *shape)
    if min(region.top, region.left) < 0 or min(region.height, region.width) < 1:
        raise InvalidImage(f"{region} has no pixels or begins before the first one of the plane.")
    if region.bottom > shape[0] or region.right > shape[1]:
        raise InvalidImage(f"{region} reaches beyond the plane of {shape[0]} x {shape[1]} pixels; crop it first.")
    return region


def reflected_indices(start: int, count: int, length: int) -> NDArray[np.int64]:
    """Return which positions of an axis stand at ``start ... start + count - 1``.

    Before the first and after the last position the axis is reflected, without repeating the outermost
    one, as far as the halo reaches; what follows has no influence on a pixel that is kept.
    """
    positions = np.abs(np.minimum(np.arange(start, start + count), length - 1 + LARGEST_HALO))
    period = max(2 * (length - 1), 1)
    positions %= period
    return np.where(positions < length, positions, period - positions)

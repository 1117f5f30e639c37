"""Where in a picture a look is applied: inside outlines or the marked values of an array, with a soft border.

With s the distance of a pixel's centre from the border, in pixels of full size and positive inside, and f the feather,
the share of the look there is::

    w = t**2 * (3 - 2 * t),  t = clip(1/2 + s / f, 0, 1)

so that it is nothing and all of it half a feather away from the border. Each share is told by the pixels around it
alone, so tiles, levels and chunks agree.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from napari_retrogan.core.errors import InvalidConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_retrogan.core.images.layout import Layout
    from napari_retrogan.core.inference.tiling import Region

DEFAULT_FEATHER = 8.0
MAX_FEATHER = 1000.0


@dataclass(frozen=True, slots=True)
class PixelGrid:
    """Where the pixels of a level, or of a picture that is thinned out, lie in the picture of full size.

    Attributes
    ----------
    shape
        Height and width of its planes.
    first, step
        Row and column of the first pixel's centre, and the distances between rows and between columns.
    depths
        On each axis before rows and columns, for how many pictures of the full-size stack one stands.
    """

    shape: tuple[int, int]
    first: tuple[float, float] = (0.0, 0.0)
    step: tuple[float, float] = (1.0, 1.0)
    depths: tuple[float, ...] = ()

    @classmethod
    def of_level(cls, level: Layout, finest: Layout, stride: int = 1) -> PixelGrid:
        """Return the grid of a level of a pyramid of which every so many pixels are taken."""
        factors = finest.height / level.height, finest.width / level.width
        height, width = (-(-length // stride) for length in level.plane_shape)
        depths = tuple(whole / size for whole, size in zip(finest.leading, level.leading, strict=True))
        first, step = _middles(factors), (stride * factors[0], stride * factors[1])
        return cls((height, width), (first[0], first[1]), step, depths)

    def position(self, index: Sequence[int]) -> tuple[float, ...]:
        """Return where in the full-size stack a plane of these indices lies."""
        starts = _middles(self.depths)
        return tuple(depth * number + start for depth, number, start in zip(self.depths, index, starts, strict=True))

    def lines(self, window: Region) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return where the rows and the columns of a window lie."""
        rows = self.first[0] + self.step[0] * np.arange(window.top, window.bottom, dtype=np.float64)
        columns = self.first[1] + self.step[1] * np.arange(window.left, window.right, dtype=np.float64)
        return rows, columns


class Mask(Protocol):
    """Tells which pixels lie inside."""

    def inside(
        self, leading: tuple[float, ...], rows: NDArray[np.float64], columns: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Return (rows, columns), for a plane's position in the stack and rising lines in pixels of full size."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A closed line: its corners (n, 2) in rows and columns of full size, and the planes that it lies in.

    ``leading`` holds a position on each axis before rows and columns, or None for everywhere along it.
    """

    corners: NDArray[np.float64]
    leading: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class OutlineMask:
    """What any of several outlines encloses; where one crosses itself, every second part of it."""

    outlines: tuple[Outline, ...]

    def inside(
        self, leading: tuple[float, ...], rows: NDArray[np.float64], columns: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Return which pixels' centres are enclosed."""
        found = np.zeros((len(rows), len(columns)), bool)
        for outline in self.outlines:
            if all(own in (None, _nearest(at)) for own, at in zip(outline.leading, leading, strict=True)):
                found |= _enclosed(outline.corners, rows, columns)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class ArrayMask:
    """What is not 0 in an array, which may lie anyhow over the picture.

    Attributes
    ----------
    values
        NumPy or Dask array; of a lazy one only what is needed is read. Where it has more axes than ``matrix`` has
        rows, a pixel is inside if it is anywhere along the first of them.
    matrix
        (k, n + 1): leads from a pixel's n indices in the full-size picture, and 1, to those of the array's last k axes.
    """

    values: Any
    matrix: NDArray[np.float64]

    def inside(
        self, leading: tuple[float, ...], rows: NDArray[np.float64], columns: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Return which pixels' centres lie on such a value; none do beyond the array."""
        stack, axes = len(leading), len(self.matrix)
        start = self.matrix[:, :stack] @ np.asarray(leading, float) + self.matrix[:, -1]
        down, across = self.matrix[:, stack, None] * rows, self.matrix[:, stack + 1, None] * columns
        places = np.floor(start[:, None, None] + down[:, :, None] + across[:, None, :] + 0.5).astype(np.int64)
        sizes = np.array(self.values.shape[-axes:])[:, None, None]
        known: NDArray[np.bool_] = np.all((places >= 0) & (places < sizes), axis=0)
        if not known.any():
            return known
        found = places[:, known]
        first, last = found.min(axis=1), found.max(axis=1) + 1
        more = self.values.ndim - axes
        part = (slice(None),) * more + tuple(itertools.starmap(slice, zip(first, last, strict=True)))
        marked = (np.asarray(self.values[part]) != 0).any(axis=tuple(range(more)))
        known[known] = marked[tuple(found - first[:, None])]
        return known


@dataclass(frozen=True, slots=True, eq=False)
class FeatheredMask:
    """A region of a picture.

    Attributes
    ----------
    mask
        Tells what lies inside.
    feather
        Pixels of full size, from 0 to 1000, over which the look fades out: half of them inside, half outside.
    name
        What people call the region.

    Raises
    ------
    InvalidConfig
        If the feather is none.
    """

    mask: Mask
    feather: float = DEFAULT_FEATHER
    name: str = ""

    def __post_init__(self) -> None:
        number = isinstance(self.feather, int | float | np.number) and not isinstance(self.feather, bool)
        if not (number and 0 <= self.feather <= MAX_FEATHER):
            raise InvalidConfig(f"feather is {self.feather!r}; expected a number of pixels from 0 to {MAX_FEATHER:g}.")
        object.__setattr__(self, "feather", float(self.feather))

    def apart(self) -> FeatheredMask:
        """Return the region with values of its own, for work that is done later: labels are painted in their place."""
        mask = self.mask
        if isinstance(mask, ArrayMask) and isinstance(mask.values, np.ndarray):
            mask = replace(mask, values=mask.values != 0)
        return replace(self, mask=mask)

    def shares(self, grid: PixelGrid, leading: tuple[float, ...], window: Region) -> NDArray[np.float32]:
        """Return how much of the look each pixel of a window gets, (height, width) from 0 to 1.

        What lies beyond the picture is neither inside nor outside.
        """
        margin = math.ceil(self.feather / 2 / min(grid.step)) + 1 if self.feather else 0
        around = window.widened(margin).cut_to(grid.shape)
        inside = self.mask.inside(leading, *grid.lines(around))
        kept = window.within(around.top, around.left)
        if not self.feather or inside.all() or not inside.any():
            return inside[kept].astype(np.float32)
        t = np.clip(0.5 + _signed_distance(inside, grid.step)[kept] / self.feather, 0, 1)
        shares: NDArray[np.float32] = (t * t * (3 - 2 * t)).astype(np.float32)
        return shares


def _signed_distance(inside: NDArray[np.bool_], step: tuple[float, float]) -> NDArray[np.float64]:
    """Return each pixel's distance from the border, which runs half way between the pixels on its two sides."""
    from scipy.ndimage import distance_transform_edt

    within = distance_transform_edt(inside, sampling=step)
    beyond = distance_transform_edt(~inside, sampling=step)
    half = min(step) / 2
    distance: NDArray[np.float64] = np.where(inside, within - half, half - beyond)
    return distance


def _enclosed(
    corners: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return which pixels an odd number of edges lies to the left of, in their row.

    Libraries look at each pair of a pixel and an edge, which takes minutes for what is drawn by hand on a large scan.
    """
    edges_before = np.zeros((len(rows), len(columns) + 1), np.int32)
    for (row, column), (next_row, next_column) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        first, last = np.searchsorted(rows, sorted((row, next_row)))
        if first < last:
            crossed = column + (rows[first:last] - row) * ((next_column - column) / (next_row - row))
            edges_before[np.arange(first, last), np.searchsorted(columns, crossed)] += 1
    odd: NDArray[np.bool_] = np.cumsum(edges_before[:, :-1], axis=1) % 2 == 1
    return odd


def _middles(factors: Sequence[float]) -> tuple[float, ...]:
    """Return where the first pixel's centre lies on each axis, given how many pixels of full size each is long."""
    return tuple((factor - 1) / 2 for factor in factors)


def _nearest(position: float) -> int:
    """Return the number of the picture that a position in a stack is at."""
    return math.floor(position + 0.5)

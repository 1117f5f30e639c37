"""The coarser levels of a result: each pixel is the mean of the pixels that it covers on the level below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.inference.tiling import Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.output.parts import Part
    from napari_retrogan.core.output.reader import Reader

_SMALLEST_SIDE = 512


@dataclass(frozen=True, slots=True)
class Shrinking:
    """A level below and the level to make of it, with the same planes."""

    source: Reader
    target: Reader

    def write(self, part: Part) -> str:
        """Make and write a part and return its name."""
        below, here = self.source.layout.plane_shape, self.target.layout.plane_shape
        rows = _edges(part.region.top, part.region.height, below[0], here[0])
        columns = _edges(part.region.left, part.region.width, below[1], here[1])
        region = Region(rows[0], columns[0], rows[-1] - rows[0], columns[-1] - columns[0])
        values = self.source.region(part.index, region)
        small = shrink(values, rows[:-1] - rows[0], columns[:-1] - columns[0])
        self.target.write(part.index, part.region, small)
        return part.name


def shrink(values: NDArray[Any], rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[Any]:
    """Return the means of blocks, in the type of the values.

    Parameters
    ----------
    values
        (Y, X) or (Y, X, C).
    rows, columns
        Where the blocks begin, in ascending order; each ends where the next begins.
    """
    working = np.float64 if values.dtype.itemsize > 2 else np.float32
    with np.errstate(invalid="ignore", over="ignore"):
        totals = np.add.reduceat(values, rows, axis=0, dtype=working)
        totals = np.add.reduceat(totals, columns, axis=1)
        counts = np.outer(np.diff([*rows, values.shape[0]]), np.diff([*columns, values.shape[1]]))
        means = totals / (counts if values.ndim == 2 else counts[..., None])
    if values.dtype.kind == "b":
        return np.asarray(means >= 0.5)
    shrunk: NDArray[Any] = (np.rint(means) if values.dtype.kind in "ui" else means).astype(values.dtype)
    return shrunk


def level_shapes(plane_shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the sizes of a pyramid's levels, halved until the longer side is at most 512 px."""
    shapes = [plane_shape]
    while max(shapes[-1]) > _SMALLEST_SIDE:
        height, width = shapes[-1]
        shapes.append((-(-height // 2), -(-width // 2)))
    return shapes


def _edges(start: int, count: int, below: int, here: int) -> NDArray[np.int64]:
    """Return where the blocks of ``count`` pixels begin on the level below, and where the last one ends."""
    factor = max(round(below / here), 1)
    positions = np.arange(start, start + count + 1, dtype=np.int64)
    edges = np.minimum(positions * factor, below)
    if abs(here * factor - below) >= factor:
        edges = positions * below // here
    elif start + count == here:
        edges[-1] = below
    return edges

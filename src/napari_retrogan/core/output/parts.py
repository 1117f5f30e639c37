"""The parts that a result is made and written in, as pure geometry: each holds whole chunks and whole tiles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_retrogan.core.architecture import TILE_SIZE
from napari_retrogan.core.inference.picture_records import planes_in_time_order
from napari_retrogan.core.inference.tiling import Region

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_retrogan.core.images.layout import Layout

CHUNK_SIZE = 4 * TILE_SIZE
PART_BYTES = 16_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of one plane of one level.

    Attributes
    ----------
    level
        0 is the largest.
    index
        Of the plane in the leading axes.
    number
        Of the plane in its stack.
    region
        Rows and columns.
    """

    level: int
    index: tuple[int, ...]
    number: int
    region: Region

    @property
    def name(self) -> str:
        """What tells it from every other part."""
        return f"{self.level}/{self.number}/{self.region.top}/{self.region.left}"

    @property
    def num_tiles(self) -> int:
        """How many tiles it holds, which is what progress counts."""
        return math.ceil(self.region.height / TILE_SIZE) * math.ceil(self.region.width / TILE_SIZE)


def chunk_size(source_chunk: int | None, plane_shape: tuple[int, int]) -> int:
    """Return the side of a result's chunks: whole tiles, about as large as the source's, at most 1024 px."""
    wanted = min(source_chunk or CHUNK_SIZE // 2, max(plane_shape))
    return min(math.ceil(wanted / TILE_SIZE) * TILE_SIZE, CHUNK_SIZE)


def part_size(layout: Layout, dtype: np.dtype[np.generic], chunk: int) -> int:
    """Return the side of a part: as many whole chunks as 16 megabytes hold, and one at least."""
    pixels = PART_BYTES / (dtype.itemsize * max(layout.channels, 1))
    return max(int(math.sqrt(pixels)) // chunk, 1) * chunk


def plan_parts(layout: Layout, size: int, level: int = 0, time_axis: int | None = None) -> Iterator[Part]:
    """Yield the parts of a level, plane by plane and row by row; they cover each pixel once."""
    height, width = layout.plane_shape
    for index in planes_in_time_order(layout, time_axis):
        number = int(np.ravel_multi_index(index, layout.leading)) if index else 0
        for top in range(0, height, size):
            for left in range(0, width, size):
                region = Region(top, left, min(size, height - top), min(size, width - left))
                yield Part(level, index, number, region)


def with_halo(region: Region, halo: int, plane_shape: tuple[int, int]) -> Region:
    """Return a region widened on all sides, as far as the plane goes."""
    top, left = max(region.top - halo, 0), max(region.left - halo, 0)
    bottom, right = min(region.bottom + halo, plane_shape[0]), min(region.right + halo, plane_shape[1])
    return Region(top, left, bottom - top, right - left)

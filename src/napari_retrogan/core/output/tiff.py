"""A finished store as a tiled BigTIFF, tile by tile; coarser levels become its sub-images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import TILE_SIZE
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.picture_files.tiff_writing import add_directories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_retrogan.core.output.reader import Reader
    from napari_retrogan.core.picture_files.exif import Exif


def write_tiff(
    path: Path,
    levels: Sequence[Reader],
    options: Mapping[str, Any],
    exif: Exif,
    on_tile: Callable[[], object],
) -> None:
    """Write a BigTIFF of 256 px tiles.

    Parameters
    ----------
    path
        The new file.
    levels
        The largest first, their colours last.
    options
        Further options of ``tifffile.TiffWriter.write`` for the largest level.
    exif
        Whose directories stand behind the pixels.
    on_tile
        Called before each tile. What it raises ends the writing; the file is of no use then.
    """
    import tifffile

    with tifffile.TiffWriter(path, bigtiff=True, byteorder="<", ome=False) as file:
        for number, level in enumerate(levels):
            layout = level.layout
            file.write(
                _tiles(level, on_tile),
                shape=level.array.shape,
                dtype=level.dtype,
                tile=(TILE_SIZE, TILE_SIZE),
                photometric="rgb" if layout.channels else "minisblack",
                extrasamples=["unassalpha"] if layout.channels == 4 else None,
                compression="zlib",
                **(dict(options) | {"subifds": len(levels) - 1} if number == 0 else {"subfiletype": 1}),
            )
    add_directories(path, [exif])


def _tiles(level: Reader, on_tile: Callable[[], object]) -> Iterator[NDArray[Any]]:
    """Yield full tiles, plane by plane and row by row, padded with zeros at the border."""
    layout = level.layout
    height, width = layout.plane_shape
    colours = (layout.channels,) if layout.channels else ()
    for index in layout.plane_indices():
        for top in range(0, height, TILE_SIZE):
            rows = min(TILE_SIZE, height - top)
            strip = level.region(index, Region(top, 0, rows, width))
            for left in range(0, width, TILE_SIZE):
                on_tile()
                tile = np.zeros((TILE_SIZE, TILE_SIZE, *colours), level.dtype)
                part = strip[:, left : left + TILE_SIZE]
                tile[: part.shape[0], : part.shape[1]] = part
                yield tile

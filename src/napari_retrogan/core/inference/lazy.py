"""Applies a generator to a Dask array: nothing is read or computed until a part of the result is.

Chunks are made to lie on the grid of tiles, so no tile is computed twice, and what the generator
knows of a whole plane (its thumbnail and range) is one task for each plane.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np

from napari_retrogan.core.architecture import TILE_SIZE
from napari_retrogan.core.inference.graph_choice import carried_colours
from napari_retrogan.core.inference.lazy_picture_records import as_task, lazy_records
from napari_retrogan.core.inference.noise import NoiseGrid
from napari_retrogan.core.inference.picture_records import plane_numbers, read_record
from napari_retrogan.core.inference.session import open_session
from napari_retrogan.core.inference.style_tile import Plane, style_tile
from napari_retrogan.core.inference.styled_array import in_words
from napari_retrogan.core.inference.tiling import Region, check_region, plan_tiles
from napari_retrogan.core.stages.chain import LARGEST_HALO

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.images.layout import Layout
    from napari_retrogan.core.inference.settings import ApplySettings

_MAX_CHUNK_SIZE = 4 * TILE_SIZE


def apply_to_dask(
    graph: bytes,
    image: Any,
    layout: Layout,
    settings: ApplySettings,
    *,
    region: Region | None = None,
    records: Any = None,
    noise: NoiseGrid | None = None,
) -> Any:
    """Return the styled image as a Dask array with the same bits as the eager result.

    Parameters
    ----------
    graph
        Of a vintage generator; workers open their own sessions on it.
    image
        A Dask array.
    layout
        Which axes are rows, columns and channels.
    settings
        How much of the look and which seed; the image itself is returned if nothing is to change.
    region
        The part to return; only its chunks are computed.
    records
        Dask array of the pictures' records in the shape of the leading axes; by default read from the image.
    noise
        Which noise each picture takes; by default one of its own.

    Returns
    -------
    dask.array.Array
        Of the image's shape and type, in chunks of one picture's whole tiles of at most 1024 px; computing it, or a
        part of it, raises `InvalidImage` where the image can't be read.
    """
    region = check_region(layout.plane_shape, region)
    part = (slice(None),) * len(layout.leading) + region.within(0, 0)
    if settings.changes_nothing:
        return image[part]
    if records is None:
        records = lazy_records(image, layout, settings, carried_colours(graph))
    noise = noise or NoiseGrid(plane_numbers(layout.leading, settings))
    return in_words(_style(graph, image, layout, settings, records, noise)[part])


def _style(graph: bytes, image: Any, layout: Layout, settings: ApplySettings, records: Any, noise: NoiseGrid) -> Any:
    """Return the styled whole; a picture of a stack is a chunk of its own, so that others need not be styled."""
    stack = len(layout.leading)
    image = image.rechunk(_wanted_chunks(image, layout))
    axes = tuple(range(image.ndim))
    leading, (row, column), extra = axes[:stack], axes[stack : stack + 2], image.ndim
    return da.blockwise(
        _style_block, axes,
        _with_halo(image, stack, settings.outer_halo), axes,
        da.from_array(noise.numbers, chunks=image.chunks[:stack]), leading,
        records.rechunk(image.chunks[:stack]), leading,
        _chunk_spans(image.chunks[stack]), (row, extra),
        _chunk_spans(image.chunks[stack + 1]), (column, extra),
        as_task(graph), (extra + 1,),
        dtype=image.dtype,
        meta=np.empty((0,) * image.ndim, image.dtype),
        adjust_chunks={row: image.chunks[stack], column: image.chunks[stack + 1]},
        align_arrays=False,
        concatenate=True,
        shape=layout.plane_shape,
        settings=settings,
        noise_block=noise.block,
        pixel_size=noise.pixel_size,
    )  # fmt: skip


def _wanted_chunks(image: Any, layout: Layout) -> dict[int, Any]:
    """Return the chunks of each axis: single pictures, whole tiles, all channels."""
    stack = len(layout.leading)
    chunks: dict[int, Any] = dict.fromkeys(range(stack), 1)
    chunks |= {stack + i: grid_chunks(size, image.chunks[stack + i]) for i, size in enumerate(layout.plane_shape)}
    return chunks | ({stack + 2: layout.channels} if layout.channels else {})


def grid_chunks(length: int, existing: tuple[int, ...]) -> tuple[int, ...]:
    """Return chunks of whole tiles, about as large as the existing ones.

    The last one is never thinner than a halo, which would have to reach over it.
    """
    size = min(-(-max(existing) // TILE_SIZE) * TILE_SIZE, _MAX_CHUNK_SIZE)
    chunks = [size] * (length // size)
    rest = length - sum(chunks)
    if rest > LARGEST_HALO or not chunks:
        chunks.append(rest)
    else:
        chunks[-1] += rest
    return tuple(chunks)


def _with_halo(image: Any, stack: int, halo: int) -> Any:
    """Return the image with each chunk widened by its neighbours' pixels; the outer border gets none."""
    depth = {axis: halo if stack <= axis < stack + 2 and image.numblocks[axis] > 1 else 0 for axis in range(image.ndim)}
    return da.overlap.overlap(image, depth=depth, boundary="none")


def _chunk_spans(chunks: tuple[int, ...]) -> Any:
    """Return the start and length of each chunk as a Dask array (chunks, 2), one row a block."""
    starts = np.cumsum([0, *chunks[:-1]])
    return da.from_array(np.stack([starts, chunks], axis=1), chunks=(1, 2))


def _style_block(
    values: NDArray[Any],
    numbers: NDArray[np.int64],
    records: NDArray[Any],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    graph: NDArray[np.uint8],
    *,
    shape: tuple[int, int],
    settings: ApplySettings,
    noise_block: tuple[int, int],
    pixel_size: tuple[float, float],
) -> NDArray[Any]:
    """Return one styled chunk; ``values`` holds it with its halo."""
    session = open_session(graph.tobytes(), settings.providers)
    (top, height), (left, width) = rows[0].tolist(), columns[0].tolist()
    region = Region(top, left, height, width)
    origin = max(top - settings.outer_halo, 0), max(left - settings.outer_halo, 0)
    leading = numbers.shape
    styled = np.empty((*leading, height, width, *values.shape[len(leading) + 2 :]), values.dtype)
    for index in np.ndindex(*leading):
        number, record = int(numbers[index]), read_record(records[index])
        plane = Plane(np.asarray(values[index]), shape, origin, number, *record, noise_block, pixel_size)
        for tile in plan_tiles(shape, region):
            styled[index][tile.kept.within(top, left)] = style_tile(session, plane, tile, settings)
    return styled

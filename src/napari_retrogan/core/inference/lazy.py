"""Applies a generator to a Dask array: nothing is read or computed until a part of the result is.

Chunks are made to lie on the grid of tiles, so no tile is computed twice, and what the generator
knows of a whole plane (its thumbnail and range) is one task for each plane.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np

from napari_retrogan.core.architecture import HALO, THUMBNAIL_SIZE
from napari_retrogan.core.images.thumbnail import (
    NUM_POINTS,
    plane_limits,
    plane_thumbnail,
    sample_indices,
    sample_points,
)
from napari_retrogan.core.inference.plane import Plane, style_tile
from napari_retrogan.core.inference.session import open_session
from napari_retrogan.core.inference.tiling import TILE_SIZE, Region, check_region, plan_tiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.images.intensity import ValueRange
    from napari_retrogan.core.images.layout import Layout
    from napari_retrogan.core.inference.settings import ApplySettings

MAX_CHUNK_SIZE = 4 * TILE_SIZE


def apply_to_dask(
    graph: bytes,
    image: Any,
    layout: Layout,
    settings: ApplySettings,
    *,
    region: Region | None = None,
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
        Strength, grain and seed; at strength 0 the image itself is returned.
    region
        The part to return; only its chunks are computed.

    Returns
    -------
    dask.array.Array
        Of the image's shape and type, in chunks of whole tiles of at most 1024 px.
    """
    region = check_region(layout.plane_shape, region)
    part = (slice(None),) * len(layout.leading) + region.within(0, 0)
    styled = image if settings.strength == 0 else _style(graph, image, layout, settings)
    return styled[part]


def _style(graph: bytes, image: Any, layout: Layout, settings: ApplySettings) -> Any:
    """Return the styled whole."""
    stack = len(layout.leading)
    chunks = {stack + i: grid_chunks(size, image.chunks[stack + i]) for i, size in enumerate(layout.plane_shape)}
    if layout.channels:
        chunks[stack + 2] = (layout.channels,)
    known_limits, thumbnails = _plane_knowledge(image, stack, settings.value_range)
    image = image.rechunk(chunks)
    axes = tuple(range(image.ndim))
    leading, (row, column), extra = axes[:stack], axes[stack : stack + 2], image.ndim
    numbers = np.arange(layout.num_planes).reshape(layout.leading)
    return da.blockwise(
        _style_block, axes,
        _with_halo(image, stack), axes,
        da.from_array(numbers, chunks=image.chunks[:stack]), leading,
        known_limits, (*leading, extra),
        thumbnails, (*leading, extra + 1, extra + 2, extra + 3),
        _chunk_spans(image.chunks[stack]), (row, extra + 4),
        _chunk_spans(image.chunks[stack + 1]), (column, extra + 4),
        dtype=image.dtype,
        meta=np.empty((0,) * image.ndim, image.dtype),
        adjust_chunks={row: image.chunks[stack], column: image.chunks[stack + 1]},
        align_arrays=False,
        concatenate=True,
        graph=graph,
        shape=layout.plane_shape,
        settings=settings,
    )  # fmt: skip


def grid_chunks(length: int, existing: tuple[int, ...]) -> tuple[int, ...]:
    """Return chunks of whole tiles, about as large as the existing ones.

    The last one is never thinner than a halo, which would have to reach over it.
    """
    size = min(-(-max(existing) // TILE_SIZE) * TILE_SIZE, MAX_CHUNK_SIZE)
    chunks = [size] * (length // size)
    rest = length - sum(chunks)
    if rest > HALO or not chunks:
        chunks.append(rest)
    else:
        chunks[-1] += rest
    return tuple(chunks)


def _with_halo(image: Any, stack: int) -> Any:
    """Return the image with each chunk widened by its neighbours' pixels; the outer border gets none."""
    depth = {axis: HALO if stack <= axis < stack + 2 and image.numblocks[axis] > 1 else 0 for axis in range(image.ndim)}
    return da.overlap.overlap(image, depth=depth, boundary="none")


def _chunk_spans(chunks: tuple[int, ...]) -> Any:
    """Return the start and length of each chunk as a Dask array (chunks, 2), one row a block."""
    starts = np.cumsum([0, *chunks[:-1]])
    return da.from_array(np.stack([starts, chunks], axis=1), chunks=(1, 2))


def _plane_knowledge(image: Any, stack: int, limits: ValueRange | None) -> tuple[Any, Any]:
    """Return limits (..., 2) and thumbnails (..., 64, 64, 3) of all planes, in the stack's own chunks."""
    samples = image
    for axis in (stack, stack + 1):
        if image.shape[axis] > NUM_POINTS:
            samples = da.take(samples, sample_indices(image.shape[axis]), axis=axis)
    samples = samples.rechunk(dict.fromkeys(range(stack, image.ndim), -1))
    axes = tuple(range(image.ndim))
    leading, extra = axes[:stack], image.ndim
    known_limits = da.blockwise(
        _block_limits, (*leading, extra),
        samples, axes,
        dtype=np.float64,
        meta=np.empty((0,) * (stack + 1)),
        new_axes={extra: 2},
        concatenate=True,
        stack=stack,
        limits=limits,
    )  # fmt: skip
    thumbnails = da.blockwise(
        _block_thumbnails, (*leading, extra + 1, extra + 2, extra + 3),
        samples, axes,
        known_limits, (*leading, extra),
        dtype=np.float32,
        meta=np.empty((0,) * (stack + 3), np.float32),
        new_axes={extra + 1: THUMBNAIL_SIZE, extra + 2: THUMBNAIL_SIZE, extra + 3: 3},
        concatenate=True,
    )  # fmt: skip
    return known_limits, thumbnails


def _block_limits(samples: NDArray[Any], *, stack: int, limits: ValueRange | None) -> NDArray[np.float64]:
    """Return the limits of each plane of a block of samples."""
    known = np.empty((*samples.shape[:stack], 2))
    for index in np.ndindex(*samples.shape[:stack]):
        known[index] = plane_limits(sample_points(np.asarray(samples[index])), limits)
    return known


def _block_thumbnails(samples: NDArray[Any], limits: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the thumbnail of each plane of a block of samples."""
    leading = limits.shape[:-1]
    thumbnails = np.empty((*leading, THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3), np.float32)
    for index in np.ndindex(*leading):
        thumbnails[index] = plane_thumbnail(sample_points(np.asarray(samples[index])), _as_range(limits[index]))
    return thumbnails


def _style_block(
    values: NDArray[Any],
    numbers: NDArray[np.int64],
    limits: NDArray[np.float64],
    thumbnails: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    *,
    graph: bytes,
    shape: tuple[int, int],
    settings: ApplySettings,
) -> NDArray[Any]:
    """Return one styled chunk; ``values`` holds it with its halo."""
    session = open_session(graph, settings.providers)
    (top, height), (left, width) = rows[0].tolist(), columns[0].tolist()
    region = Region(top, left, height, width)
    origin = max(top - HALO, 0), max(left - HALO, 0)
    leading = numbers.shape
    styled = np.empty((*leading, height, width, *values.shape[len(leading) + 2 :]), values.dtype)
    for index in np.ndindex(*leading):
        known = _as_range(limits[index])
        plane = Plane(np.asarray(values[index]), shape, origin, int(numbers[index]), known, thumbnails[index])
        for tile in plan_tiles(shape, region):
            styled[index][tile.kept.within(top, left)] = style_tile(session, plane, tile, settings)
    return styled


def _as_range(limits: NDArray[np.float64]) -> ValueRange:
    """Return limits as plain numbers."""
    return float(limits[0]), float(limits[1])

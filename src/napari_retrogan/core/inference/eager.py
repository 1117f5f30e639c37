"""Applies a generator to an array in memory: tiles in threads, written straight into the result."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.images.arrays import plain
from napari_retrogan.core.inference.graph_choice import carried_colours
from napari_retrogan.core.inference.low_memory import copy_that_fits
from napari_retrogan.core.inference.noise import NoiseGrid
from napari_retrogan.core.inference.picture_records import (
    StackRecords,
    plane_numbers,
    planes_in_time_order,
    read_record,
)
from napari_retrogan.core.inference.pool import UNWATCHED, Progress, run_jobs
from napari_retrogan.core.inference.session import open_session
from napari_retrogan.core.inference.style_tile import Plane, style_tile
from napari_retrogan.core.inference.tiling import Region, check_region, count_tiles, plan_tiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from napari_retrogan.core.images.layout import Layout
    from napari_retrogan.core.inference.settings import ApplySettings

    Records = Callable[[tuple[int, ...]], NDArray[Any]]


def apply_to_array(
    graph: bytes,
    image: NDArray[Any],
    layout: Layout,
    settings: ApplySettings,
    *,
    region: Region | None = None,
    records: Records | None = None,
    noise: NoiseGrid | None = None,
    threads: int | None = None,
    progress: Progress = UNWATCHED,
) -> NDArray[Any]:
    """Return a styled copy of an image, or of one region of each of its planes.

    Parameters
    ----------
    graph
        Of a vintage generator.
    image
        Any image type; not changed. The result of a masked array has the same mask.
    layout
        Which axes are rows, columns and channels.
    settings
        How much of the look and which seed; nothing is computed if nothing is to change.
    region
        The part to return: the same pixels as the crop of the whole result, for the cost of its tiles.
    records
        Gives the record of the picture at an index of the leading axes; by default read from the image.
    noise
        Which noise each picture takes; by default one of its own.
    threads
        How many tiles run at once; the result doesn't depend on it.
    progress
        Of the tiles.

    Raises
    ------
    ApplyCancelled
        If it was stopped.
    InvalidImage
        If a plane's values exceed every known range or the region isn't part of it.
    """
    region = check_region(layout.plane_shape, region)
    result = copy_that_fits(image[(slice(None),) * len(layout.leading) + region.within(0, 0)])
    if settings.changes_nothing:
        return result
    source = plain(image)
    records = records or StackRecords(source, layout, settings, carried_colours(graph))
    noise = noise or NoiseGrid(plane_numbers(layout.leading, settings))
    planes = _planes(source, layout, settings, records, noise)
    jobs = _plan_jobs(open_session(graph, settings.providers), planes, settings, region, np.asarray(result))
    total = layout.num_planes * count_tiles(layout.plane_shape, region)
    run_jobs(jobs, total, threads=threads, progress=progress)
    return result


def _planes(
    source: NDArray[Any], layout: Layout, settings: ApplySettings, records: Records, noise: NoiseGrid
) -> Iterator[tuple[tuple[int, ...], Plane]]:
    """Yield index and picture; what is known of it is read when its turn comes."""
    for index in planes_in_time_order(layout, settings.time_axis):
        number, record = int(noise.numbers[index]), read_record(records(index))
        yield index, Plane(source[index], layout.plane_shape, (0, 0), number, *record, noise.block, noise.pixel_size)


def _plan_jobs(
    session: Any,
    planes: Iterator[tuple[tuple[int, ...], Plane]],
    settings: ApplySettings,
    region: Region,
    target: NDArray[Any],
) -> Iterator[Callable[[], None]]:
    """Yield a job a tile."""
    for index, plane in planes:
        for tile in plan_tiles(plane.shape, region):
            part = target[index][tile.kept.within(region.top, region.left)]
            yield partial(style_into, part, session, plane, tile, settings)


def style_into(target: NDArray[Any], *arguments: Any) -> None:
    """Write a styled tile where it belongs."""
    target[...] = style_tile(*arguments)

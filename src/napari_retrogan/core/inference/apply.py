"""Applies a generator to an array in memory: tiles in threads, written straight into the result."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.images.thumbnail import plane_limits, plane_thumbnail, sample_points
from napari_retrogan.core.inference.plane import Plane, style_tile
from napari_retrogan.core.inference.pool import OnProgress, ShouldStop, run_jobs
from napari_retrogan.core.inference.session import open_session
from napari_retrogan.core.inference.tiling import Region, check_region, count_tiles, plan_tiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from napari_retrogan.core.images.layout import Layout
    from napari_retrogan.core.inference.settings import ApplySettings


def apply_to_array(
    graph: bytes,
    image: NDArray[Any],
    layout: Layout,
    settings: ApplySettings,
    *,
    region: Region | None = None,
    threads: int | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
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
        Strength, grain and seed; nothing is computed at strength 0.
    region
        The part to return: the same pixels as the crop of the whole result, for the cost of its tiles.
    threads
        How many tiles run at once; the result doesn't depend on it.
    on_progress
        Called with the number of tiles done and the total.
    should_stop
        Looked at between tiles.

    Raises
    ------
    ApplyCancelled
        If ``should_stop`` returned true.
    InvalidImage
        If a plane's values exceed every known range or the region isn't part of it.
    """
    region = check_region(layout.plane_shape, region)
    result = image[(slice(None),) * len(layout.leading) + region.within(0, 0)].copy()
    if settings.strength == 0:
        return result
    jobs = _plan_jobs(open_session(graph, settings.providers), image, layout, settings, region, result)
    total = layout.num_planes * count_tiles(layout.plane_shape, region)
    run_jobs(jobs, total, threads=threads, on_progress=on_progress, should_stop=should_stop)
    return result


def _plan_jobs(
    session: Any,
    image: NDArray[Any],
    layout: Layout,
    settings: ApplySettings,
    region: Region,
    result: NDArray[Any],
) -> Iterator[Callable[[], None]]:
    """Yield a job a tile; a plane is looked at when its first tile is due."""
    source, target = np.asarray(image), np.asarray(result)
    for number, index in enumerate(layout.plane_indices()):
        values = source[index]
        samples = sample_points(values)
        limits = plane_limits(samples, settings.value_range)
        plane = Plane(values, layout.plane_shape, (0, 0), number, limits, plane_thumbnail(samples, limits))
        for tile in plan_tiles(layout.plane_shape, region):
            part = target[index][tile.kept.within(region.top, region.left)]
            yield partial(_style_into, part, session, plane, tile, settings)


def _style_into(target: NDArray[Any], *arguments: Any) -> None:
    """Write a styled tile where it belongs."""
    target[...] = style_tile(*arguments)

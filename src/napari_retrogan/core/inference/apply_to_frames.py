"""Applies a generator to the frames of a film as they come: a stack along time of which few frames are ever held."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import ApplyCancelled
from napari_retrogan.core.images.thumbnail import sample_points
from napari_retrogan.core.inference.eager import style_into
from napari_retrogan.core.inference.graph_choice import carried_colours
from napari_retrogan.core.inference.picture_records import plane_record, read_record
from napari_retrogan.core.inference.pool import UNWATCHED, Progress, default_threads
from napari_retrogan.core.inference.session import open_session
from napari_retrogan.core.inference.style_tile import Plane
from napari_retrogan.core.inference.tiling import plan_tiles
from napari_retrogan.core.inference.time_smoothing import REACH, smooth_frames, window

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from napari_retrogan.core.inference.settings import ApplySettings


def apply_to_frames(
    graph: bytes,
    frames: Iterable[NDArray[Any]],
    settings: ApplySettings,
    *,
    threads: int | None = None,
    progress: Progress = UNWATCHED,
) -> Generator[NDArray[Any]]:
    """Yield the frames of a film styled, in their order: the pixels of a stack of them styled along time.

    While a frame is waited for, tiles of those after it are worked on. Frames are taken 8 ahead, by which the look
    is smoothed; so a film of any length takes the memory of a dozen frames.

    Parameters
    ----------
    graph
        Of a vintage generator.
    frames
        (Y, X), (Y, X, 3) or (Y, X, 4) each, all of one shape and type; not changed.
    settings
        How much of the look, which seed, and whether grain is fixed over time.
    threads
        How many tiles are worked on at once; the result doesn't depend on it.
    progress
        Looked at between tiles, whether it is stopped.

    Raises
    ------
    ApplyCancelled
        If it was stopped.
    InvalidImage
        If a frame's values exceed every known range.
    """
    if settings.changes_nothing:
        yield from frames
        return
    threads = threads or default_threads()
    session = open_session(graph, settings.providers)
    under_way: deque[tuple[NDArray[Any], list[Future[None]]]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="retrogan-apply") as pool:
        try:
            for number, (frame, record) in enumerate(_with_records(frames, settings, carried_colours(graph))):
                size = frame.shape[0], frame.shape[1]
                grain = 0 if settings.grain_over_time == "fixed" else number
                plane, result = Plane(frame, size, (0, 0), grain, *read_record(record)), np.empty_like(frame)
                tiles = [
                    pool.submit(style_into, result[tile.kept.within(0, 0)], session, plane, tile, settings)
                    for tile in plan_tiles(size)
                ]
                under_way.append((result, tiles))
                # While the last tiles of a frame are worked on, those of the next keep all threads busy.
                if len(under_way) > -(-2 * threads // len(tiles)):
                    yield _finished(*under_way.popleft(), progress)
            while under_way:
                yield _finished(*under_way.popleft(), progress)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _finished(result: NDArray[Any], tiles: list[Future[None]], progress: Progress) -> NDArray[Any]:
    """Return a frame once all its tiles are done."""
    for tile in tiles:
        if progress.stopped:
            raise ApplyCancelled("Applying was stopped before the end of the film.")
        tile.result()
    return result


def _with_records(
    frames: Iterable[NDArray[Any]], settings: ApplySettings, colours: bytes
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Yield each frame with what is known of it, smoothed over the frames around it."""
    records: dict[int, NDArray[Any]] = {}
    waiting: deque[NDArray[Any]] = deque()

    def next_frame(length: int) -> tuple[NDArray[Any], NDArray[Any]]:
        number = len_read - len(waiting)
        records.pop(number - REACH - 1, None)
        return waiting.popleft(), smooth_frames(np.stack([records[each] for each in window(number, length).tolist()]))

    len_read = 0
    for frame in frames:
        size = frame.shape[0], frame.shape[1]
        records[len_read] = plane_record(sample_points(frame), settings.value_range, size, colours)
        waiting.append(frame)
        len_read += 1
        if len(waiting) > REACH:
            yield next_frame(len_read)
    while waiting:
        yield next_frame(len_read)

"""Smooths over time what the generator knows of each frame, so that a film's look does not flicker.

Each frame's record becomes the mean of those of the 17 frames around it, weighted by a Hann window::

    w(d) = (1 + cos(pi d / 9)) / 18,  d = -8 ... 8

with frames reflected at both ends. The window is symmetrical and fixed, so a frame's look depends on its
neighbours alone and not on where a computation began; equal frames give equal looks, a flicker from frame
to frame falls to a twentieth, and one that alternates vanishes.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH = 8
_DISTANCES = np.arange(-REACH, REACH + 1)
WEIGHTS = (1 + np.cos(np.pi * _DISTANCES / (REACH + 1))) / (2 * (REACH + 1))


def window(frame: int, length: int) -> NDArray[np.int64]:
    """Return the 17 frames around one of a film, reflected at its ends without repeating the outermost one."""
    period = max(2 * (length - 1), 1)
    positions = (frame + _DISTANCES) % period
    return np.where(positions < length, positions, period - positions).astype(np.int64)


def smooth_frames(frames: NDArray[Any]) -> NDArray[Any]:
    """Return one record () for the middle one of 17 records.

    Parameters
    ----------
    frames
        (17,) records of ``limits``, ``thumbnail`` and ``lift``. Black and white become those of the frame with the
        largest white, and thumbnails are brought to them before they are averaged.
    """
    limits = frames["limits"]
    widest = limits[np.argmax(limits[:, 1])]
    shares = WEIGHTS * ((limits[:, 1] - limits[:, 0]) / (widest[1] - widest[0]))
    total = np.zeros(frames["thumbnail"].shape[1:])
    for share, thumbnail in zip(shares, frames["thumbnail"], strict=True):
        total += share * thumbnail
    smoothed = np.empty((), frames.dtype)
    smoothed["limits"], smoothed["thumbnail"], smoothed["lift"] = widest, total, np.sum(WEIGHTS * frames["lift"])
    return smoothed


def smooth_over_time(records: Any, axis: int) -> Any:
    """Return a Dask array of records smoothed along an axis; each block waits for the frames around it alone.

    Parameters
    ----------
    records
        Dask array of records in the shape of a stack's leading axes.
    axis
        Of time.
    """
    import dask.array as da
    from dask.base import tokenize
    from dask.highlevelgraph import HighLevelGraph

    bounds = np.cumsum([0, *records.chunks[axis]])
    name = f"smooth-over-time-{tokenize(records.name, axis)}"
    tasks: dict[tuple[Any, ...], Any] = {}
    for number, (start, stop) in enumerate(pairwise(bounds.tolist())):
        windows = np.stack([window(frame, int(bounds[-1])) for frame in range(start, stop)])
        first = int(np.searchsorted(bounds, windows.min(), "right")) - 1
        last = int(np.searchsorted(bounds, windows.max(), "right"))
        for other in np.ndindex(*records.numblocks[:axis], *records.numblocks[axis + 1 :]):
            blocks = [(records.name, *other[:axis], block, *other[axis:]) for block in range(first, last)]
            key = (name, *other[:axis], number, *other[axis:])
            tasks[key] = (_smooth_block, blocks, windows - bounds[first], axis)
    graph = HighLevelGraph.from_collections(name, tasks, dependencies=[records])
    return da.Array(graph, name, records.chunks, records.dtype, records._meta)


def _smooth_block(blocks: list[NDArray[Any]], windows: NDArray[np.int64], axis: int) -> NDArray[Any]:
    """Return the smoothed records of one block; ``windows`` counts from its first neighbour's first frame."""
    frames = np.moveaxis(np.concatenate(blocks, axis), axis, 0)
    smoothed = np.empty((len(windows), *frames.shape[1:]), frames.dtype)
    for number, positions in enumerate(windows):
        for other in np.ndindex(*frames.shape[1:]):
            smoothed[(number, *other)] = smooth_frames(frames[(positions, *other)])
    return np.moveaxis(smoothed, 0, axis)

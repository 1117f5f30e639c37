"""What the network makes of drawn clouds, block by block, so that a pixel has the same bits in any rectangle."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from napari_retrogan.core.inference.noise import noise_field
from napari_retrogan.core.inference.session import open_session, run_session
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.stages.mark_finish import MARK_FINISH, REACH_AROUND, finished_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Planes = NDArray[np.float32]

_BLOCK = 16
"""Height and width of what is finished by itself; where no cloud is near, a drawing stays as it is."""
_CELL = 2 * REACH_AROUND
"""Blocks that specks are near are looked for in cells of so many pixels: as many as a number has bytes."""
_AT_ONCE = 256
_OTHER_PLANES = 2**62
"""Marks have noise of their own, apart from that of grain."""
_REACH = MARK_FINISH.reach
_SIDE = _BLOCK + 2 * _REACH
_SHOWN = [0, 2, 3, 4]
"""What marks hide, and colours, of five planes."""
_PERIOD = 16 * _BLOCK
"""After how many pixels noise is the same again, which nobody can see: no two marks are."""


def frame_of(region: Region) -> Region:
    """Return what has to be drawn to finish a region: whole blocks and what they see."""
    top, left = region.top // _BLOCK * _BLOCK, region.left // _BLOCK * _BLOCK
    height, width = (-(-length // _BLOCK) * _BLOCK for length in (region.bottom - top, region.right - left))
    return Region(top, left, height, width).widened(_REACH)


def finish(drawn: Planes, region: Region, noise: tuple[int, int], amount: float) -> Planes:
    """Return finished marks.

    Parameters
    ----------
    drawn
        (5, y, x) of `frame_of` the region: what marks hide, what of that are clouds, and colours (RGB) that are
        premultiplied.
    region
        What is wanted.
    noise
        Seed and picture of the noise.
    amount
        How much of what the network makes of them.

    Returns
    -------
    numpy.ndarray
        (4, y, x): what marks hide, and premultiplied colours.
    """
    frame = frame_of(region)
    if not drawn[1].any():
        return drawn[(_SHOWN, *region.within(frame.top, frame.left))]
    # Its blocks are written into it.
    finished = np.ascontiguousarray(drawn[_SHOWN, _REACH : frame.height - _REACH, _REACH : frame.width - _REACH])
    height, width = finished.shape[1:]
    blocks = finished.reshape(len(_SHOWN), height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    drawn_at, noise_at = _windows_of(drawn), _noise_of_picture(*noise)
    touched = _touched(drawn[1])
    for start in range(0, len(touched), _AT_ONCE):
        tops, lefts = touched[start : start + _AT_ONCE].T
        feeds = {
            "drawn": drawn_at[tops, lefts],
            "noise": noise_at[(frame.top + tops) % _PERIOD, (frame.left + lefts) % _PERIOD],
        }
        blocks[:, tops // _BLOCK, :, lefts // _BLOCK] = run_session(_session(amount), "finished", feeds)
    return finished[(slice(None), *region.within(frame.top + _REACH, frame.left + _REACH))]


@lru_cache(maxsize=8)
def _noise_of_picture(seed: int, plane: int) -> Planes:
    """Return the noise (y, x, 3, S, S) of the windows that begin at each pixel of a period."""
    field = noise_field(seed, plane + _OTHER_PLANES, 0, 0, _PERIOD, _PERIOD)
    field = np.pad(field, [(0, _SIDE), (0, _SIDE), (0, 0)], mode="wrap")
    return _windows_of(np.ascontiguousarray(field.transpose(2, 0, 1)))


def _windows_of(planes: Planes) -> Planes:
    """Return the windows (y, x, C, S, S) that begin at each pixel."""
    return np.asarray(sliding_window_view(planes, (len(planes), _SIDE, _SIDE))[0])


def _touched(specks: Planes) -> NDArray[np.int64]:
    """Return first rows and columns (N, 2) of the windows of blocks in which specks lie, or so near that they count."""
    margin = _REACH - REACH_AROUND
    there = np.ascontiguousarray(specks[margin:-margin, margin:-margin] > 0)
    # The cells of a row of pixels are numbers of four bytes.
    cells = np.asarray(there.view(np.uint32).reshape(-1, _CELL, there.shape[1] // _CELL).any(1))
    return _BLOCK * np.argwhere(_in_blocks(_in_blocks(cells).T).T)


def _in_blocks(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each block down the cells whether something is in those that begin in it or in the next one."""
    many = _BLOCK // _CELL
    own = cells[:-1].reshape(-1, many, cells.shape[1]).any(1)
    return np.asarray(own | cells[many::many])


@lru_cache(maxsize=1)
def trained_network() -> dict[str, Planes]:
    """Return the weights that were trained beforehand, by name."""
    source = files("napari_retrogan.core.inference") / "mark_network" / "weights.npz"
    with source.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return {name: arrays[name].astype(np.float32) for name in MARK_FINISH.weights}


@lru_cache(maxsize=16)
def _session(amount: float) -> Any:
    """Return the session of the network at an amount."""
    from napari_retrogan.core.graphs.mark_graph import build_mark_graph

    return open_session(build_mark_graph(finished_by(trained_network(), amount)))

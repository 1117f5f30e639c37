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
from napari_retrogan.core.stages.mark_finish import DRAWN_CHANNELS, MARK_FINISH, REACH_AROUND, finished_by

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
_OWN = np.float32(1024)
"""How much more a pixel's own colour counts than those around it, which tell it where nothing was drawn."""
_REACH = MARK_FINISH.reach
_SIDE = _BLOCK + 2 * _REACH
_SHOWN = [0, 2, 3, 4]
"""What marks hide, and colours, of five planes."""
_LEAST = np.float32(1e-12)
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
    finished = drawn[_SHOWN, _REACH : frame.height - _REACH, _REACH : frame.width - _REACH]
    height, width = finished.shape[1:]
    blocks = finished.reshape(len(_SHOWN), height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    windows_at = sliding_window_view(drawn, (_SIDE, _SIDE), (1, 2))
    noise_at = _noise_of_picture(*noise)
    touched = _touched(drawn[1])
    for start in range(0, len(touched), _AT_ONCE):
        tops, lefts = touched[start : start + _AT_ONCE].T
        windows = windows_at[:, tops, lefts].swapaxes(0, 1)
        feeds = {
            "drawn": np.ascontiguousarray(windows[:, :DRAWN_CHANNELS]),
            "noise": np.ascontiguousarray(
                noise_at[:, (frame.top + tops) % _PERIOD, (frame.left + lefts) % _PERIOD].swapaxes(0, 1)
            ),
        }
        opacity = run_session(_session(amount), "finished", feeds)
        blocks[:, tops // _BLOCK, :, lefts // _BLOCK] = np.concatenate([opacity, opacity * _colours(windows)], 1)
    return finished[(slice(None), *region.within(frame.top + _REACH, frame.left + _REACH))]


@lru_cache(maxsize=8)
def _noise_of_picture(seed: int, plane: int) -> Planes:
    """Return the noise (3, y, x, S, S) of the windows that begin at each pixel of a period."""
    field = noise_field(seed, plane + _OTHER_PLANES, 0, 0, _PERIOD, _PERIOD)
    field = np.pad(field, [(0, _SIDE), (0, _SIDE), (0, 0)], mode="wrap")
    return sliding_window_view(np.ascontiguousarray(field.transpose(2, 0, 1)), (_SIDE, _SIDE), (1, 2))


def _touched(specks: Planes) -> NDArray[np.int64]:
    """Return first rows and columns (N, 2) of the windows of blocks in which specks lie, or so near that they count."""
    margin, many = _REACH - REACH_AROUND, _BLOCK // _CELL
    inner = slice(margin, -margin or None)
    there = np.ascontiguousarray(specks[inner, inner] > 0)
    # Cells of four pixels at once as numbers of four bytes; a block's are its own and the first of the next one.
    rows = (there.view(np.uint32) > 0).reshape(-1, _CELL, there.shape[1] // _CELL).any(1)
    for _ in range(2):
        blocks = rows[:-1].reshape(-1, many, rows.shape[1]).any(1) | rows[many::many]
        rows = blocks.T
    return _BLOCK * np.argwhere(rows)


def _colours(windows: Planes) -> Planes:
    """Return the colours (N, 3, y, x) of marks, taken from around where nothing was drawn."""
    margin = _REACH - REACH_AROUND
    near = windows[:, _SHOWN, margin : _SIDE - margin, margin : _SIDE - margin]
    own = near[:, :, REACH_AROUND:-REACH_AROUND, REACH_AROUND:-REACH_AROUND]
    near = _sums_of_five(_sums_of_five(near).swapaxes(2, 3)).swapaxes(2, 3)
    total = _OWN * own + near
    return np.asarray(total[:, 1:] / np.maximum(total[:, :1], _LEAST), np.float32)


def _sums_of_five(planes: Planes) -> Planes:
    """Return sums over five pixels down (N, C, y - 4, x)."""
    pairs = planes[:, :, :-1] + planes[:, :, 1:]
    return pairs[:, :, :-3] + pairs[:, :, 2:-1] + planes[:, :, 4:]


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

"""The frame of a scanned print: paper or scanner's glass around the picture, which is not of its look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Box = tuple[slice, slice]

_SAME_COLOUR = 20.5 / 255
"""Paper is no farther from its median colour, in each channel: yellowed and unevenly lit, but not a picture. It is no
difference that two round values or two levels of eight bits have, so rounding decides nothing."""
_UNIFORM, PICTURE = 0.97, 0.6
"""The share of a line's pixels that have the frame's colour inside the frame, and that have another beyond its end."""
_THINNEST, _WIDEST = 0.01, 0.3
"""Of the picture's height or width. Instant prints have a lower margin of about a fifth."""
_BLUR = 2
"""Lines over which the end of a frame may be blurred."""
_CORNER = 0.05
"""Share of a line that is left out at either end, where prints have rounded corners."""
MOST_FRAMES = 3
"""One in the other: paper on a scanner's glass, with a printed line."""


def inside_frame(picture: NDArray[np.float32]) -> _Box:
    """Return the rows and columns inside a frame of one colour, or all where there is none.

    A frame runs along all four sides, in one colour, and ends along a straight line beyond which most pixels have
    another colour. So a dark sky or a white backdrop, whose end follows what is in front of it, is no frame.

    Parameters
    ----------
    picture
        A small view, (Y, X, 3) RGB in [0, 1], of 150 pixels or so: thinner frames than a hundredth can't be seen.
    """
    box = slice(0, picture.shape[0]), slice(0, picture.shape[1])
    for _ in range(MOST_FRAMES):
        widths = _frame_widths(picture[box])
        if widths is None:
            break
        (top, bottom), (left, right) = widths
        rows, columns = box
        box = slice(rows.start + top, rows.stop - bottom), slice(columns.start + left, columns.stop - right)
    return box


def _frame_widths(picture: NDArray[np.float32]) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the widths of a frame above, below, on the left and on the right; None if there is none."""
    sides = (picture, picture[::-1], picture.swapaxes(0, 1), picture.swapaxes(0, 1)[::-1])
    if min(picture.shape[:2]) < 1 / _THINNEST / 2:
        return None
    edges = [side[: max(1, round(_THINNEST * len(side)))].reshape(-1, 3) for side in sides]
    colour = np.median(np.concatenate(edges), axis=0)
    widths = [_width(np.abs(side - colour).max(-1) <= _SAME_COLOUR) for side in sides]
    if not all(widths):
        return None
    return (widths[0], widths[1]), (widths[2], widths[3])


def _width(alike: NDArray[np.bool_]) -> int:
    """Return how many lines of a side (depth, length) are of the frame's colour; 0 if they are no frame."""
    depth, length = alike.shape
    cut = round(_CORNER * length)
    shares = alike[:, cut : length - cut].mean(1)
    width = int(np.argmax(shares < _UNIFORM))
    if (
        not max(1, _THINNEST * depth) <= width <= _WIDEST * depth
        or shares[width : width + _BLUR + 1].min() > 1 - PICTURE
    ):
        return 0
    return width + int(np.argmax(shares[width:] <= 1 - PICTURE))

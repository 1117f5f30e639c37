"""Where a pixel lies in its picture, by which vignettes and uneven light are learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.stages.colour import POSITION_CHANNELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEAN_SQUARED_RADIUS = 1 / 3
"""The squared distance from the centre, averaged over a picture of any proportions."""


def pixel_positions(shape: tuple[int, int], rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[np.float32]:
    """Return where pixels lie, in units of half the diagonal from the centre.

    Parameters
    ----------
    shape
        Height and width of the whole picture in pixels.
    rows, columns
        Pixel coordinates, in which the first pixel's centre is 0.5.

    Returns
    -------
    numpy.ndarray
        (len(rows), len(columns), 3): the squared distance from the centre, 0 there and 1 in the corners, then how
        far down and how far to the right of the centre.
    """
    height, width = shape
    unit = 4 / (height**2 + width**2)
    down, across = np.asarray(rows, np.float64) - height / 2, np.asarray(columns, np.float64) - width / 2
    # Channel after channel in memory, as graphs take it: turning it around would take longer than making it.
    result = np.empty((POSITION_CHANNELS, len(down), len(across)), np.float32)
    squares = ((np.square(offsets) * unit).astype(np.float32) for offsets in (down, across))
    np.add.outer(*squares, out=result[0])
    result[1] = (down * np.sqrt(unit)).astype(np.float32)[:, None]
    result[2] = (across * np.sqrt(unit)).astype(np.float32)
    return result.transpose(1, 2, 0)


def picture_positions(shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return where each pixel of a picture of this height and width lies, (height, width, 3)."""
    return pixel_positions(shape, *(np.arange(extent) + 0.5 for extent in shape))


def positioned_pixels(picture: NDArray[Any], step: int) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Return every so many pixels of a picture (Y, X, ...), in rows and columns, and where they lie, (y, x, 3)."""
    thinned = slice(None, None, step)
    return picture[thinned, thinned], picture_positions((picture.shape[0], picture.shape[1]))[thinned, thinned]


def ordinary_positions(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return, (*shape, 3), for colours that lie nowhere in particular, how far out colours lie on average."""
    result = np.zeros((*shape, POSITION_CHANNELS), np.float32)
    result[..., 0] = MEAN_SQUARED_RADIUS
    return result

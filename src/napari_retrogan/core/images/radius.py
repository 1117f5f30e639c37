"""The squared distance from a picture's centre, by which vignettes are learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def squared_radius(shape: tuple[int, int], rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[np.float32]:
    """Return the squared distance from the centre in units of half the diagonal: 0 there, 1 in the corners.

    Parameters
    ----------
    shape
        Height and width of the whole picture in pixels.
    rows, columns
        Pixel coordinates, in which the first pixel's centre is 0.5.

    Returns
    -------
    numpy.ndarray
        (len(rows), len(columns), 1).
    """
    height, width = shape
    unit = 4 / (height**2 + width**2)
    vertical = np.square(np.asarray(rows, np.float64) - height / 2) * unit
    horizontal = np.square(np.asarray(columns, np.float64) - width / 2) * unit
    squares = np.add.outer(vertical.astype(np.float32), horizontal.astype(np.float32))
    return squares[..., None]

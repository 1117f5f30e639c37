"""Sampled patches laid out as one picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def mosaic(patches: NDArray[Any], gap: int = 1) -> NDArray[Any]:
    """Lay patches out in rows, as near to a square as their number allows.

    Parameters
    ----------
    patches
        Shape (n, height, width, 3); empty places and gaps are zero.
    gap
        Pixels between neighbours.

    Returns
    -------
    ndarray
        Shape (rows * (height + gap) - gap, columns * (width + gap) - gap, 3), of the patches' dtype.
    """
    number, height, width, channels = patches.shape
    columns = math.ceil(math.sqrt(number))
    rows = math.ceil(number / columns)
    picture = np.zeros((rows * (height + gap), columns * (width + gap), channels), patches.dtype)
    for index, patch in enumerate(patches):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        picture[top : top + height, left : left + width] = patch
    return picture[: rows * (height + gap) - gap, : columns * (width + gap) - gap]

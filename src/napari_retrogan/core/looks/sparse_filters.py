"""Filters of a few taps, which show what is sparse; random ones hide it, as sums of many pixels are nearly Gaussian."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 5


def sparse_filters() -> list[NDArray[np.float64]]:
    """Return 12 filters (5, 5) of unit energy and no sum, each of two to nine taps: first and second differences."""
    taps: list[dict[tuple[int, int], float]] = []
    for down, across in ((0, 1), (1, 0), (1, 1), (1, -1)):
        taps.append({(0, 0): 1, (down, across): -1})
        taps.append({(0, 0): 2, (down, across): -1, (-down, -across): -1})
    near = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    corners = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    taps.append({(0, 0): 4, **dict.fromkeys(near, -1)})
    taps.append({(0, 0): 8, **dict.fromkeys(near + corners, -1)})
    taps.append({**dict.fromkeys(near, 1), **dict.fromkeys(corners, -1)})
    taps.append({(0, 0): 4, **dict.fromkeys([(2 * down, 2 * across) for down, across in near], -1)})
    filters = []
    for each in taps:
        kernel = np.zeros((SIZE, SIZE))
        for (down, across), weight in each.items():
            kernel[SIZE // 2 + down, SIZE // 2 + across] = weight
        filters.append(kernel / np.sqrt(np.square(kernel).sum()))
    return filters

"""The picture at 64 px, from a fixed set of points, so that lazy and eager sources agree bit for bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import THUMBNAIL_SIZE
from napari_retrogan.core.images.intensity import MID_GREY, ValueRange, to_unit, value_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

_POINTS_PER_CELL = 4
NUM_POINTS = THUMBNAIL_SIZE * _POINTS_PER_CELL
_LONG_ROW = 16_384
"""Pixels of rows that are not copied whole, which would be quicker but take memory."""


def sample_indices(length: int) -> NDArray[np.int64]:
    """Return the 256 positions along an axis that are read: the middles of as many equal parts."""
    return (2 * np.arange(NUM_POINTS, dtype=np.int64) + 1) * length // (2 * NUM_POINTS)


def sample_points(plane: Any) -> Any:
    """Return the (256, 256, ...) sampled points of a plane (Y, X, ...), whose points are those of the plane."""
    rows, columns = (sample_indices(length) for length in plane.shape[:2])
    if isinstance(plane, np.ndarray) and plane.shape[1] > _LONG_ROW:
        return plane[rows[:, None], columns]
    return plane[rows][:, columns]


def thumbnail(plane: NDArray[Any]) -> NDArray[np.float32]:
    """Shrink a plane to what the generator knows of the whole picture.

    Parameters
    ----------
    plane
        (Y, X), (Y, X, 3) or (Y, X, 4) in [0, 1], whole or as its `sample_points`. Alpha is left out and
        values that aren't finite count as mid-grey.

    Returns
    -------
    numpy.ndarray
        (64, 64, 3) float32: the mean of 4 x 4 points a cell.
    """
    points = plane if plane.shape[:2] == (NUM_POINTS, NUM_POINTS) else sample_points(plane)
    finite = np.isfinite(points)
    points = points if finite.all() else np.where(finite, points, MID_GREY)
    colours = np.repeat(points[..., None], 3, axis=-1) if points.ndim == 2 else points[..., :3]
    cells = colours.reshape(THUMBNAIL_SIZE, _POINTS_PER_CELL, THUMBNAIL_SIZE, _POINTS_PER_CELL, 3)
    total = np.zeros((THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3))
    for row in range(_POINTS_PER_CELL):
        for column in range(_POINTS_PER_CELL):
            total += cells[:, row, :, column]
    return (total / _POINTS_PER_CELL**2).astype(np.float32)


def plane_limits(samples: NDArray[Any], limits: ValueRange | None) -> ValueRange:
    """Return the limits given, or those that the plane's sampled points (256, 256, ...) tell."""
    return limits or value_range(samples.dtype, samples[..., :3] if samples.ndim == 3 else samples)


def plane_thumbnail(samples: NDArray[Any], limits: ValueRange) -> NDArray[np.float32]:
    """Return the thumbnail of a plane's sampled points (256, 256, ...)."""
    return thumbnail(to_unit(samples[..., :3] if samples.ndim == 3 else samples, limits))

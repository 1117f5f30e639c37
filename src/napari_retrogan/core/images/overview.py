"""A small picture of a whole plane, for the eye: thinned out where it is large, then averaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.images.arrays import is_lazy, read_source
from napari_retrogan.core.images.intensity import ValueRange, to_unit
from napari_retrogan.core.images.thumbnail import plane_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_LAZY_SIZE = 4096
_SAMPLES_PER_PIXEL = 4


def overview(plane: Any, size: int, limits: ValueRange | None = None) -> NDArray[np.float32]:
    """Shrink a plane to about a size, at a cost that doesn't grow with it.

    Parameters
    ----------
    plane
        (Y, X), (Y, X, 3) or (Y, X, 4) of any image type. Of a lazy one larger than 4096 px a side only the
        middle is shown, because thinning it out would read all of it.
    size
        The longer side is at least so many pixels, where the plane has them, and less than twice as many.
    limits
        The values of black and white; by default those that the samples tell.

    Returns
    -------
    numpy.ndarray
        (y, x) or (y, x, 3) in [0, 1], without alpha.
    """
    array, _ = read_source(plane)
    if is_lazy(array):
        array = array[tuple(_middle(length) for length in array.shape[:2])]
    step = max(1, max(array.shape[:2]) // (_SAMPLES_PER_PIXEL * size))
    samples = np.asarray(array[::step, ::step])
    samples = samples[..., :3] if samples.ndim == 3 else samples
    return _average(to_unit(samples, plane_limits(samples, limits)), max(1, max(samples.shape[:2]) // size))


def _middle(length: int) -> slice:
    """Return what is read of an axis of a lazy plane."""
    start = max(0, length - MAX_LAZY_SIZE) // 2
    return slice(start, start + MAX_LAZY_SIZE)


def _average(unit: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Average blocks of so many pixels a side; a narrow axis is averaged over what it has."""
    rows, columns = (min(factor, length) for length in unit.shape[:2])
    height, width = unit.shape[0] // rows, unit.shape[1] // columns
    blocks = unit[: height * rows, : width * columns].reshape(height, rows, width, columns, *unit.shape[2:])
    return np.asarray(blocks.mean((1, 3)), np.float32)

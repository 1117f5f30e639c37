"""How far drawn grain is from real grain, over flat squares of the same tones.

It is the sliced Wasserstein distance of patches (Elnekave and Weiss, "Generating natural images with direct patch
distributions matching", 2022): of each direction in the space of patches, that is of what a filter makes of squares,
all values are sorted and compared in their order. Sparse filters stand beside random ones, since sums of many pixels
are nearly Gaussian whatever the pixels are. Squares come in the order of their luminance and are compared in groups of
it, each in units of the deviation of the real ones, so that faint and strong grain count alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.looks.sparse_filters import sparse_filters

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUPS = 3
"""Dark, middle and light squares; a batch holds a multiple of them."""

_SIZE = 7
_STRIDE = 2
_STILL = 1e-3
"""A quarter of a step of eight bits: below such a deviation nothing is seen."""

_CHANNELS = np.stack([LUMINANCE, [1.0, -0.5, -0.5], [0.0, 1.0, -1.0]], 1).astype(np.float32)
"""Luminance, and two differences of channels."""


def random_filters(count: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Return random filters (7, 7, N) of unit energy and no sum."""
    filters = random.standard_normal((_SIZE, _SIZE, count))
    filters -= filters.mean((0, 1))
    return np.asarray(filters / np.sqrt(np.square(filters).sum((0, 1))), np.float32)


def grain_distance(real: Any, drawn: Any, further: Any | None = None) -> Any:
    """Return how far drawn grain is from real grain, in deviations of the real.

    Parameters
    ----------
    real, drawn
        (N, 32, 32, 3): what squares are beside their planes, in the order of luminance; N is a multiple of ``GROUPS``.
    further
        Random filters (7, 7, D) to look through as well.
    """
    ours, theirs = ([_sorted_groups(each) for each in _responses(squares, further)] for squares in (real, drawn))
    return _mean_distance(ours, [_deviation(each) for each in ours], theirs)


class RealGrain:
    """Real squares to which many drawn ones are compared: their filters' values are sorted once.

    It gives the bits of `grain_distance`, in a quarter of its time: NumPy sorts, by the processor's vectors, where no
    gradient is asked for.

    Parameters
    ----------
    real
        (N, 32, 32, 3), as for `grain_distance`.
    """

    def __init__(self, real: Any) -> None:
        self._sorted = _sorted_at_once(real)
        self._deviations = [_deviation(each) for each in self._sorted]

    def distance(self, drawn: Any) -> float:
        """Return how far drawn grain (N, 32, 32, 3) is from this, in deviations of this."""
        return float(_mean_distance(self._sorted, self._deviations, _sorted_at_once(drawn)))


def filter_luminance(residuals: Any) -> Any:
    """Return what a high-pass of pixels and 12 sparse filters make of the luminance of squares, (N, 13, 13, 13)."""
    return _responses(residuals, None)[0]


def skewness(residuals: Any) -> NDArray[np.float64]:
    """Return the skew (13,) of squares' pixels and of 12 sparse filters of their luminance, each over its strength."""
    found = ops.convert_to_numpy(filter_luminance(residuals)).astype(np.float64)
    deviation = np.sqrt(np.square(found).mean((1, 2), keepdims=True)) + _STILL
    return np.asarray(((found / deviation) ** 3).mean((0, 1, 2)))


def _filters() -> NDArray[np.float32]:
    """Return a high-pass of pixels and 12 sparse filters, (7, 7, 13)."""
    margin = (_SIZE - sparse_filters()[0].shape[0]) // 2
    pixel = np.full((_SIZE, _SIZE), -1 / _SIZE**2)
    pixel[_SIZE // 2, _SIZE // 2] += 1
    sparse = [np.pad(kernel, margin) for kernel in sparse_filters()]
    return np.stack([pixel / np.sqrt(np.square(pixel).sum()), *sparse], -1).astype(np.float32)


_FILTERS = _filters()


def _responses(residuals: Any, further: Any | None) -> list[Any]:
    """Return what filters make of squares: of luminance at two scales, and of differences of channels."""
    channels = ops.matmul(residuals, _CHANNELS)
    luminance = channels[..., :1]
    filters = _FILTERS if further is None else ops.concatenate([ops.convert_to_tensor(_FILTERS), further], -1)
    fine, coarse = filters[:, :, None], _FILTERS[:, :, None]
    responses = [_convolve(luminance, fine, _STRIDE), _convolve(ops.average_pool(luminance, 2, 2), coarse, 1)]
    return responses + [_convolve(channels[..., number : number + 1], coarse[..., ::3], _STRIDE) for number in (1, 2)]


def _convolve(pictures: Any, kernel: Any, stride: int) -> Any:
    """Return what filters make of pictures (N, Y, X, 1), without padding."""
    return ops.conv(pictures, kernel, strides=stride, padding="valid", data_format="channels_last")


def _mean_distance(real: list[Any], deviations: list[Any], drawn: list[Any]) -> Any:
    """Return the mean distance of all filters' sorted values."""
    parts = zip(real, deviations, drawn, strict=True)
    return ops.mean(ops.concatenate([ops.mean(ops.abs(one - other), axis=1) / unit for one, unit, other in parts]))


def _deviation(values: Any) -> Any:
    """Return the unit in which each row's distances are told."""
    return ops.stop_gradient(ops.std(values, axis=1)) + _STILL


def _sorted_groups(responses: Any) -> Any:
    """Return the values (GROUPS * D, M) of each filter in each group, sorted."""
    return ops.sort(_groups(responses), axis=1)


def _sorted_at_once(squares: Any) -> list[Any]:
    """Return the same as `_sorted_groups` for all that filters make of squares, sorted by NumPy."""
    found = [ops.convert_to_numpy(_groups(each)) for each in _responses(squares, None)]
    return [ops.convert_to_tensor(np.sort(each, axis=1)) for each in found]


def _groups(responses: Any) -> Any:
    """Return the values (GROUPS * D, M) of each filter in each group."""
    count = responses.shape[-1]
    values = ops.transpose(ops.reshape(responses, (GROUPS, -1, count)), (0, 2, 1))
    return ops.reshape(values, (GROUPS * count, -1))

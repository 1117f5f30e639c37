"""A generator's texture at larger pixels, so that a picture at reduced size looks as the full one does when shrunk.

Let a pixel be f times as wide as those that the weights were trained for. What `coarser_weights` returns gives

- softness (``detail``): in each kernel the two outer taps a, b around c move inwards along each axis, so that the
  sum, the first and the second moment are those of the same taps at distance 1/f. A flat area keeps its
  colour exactly, and softening or sharpening, whose reach becomes less than a pixel, fades as 1 / f^2.
- grain (``grain_field``): the mean over f x f pixels of the field. It is the sum of its mean, which stays, and of
  white noise z (the mean of the full-size noise, brought to variance 1) through a kernel. Kernel and
  strength are measured in a simulated field, for f up to 8; beyond, the averages are white and fall as 1 / f.
- halation: a glow narrower by f is shared between the two of the stage's glows beside it, so that the variance is
  right; none is narrower than the narrowest. Fringes are shares of the picture and stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import NEGATIVE_SLOPE, NOISE_CHANNELS
from napari_retrogan.core.inference.noise import noise_field
from napari_retrogan.core.stages.chain import HALO
from napari_retrogan.core.stages.halation import DEVIATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_LARGEST_BLOCK = 8
_NUM_AVERAGES = 64
_KERNEL_REACH = 2
_DETAILS = ("texture/detail_1/kernel", "texture/detail_2/kernel", "texture/detail_3/kernel")


def coarser_weights(
    weights: Mapping[str, NDArray[Any]], factors: tuple[float, float], depth: float = 1.0
) -> dict[str, NDArray[np.float32]]:
    """Return a generator's weights for pixels that are larger by a factor along each axis.

    Parameters
    ----------
    weights
        Arrays by the names of ``stages.chain.WEIGHT_SHAPES``.
    factors
        Height and width of a pixel in pixels of full size, at least 1.
    depth
        How many pictures of a stack one of these averages; of each the grain is another.

    Returns
    -------
    dict
        All weights; those of grain have another number of channels.
    """
    coarser = {name: np.asarray(values, np.float32) for name, values in weights.items()}
    down, across = (_tap_matrix(factor) for factor in factors)
    for name in _DETAILS:
        coarser[name] = np.einsum("ia,jb,abcd->ijcd", down, across, coarser[name]).astype(np.float32)
    rows, columns = (min(max(round(factor), 1), _LARGEST_BLOCK) for factor in factors)
    mean, kernel = _averaged_grain(coarser, (rows, columns))
    coarser["halation/strength"] = _narrower_glows(coarser["halation/strength"], float(np.sqrt(np.prod(factors))))
    share = np.sqrt(rows * columns / (factors[0] * factors[1] * depth))
    return coarser | _linear_grain(mean, kernel * share)


def _narrower_glows(strength: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Return the strengths (glows, 3) of glows narrower by a factor, among those that the stage has."""
    variances = np.square(DEVIATIONS)
    shares = [np.interp(variances / factor**2, variances, each) for each in np.eye(len(variances))]
    return np.asarray(np.array(shares) @ strength, np.float32)


def _tap_matrix(factor: float) -> NDArray[np.float64]:
    """Return what maps three taps to those of pixels larger by a factor, with equal moments of order 0, 1 and 2."""
    even, odd = 0.5 / factor**2, 0.5 / factor
    return np.array([[even + odd, 0, even - odd], [1 - 2 * even, 1, 1 - 2 * even], [even - odd, 0, even + odd]])


def _averaged_grain(
    weights: Mapping[str, NDArray[np.float32]], block: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean (3,) and kernel (5, 5, 3, 3) that turn averaged noise into averaged grain of the right strength."""
    rows, columns = (_NUM_AVERAGES * size for size in block)
    noise = noise_field(0, 0, -HALO, -HALO, rows + 2 * HALO, columns + 2 * HALO)
    field = _convolve(noise, weights["texture/grain_1/kernel"]) + weights["texture/grain_1/bias"]
    field = _convolve(np.where(field < 0, NEGATIVE_SLOPE * field, field), weights["texture/grain_2/kernel"])
    grain = _block_means(field, block)
    mean = grain.mean((0, 1))
    white = _block_means(noise[HALO:-HALO, HALO:-HALO], block) * np.sqrt(block[0] * block[1])
    inner = (grain - mean)[_KERNEL_REACH:-_KERNEL_REACH, _KERNEL_REACH:-_KERNEL_REACH]
    kernel = _correlate(white, inner)
    linear = _convolve(white, kernel)
    kernel *= inner.std((0, 1)) / np.maximum(linear.std((0, 1)), np.finfo(np.float32).tiny)
    return mean, kernel


def _correlate(white: NDArray[np.float64], inner: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the kernel (5, 5, 3, 3) that predicts the grain best from white noise: their correlation."""
    height, width = inner.shape[:2]
    size = 2 * _KERNEL_REACH + 1
    shifted = np.lib.stride_tricks.sliding_window_view(white, (height, width, white.shape[2]))[:, :, 0]
    return np.asarray(np.einsum("abyxc,yxd->abcd", shifted[:size, :size], inner) / (height * width))


def _convolve(values: NDArray[Any], kernel: NDArray[Any]) -> NDArray[Any]:
    """Return (Y, X, C) under a kernel (a, b, C, D), without padding."""
    height, width = values.shape[0] - kernel.shape[0] + 1, values.shape[1] - kernel.shape[1] + 1
    total = np.zeros((height, width, kernel.shape[3]), values.dtype)
    for row, taps in enumerate(kernel):
        for column, tap in enumerate(taps):
            total += values[row : row + height, column : column + width] @ tap
    return total


def _block_means(values: NDArray[Any], block: tuple[int, int]) -> NDArray[np.float64]:
    """Return the means (64, 64, C) of blocks."""
    shape = (_NUM_AVERAGES, block[0], _NUM_AVERAGES, block[1], values.shape[2])
    return np.asarray(values.reshape(shape).mean((1, 3), dtype=np.float64))


def _linear_grain(mean: NDArray[np.float64], kernel: NDArray[np.float64]) -> dict[str, NDArray[np.float32]]:
    """Return weights of the grain's two layers whose field is linear in the noise.

    With a slope s below 0, lrelu(v) - lrelu(-v) = (1 + s) v; one more channel, always 1, carries the mean.
    """
    num = NOISE_CHANNELS
    size = 2 * _KERNEL_REACH + 1
    first, bias = np.zeros((size, size, num, 2 * num + 1)), np.zeros(2 * num + 1)
    first[..., :num], first[..., num : 2 * num], bias[-1] = kernel, -kernel, 1
    second = np.zeros((3, 3, 2 * num + 1, num))
    second[1, 1, :num] = np.eye(num) / (1 + NEGATIVE_SLOPE)
    second[1, 1, num : 2 * num] = -second[1, 1, :num]
    second[1, 1, -1] = mean
    named = {"grain_1/kernel": first, "grain_1/bias": bias, "grain_2/kernel": second}
    return {f"texture/{name}": values.astype(np.float32) for name, values in named.items()}

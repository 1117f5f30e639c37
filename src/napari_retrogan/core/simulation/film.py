"""Softness and grain of film, simulated: with them benchmarks and samples have a known truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

from napari_retrogan.core.architecture import LUMINANCE

if TYPE_CHECKING:
    from numpy.typing import NDArray


def soften(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Blur (Y, X, 3) by a Gaussian of ``sigma`` pixels."""
    return np.asarray(gaussian_filter(image, (sigma, sigma, 0)), np.float32)


def add_grain(
    image: NDArray[np.float32], strength: float, size: float, seed: int, chroma: float = 0.25
) -> NDArray[np.float32]:
    """Add grain whose strength follows 4 L (1 - L), L the luminance: none in black and white.

    Parameters
    ----------
    image
        (Y, X, 3) RGB in [0, 1].
    strength
        Standard deviation where L is one half.
    size
        Standard deviation of the Gaussian that correlates the noise, in pixels.
    seed
        Of the noise.
    chroma
        Share of the grain's variance that is independent in each channel; the rest is common to them.

    Returns
    -------
    numpy.ndarray
        Same shape, clipped to [0, 1].
    """
    random = np.random.default_rng(seed)
    white = random.standard_normal((*image.shape[:2], 4), np.float32)
    field = gaussian_filter(white, (size, size, 0), mode="wrap")
    field /= field.std(axis=(0, 1))
    grain = np.sqrt(1 - chroma) * field[..., :1] + np.sqrt(chroma) * field[..., 1:]
    luminance = np.clip(image @ LUMINANCE, 0, 1)[..., None]
    return np.asarray(np.clip(image + strength * 4 * luminance * (1 - luminance) * grain, 0, 1), np.float32)

"""Softness and grain of film, simulated: with them benchmarks and samples have a known truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from napari_retrogan.core.architecture import LUMINANCE

if TYPE_CHECKING:
    from numpy.typing import NDArray


def soften(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Blur (Y, X, 3) by a Gaussian of ``sigma`` pixels."""
    return blur(image, sigma)


def blur(
    image: NDArray[np.float32], sigma: float, beyond: Literal["symmetric", "wrap"] = "symmetric"
) -> NDArray[np.float32]:
    """Blur (Y, X, channels) by a Gaussian of ``sigma`` pixels: the bits of ``scipy.ndimage.gaussian_filter``.

    Importing SciPy's filters takes longer than simulating a print, and napari waits for the samples.

    Parameters
    ----------
    image
        Left as it is.
    sigma
        Standard deviation in pixels; 0 changes nothing.
    beyond
        What lies outside the picture: its mirror image, or its other side.
    """
    radius = int(4 * sigma + 0.5)
    if not radius:
        return image.copy()
    weights = np.exp(-0.5 / sigma**2 * np.arange(-radius, radius + 1) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        margins = [(radius, radius) if axis == each else (0, 0) for each in range(image.ndim)]
        padded = np.moveaxis(np.pad(image, margins, beyond).astype(np.float64), axis, 0)
        total = padded[radius:-radius] * weights[radius]
        for pixels in range(radius, 0, -1):
            last = len(padded) - radius + pixels
            total += (padded[radius - pixels : -radius - pixels] + padded[radius + pixels : last]) * weights[
                radius + pixels
            ]
        image = np.moveaxis(total, 0, axis).astype(np.float32)
    return image


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
    field = blur(white, size, "wrap")
    field /= field.std(axis=(0, 1))
    grain = np.sqrt(1 - chroma) * field[..., :1] + np.sqrt(chroma) * field[..., 1:]
    luminance = np.clip(image @ LUMINANCE, 0, 1)[..., None]
    return np.asarray(np.clip(image + strength * 4 * luminance * (1 - luminance) * grain, 0, 1), np.float32)

"""Simulated prints: what fading, film and paper do to a photograph, written as plain formulas.

They make the sample data, and give benchmarks a truth to compare with; the networks never see these formulas.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import gaussian_filter

from napari_retrogan.core.errors import InvalidConfig, InvalidImage

if TYPE_CHECKING:
    from numpy.typing import NDArray

Triple = tuple[float, float, float]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmLook:
    """One simulated film and its print.

    ``saturation`` scales colour around luminance, ``gamma`` bends each channel, ``black`` and ``white`` are the
    paper's darkest and brightest colour in [0, 1], ``vignette`` darkens the corners by that fraction,
    ``softness`` is the standard deviation of the blur in pixels; ``grain`` is its standard deviation in the
    mid-tones, ``grain_size`` the standard deviation of its correlation in pixels and ``grain_chroma`` the share of
    its variance that differs between the channels.
    """

    saturation: float = 1.0
    gamma: Triple = (1.0, 1.0, 1.0)
    black: Triple = (0.0, 0.0, 0.0)
    white: Triple = (1.0, 1.0, 1.0)
    vignette: float = 0.0
    softness: float = 0.7
    grain: float = 0.035
    grain_size: float = 0.7
    grain_chroma: float = 0.25


LOOKS: types.MappingProxyType[str, FilmLook] = types.MappingProxyType(
    {
        "faded_slide": FilmLook(
            saturation=0.75, gamma=(0.82, 0.98, 1.05), black=(0.16, 0.07, 0.10), white=(1.0, 0.93, 0.80), vignette=0.12
        ),
        "warm_print": FilmLook(
            saturation=0.85, gamma=(0.9, 1.0, 1.25), black=(0.10, 0.08, 0.05), white=(0.98, 0.92, 0.74), vignette=0.18
        ),
        "silver_print": FilmLook(
            saturation=0.0,
            gamma=(0.97, 1.0, 1.04),
            black=(0.07, 0.06, 0.05),
            white=(0.96, 0.94, 0.90),
            vignette=0.15,
            grain_chroma=0.0,
        ),
    }
)


def simulate_print(image: NDArray[Any], look: str | FilmLook = "faded_slide", seed: int = 0) -> NDArray[Any]:
    """Return the picture as a simulated vintage print.

    Parameters
    ----------
    image
        (Y, X, 3) RGB; ``uint8``, or float in [0, 1].
    look
        A name in ``LOOKS``, or a look of one's own.
    seed
        Of the grain.

    Returns
    -------
    numpy.ndarray
        Same shape and dtype.

    Raises
    ------
    InvalidConfig
        If the look's name is unknown.
    InvalidImage
        If the picture is not RGB.
    """
    if isinstance(look, str):
        if look not in LOOKS:
            raise InvalidConfig(f"Look {look!r} is unknown; choose one of {', '.join(LOOKS)}.")
        look = LOOKS[look]
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3:
        raise InvalidImage(f"A picture of shape {image.shape} was given; expected (Y, X, 3).")
    scale = np.float32(255.0 if image.dtype == np.uint8 else 1.0)
    toned = tone(image.astype(np.float32) / scale, look)
    result = add_grain(soften(toned, look.softness), look.grain, look.grain_size, seed, look.grain_chroma)
    return (result * scale + (0.5 if image.dtype == np.uint8 else 0.0)).astype(image.dtype)


def tone(image: NDArray[np.float32], look: FilmLook) -> NDArray[np.float32]:
    """Apply a look's colour and vignette to (Y, X, 3) RGB in [0, 1]."""
    grey = image @ LUMINANCE
    colour = np.clip(grey[..., None] + look.saturation * (image - grey[..., None]), 0, 1)
    black, white = np.asarray(look.black, np.float32), np.asarray(look.white, np.float32)
    printed = black + (white - black) * colour ** np.asarray(look.gamma, np.float32)
    rows, columns = (np.linspace(-1, 1, size, dtype=np.float32) for size in image.shape[:2])
    radius = (rows[:, None] ** 2 + columns[None, :] ** 2) / 2
    return np.asarray(printed * (1 - np.float32(look.vignette) * radius)[..., None], np.float32)


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

"""How far a picture is from a known truth: colour difference and the spectrum of grain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.transform import downscale_local_mean

Picture = NDArray[np.float32]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
PATCH = 32
FLAT = 0.004


def colour_difference(result: Picture, truth: Picture) -> float:
    """Return the mean CIEDE2000 between two RGB pictures in [0, 1], at an eighth of their size."""
    small = (downscale_local_mean(np.clip(picture, 0, 1), (8, 8, 1)) for picture in (result, truth))
    first, second = (rgb2lab(picture) for picture in small)
    return float(deltaE_ciede2000(first, second).mean())


def flat_patches(clean: Picture) -> list[tuple[slice, slice]]:
    """Return the windows of a clean picture's mid-tone patches that hold next to no detail."""
    luminance = clean @ LUMINANCE
    detail = luminance - gaussian_filter(luminance, 2)
    windows = [
        (slice(top, top + PATCH), slice(left, left + PATCH))
        for top in range(0, clean.shape[0] - PATCH + 1, PATCH // 2)
        for left in range(0, clean.shape[1] - PATCH + 1, PATCH // 2)
    ]
    return [w for w in windows if 0.2 < luminance[w].mean() < 0.8 and detail[w].std() < FLAT]


def radial_spectrum(picture: Picture, windows: list[tuple[slice, slice]]) -> NDArray[np.float64]:
    """Return the mean power of luminance in rings of spatial frequency, from 1/16 of Nyquist to Nyquist."""
    luminance = np.asarray(picture, np.float64) @ LUMINANCE
    taper = np.outer(np.hanning(PATCH), np.hanning(PATCH))
    power = np.zeros((PATCH, PATCH))
    for window in windows:
        patch = luminance[window]
        power += np.abs(np.fft.fft2((patch - patch.mean()) * taper)) ** 2
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(PATCH), np.fft.fftfreq(PATCH)))
    rings = np.minimum((frequency * 32).astype(int), 16)
    return np.array([power[rings == ring].mean() for ring in range(2, 16)])


def grain_spectrum_error(results: list[Picture], truths: list[Picture], clean: list[Picture]) -> float:
    """Return the mean absolute difference in decibels of the grain's spectra in flat areas of several pictures."""
    spectra = []
    for pictures in (results, truths):
        pairs = zip(pictures, clean, strict=True)
        spectra.append(sum(radial_spectrum(picture, flat_patches(source)) for picture, source in pairs))
    return float(np.abs(10 * np.log10(spectra[0] / spectra[1])).mean())

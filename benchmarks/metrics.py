"""How far a picture is from a known truth: colour difference, the spectrum of grain and the width of edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.transform import downscale_local_mean

Picture = NDArray[np.float32]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
PATCH = 32
FLAT = 0.004
REACH = 4
EDGE_QUANTILE = 0.98


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


def edge_width(pictures: list[Picture], clean: list[Picture]) -> float:
    """Return the mean width in pixels of the strongest edges of pictures that show what clean ones show.

    The width of an edge is its contrast, between the points ``REACH`` pixels to either side, over its slope: 2.5
    standard deviations of a Gaussian edge. Places and directions are those of the clean pictures' edges, and contrasts
    and slopes are summed with their sign over all edges before they are divided, so grain and noise, which do not
    know the edges, cancel out instead of passing for sharpness. Tone cancels out as it changes both.
    """
    contrast = slope = 0.0
    for picture, source in zip(pictures, clean, strict=True):
        positions, across = _edges(np.asarray(source, np.float64) @ LUMINANCE)
        luminance = np.asarray(picture, np.float64) @ LUMINANCE
        before, at_minus, at_plus, after = (
            map_coordinates(luminance, positions + offset * across, order=1) for offset in (-REACH, -0.5, 0.5, REACH)
        )
        contrast += float((after - before).sum())
        slope += float((at_plus - at_minus).sum())
    return contrast / slope


def _edges(luminance: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return positions (2, N) and unit directions (2, N) of the ridges of slope, where it is largest in the picture."""
    gradient = np.stack(np.gradient(gaussian_filter(luminance, 1)))
    slope = np.hypot(*gradient)
    inside = np.zeros(slope.shape, bool)
    inside[8:-8, 8:-8] = True
    positions = np.stack(np.nonzero(inside & (slope > max(1e-3, np.quantile(slope, EDGE_QUANTILE))))).astype(np.float64)
    rows, columns = positions.astype(int)
    across = gradient[:, rows, columns] / slope[rows, columns]
    ahead, behind = (map_coordinates(slope, positions + sign * across, order=1) for sign in (1, -1))
    ridge = (slope[rows, columns] >= ahead) & (slope[rows, columns] >= behind)
    return positions[:, ridge], across[:, ridge]

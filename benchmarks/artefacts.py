"""What a network leaves behind: grids in the spectrum, errors at the border, lost structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from metrics import LUMINANCE, Picture
from scipy.ndimage import median_filter
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.exposure import match_histograms
from skimage.metrics import structural_similarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = 128
NEIGHBOURHOOD = 15
BORDER, BAND = 8, 24


def lattice_peak(pictures: list[Picture]) -> float:
    """Return the highest peak of the luminance's spectrum on the Nyquist lattice over its local median.

    Strided and transposed convolutions, and resampling, repeat every 2 or 4 pixels: their traces lie at the
    frequencies 1/4 and 1/2 in each direction. The power is the mean of all windows of 128 px; the median is that of
    the 15 x 15 frequencies around.
    """
    power = np.mean([_power(tile) for picture in pictures for tile in _tiles(picture)], 0)
    median = median_filter(power, NEIGHBOURHOOD, mode="wrap")
    lattice = np.arange(0, WINDOW, WINDOW // 4)
    peaks = (power / np.maximum(median, 1e-12))[np.ix_(lattice, lattice)]
    return float(peaks.flat[1:].max())


def border_ratio(results: list[Picture], truths: list[Picture]) -> float:
    """Return the mean CIEDE2000 in the outer 8 px over that of the next 16 px, where the scene is much the same.

    Both are pictures without grain, at full size.
    """
    outer, inner = [], []
    for result, truth in zip(results, truths, strict=True):
        difference = deltaE_ciede2000(*(rgb2lab(np.clip(picture, 0, 1)) for picture in (result, truth)))
        rows, columns = (np.minimum(np.arange(size), np.arange(size)[::-1]) for size in difference.shape)
        distance = np.minimum(rows[:, None], columns[None, :])
        outer.append(difference[distance < BORDER].mean())
        inner.append(difference[(distance >= BORDER) & (distance < BAND)].mean())
    return float(np.mean(outer) / np.mean(inner))


def structure_kept(results: list[Picture], photographs: list[Picture]) -> float:
    """Return the mean structural similarity of luminance after giving each result its photograph's tones."""
    values = []
    for result, photograph in zip(results, photographs, strict=True):
        before, after = (np.clip(picture, 0, 1) @ LUMINANCE for picture in (photograph, result))
        matched = match_histograms(after, before)
        values.append(structural_similarity(before, matched, data_range=1.0, gaussian_weights=True))
    return float(np.mean(values))


def _tiles(picture: Picture) -> list[NDArray[np.float64]]:
    """Return the luminance in windows that do not overlap."""
    luminance = np.asarray(picture, np.float64) @ LUMINANCE
    rows, columns = (range(0, size - WINDOW + 1, WINDOW) for size in luminance.shape)
    return [luminance[top : top + WINDOW, left : left + WINDOW] for top in rows for left in columns]


def _power(tile: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the power spectrum of a tapered tile without its mean."""
    taper = np.outer(np.hanning(WINDOW), np.hanning(WINDOW))
    return np.abs(np.fft.fft2((tile - tile.mean()) * taper)) ** 2

"""The grain of pictures, measured in flat areas: its spectrum, its colour and how it follows luminance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from napari_retrogan.core.architecture import LUMINANCE

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = NDArray[np.float64]

PATCH, _STRIDE, BLOCK = 32, 16, 8
_LUMINANCE_BINS, _PATCHES_PER_BIN = 8, 48
_QUIETEST, _LOUDEST = 0.2, 2.0
"""Squares of one luminance with more than twice the variance of the quietest fifth show structure as fine as grain:
gravel, cloth, foliage. Grain itself is the same in all of them."""

_MOST_ABOVE = 4.0
"""Where every square of a luminance shows structure, that is taken for grain up to four times the variance that the
quietest squares of all midtones suggest."""

_DARKEST, _BRIGHTEST = 0.15, 0.85
"""Midtones: beyond them channels are clipped, which hides grain, in most squares of a look of high contrast."""

_NUDGE = 1e-5
"""Added to luminance before it is sorted into ranges. Flat tones often have the very value that parts two of them, such
as 0.5, and the last digit of a sum would decide where they go."""

_STRUCTURE_STEP = 1e-5
"""Deviations of luminance are compared in such steps: of squares that repeat in a picture the last digit of a sum would
choose otherwise."""

_STILL = 1e-9
"""Variance of luminance below which there is no grain, only rounded numbers: eight bits leave a thousand times more."""

_COLOURLESS = 1e-5
"""Of the variance of luminance: what channels vary by less than this beside it is no colour of the grain."""

_KERNEL_SIZE = 5
_HIGH_PASS = 7
_BANDWIDTH = 0.08
"""Luminance over which the strength of grain is averaged."""

_LOWEST_FREQUENCY = 0.1
"""In cycles a pixel: below it the scene's own variation is larger than the grain's."""

ROUNDING = 1 / (12 * 255**2)
"""The power of what rounding to eight bits leaves, white noise: less than that tells nothing."""


@dataclass(frozen=True, slots=True)
class Grain:
    """Grain as linear noise: ``kernel`` * noise, mixed between channels, times a strength.

    Attributes
    ----------
    kernel
        (5, 5), of unit energy: what white noise is convolved with.
    mixing
        (3, 3): noise of the channels as rows is multiplied by it; the luminance of the result has unit variance.
    luminance, strength
        Sampled curve of the standard deviation of the grain's luminance, both in [0, 1].
    """

    kernel: Values
    mixing: Values
    luminance: Values
    strength: Values


@dataclass(frozen=True, slots=True)
class _FlatAreas:
    """Residuals (N, 32, 32, 3) around a plane, mean luminance (N,) and number of the picture (N,) of flat squares."""

    residuals: Values
    luminance: Values
    owners: NDArray[np.intp]

    def quiet(self) -> _FlatAreas:
        """Return the squares without structure as fine as grain, judged within each bin of luminance."""
        variance, bins = self.variance(), _bins(self.luminance)
        quietest = {number: _quietest(variance, self.owners, bins == number) for number in np.unique(bins)}
        return self.only(variance <= _LOUDEST * np.array([max(quietest[number], _STILL) for number in bins]))

    def midtones(self) -> _FlatAreas:
        """Return the squares of midtones: others are clipped, and only rounded numbers are left of their grain."""
        return self.only(_midtones(self.luminance))

    def only(self, kept: NDArray[np.bool_]) -> _FlatAreas:
        """Return some of the squares."""
        return _FlatAreas(self.residuals[kept], self.luminance[kept], self.owners[kept])

    def variance(self) -> Values:
        """Return the variance (N,) of the luminance of the high-pass."""
        return np.asarray(np.square(self.high_pass() @ LUMINANCE).mean((1, 2)))

    def spectrum(self) -> Values:
        """Return the power (32, 32) of luminance; the median over squares ignores the ones that hold structure."""
        taper = np.outer(np.hanning(PATCH), np.hanning(PATCH))
        power = np.abs(np.fft.fft2(self.residuals @ LUMINANCE * taper)) ** 2 / (taper**2).sum()
        return np.asarray(np.median(power, axis=0) / np.log(2))

    def high_pass(self) -> Values:
        """Return the residuals less their mean over 7 x 7 px, without the border."""
        smooth = uniform_filter(self.residuals, (0, _HIGH_PASS, _HIGH_PASS, 0))
        margin = _HIGH_PASS // 2
        return np.asarray(self.residuals - smooth)[:, margin:-margin, margin:-margin]

    def covariance(self) -> Values:
        """Return the covariance (3, 3) of the channels' high-pass, the median over squares."""
        high = self.high_pass().reshape(len(self.residuals), -1, 3)
        return np.asarray(np.median(np.einsum("npc,npd->ncd", high, high) / high.shape[1], axis=0))


def measure_grain(vintage: Sequence[NDArray[Any]], photographs: Sequence[NDArray[Any]]) -> Grain:
    """Measure what grain vintage pictures have over that of photographs.

    Parameters
    ----------
    vintage, photographs
        Pictures or parts of them at full resolution, (Y, X, 3) RGB in [0, 1].
    """
    noisy, clean = _flat_areas(vintage), _flat_areas(photographs)
    noisy_midtones, clean_midtones = noisy.midtones(), clean.midtones()
    kernel = _kernel(_excess(noisy_midtones.spectrum(), clean_midtones.spectrum()))
    mixing = _mixing(noisy_midtones.covariance(), clean_midtones.covariance())
    luminance = np.linspace(0, 1, 33)
    variance = noisy.variance()
    floor = float(np.median(clean.variance()))
    level = _quietest(variance / _usual(noisy.luminance), noisy.owners, _midtones(noisy.luminance))
    curve = np.minimum(_smooth(noisy.luminance, variance, luminance), _MOST_ABOVE * level * _usual(luminance))
    share = _high_pass_share(kernel)
    return Grain(kernel, mixing, luminance, np.sqrt(np.maximum(curve - floor, 0.02 * curve) / share))


def describe_grain(pictures: Sequence[NDArray[Any]]) -> tuple[Values, Values]:
    """Return what grain looks like in flat areas: its spectrum (15,) and its strength by luminance (8,).

    Parameters
    ----------
    pictures
        At full resolution, (Y, X, 3) RGB in [0, 1], at least one of them with a square of 32 px.

    Returns
    -------
    spectrum
        Power of luminance in midtones in decibels, means over rings of frequency from 1 to 15 thirty-seconds of a cycle
        a pixel.
    strength
        Standard deviation of luminance beside its mean over 7 x 7 px, by eighths of luminance; not a number where there
        is no area.
    """
    areas = _flat_areas(pictures)
    midtones = areas.midtones().spectrum()
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(PATCH), np.fft.fftfreq(PATCH)))
    rings = (frequency * PATCH).astype(int)
    spectrum = [midtones[rings == ring].mean() for ring in range(1, PATCH // 2)]
    variance, bins = areas.variance(), _bins(areas.luminance)
    power = [np.median(variance[bins == each]) if each in bins else np.nan for each in range(_LUMINANCE_BINS)]
    return 10 * np.log10(np.maximum(spectrum, ROUNDING)), np.sqrt(np.maximum(power, ROUNDING))


def _bins(luminance: Values) -> NDArray[np.intp]:
    """Return which part of its range luminance lies in."""
    return np.asarray(np.minimum((luminance + _NUDGE) * _LUMINANCE_BINS, _LUMINANCE_BINS - 1), np.intp)


def _flat_areas(pictures: Sequence[NDArray[Any]]) -> _FlatAreas:
    """Return the squares in which the scene varies least, as many of each luminance as there are.

    All squares are looked at, a row of them at a time, and only those that are chosen are kept.
    """
    found = [_look_at_row(picture, top) for picture in pictures for top in _starts(picture.shape[0])]
    luminance, structure = (np.concatenate(each) for each in zip(*found, strict=True))
    places = [
        (owner, top, left)
        for owner, picture in enumerate(pictures)
        for top in _starts(picture.shape[0])
        for left in _starts(picture.shape[1])
    ]
    bins = _bins(luminance)
    kept = [
        index for number in range(_LUMINANCE_BINS) for index in _flattest(np.flatnonzero(bins == number), structure)
    ]
    chosen = [places[index] for index in kept]
    squares = np.stack(
        [pictures[owner][top : top + PATCH, left : left + PATCH].astype(np.float64) for owner, top, left in chosen]
    )
    owners = np.array([owner for owner, _, _ in chosen])
    return _FlatAreas(_without_plane(squares), luminance[kept], owners).quiet()


def _look_at_row(picture: NDArray[Any], top: int) -> tuple[Values, NDArray[np.int64]]:
    """Return the mean luminance and the structure, in steps, of the overlapping squares in a row of a picture."""
    strip = picture[top : top + PATCH]
    squares = np.stack([strip[:, left : left + PATCH] for left in _starts(strip.shape[1])]).astype(np.float64)
    tones = squares @ LUMINANCE
    blocks = tones.reshape(-1, PATCH // BLOCK, BLOCK, PATCH // BLOCK, BLOCK).mean((2, 4))
    return tones.mean((1, 2)), np.rint(blocks.std((1, 2)) / _STRUCTURE_STEP).astype(np.int64)


def _flattest(indices: NDArray[np.intp], structure: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the flatter half of some squares, but not too many; within a luminance, so that grain does not decide."""
    return indices[np.argsort(structure[indices], kind="stable")][: min(_PATCHES_PER_BIN, (len(indices) + 1) // 2)]


def _starts(extent: int) -> range:
    """Return where overlapping squares begin along an axis; of a picture smaller than one, nowhere."""
    return range(0, extent - PATCH + 1, _STRIDE)


def _without_plane(squares: Values) -> Values:
    """Subtract from each channel of each square the plane that fits best."""
    axis = np.linspace(-1, 1, PATCH)
    planes = np.stack([np.ones((PATCH, PATCH)), *np.meshgrid(axis, axis)], -1).reshape(-1, 3)
    flat = squares.transpose(0, 3, 1, 2).reshape(len(squares), 3, -1)
    residuals = flat - (flat @ np.linalg.pinv(planes).T) @ planes.T
    return residuals.reshape(len(squares), 3, PATCH, PATCH).transpose(0, 2, 3, 1)


def _excess(noisy: Values, clean: Values) -> Values:
    """Return the power that is grain's, its lowest frequencies set to what lies just above them."""
    power = np.maximum(noisy - clean, 0.02 * np.maximum(noisy, ROUNDING))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(PATCH), np.fft.fftfreq(PATCH)))
    above = (frequency >= _LOWEST_FREQUENCY) & (frequency < 2 * _LOWEST_FREQUENCY)
    return np.where(frequency < _LOWEST_FREQUENCY, power[above].mean(), power)


def _mixing(noisy: Values, clean: Values) -> Values:
    """Return what mixes the channels of white noise (3, 3), so that they vary together as the grain's do."""
    values, vectors = np.linalg.eigh(noisy - clean)
    least = max(_COLOURLESS * float(LUMINANCE @ noisy @ LUMINANCE), _STILL)
    covariance = (vectors * np.maximum(values, least)) @ vectors.T
    return np.linalg.cholesky(covariance / (LUMINANCE @ covariance @ LUMINANCE)).T


def _kernel(power: Values) -> Values:
    """Return the symmetric kernel of unit energy whose transfer function is the root of the power."""
    response = np.fft.fftshift(np.fft.ifft2(np.sqrt(power)).real)
    middle, reach = PATCH // 2, _KERNEL_SIZE // 2
    kernel = response[middle - reach : middle + reach + 1, middle - reach : middle + reach + 1]
    return np.asarray(kernel / np.sqrt(np.square(kernel).sum()))


def _high_pass_share(kernel: Values) -> float:
    """Return the variance that the high-pass leaves of white noise convolved with a kernel of unit energy."""
    response = np.zeros((PATCH, PATCH))
    response[:_KERNEL_SIZE, :_KERNEL_SIZE] = kernel
    box = np.zeros((PATCH, PATCH))
    box[:_HIGH_PASS, :_HIGH_PASS] = 1 / _HIGH_PASS**2
    centred = np.roll(box, (-(_HIGH_PASS // 2),) * 2, (0, 1))
    power = np.abs(np.fft.fft2(response)) ** 2
    return float((power * np.abs(1 - np.fft.fft2(centred)) ** 2).mean() / power.mean())


def _quietest(variance: Values, owners: NDArray[np.intp], chosen: NDArray[np.bool_]) -> float:
    """Return the variance of the quietest of some squares: within each picture, and of those the middle one.

    So neither structure in some pictures nor prints with next to no grain among others pass for all.
    """
    each = [np.quantile(variance[chosen & (owners == owner)], _QUIETEST) for owner in np.unique(owners[chosen])]
    return float(np.median(each))


def _midtones(luminance: Values) -> NDArray[np.bool_]:
    """Return which squares are of midtones; all, if none is."""
    nudged = luminance + _NUDGE
    chosen = (nudged > _DARKEST) & (nudged < _BRIGHTEST)
    return chosen if chosen.any() else np.ones_like(chosen)


def _usual(luminance: Values) -> Values:
    """Return how the variance of film's grain commonly follows luminance, up to a factor."""
    return np.asarray((4 * luminance * (1 - luminance)) ** 2 + 0.1)


def _smooth(positions: Values, values: Values, at: Values) -> Values:
    """Return the median-like local mean of values at other positions; beyond the data the nearest ones count."""
    distance = np.abs(at[:, None] - positions[None, :])
    distance -= np.maximum(distance.min(1, keepdims=True) - _BANDWIDTH, 0)
    weights = np.exp(-0.5 * (distance / _BANDWIDTH) ** 2)
    logs = np.log(np.maximum(values, _STILL))
    return np.asarray(np.exp((weights * logs).sum(1) / weights.sum(1)))

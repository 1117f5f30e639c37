"""The grain of pictures, measured in flat areas: its spectrum, its colour and how it follows luminance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.looks.flat_areas import (
    HIGH_PASS,
    LUMINANCE_BINS,
    PATCH,
    STILL,
    find_flat_areas,
    luminance_bins,
    midtone_squares,
    quietest_variance,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = NDArray[np.float64]

_MOST_ABOVE = 4.0
"""Where every square of a luminance shows structure, that is taken for grain up to four times the variance that the
quietest squares of all midtones suggest."""

_SURELY = 1.5
"""How many times the variance of photographs that of vintage pictures is, in the middle of all tones, where the
difference is surely grain: of less, scenes may be the cause, and coloured dots would come of their colours."""

_COLOURLESS = 0.005
"""Of the largest variance: what channels vary by less than this beside it is no colour of the grain. Colours of scenes
make as much of it in some sets, whose colourless grain had faint coloured dots."""

_DEFINITE = 1e-5
"""Of the variance of luminance, in every direction of colour: a matrix with none has no root."""

_KERNEL_SIZE = 5
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


def measure_grain(vintage: Sequence[NDArray[Any]], photographs: Sequence[NDArray[Any]]) -> Grain:
    """Measure what grain vintage pictures have over that of photographs.

    Parameters
    ----------
    vintage, photographs
        Pictures or parts of them at full resolution, (Y, X, 3) RGB in [0, 1].
    """
    noisy, clean = find_flat_areas(vintage), find_flat_areas(photographs)
    noisy_midtones, clean_midtones = noisy.midtones(), clean.midtones()
    kernel = _kernel(_excess(noisy_midtones.spectrum(), clean_midtones.spectrum()))
    mixing = _mixing(noisy_midtones.covariance(), clean_midtones.covariance())
    luminance = np.linspace(0, 1, 33)
    variance = noisy.variance()
    # What photographs themselves hold: in the middle, and as scenes of that luminance do, if that is more.
    floor = np.maximum(np.median(clean.variance()), _smooth(clean.luminance, clean.variance(), luminance))
    level = quietest_variance(variance / _usual(noisy.luminance), noisy.owners, midtone_squares(noisy.luminance))
    curve = np.minimum(_smooth(noisy.luminance, variance, luminance), _MOST_ABOVE * level * _usual(luminance))
    surely = np.clip((np.median(curve / np.maximum(floor, STILL)) - 1) / (_SURELY - 1), 0, 1)
    power = surely * np.maximum(curve - floor, 0.02 * curve)
    return Grain(kernel, mixing, luminance, np.sqrt(power / _high_pass_share(kernel)))


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
    areas = find_flat_areas(pictures)
    midtones = areas.midtones().spectrum()
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(PATCH), np.fft.fftfreq(PATCH)))
    rings = (frequency * PATCH).astype(int)
    spectrum = [midtones[rings == ring].mean() for ring in range(1, PATCH // 2)]
    variance, bins = areas.variance(), luminance_bins(areas.luminance)
    power = [np.median(variance[bins == each]) if each in bins else np.nan for each in range(LUMINANCE_BINS)]
    return 10 * np.log10(np.maximum(spectrum, ROUNDING)), np.sqrt(np.maximum(power, ROUNDING))


def _excess(noisy: Values, clean: Values) -> Values:
    """Return the power that is grain's, its lowest frequencies set to what lies just above them."""
    power = np.maximum(noisy - clean, 0.02 * np.maximum(noisy, ROUNDING))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(PATCH), np.fft.fftfreq(PATCH)))
    above = (frequency >= _LOWEST_FREQUENCY) & (frequency < 2 * _LOWEST_FREQUENCY)
    return np.where(frequency < _LOWEST_FREQUENCY, power[above].mean(), power)


def _mixing(noisy: Values, clean: Values) -> Values:
    """Return what mixes the channels of white noise (3, 3), so that they vary together as the grain's do."""
    values, vectors = np.linalg.eigh(noisy - clean)
    least = max(_DEFINITE * float(LUMINANCE @ noisy @ LUMINANCE), STILL)
    coloured = np.where(values < _COLOURLESS * values.max(), 0, values)
    covariance = (vectors * np.maximum(coloured, least)) @ vectors.T
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
    box[:HIGH_PASS, :HIGH_PASS] = 1 / HIGH_PASS**2
    centred = np.roll(box, (-(HIGH_PASS // 2),) * 2, (0, 1))
    power = np.abs(np.fft.fft2(response)) ** 2
    return float((power * np.abs(1 - np.fft.fft2(centred)) ** 2).mean() / power.mean())


def _usual(luminance: Values) -> Values:
    """Return how the variance of film's grain commonly follows luminance, up to a factor."""
    return np.asarray((4 * luminance * (1 - luminance)) ** 2 + 0.1)


def _smooth(positions: Values, values: Values, at: Values) -> Values:
    """Return the median-like local mean of values at other positions; beyond the data the nearest ones count."""
    distance = np.abs(at[:, None] - positions[None, :])
    distance -= np.maximum(distance.min(1, keepdims=True) - _BANDWIDTH, 0)
    weights = np.exp(-0.5 * (distance / _BANDWIDTH) ** 2)
    logs = np.log(np.maximum(values, STILL))
    return np.asarray(np.exp((weights * logs).sum(1) / weights.sum(1)))

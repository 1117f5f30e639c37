"""Specks in grain: what is dark or light and sparse, which a spectrum and a strength don't tell.

Two units of the grain's first layer, which a measured field leaves unused, see the same smoothed noise u of unit
variance. One answers to where it is rare and high, the other to all of it, so that with a leaky rectifier of slope s
they tell where u exceeds a threshold t::

    lrelu(u - t) - s lrelu(u + 8) = (1 - s) max(u - t, 0) - s (t + 8)

Part of the measured field's variance is given to it; its mean is taken from the other units, so grain has none.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_retrogan.core.architecture import LUMINANCE, NEGATIVE_SLOPE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

Weights = dict[str, "NDArray[np.float32]"]

_RARE, _EVERYWHERE = 6, 7
"""Numbers of the units that a measured field leaves unused."""
_PAIRS = 3
"""Units before them are pairs of opposed sign, one a channel."""
_ALWAYS = 8.0
"""Smoothed noise is never below minus this many deviations."""

_READY_WIDTHS, _READY_THRESHOLD = (0.5, 1.0), 1.5
"""In pixels, and from how many deviations of smoothed noise on there are specks: in a fifteenth."""

_THRESHOLDS = (1.5, 1.0, 2.0)
_WIDTHS = (0.8, 0.5, 1.2)
_SHARES = (0.6, 0.3, 0.9)
_LEAST_GAIN = 0.05
"""Share of the distance by which specks have to bring grain nearer."""


class Specks(NamedTuple):
    """Specks of one kind.

    Attributes
    ----------
    threshold
        From how many deviations of the smoothed noise on there are some.
    width
        Standard deviation of what smooths the noise, in pixels.
    share
        Of the variance of luminance that they make up, from 0 to below 1.
    light
        Whether they are lighter than what lies around them.
    """

    threshold: float
    width: float
    share: float
    light: bool


def ready_specks(weights: Mapping[str, NDArray[np.float32]]) -> Weights:
    """Return the first layer of grain with units for specks in place of those that the measured field leaves unused.

    They answer to where smoothed noise is rare and high, and nothing follows from them yet: in the second layer their
    weights are none.
    """
    kernel, bias = (weights[f"texture/grain_1/{part}"].copy() for part in ("kernel", "bias"))
    unused = np.flatnonzero(~weights["texture/grain_2/kernel"].any((0, 1, 3)))
    for unit, width in zip(unused, _READY_WIDTHS, strict=False):
        kernel[..., unit], bias[unit] = _blob(width, kernel.shape[:3]), -_READY_THRESHOLD
    return {"texture/grain_1/kernel": kernel, "texture/grain_1/bias": bias}


def with_specks(weights: Mapping[str, NDArray[np.float32]], specks: Specks) -> Weights:
    """Return the weights of a measured field with specks in it: mean, strength and colours stay.

    Parameters
    ----------
    weights
        Those of a look whose field is as `texture_start.texture` begins it.
    specks
        Which ones.
    """
    first, bias, second = (weights[f"texture/{name}"].copy() for name in _LAYERS)
    sign, middle = 1.0 if specks.light else -1.0, second.shape[0] // 2
    mixing = np.float64(1 + NEGATIVE_SLOPE) * second[middle, middle, : 2 * _PAIRS : 2]
    blob = _blob(specks.width, first.shape[:3])
    mean, deviation, beyond = _exceedance(specks.threshold)
    # Both parts are made of the same noise. Dark specks lie where it is low, so that they stand out as light ones do.
    alike = sum(
        np.sum(first[..., channel, 2 * channel] * blob[..., channel]) * mixing[channel] for channel in range(_PAIRS)
    )
    common = 2 * math.sqrt(specks.share * (1 - specks.share)) * float(alike @ LUMINANCE) * beyond / deviation
    rest, strength = (math.sqrt(part / (1 + common)) for part in (1 - specks.share, specks.share))
    by_channel = sign * strength / ((1 - NEGATIVE_SLOPE) * deviation) * _along_luminance(mixing)

    first[..., _RARE] = first[..., _EVERYWHERE] = sign * blob
    bias[_RARE], bias[_EVERYWHERE] = -specks.threshold, _ALWAYS
    second *= np.float32(rest)
    second[middle, middle, _RARE] = by_channel
    second[middle, middle, _EVERYWHERE] = -NEGATIVE_SLOPE * by_channel
    surplus = by_channel * ((1 - NEGATIVE_SLOPE) * mean - NEGATIVE_SLOPE * (specks.threshold + _ALWAYS))
    shift = np.linalg.lstsq(rest * mixing.T, -surplus, rcond=1e-6)[0]
    bias[: 2 * _PAIRS : 2], bias[1 : 2 * _PAIRS : 2] = shift, -shift
    return {f"texture/{name}": values for name, values in zip(_LAYERS, (first, bias, second), strict=True)}


def nearest_specks(
    weights: Mapping[str, NDArray[np.float32]], distance: Callable[[Mapping[str, NDArray[np.float32]]], float]
) -> Weights:
    """Return the weights that a search among specks of several kinds finds nearest.

    Parameters
    ----------
    weights
        As for `with_specks`.
    distance
        From weights to how far the grain that they draw is from real grain; asked some thirty times.

    Returns
    -------
    dict
        Weights of grain with specks; none, where these don't bring it nearer by a twentieth.
    """
    middle = Specks(_THRESHOLDS[0], _WIDTHS[0], _SHARES[0], light=False)

    def measured(specks: Specks) -> float:
        return distance({**weights, **with_specks(weights, specks)})

    light = measured(middle._replace(light=True)) < measured(middle)
    kinds = [Specks(*each, light) for each in itertools.product(_THRESHOLDS, _WIDTHS, _SHARES)]
    found = {specks: measured(specks) for specks in kinds}
    nearest = min(found, key=lambda specks: found[specks])
    return with_specks(weights, nearest) if found[nearest] < (1 - _LEAST_GAIN) * distance(weights) else {}


_LAYERS = ("grain_1/kernel", "grain_1/bias", "grain_2/kernel")


def _blob(width: float, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return a Gaussian (Y, X, C) of unit energy around the middle, the same in all channels."""
    squared = np.square(np.arange(shape[0]) - shape[0] // 2)
    blob = np.exp(-np.add.outer(squared, squared) / (2 * width**2))[..., None] * np.ones(shape[2])
    return np.asarray(blob / np.sqrt(np.square(blob).sum()))


def _exceedance(threshold: float) -> tuple[float, float, float]:
    """Return mean and standard deviation of how far normal noise exceeds a threshold, else by 0, and how often."""
    density = math.exp(-(threshold**2) / 2) / math.sqrt(2 * math.pi)
    beyond = math.erfc(threshold / math.sqrt(2)) / 2
    mean = density - threshold * beyond
    return mean, math.sqrt((1 + threshold**2) * beyond - threshold * density - mean**2), beyond


def _along_luminance(mixing: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what channels change by where luminance changes by one, of noise mixed so (3, 3)."""
    with_luminance = mixing.T @ mixing @ LUMINANCE
    variance = LUMINANCE @ with_luminance
    return np.asarray(with_luminance / variance if variance > 0 else np.ones(3))

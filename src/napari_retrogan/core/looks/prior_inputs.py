"""What the look prior is shown of a vintage picture: some of its pixels, and statistics of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.looks.statistics import (
    ColourStatistics,
    monge_kantorovich,
    ordinary_statistics,
    without_scenes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = NDArray[np.float32]

PRIOR_SIZE = 32
QUANTILES = np.linspace(0, 1, 17)
_CHROMA_QUANTILES = np.linspace(0, 1, 9)
NUM_STATISTICS = 4 * len(QUANTILES) + len(_CHROMA_QUANTILES) + 9
NUM_SET_STATISTICS = 13


def prior_pixels(view: NDArray[Any]) -> Values:
    """Return 32 x 32 pixels at even distances of a small view (Y, X, 3), not averaged, so that black stays black."""
    rows, columns = (
        np.minimum(((np.arange(PRIOR_SIZE) + 0.5) * extent / PRIOR_SIZE).astype(int), extent - 1)
        for extent in view.shape[:2]
    )
    return np.asarray(view[rows][:, columns], np.float32)


def picture_statistics(pictures: Values) -> Values:
    """Return for pictures (..., 32, 32, 3) in [0, 1] their statistics (..., 86).

    They are quantiles of red, green, blue and luminance and of the spread between the channels, the mean colour and
    the six covariances.
    """
    pixels = pictures.reshape(*pictures.shape[:-3], -1, 3)
    some = pixels[..., ::4, :]
    channels = np.concatenate([some, (some @ LUMINANCE)[..., None]], -1)
    tones = _quantiles(channels, QUANTILES)
    spread = _quantiles((some.max(-1) - some.min(-1))[..., None], _CHROMA_QUANTILES)
    mean = pixels.mean(-2)
    deviations = pixels - mean[..., None, :]
    covariance = np.swapaxes(deviations, -1, -2) @ deviations / pixels.shape[-2]
    upper = covariance[..., [0, 0, 0, 1, 1, 2], [0, 1, 2, 1, 2, 2]]
    return np.asarray(np.concatenate([tones, spread, mean, 4 * upper], -1), np.float32)


def set_statistics(pictures: Sequence[NDArray[Any]]) -> Values:
    """Return what a set of vintage pictures tells in closed form, (13,).

    They are the linear map from ordinary photographs to the set, less what so few scenes explain, as its difference
    from the identity (9 and 3 numbers), and the logarithm of the set's size.
    """
    ordinary = ordinary_statistics()
    matrix, offset = monge_kantorovich(ordinary, without_scenes(ColourStatistics.of(pictures), ordinary))
    return np.concatenate([(matrix - np.eye(3)).ravel(), offset, [np.log(len(pictures)) / 3]]).astype(np.float32)


def _quantiles(values: Values, at: NDArray[np.float64]) -> Values:
    """Return quantiles over the second last axis of (..., P, C), channel by channel, (..., C * Q)."""
    ordered = np.sort(values, axis=-2)
    ranks = np.round(at * (values.shape[-2] - 1)).astype(int)
    chosen = np.swapaxes(ordered[..., ranks, :], -1, -2)
    return chosen.reshape(*chosen.shape[:-2], -1)

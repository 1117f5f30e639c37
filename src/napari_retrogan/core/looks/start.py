"""The weights that a training starts from: what can be told of a look in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.architecture import NEGATIVE_SLOPE
from napari_retrogan.core.looks.grain import LUMINANCE, PATCH, Grain, measure_grain
from napari_retrogan.core.looks.statistics import (
    ColourStatistics,
    least_squares_map,
    monge_kantorovich,
    without_scenes,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Weights = dict[str, NDArray[np.float32]]

KNOTS = np.arange(8) / 8
"""Luminance at which the strength of grain may bend, one a hidden unit."""

RIDGE = 1e-3


def unpaired_colour(content: Sequence[NDArray[Any]], vintage: Sequence[NDArray[Any]]) -> Weights:
    """Return the Monge-Kantorovich map from content to the vintage look, less what the vintage scenes explain.

    Parameters
    ----------
    content, vintage
        Whole pictures, small, (Y, X, 3) RGB in [0, 1].
    """
    statistics = ColourStatistics.of(content)
    return _map_weights(*monge_kantorovich(statistics, without_scenes(ColourStatistics.of(vintage), statistics)))


def paired_colour(before: Sequence[NDArray[Any]], after: Sequence[NDArray[Any]]) -> Weights:
    """Return the affine map that carries the before-pictures to the after-pictures with the least square error."""
    return _map_weights(*least_squares_map(before, after))


def texture(
    initial: Mapping[str, NDArray[np.float32]], photographs: Sequence[NDArray[Any]], vintage: Sequence[NDArray[Any]]
) -> Weights:
    """Return the weights of the grain that vintage pictures have over photographs.

    Parameters
    ----------
    initial
        Weights by name, whose values stay where the measured grain needs no weight.
    photographs, vintage
        Parts at full resolution, (Y, X, 3) RGB in [0, 1]. Without a square of 32 px nothing can be measured.
    """
    if min(len(_measurable(photographs)), len(_measurable(vintage))) == 0:
        return {}
    grain = measure_grain(_measurable(vintage), _measurable(photographs))
    return {**_field_weights(initial, grain), **_strength_weights(grain)}


def _measurable(pictures: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """Return the pictures that hold a square."""
    return [picture for picture in pictures if min(picture.shape[:2]) >= PATCH]


def _map_weights(matrix: NDArray[np.float64], offset: NDArray[np.float64]) -> Weights:
    """Return a linear map as weights of the colour branch."""
    return {"colour/map/matrix": matrix.astype(np.float32), "colour/map/offset": offset.astype(np.float32)}


def _field_weights(initial: Mapping[str, NDArray[np.float32]], grain: Grain) -> Weights:
    """Return convolutions that shape and mix noise linearly: two opposed units a channel undo the activation."""
    first = initial["texture/grain_1/kernel"].copy()
    second = np.zeros_like(initial["texture/grain_2/kernel"])
    first[..., :6] = 0
    for channel in range(3):
        for sign, unit in ((1, 2 * channel), (-1, 2 * channel + 1)):
            first[:, :, channel, unit] = sign * grain.kernel
            second[1, 1, unit] = sign * grain.mixing[channel] / (1 + NEGATIVE_SLOPE)
    return {"texture/grain_1/kernel": first, "texture/grain_2/kernel": second}


def _strength_weights(grain: Grain) -> Weights:
    """Return a small network of luminance that follows the curve of the grain's strength."""
    steps = grain.luminance[:, None] - KNOTS
    hidden = np.where(steps > 0, steps, NEGATIVE_SLOPE * steps)
    features = np.column_stack([hidden, np.ones(len(hidden))])
    penalty = RIDGE * np.diag([*np.ones(len(KNOTS)), 0])
    solution = np.linalg.solve(features.T @ features + penalty, features.T @ grain.strength)
    every_channel = np.ones(3)
    return {
        "texture/amplitude_1/kernel": np.outer(LUMINANCE, np.ones(len(KNOTS))).astype(np.float32),
        "texture/amplitude_1/bias": -KNOTS.astype(np.float32),
        "texture/amplitude_2/kernel": np.outer(solution[:-1], every_channel).astype(np.float32),
        "texture/amplitude_2/bias": (solution[-1] * every_channel).astype(np.float32),
    }

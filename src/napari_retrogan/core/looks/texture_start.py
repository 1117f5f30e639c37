"""The weights that a training starts from: what can be told of a look in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.architecture import LUMINANCE, NEGATIVE_SLOPE
from napari_retrogan.core.looks.flat_areas import PATCH
from napari_retrogan.core.looks.grain import Grain, measure_grain
from napari_retrogan.core.looks.softness import measure_softness, softening_kernels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Weights = dict[str, NDArray[np.float32]]

KNOTS = np.arange(8) / 8
"""Luminance at which the strength of grain may bend, one a hidden unit."""

RIDGE = 1e-3

_MIN_SOFTNESS = 0.25
"""In pixels: below it a blur is next to none, and its weights would be too small to be trained further."""


def texture(
    initial: Mapping[str, NDArray[np.float32]],
    photographs: Sequence[NDArray[Any]],
    vintage: Sequence[NDArray[Any]],
    *,
    softness: bool = True,
) -> Weights:
    """Return the weights of the softness and the grain that vintage pictures have over photographs.

    Parameters
    ----------
    initial
        Weights by name, whose values stay where the measured softness and grain need no weight.
    photographs, vintage
        Parts at full resolution, (Y, X, 3) RGB in [0, 1]. Without a square of 32 px nothing can be measured.
    softness
        Whether to measure it: only real photographs can be compared with.
    """
    prints, scenes = measurable(vintage), measurable(photographs)
    if not (prints and scenes):
        return {}
    grain = measure_grain(prints, scenes)
    return texture_weights(initial, grain, measure_softness(prints, scenes, grain) if softness else 0.0)


def texture_weights(initial: Mapping[str, NDArray[np.float32]], grain: Grain, softness: float) -> Weights:
    """Return the weights of a grain, and of a softness as the standard deviation of a blur in pixels."""
    return {**_detail_weights(initial, softness), **_field_weights(initial, grain), **_strength_weights(grain)}


def measurable(pictures: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """Return the pictures in which texture can be measured: those that hold a square of 32 px."""
    return [picture for picture in pictures if min(picture.shape[:2]) >= PATCH]


def _detail_weights(initial: Mapping[str, NDArray[np.float32]], softness: float) -> Weights:
    """Return convolutions that add to each channel what a blur changes, linearly by two opposed units a channel."""
    if softness < _MIN_SOFTNESS:
        return {}
    kernels = softening_kernels(softness)
    first, second = (initial[f"texture/detail_{number}/kernel"].copy() for number in (1, 2))
    third = np.zeros_like(initial["texture/detail_3/kernel"])
    first[..., :6] = second[..., :6] = 0
    for channel in range(3):
        pair = slice(2 * channel, 2 * channel + 2)
        signs = np.array([1, -1]) / (1 + NEGATIVE_SLOPE)
        first[:, :, channel, pair] = np.multiply.outer(kernels[0], [1, -1])
        second[:, :, pair, pair] = np.multiply.outer(kernels[1], np.outer(signs, [1, -1]))
        third[:, :, pair, channel] = np.multiply.outer(kernels[2], signs)
    return {"texture/detail_1/kernel": first, "texture/detail_2/kernel": second, "texture/detail_3/kernel": third}


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

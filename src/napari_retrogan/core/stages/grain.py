"""Grain: a field that two small convolutions make of noise, as strong as the tone under it tells.

The field is the same for every picture of a seed, so it can be made once; only its amplitude follows the picture, one
pixel at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from napari_retrogan.core.architecture import NOISE_CHANNELS
from napari_retrogan.core.stages.stage import Stage, Weight, pick

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_retrogan.core.stages.operations import Number, Operations

T = TypeVar("T")

_FILTERS = 8
_FAINT = 0.01


def _field(operations: Operations[T], weights: Mapping[str, Number], noise: T) -> T:
    """Return the grain of strength one everywhere, B(z)."""
    field = operations.activate(operations.convolve(noise, *pick(weights, "texture/grain_1")))
    return operations.convolve(field, *pick(weights, "texture/grain_2"))


def _formula(operations: Operations[T], weights: Mapping[str, Number], toned: T, noise: T) -> T:
    """Return the grain to add."""
    amplitude = operations.activate(operations.dense(toned, *pick(weights, "texture/amplitude_1")))
    amplitude = operations.dense(amplitude, *pick(weights, "texture/amplitude_2"))
    return operations.multiply(amplitude, _field(operations, weights, noise))


GRAIN = Stage(
    name="grain",
    inputs=("toned", "noise"),
    weights={
        "texture/grain_1/kernel": Weight((5, 5, NOISE_CHANNELS, _FILTERS)),
        "texture/grain_1/bias": Weight((_FILTERS,), 0),
        "texture/grain_2/kernel": Weight((3, 3, _FILTERS, 3)),
        "texture/amplitude_1/kernel": Weight((3, _FILTERS)),
        "texture/amplitude_1/bias": Weight((_FILTERS,), 0),
        "texture/amplitude_2/kernel": Weight((_FILTERS, 3), 0),
        "texture/amplitude_2/bias": Weight((3,), _FAINT),
    },
    formula=_formula,
    setting={
        "of": "look",
        "min": 0.0,
        "max": 4.0,
        "label": "Grain",
        "tooltip": "0 adds no grain, 1 is the trained amount.",
    },
    noise_reach=3,
    nothing_without=("texture/amplitude_2/kernel", "texture/amplitude_2/bias"),
)

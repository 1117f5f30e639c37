"""Softness: what three small convolutions add to the toned picture, to soften or to sharpen it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from napari_retrogan.core.stages.stage import Stage, Weight, pick

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_retrogan.core.stages.operations import Number, Operations

T = TypeVar("T")

_FILTERS = 8
_LAYERS = ("texture/detail_1", "texture/detail_2", "texture/detail_3")


def _formula(operations: Operations[T], weights: Mapping[str, Number], toned: T) -> T:
    """Return the detail to add."""
    first, second, last = _LAYERS
    detail = operations.activate(operations.convolve(toned, *pick(weights, first)))
    detail = operations.activate(operations.convolve(detail, *pick(weights, second)))
    return operations.convolve(detail, *pick(weights, last))


SOFTNESS = Stage(
    name="softness",
    inputs=("toned",),
    weights={
        "texture/detail_1/kernel": Weight((3, 3, 3, _FILTERS)),
        "texture/detail_1/bias": Weight((_FILTERS,), 0),
        "texture/detail_2/kernel": Weight((3, 3, _FILTERS, _FILTERS)),
        "texture/detail_2/bias": Weight((_FILTERS,), 0),
        "texture/detail_3/kernel": Weight((3, 3, _FILTERS, 3), 0),
    },
    formula=_formula,
    setting={
        "of": "look",
        "min": 0.0,
        "max": 2.0,
        "label": "Softness",
        "tooltip": "0 leaves details as they are, 1 is the look's own softness or sharpness, 2 twice that.",
    },
    reach=len(_LAYERS),
    nothing_without=(f"{_LAYERS[-1]}/kernel",),
)

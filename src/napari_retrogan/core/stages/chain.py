"""A look is a chain of stages: colours, and what is then added to the toned picture.

With x the photograph in [0, 1], y its new colours and ``change`` what a further stage tells, smaller by its reach::

    y = clip(colour(x), 0, 1)
    styled = clip(y + softness * detail(y) + grain * grain(y, z), 0, 1)
    out = clip(x + strength * (styled - x), 0, 1)

Convolutions take no padding, so a tile needs as many pixels around it as the stages in use reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from napari_retrogan.core.stages.colour import COLOUR
from napari_retrogan.core.stages.grain import GRAIN
from napari_retrogan.core.stages.softness import SOFTNESS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from napari_retrogan.core.stages.operations import Number, Operations
    from napari_retrogan.core.stages.stage import Stage, Weight

T = TypeVar("T")

ADDED_STAGES = (SOFTNESS, GRAIN)
"""What follows on colours, in this order; each has an amount of its own."""

_STAGES = (COLOUR, *ADDED_STAGES)


def reach_of(stages: Iterable[Stage]) -> int:
    """Return how many pixels around one of the result's stages see, one after the other."""
    return sum(stage.reach for stage in stages)


HALO = reach_of(_STAGES)
"""What a picture needs around it where all stages are in use."""

_LATER = ("colour/map/uneven",)
"""Arrays that came to the format later and stand last in it."""


def _weights() -> dict[str, Weight]:
    """Return the arrays of all stages in the order in which files list them and training draws their starts."""
    texture = {**GRAIN.weights, **SOFTNESS.weights}
    every = {**COLOUR.weights, **texture}
    return {**{name: each for name, each in every.items() if name not in _LATER}, **{n: every[n] for n in _LATER}}


WEIGHTS = _weights()
WEIGHT_SHAPES = {name: weight.shape for name, weight in WEIGHTS.items()}

LATER_NAMES = ("colour/place/kernel", "colour/map/uneven")
"""What files of format versions 1 and 2 lack."""

STYLE_NAMES = tuple(name for name in WEIGHT_SHAPES if name.startswith(("colour/", "context/modulation/")))
"""A style is the arrays of colours alone."""


def render_parts(
    operations: Operations[T], weights: Mapping[str, Number], sources: Mapping[str, T]
) -> tuple[T, dict[str, T]]:
    """Return the toned picture and what each added stage would change of it, all without their halo.

    Parameters
    ----------
    operations
        Of the library that computes.
    weights
        Arrays by the names of ``WEIGHT_SHAPES``; widths are taken from their shapes.
    sources
        ``"image"``, ``"position"`` and ``"noise"`` with a halo of ``HALO`` pixels, and ``"thumbnail"``.
    """
    toned = operations.clip(COLOUR.formula(operations, weights, *(sources[name] for name in COLOUR.inputs)))
    changes: dict[str, T] = {}
    for stage in ADDED_STAGES:
        noise = _without(operations, sources["noise"], HALO - stage.noise_reach) if "noise" in stage.inputs else None
        values = [noise if name == "noise" else toned for name in stage.inputs]
        changes = {name: _without(operations, change, stage.reach) for name, change in changes.items()}
        changes[stage.name] = stage.formula(operations, weights, *values)
        toned = _without(operations, toned, stage.reach)
    return toned, changes


def render(
    operations: Operations[T],
    weights: Mapping[str, Number],
    sources: Mapping[str, T],
    strength: Number,
    amounts: Mapping[str, Number],
) -> T:
    """Return the look of a picture without its halo; ``amounts`` are those of the added stages by name."""
    toned, changes = render_parts(operations, weights, sources)
    for name, change in changes.items():
        toned = operations.add(toned, operations.multiply(amounts[name], change))
    styled, image = operations.clip(toned), operations.crop(sources["image"], HALO)
    return operations.clip(operations.add(image, operations.multiply(strength, operations.subtract(styled, image))))


def _without(operations: Operations[T], picture: T, margin: int) -> T:
    """Return a picture without a margin, if there is one."""
    return operations.crop(picture, margin) if margin else picture

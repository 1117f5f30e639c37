"""A look is a chain of stages: what lens and film do to light, colours, and what is then added to the toned picture.

With x the photograph in [0, 1], e what it is exposed to, y its new colours and ``detail`` and ``grain`` what further
stages tell, smaller by their reach::

    e = halation(fringes(x))
    y = clip(colour(e), 0, 1)
    styled = clip(y + softness * detail(y) + grain * grain(y, z), 0, 1)
    out = clip(x + strength * (styled - x), 0, 1)

On what is styled particles are laid, grain whose shape shows, `core.stages.particles`, and then a screen,
`core.stages.screen`; marks on the finished picture, after what the person adds to it: `core.stages.marks`.

Convolutions take no padding, so a tile needs as many pixels around it as the stages in use reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from napari_retrogan.core.stages.colour import COLOUR
from napari_retrogan.core.stages.fringes import FRINGES
from napari_retrogan.core.stages.grain import GRAIN
from napari_retrogan.core.stages.halation import BLOCK, HALATION
from napari_retrogan.core.stages.marks import MARKS
from napari_retrogan.core.stages.particles import PARTICLES
from napari_retrogan.core.stages.screen import SCREEN
from napari_retrogan.core.stages.softness import SOFTNESS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from numpy.typing import NDArray

    from napari_retrogan.core.stages.operations import Number, Operations
    from napari_retrogan.core.stages.stage import Stage, Weight

T = TypeVar("T")

EXPOSURE_STAGES = (FRINGES, HALATION)
"""What comes before colours, in this order; each has an amount of its own."""

ADDED_STAGES = (SOFTNESS, GRAIN)
"""What follows on colours, in this order; each has an amount of its own."""

AMOUNT_STAGES = (*EXPOSURE_STAGES, *ADDED_STAGES, SCREEN, MARKS)


def reach_of(stages: Iterable[Stage]) -> int:
    """Return how many pixels around one of the result's stages see, one after the other."""
    return sum(stage.reach for stage in stages)


HALO = reach_of((COLOUR, *ADDED_STAGES))
"""What an exposed picture needs around it where colours and all that follows are in use."""


def exposure_halo(stages: Collection[Stage], halo: int) -> int:
    """Return what a picture needs around it for these stages before colours, where those need ``halo``.

    A glow is made of whole blocks of pixels, so the halo of what isn't exposed yet is one of whole blocks.
    """
    return -(-halo // BLOCK) * BLOCK + reach_of(stages) if stages else halo


LARGEST_HALO = exposure_halo(EXPOSURE_STAGES, HALO)

MEASURED_STAGES = (*EXPOSURE_STAGES, MARKS, SCREEN)
"""What is measured and never trained; a look without it takes no time for it. So are particles, which are as strong
as grain."""

_LATER = ("colour/map/uneven", *(name for stage in MEASURED_STAGES for name in stage.weights), *PARTICLES.weights)
"""Arrays that came to the format later and stand last in it."""


def _weights() -> dict[str, Weight]:
    """Return the arrays of all stages in the order in which files list them and training draws their starts."""
    texture = {**GRAIN.weights, **SOFTNESS.weights}
    measured = {name: weight for stage in MEASURED_STAGES for name, weight in stage.weights.items()}
    every = {**COLOUR.weights, **texture, **measured, **PARTICLES.weights}
    return {**{name: each for name, each in every.items() if name not in _LATER}, **{n: every[n] for n in _LATER}}


WEIGHTS = _weights()
WEIGHT_SHAPES = {name: weight.shape for name, weight in WEIGHTS.items()}

NAMES_OF_VERSION_3 = ("colour/place/kernel", "colour/map/uneven")
"""What files of format versions 1 and 2 lack."""

NAMES_OF_VERSION_10 = ("fringes/cubic",)
"""What files of format versions 1 to 9 lack."""

NAMES_OF_VERSION_11 = ("halation/threshold", "screen/light")
"""What files of format versions 1 to 10 lack."""

NAMES_OF_VERSION_4 = tuple(
    name for name in (*FRINGES.weights, *HALATION.weights) if name not in (*NAMES_OF_VERSION_10, *NAMES_OF_VERSION_11)
)
"""What files of format versions 1 to 3 lack."""

NAMES_OF_VERSION_6 = ("marks/clouds",)
"""What files of format versions 1 to 5 lack."""

NAMES_OF_VERSION_9 = ("screen/blur", *PARTICLES.weights)
"""What files of format versions 1 to 8 lack."""

NAMES_OF_VERSION_7 = tuple(name for name in SCREEN.weights if name not in (*NAMES_OF_VERSION_9, *NAMES_OF_VERSION_11))
"""What files of format versions 1 to 6 lack."""

NAMES_OF_VERSION_8 = ("marks/finish",)
"""What files of format versions 1 to 7 lack."""

NAMES_OF_VERSION_5 = tuple(name for name in MARKS.weights if name not in (*NAMES_OF_VERSION_6, *NAMES_OF_VERSION_8))
"""What files of format versions 1 to 4 lack."""

LATER_NAMES = (
    *NAMES_OF_VERSION_3,
    *NAMES_OF_VERSION_4,
    *NAMES_OF_VERSION_5,
    *NAMES_OF_VERSION_6,
    *NAMES_OF_VERSION_7,
    *NAMES_OF_VERSION_8,
    *NAMES_OF_VERSION_9,
    *NAMES_OF_VERSION_10,
    *NAMES_OF_VERSION_11,
)

STYLE_NAMES = tuple(name for name in WEIGHT_SHAPES if name.startswith(("colour/", "context/modulation/")))
"""A style is the arrays of colours alone."""


def stages_in(weights: Mapping[str, NDArray[Any]]) -> tuple[Stage, ...]:
    """Return the stages with an amount that change anything, given a look's weights."""
    return tuple(stage for stage in AMOUNT_STAGES if any(np.any(weights[name]) for name in stage.nothing_without))


def expose(
    operations: Operations[T],
    weights: Mapping[str, Number],
    image: T,
    position: T,
    amounts: Mapping[str, Number],
    halo: int,
) -> T:
    """Return a picture as the film has it, with ``halo`` pixels around it.

    Parameters
    ----------
    operations
        Of the library that computes.
    weights
        Arrays by the names of ``WEIGHT_SHAPES``.
    image, position
        With a halo of `exposure_halo` of the stages in use; from the picture's first row and column on, rows and
        columns are counted in whole blocks of halation.
    amounts
        Of the stages in use, by name; that of fringes is times the half diagonal of the whole picture in pixels.
    halo
        What is to be left around it.
    """
    left = exposure_halo([stage for stage in EXPOSURE_STAGES if stage.name in amounts], halo)
    for stage in EXPOSURE_STAGES:
        if stage.name in amounts:
            sources = {"image": image, "position": position}
            image = stage.formula(operations, weights, *(sources[name] for name in stage.inputs), amounts[stage.name])
            position, left = _without(operations, position, stage.reach), left - stage.reach
    return _without(operations, image, left - halo)


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
        ``"image"``, as the film has it, ``"position"`` and ``"noise"`` with a halo of ``HALO`` pixels, and
        ``"thumbnail"``.
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
    photograph: T | None = None,
) -> T:
    """Return the look of a picture without its halo, given as in `render_parts` and as the film has it.

    ``amounts`` are those of the added stages by name. ``photograph`` is what the strength blends the look with, without
    a halo; by default the picture itself.
    """
    toned, changes = render_parts(operations, weights, sources)
    for name, change in changes.items():
        toned = operations.add(toned, operations.multiply(amounts[name], change))
    styled, image = operations.clip(toned), photograph
    if image is None:
        image = operations.crop(sources["image"], HALO)
    return operations.clip(operations.add(image, operations.multiply(strength, operations.subtract(styled, image))))


def _without(operations: Operations[T], picture: T, margin: int) -> T:
    """Return a picture without a margin, if there is one."""
    return operations.crop(picture, margin) if margin else picture

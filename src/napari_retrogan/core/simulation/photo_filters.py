"""Random photo filters, of the kind that is common on the web: layers of colour or gradients, then filter functions.

The operations are those of the W3C's "Compositing and Blending" and "Filter Effects", both of level 1, their amounts
the whole range that leaves a picture; a filter that somebody made is among them only by chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_retrogan.core.simulation import tones
from napari_retrogan.core.simulation.recipes import Random, Step, around, gradient_shape, tint

if TYPE_CHECKING:
    from collections.abc import Callable

_COMMON_MODES = ("overlay", "soft_light", "screen", "multiply", "darken", "lighten", "color_dodge", "normal")
"""Modes that photo filters of the web lay their colours over pictures with."""


def draw_filter(random: Random) -> list[Step]:
    """Draw none to three layers, then filter functions in any order."""
    layers = [_layer(random) for _ in range(random.choice(4, p=(0.15, 0.4, 0.3, 0.15)))]
    functions = [recipe(random) for recipe, share in _FUNCTIONS if random.random() < share]
    random.shuffle(functions)
    return [*layers, *functions]


def _layer(random: Random) -> Step:
    """Draw a layer of one colour or of a gradient, opaque or not, in one of the modes."""
    mode = str(random.choice(tones.BLEND_MODES if random.random() < 0.15 else _COMMON_MODES))
    thin = mode in ("normal", "difference", "exclusion") or random.random() < 0.55
    opacity = float(random.uniform(0.05, 0.45) if thin else random.uniform(0.45, 1.0))
    if random.random() < 0.65:
        return "cover", {"colour": _pigment(random), "mode": mode, "opacity": opacity}
    stops: list[list[float]] = [
        [*_pigment(random), random.choice((0.0, 1.0, 1.0))] for _ in range(random.integers(2, 4))
    ]
    return "lay_gradient", {"stops": stops, "mode": mode, "opacity": opacity, "shape": gradient_shape(random)}


def _pigment(random: Random) -> list[float]:
    """Draw any colour, or a shade of grey with a tint, which is as common."""
    if random.random() < 0.5:
        colour: list[float] = random.uniform(0, 1, 3).tolist()
        return colour
    return tint(random, (0.0, 1.0), 0.12)


_FUNCTIONS: tuple[tuple[Callable[[Random], Step], float], ...] = (
    (lambda random: ("print_between", around(0.5, float(random.uniform(0.7, 1.55)))), 0.6),
    (lambda random: ("print_between", around(0.0, float(random.uniform(0.75, 1.35)))), 0.5),
    (lambda random: ("saturate", {"amount": float(random.uniform(0.3, 1.9))}), 0.5),
    (lambda random: ("wash_sepia", {"share": float(random.uniform(0.05, 0.6))}), 0.35),
    (lambda random: ("rotate_hue", {"radians": float(random.normal(0, 0.25))}), 0.2),
    (lambda random: ("saturate", {"amount": 0.0}), 0.04),
)
"""Contrast, brightness, saturation, sepia, hue and greyscale with the share of filters that use them."""

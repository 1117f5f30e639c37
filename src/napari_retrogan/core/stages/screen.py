"""Screen: the dots of a printed page, smaller or larger as the picture is lighter or darker (halftone).

A screen is a field of thresholds t in [0, 1], as many of each value as of any other: the share of a round-dot screen
that lies below a sum of two cosines along two directions at right angles. With s a channel of the styled picture and
h the hardness of a dot's edge::

    d = clip((h + 1) * (1 - s) - h * t, 0, 1)                       # 1 where there is ink
    m = (c((h + 1) * (1 - s)) - c((h + 1) * (1 - s) - h)) / h       # the mean of d over all t
    screened = clip(s - strength * amount * (d - m), 0, 1),  c(y) = clip(y, 0, 1) * (y - clip(y, 0, 1) / 2)

So the mean tone stays, and there are no dots in black and in white. Where thresholds lie, `core.inference.screen_dots`
tells from the frequencies that the weights hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from napari_retrogan.core.stages.stage import Stage, Weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_retrogan.core.stages.operations import Number, Operations

T = TypeVar("T")

HIGHEST_FREQUENCY = 0.45
"""In cycles a pixel: finer dots are none any more, but beat with the pixels."""


def _formula(operations: Operations[T], weights: Mapping[str, Number], styled: T, threshold: T, amount: Number) -> T:
    """Return a picture printed in dots; a weight may be that of one channel."""
    hardness = weights["screen/hardness"]
    ink = operations.multiply(hardness + 1, operations.subtract(1.0, styled))
    dots = operations.clip(operations.subtract(ink, operations.multiply(hardness, threshold)))
    below = _integral(operations, operations.subtract(ink, hardness))
    mean = operations.multiply(1 / hardness, operations.subtract(_integral(operations, ink), below))
    change = operations.multiply(weights["screen/strength"] * amount, operations.subtract(dots, mean))
    return operations.clip(operations.subtract(styled, change))


def _integral(operations: Operations[T], values: T) -> T:
    """Return the integral of ``clip`` up to values."""
    clipped = operations.clip(values)
    return operations.multiply(clipped, operations.subtract(values, operations.multiply(0.5, clipped)))


SCREEN = Stage(
    name="screen",
    inputs=("styled", "threshold"),
    weights={
        "screen/frequency": Weight((3, 2), 0, trained=False),
        "screen/strength": Weight((3,), 0, trained=False),
        "screen/hardness": Weight((), 0, trained=False),
    },
    formula=_formula,
    setting={
        "of": "look",
        "min": 0.0,
        "max": 2.0,
        "label": "Screen",
        "tooltip": "The dots of a printed page: 0 is none, 1 is as strong as the look has them, 2 twice as strong.",
    },
    nothing_without=("screen/strength",),
)

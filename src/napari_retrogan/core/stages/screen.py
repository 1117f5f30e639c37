"""Screen: the dots of a printed page, smaller or larger as the picture is lighter or darker (halftone).

A screen is a field of thresholds t in [0, 1], as many of each value as of any other: the share of a round-dot screen
that lies below a sum of two cosines along two directions at right angles. With s a channel of the styled picture and
h the hardness of a dot's edge::

    d = clip((h + 1) * (1 - s) - h * t, 0, 1)                       # 1 where there is ink
    m = (c((h + 1) * (1 - s)) - c((h + 1) * (1 - s) - h)) / h       # the mean of d over all t
    screened = clip(s - strength * amount * (d - m), 0, 1),  c(y) = clip(y, 0, 1) * (y - clip(y, 0, 1) / 2)

So the mean tone stays, and there are no dots in black and in white. Where thresholds lie, `core.inference.screen_dots`
tells from the frequencies that the weights hold.

Dots of a blur, in distances from dot to dot, are hard ones of an ink that takes ``strength`` of what is stored of
light, seen through a Gaussian, as a lens sees those of a page. They cover m = min((1 - s) / strength, 1) of it; d is
what the blur leaves of these at a place, which its two cosines tell. Hardness says nothing of them. Training measured
such dots for files of versions 9 and 10.

Dots in light, which training measures since files of version 11, are what pixels see of a page: hard dots that take
``ink`` of its light, averaged over a pixel as light, stored, and then blurred, B(m). A page shows the tone s to an eye
that is far away, which averages light too; what is stored of it is darker in the mean, M(m)::

    m = min((1 - s^2.2) / ink, 1),    ink = 1 - (1 - strength)^2.2
    screened = clip(s + amount * (M(m) - s) + amount * shown * (B(m) - M(m)), 0, 1)

where ``shown`` is what larger pixels leave of the dots; where these are too small to show, the tone is that of a page.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from napari_retrogan.core.architecture import TRANSFER
from napari_retrogan.core.stages.stage import Stage, Weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_retrogan.core.stages.operations import Number, Operations

T = TypeVar("T")

_TONES, _COSINES, _PHASES = 33, 17, 64
_FAINTEST = 0.01
_EVEN = 1e-3
"""Tones whose stored means differ by less are all one ink."""
_DEVIATION_OF_PIXEL = 12**-0.5
"""Of the Gaussian that blurs as a pixel does, in pixels."""

HIGHEST_FREQUENCY = 0.45
"""In cycles a pixel: finer dots are none any more, but beat with the pixels."""


def _formula(operations: Operations[T], weights: Mapping[str, Number], styled: T, threshold: T, amount: Number) -> T:
    """Return a picture printed in dots; a weight may be that of one channel.

    Instead of a threshold blurred dots take both cosines, (2, ...), and NumPy alone.
    """
    if blur := weights.get("screen/blur", 0.0):
        strength: Any = weights["screen/strength"]
        covered = operations.clip(operations.multiply(1 / max(strength, _FAINTEST), operations.subtract(1.0, styled)))
        change: Any = operations.subtract(_blurred_dots(covered, threshold, float(blur)), covered)
        return operations.clip(operations.subtract(styled, operations.multiply(strength * amount, change)))
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


def _blurred_dots(covered: Any, cosines: Any, blur: float) -> NDArray[np.float32]:
    """Return how much ink there is at places of two cosines, (2, ...), where dots cover such a share of the page."""
    return _interpolated(_blurred(blur), covered, cosines)


def page_tone(styled: NDArray[np.floating[Any]], strength: float, pixel: float, blur: float) -> NDArray[np.float32]:
    """Return what is stored of a page in the mean, M, where it shows a tone.

    Parameters
    ----------
    styled
        Tones in [0, 1].
    strength
        What the ink takes of what is stored of light, from 0 to 1.
    pixel, blur
        Width of a pixel, and the standard deviation of the blur after it, in distances from dot to dot.
    """
    _, means = _page(strength, pixel, blur)
    return np.asarray(np.interp(styled, np.linspace(0, 1, len(means)), means), np.float32)


def tone_of_page(stored: NDArray[np.floating[Any]], strength: float, pixel: float, blur: float) -> NDArray[np.float32]:
    """Return the tone that a page shows where such values are stored of it in the mean: what `page_tone` was given."""
    _, means = _page(strength, pixel, blur)
    # All that is darker than ink alone is ink, too.
    first = int(np.argmax(means > means[0] + _EVEN))
    places, values = (np.r_[0.0, each[max(first - 1, 0) :]] for each in (means, np.linspace(0, 1, len(means))))
    return np.asarray(np.interp(stored, places, values), np.float32)


def page_dots(
    styled: NDArray[np.floating[Any]], cosines: NDArray[np.floating[Any]], strength: float, pixel: float, blur: float
) -> NDArray[np.float32]:
    """Return what is stored of a page at places of two cosines, B, (2, ...); parameters as of `page_tone`."""
    return _interpolated(_page(strength, pixel, blur)[0], styled, cosines)


def _interpolated(table: NDArray[np.float32], level: Any, cosines: Any) -> NDArray[np.float32]:
    """Return values of a table (levels, rows, columns) between levels in [0, 1] and places of cosines (2, ...)."""
    places = (level, (cosines[0] + 1) * np.float32(0.5), (cosines[1] + 1) * np.float32(0.5))
    starts, beyond = [], []
    for place, size in zip(places, table.shape, strict=True):
        scaled = np.clip(place, 0, 1) * np.float32(size - 1)
        starts.append(np.minimum(scaled.astype(np.int32), size - 2))
        beyond.append(scaled - starts[-1].astype(np.float32))
    _, rows, columns = table.shape
    corner, values = (starts[0] * rows + starts[1]) * columns + starts[2], table.ravel()
    left = [values.take(corner + step) for step in (0, 1, columns, columns + 1)]
    right = [values.take(corner + rows * columns + step) for step in (0, 1, columns, columns + 1)]
    # From eight corners of the table to one value: along the level, then rows, then columns.
    first, second, third, fourth = (low + beyond[0] * (high - low) for low, high in zip(left, right, strict=True))
    above, below = first + beyond[1] * (third - first), second + beyond[1] * (fourth - second)
    return np.asarray(above + beyond[2] * (below - above), np.float32)


@lru_cache(maxsize=64)
def _blurred(blur: float) -> NDArray[np.float32]:
    """Return how much ink there is by the share of the page that dots cover and by two cosines (33, 17, 17)."""
    spectrum = _spectrum_of_dots(np.linspace(0, 1, _TONES)) * _left_by(blur)
    return np.asarray(_AT_PLACES.T @ spectrum @ _AT_PLACES, np.float32)


@lru_cache(maxsize=512)
def _page(strength: float, pixel: float, blur: float) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return what is stored of a page by its tone and two cosines (33, 17, 17), and its mean by tone (33,)."""
    ink = 1 - (1 - strength) ** TRANSFER
    covered = np.minimum((1 - np.linspace(0, 1, _TONES) ** TRANSFER) / max(ink, _FAINTEST), 1)
    seen = _spectrum_of_dots(covered) * _left_by(pixel * _DEVIATION_OF_PIXEL)
    stored = np.clip(1 - ink * (_AT_PHASES.T @ seen @ _AT_PHASES), 0, 1) ** (1 / TRANSFER)
    spectrum = _TIMES * (_AT_PHASES @ stored @ _AT_PHASES.T) / _PHASES**2 * _left_by(blur)
    return np.asarray(_AT_PLACES.T @ spectrum @ _AT_PLACES, np.float32), stored.mean((1, 2))


def _spectrum_of_dots(covered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cosines (N, 32, 32) that hard dots are made of which cover shares (N,) of a page."""
    # Dots are even in both phases: their spectrum is one of cosines, as is the blurred one at any place.
    dots = covered[:, None, None] > _RANK
    return np.asarray(_TIMES * (_AT_PHASES @ dots @ _AT_PHASES.T) / _PHASES**2)


def _left_by(blur: float) -> NDArray[np.float64]:
    """Return what a Gaussian leaves of each cosine (32, 32), its deviation in distances from dot to dot."""
    return np.asarray(np.exp(-2 * (np.pi * blur) ** 2 * np.add.outer(_WAVES**2, _WAVES**2)))


def _ranks() -> NDArray[np.float64]:
    """Return the share of places that a growing dot has covered before each (64, 64)."""
    cosines = np.cos((np.arange(_PHASES) + 0.5) * (2 * np.pi / _PHASES))
    order = np.argsort(np.argsort((cosines[:, None] + cosines).ravel(), kind="stable"), kind="stable")
    return np.asarray((order + 0.5) / _PHASES**2).reshape(_PHASES, _PHASES)


_WAVES = np.arange(_PHASES // 2)
_TIMES = np.where(_WAVES, 2, 1)[:, None] * np.where(_WAVES, 2, 1)
_AT_PHASES = np.cos(np.multiply.outer(_WAVES, (np.arange(_PHASES) + 0.5) * (2 * np.pi / _PHASES)))
_AT_PLACES = np.cos(np.multiply.outer(_WAVES, np.arccos(np.linspace(-1, 1, _COSINES))))
_RANK = _ranks()


SCREEN = Stage(
    name="screen",
    inputs=("styled", "threshold"),
    weights={
        "screen/frequency": Weight((3, 2), 0, trained=False),
        "screen/strength": Weight((3,), 0, trained=False),
        "screen/hardness": Weight((), 0, trained=False),
        "screen/blur": Weight((), 0, trained=False),
        "screen/light": Weight((), 0, trained=False),
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

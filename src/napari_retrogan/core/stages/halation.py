"""Halation: light of bright parts that is thrown back through the film and glows around them.

It acts before the look sees the picture, as light does before a film is developed, and needs to be no sharper than
its glow, so it is made at a quarter of the size. With x the photograph as stored, whose square is nearly its light::

    bright = clip((luminance(x)^2 - t) / (1 - t)),  t = 1/2 + threshold
    glow_k = spread_k * mean of bright over 4 x 4 pixels            # of rows, then of columns; k = near, middle, far
    x = clip(x + halation * (1 - x) * sum_k glow_k strength_k)      # strength_k of red, green and blue

In looks that were trained since files of version 11, and measured at bright parts alone, ``threshold`` is not 0.
spread_k are Gaussian taps with which the glows' standard deviations are 2, 4.5 and 9.5 pixels. What is bright itself
stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.stages.stage import Stage, Weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_retrogan.core.stages.operations import Number, Operations

T = TypeVar("T")

BLOCK = 4
"""How many rows and columns make one of the glow."""

_VARIANCE = 4.0
"""Of a glow that isn't spread: what averaging blocks and joining them smoothly does, (4^2 - 1) / 12 + 4^2 / 6, in
pixels squared, about."""

_TAPS = 7
"""How far a glow spreads, in blocks; one more lies beside what is joined smoothly."""

_REACH = BLOCK * (_TAPS + 1)
LEAST_THRESHOLD = 0.5
"""Of stored values squared, above which light glows in looks without a threshold of their own."""
DEVIATIONS = (2.0, 4.5, 9.5)
"""Of the glows, in pixels, the narrowest first."""


def _spread(deviation: float) -> NDArray[np.float32]:
    """Return the taps (15,), which sum to 1, that make a glow of a standard deviation in pixels, of 2 and more."""
    variance = (deviation**2 - _VARIANCE) / BLOCK**2
    places = np.arange(-_TAPS, _TAPS + 1)
    taps = np.exp(-(places**2) / (2 * variance)) if variance else (places == 0).astype(np.float64)
    return np.asarray(taps / taps.sum(), np.float32)


def _formula(operations: Operations[T], weights: Mapping[str, Number], image: T, amount: Number) -> T:
    """Return the picture with the glow of its bright parts."""
    luminance = operations.dense(image, LUMINANCE.reshape(3, 1))
    light = operations.multiply(luminance, luminance)
    threshold = LEAST_THRESHOLD + weights["halation/threshold"]
    bright = operations.clip(operations.multiply(1 / (1 - threshold), operations.subtract(light, threshold)))
    blocks = operations.convolve(bright, np.full((BLOCK, BLOCK, 1, 1), 1 / BLOCK**2, np.float32), stride=BLOCK)
    glows = []
    for deviation in DEVIATIONS:
        taps = _spread(deviation)
        rows = operations.convolve(blocks, taps.reshape(-1, 1, 1, 1))
        glows.append(operations.convolve(rows, taps.reshape(1, -1, 1, 1)))
    coloured = operations.dense(operations.concatenate(*glows), weights["halation/strength"])
    glow = operations.crop(operations.enlarge(coloured, BLOCK), BLOCK)
    inner = operations.crop(image, _REACH)
    added = operations.multiply(operations.multiply(amount, glow), operations.subtract(1.0, inner))
    return operations.clip(operations.add(inner, added))


HALATION = Stage(
    name="halation",
    inputs=("image",),
    weights={
        "halation/strength": Weight((len(DEVIATIONS), 3), 0, trained=False),
        "halation/threshold": Weight((), 0, trained=False),
    },
    formula=_formula,
    setting={
        "of": "look",
        "min": 0.0,
        "max": 2.0,
        "label": "Halation",
        "tooltip": "The glow of the film around bright parts: 0 is none, 1 the look's own, 2 twice that.",
    },
    reach=_REACH,
    nothing_without=("halation/strength",),
)

"""Particles: grain whose shape shows, black discs of silver and dyed grains of starch, which no filtered noise has.

Both weaken light, in the tones that stored values v stand for, l = v ** 2.2.

Discs lie at random places, so many that they cover the share of the plane that leaves l ** s open, where l is the
luminance's light and s the share of density that they make up (the Boolean model, A. Newson, J. Delon and B. Galerne,
"A stochastic film grain model for resolution-independent rendering", 2017). With c what they cover of a pixel::

    laid = v * ((1 - c) / l ** s) ** (1 / 2.2)

Dyed grains fill the plane, each of one of three colours, whose mean is grey (the autochrome plate of A. and L. Lumiere,
1904; B. Lavedrine and J.-P. Gandolfo, *The Lumiere Autochrome*, 2013). With t the colour of a pixel less one, and p
their purity, or as much of it as no channel gets brighter than white by::

    laid = v * (1 + p * t) ** (1 / 2.2)

So many discs or grains together keep the tone of a picture. Where they lie, `core.inference.particle_fields` tells.
They are as strong as the amount of grain tells.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.architecture import LUMINANCE, TRANSFER
from napari_retrogan.core.stages.stage import Stage, Weight

if TYPE_CHECKING:
    from collections.abc import Mapping

Values = NDArray[np.float32]

STARCH = np.array([[0.92, 0.32, 0.12], [0.30, 0.85, 0.24], [0.26, 0.24, 0.88]])
STARCH /= STARCH.mean(0)
"""Light that grains dyed orange-red, green and blue-violet let through, over its mean: each some of every colour."""

DARKEST = 1e-3
"""Light below which discs become no more."""

MOST_DENSITY = 2.0
"""Natural logarithm of the most that discs take of the light: they leave an eighth of the plane open."""

_STEPS = 4096
_LEAST_LIGHT = 0.05
"""Least light, over the mean, that a grain is drawn with."""


class Particles(NamedTuple):
    """What the weights of a look tell of particles, within what can be drawn.

    Attributes
    ----------
    radius, spread
        Mean radius of discs in pixels, and the standard deviation of its logarithm.
    share
        Of the density of luminance that discs make up; 0 without discs.
    size
        Mean distance between dyed grains in pixels.
    purity
        How far these differ from grey, from 0 to 1; 0 without any.
    """

    radius: float
    spread: float
    share: float
    size: float
    purity: float

    @classmethod
    def of(cls, weights: Mapping[str, NDArray[Any]]) -> Particles:
        """Return those of a look."""
        radius, spread, share = (float(each) for each in weights["particles/discs"])
        size, purity = (float(each) for each in weights["particles/mosaic"])
        within = (np.clip(radius, 0.5, 8), np.clip(spread, 0, 0.5), np.clip(share, 0, 0.3))
        return cls(*(float(each) for each in (*within, np.clip(size, 1, 16), np.clip(purity, 0, 1))))

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return self.share > 0 or self.purity > 0

    def weights(self) -> dict[str, Values]:
        """Return the weights that hold them."""
        discs, mosaic = (self.radius, self.spread, self.share), (self.size, self.purity)
        return {"particles/discs": np.array(discs, np.float32), "particles/mosaic": np.array(mosaic, np.float32)}


class DrawnParticles(NamedTuple):
    """Where particles lie in a part of a picture.

    Attributes
    ----------
    tint
        (3, y, x) light that dyed grains let through, over its mean, less one; None without any.
    layers
        (2 N, y, x) how dense discs have to lie for N of them, and which share of a pixel each of these covers; None
        without any.
    deviation
        Which part of what discs cover beside its mean is laid: less than 1 where pixels are larger than discs.
    """

    tint: Values | None = None
    layers: Values | None = None
    deviation: float = 1.0


NO_PARTICLES = Particles(0.5, 0.0, 0.0, 1.0, 0.0)


def densest(share: float) -> float:
    """Return how dense discs lie in black at most, ``MOST_DENSITY`` or that halved some times.

    It is in such steps so that what was drawn for one amount serves others.
    """
    density = max(-share * math.log(DARKEST), MOST_DENSITY / 256)
    return min(2.0 ** math.ceil(math.log2(density)), MOST_DENSITY)


def _lay_mosaic(unit: Values, tint: Values, purity: float) -> Values:
    """Return a picture (3, y, x) seen through dyed grains, given the colour of each pixel less one (3, y, x)."""
    light = np.maximum(_look_up(_LIGHT, unit).max(0), np.float32(1e-6))
    # As if each channel had a grain as bright as the brightest of all, so that the brightest channel decides.
    room = (1 / light - 1) * np.float32(1 / (STARCH.max() - 1))
    through = np.maximum(1 + np.minimum(np.float32(purity), room) * tint, np.float32(_LEAST_LIGHT))
    return np.clip(unit * _look_up(_ROOT_OF_COLOUR, through * np.float32(1 / STARCH.max())), 0, 1)


def _lay_discs(unit: Values, layers: Values, share: float, deviation: float) -> Values:
    """Return a picture (3, y, x) with discs that make up a share of its density.

    ``layers`` (2 N, y, x) tell how dense discs have to lie for N of them to be there, and what each covers of a pixel;
    of which a part of the deviation from its mean is laid.
    """
    red, green, blue = LUMINANCE.astype(np.float32)
    tone = np.maximum(red * unit[0] + green * unit[1] + blue * unit[2], np.float32(DARKEST ** (1 / TRANSFER)))
    density = np.minimum(np.float32(share * TRANSFER) * _look_up(_MINUS_LOGARITHM, tone), np.float32(MOST_DENSITY))
    covered = np.zeros_like(density)
    for needed, part in zip(*np.split(layers, 2), strict=True):
        covered += np.where(needed < density, part, np.float32(0))
    left = _look_up(_OPEN, density * np.float32(1 / MOST_DENSITY))
    covered = 1 - left + np.float32(deviation) * (covered - (1 - left))
    # Over what the plane leaves open in the mean: discs and what lies between them keep the light together.
    return np.clip(unit * (_look_up(_ROOT, 1 - covered) / _look_up(_ROOT, left)), 0, 1)


def _look_up(table: Values, places: Values) -> Values:
    """Return values between those of a table over [0, 1].

    Powers and logarithms of single precision differ in their last bit by where in an array a value stands; sums and
    products do not, so parts of a picture have the bits of the whole.
    """
    scaled = np.clip(places, 0, 1) * np.float32(_STEPS)
    below = np.minimum(scaled.astype(np.int32), _STEPS - 1)
    low = table.take(below)
    return np.asarray(low + (scaled - below.astype(np.float32)) * (table.take(below + 1) - low), np.float32)


_PLACES = np.linspace(0, 1, _STEPS + 1)
_LIGHT = (_PLACES**TRANSFER).astype(np.float32)
_ROOT = (_PLACES ** (1 / TRANSFER)).astype(np.float32)
_ROOT_OF_COLOUR = ((_PLACES * STARCH.max()) ** (1 / TRANSFER)).astype(np.float32)
_MINUS_LOGARITHM = (-np.log(np.maximum(_PLACES, 0.5 / _STEPS))).astype(np.float32)
_OPEN = np.exp(-MOST_DENSITY * _PLACES).astype(np.float32)


def _formula(_: Any, told: Particles, styled: Values, drawn: DrawnParticles, amount: float) -> Values:
    """Return a picture (3, y, x) with particles; of NumPy alone, since no graph lays what is drawn by place."""
    if drawn.tint is not None:
        styled = _lay_mosaic(styled, drawn.tint, min(told.purity * amount, 1.0))
    if drawn.layers is not None:
        styled = _lay_discs(styled, drawn.layers, told.share * amount, drawn.deviation)
    return styled


PARTICLES = Stage(
    name="particles",
    inputs=("styled", "drawn"),
    weights={
        "particles/discs": Weight((3,), 0, trained=False),
        "particles/mosaic": Weight((2,), 0, trained=False),
    },
    formula=_formula,
    nothing_without=("particles/discs", "particles/mosaic"),
)
"""The first array holds radius, spread and share of discs, the second size and purity of dyed grains: `Particles`."""

"""Which particles grain is made of, if a filtered noise doesn't tell it: found among those that come nearest to it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from keras import ops

from napari_retrogan.core.architecture import LUMINANCE, TRANSFER
from napari_retrogan.core.gan.grain_distance import RealGrain, skewness
from napari_retrogan.core.gan.grain_refinement import draw_field
from napari_retrogan.core.gan.grain_samples import lay_particles
from napari_retrogan.core.looks.flat_areas import PATCH, without_plane
from napari_retrogan.core.stages.grain import GRAIN
from napari_retrogan.core.stages.particles import NO_PARTICLES, Particles

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_retrogan.core.gan.generator import Weights
    from napari_retrogan.core.gan.grain_samples import Batch, GrainSamples
    from napari_retrogan.core.gan.keras_operations import StageLayer

_LEAST_GAIN = 0.2
"""Share of the distance by which particles have to bring grain nearer, in the mean of both kinds of squares."""

_RESTS = (0.0, 0.25, 0.5, 1.0)
"""Shares of the strength of the measured field that are left beside particles."""

_FACTORS = (1.18, 1.09, 1.045)
"""By which the nearest particles are made larger and smaller, denser and thinner, one after the other."""

_SPREAD = 0.25
"""Of the logarithm of discs' radii: of so few pixels it can't be told."""

_LAGS = 4
"""Rows and columns, from 0 on, at which neighbours are compared."""

_DARK = 0.1
"""Luminance below which grain is no more compared with its own."""

_LEAST_SKEW = 0.5
"""Of grain of midtones, below which there are no discs: these are black in lighter places."""

_MOST_ALIKE = -0.15
"""Correlation of channels above which grain isn't one of coloured parts: what one of three lets through, the others
don't. Film's layers are independent of each other or alike."""

_FEWEST = 8
_DARKEST, _BRIGHTEST = 0.15, 0.75
"""Between which channels are neither hidden by rounding nor clipped by white."""


class _KindOfParticles(NamedTuple):
    """What is looked for: particles of a size and a strength, and among which of these to begin."""

    of: Callable[[float, float], Particles]
    sizes: tuple[float, ...]
    strengths: tuple[float, ...]


_DISCS = _KindOfParticles(
    lambda radius, share: NO_PARTICLES._replace(radius=radius, spread=_SPREAD, share=share),
    (0.7, 1.0, 1.4, 2.0, 2.8),
    (0.01, 0.02, 0.04, 0.08),
)
_DYED_GRAINS = _KindOfParticles(
    lambda size, purity: NO_PARTICLES._replace(size=size, purity=purity),
    (1.3, 1.8, 2.5, 3.5, 5.0),
    (0.2, 0.4, 0.6, 0.8),
)


class FoundParticles(NamedTuple):
    """Particles, and which share of the strength of the measured field is left beside them."""

    particles: Particles
    rest: float

    def weights(self, start: Weights) -> Weights:
        """Return the weights that change."""
        rest = {name: np.float32(self.rest) * start[name] for name in GRAIN.nothing_without}
        return {**self.particles.weights(), **rest}


def find_particles(grain: StageLayer, samples: GrainSamples, start: Weights, *, coloured: bool = True) -> Weights:
    """Return the weights of the particles that bring grain clearly nearer than the measured field does, if any do.

    Parameters
    ----------
    grain
        The stage.
    samples
        Squares of real grain, and of photographs in the look without any.
    start
        Weights with the measured field.
    coloured
        Whether dyed grains are looked for.

    Returns
    -------
    dict
        Weights that change: those of particles, and of what is left of the field beside them; none without any.
    """
    squares = samples.compared()
    kinds = [
        *([_DYED_GRAINS] if coloured and _is_of_colours(squares) else []),
        *([_DISCS] if _is_dark(squares) else []),
    ]
    if not kinds:
        return {}
    shown, held_out = (_Comparison(grain, start, each) for each in (squares, samples.judged()))
    found = min((_nearest(shown, kind) for kind in kinds), key=shown.distance)
    found = min((found._replace(rest=rest) for rest in _RESTS), key=shown.distance)
    nearer = shown.distance(found) + held_out.distance(found) <= (1 - _LEAST_GAIN) * (shown.start + held_out.start)
    return found.weights(start) if nearer else {}


class _Comparison:
    """How far particles on a field are from real squares."""

    def __init__(self, grain: StageLayer, start: Weights, squares: Batch) -> None:
        self._field, self._squares = ops.convert_to_numpy(draw_field(grain, start, squares)), squares
        self._real = RealGrain(squares["real"])
        self._alike = self._likeness(squares["real"])
        # The nearest so far is asked about again and again.
        self.distance = lru_cache(maxsize=None)(self._distance)
        self.difference_of_size = lru_cache(maxsize=None)(self._difference_of_size)
        self.start = self.distance(FoundParticles(NO_PARTICLES, 1.0))

    def _distance(self, found: FoundParticles) -> float:
        """Return the distance of grain."""
        return self._real.distance(self._drawn(found))

    def _difference_of_size(self, found: FoundParticles) -> float:
        """Return how much more or less alike neighbours are: what grain is strong by tells nothing of that."""
        return float(np.abs(self._likeness(self._drawn(found)) - self._alike).mean())

    def _drawn(self, found: FoundParticles) -> NDArray[np.float32]:
        """Return what squares with these particles are beside their planes."""
        ground = self._squares["ground"]
        drawn = np.clip(ground + self._squares["clean"] + np.float32(found.rest) * self._field, 0, 1)
        return (lay_particles(found.particles, drawn, 0) if found.particles.any else drawn) - ground

    def _likeness(self, residuals: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the correlation of luminance, over that of the plane, at some distances."""
        beside_planes = without_plane(residuals.astype(np.float64)) @ LUMINANCE
        relative = beside_planes / np.maximum(self._squares["ground"] @ LUMINANCE, _DARK)
        spectrum = np.square(np.abs(np.fft.fft2(relative, (2 * PATCH, 2 * PATCH)))).mean(0)
        overlap = np.square(np.abs(np.fft.fft2(np.ones((PATCH, PATCH)), (2 * PATCH, 2 * PATCH))))
        alike = np.fft.ifft2(spectrum).real[:_LAGS, :_LAGS] / np.fft.ifft2(overlap).real[:_LAGS, :_LAGS]
        alike = (alike + alike.T)[np.triu_indices(_LAGS)]
        return np.asarray(alike[1:] / max(alike[0], 1e-12))


def _nearest(shown: _Comparison, kind: _KindOfParticles) -> FoundParticles:
    """Return the nearest particles of a kind: their size by how alike neighbours are, then as many as come nearest."""

    def found(size: float, strength: float) -> FoundParticles:
        return FoundParticles(kind.of(size, strength), 0.0)

    size, strength = kind.sizes[0], kind.strengths[len(kind.strengths) // 2]
    size = min(kind.sizes, key=lambda each: shown.difference_of_size(found(each, strength)))
    for factor in _FACTORS:
        size = min(
            (size, size * factor, size / factor), key=lambda each: shown.difference_of_size(found(each, strength))
        )
    strength = min(kind.strengths, key=lambda each: shown.distance(found(size, each)))
    for factor in _FACTORS:
        tried = (strength, strength * factor, strength / factor)
        strength = min(tried, key=lambda each: shown.distance(found(size, each)))
    return found(size, strength)


def _is_dark(squares: Batch) -> bool:
    """Tell whether grain is sparse and dark: pixels and most filters have a clear skew, and that of pixels is dark."""
    skew = skewness(squares["real"])
    return bool(skew[0] < 0 and np.abs(skew).max() >= _LEAST_SKEW)


def _is_of_colours(squares: Batch) -> bool:
    """Tell whether grain is of coloured parts: no channel lets more of the light through where another one does."""
    ground = squares["ground"].astype(np.float64)
    values = np.clip(ground + squares["real"], 1e-3, 1)
    midtones = (ground.min((1, 2, 3)) > _DARKEST) & (ground.max((1, 2, 3)) < _BRIGHTEST)
    if midtones.sum() < _FEWEST:
        return False
    through = (values[midtones] / ground[midtones]) ** TRANSFER
    each = [np.corrcoef(square.reshape(-1, 3).T) for square in through]
    alike = np.median(each, axis=0)[np.triu_indices(3, 1)]
    return bool(alike.max() < _MOST_ALIKE)

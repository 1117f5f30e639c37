"""Which particles grain is made of, if a filtered noise doesn't tell it: found among those that come nearest to it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from keras import ops

from napari_retrogan.core.gan.grain_distance import grain_distance, skewness
from napari_retrogan.core.gan.grain_samples import lay_particles
from napari_retrogan.core.stages.grain import GRAIN
from napari_retrogan.core.stages.particles import NO_PARTICLES, TRANSFER, Particles

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_retrogan.core.gan.generator import Weights
    from napari_retrogan.core.gan.grain_samples import Batch, GrainSamples
    from napari_retrogan.core.gan.keras_operations import StageLayer

_LEAST_GAIN = 0.2
"""Share of the distance by which particles have to bring grain nearer, in the mean of both kinds of squares."""

_RADII, _SHARES, _SPREAD = (0.7, 1.0, 1.4, 2.0, 2.8), (0.01, 0.02, 0.04, 0.08), 0.25
_SIZES, _PURITIES = (1.3, 1.7, 2.2, 2.9, 3.8, 5.0), (0.2, 0.4, 0.6, 0.8)
_RESTS = (0.0, 0.25, 0.5, 1.0)
"""Shares of the strength of the measured field that are left beside particles."""

_FACTORS = (1.18, 1.09, 1.045)
"""By which the nearest particles are made larger and smaller, denser and thinner, one after the other."""

_LEAST_SKEW = 0.5
"""Of grain of midtones, below which there are no discs: these are black in lighter places."""

_MOST_ALIKE = -0.15
"""Correlation of channels above which grain isn't one of coloured parts: what one of three lets through, the others
don't. Film's layers are independent of each other or alike."""

_FEWEST = 8
_DARKEST, _BRIGHTEST = 0.25, 0.85


class FoundParticles(NamedTuple):
    """Particles, and which share of the strength of the measured field is left beside them."""

    particles: Particles
    rest: float

    def weights(self, start: Weights) -> Weights:
        """Return the weights that change."""
        rest = {name: np.float32(self.rest) * start[name] for name in GRAIN.nothing_without}
        return {**self.particles.weights(), **rest}


def find_particles(
    grain: StageLayer, samples: GrainSamples, start: Weights, *, coloured: bool = True
) -> FoundParticles | None:
    """Return the particles that bring grain clearly nearer than the measured field, or None.

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
    """
    squares = samples.compared()
    kinds: list[tuple[Callable[[float, float], Particles], tuple[float, ...], tuple[float, ...]]] = []
    if coloured and _is_of_colours(squares):
        kinds.append((lambda size, purity: NO_PARTICLES._replace(size=size, purity=purity), _SIZES, _PURITIES))
    if _is_dark(squares):
        discs = NO_PARTICLES._replace(spread=_SPREAD)
        kinds.append((lambda radius, share: discs._replace(radius=radius, share=share), _RADII, _SHARES))
    if not kinds:
        return None
    shown, held_out = (_Comparison(grain, start, each) for each in (squares, samples.judged()))
    found = min((_nearest(shown, *kind) for kind in kinds), key=shown)
    found = min((found._replace(rest=rest) for rest in _RESTS), key=shown)
    nearer = shown(found) + held_out(found) <= (1 - _LEAST_GAIN) * (shown.start + held_out.start)
    return found if nearer else None


class _Comparison:
    """How far particles on a field are from real squares."""

    def __init__(self, grain: StageLayer, start: Weights, squares: Batch) -> None:
        tensors = {name: ops.convert_to_tensor(start[name]) for name in grain.variables_by_name}
        field = grain.with_weights(tensors, *(ops.convert_to_tensor(squares[name]) for name in ("ground", "noise")))
        self._field, self._squares = ops.convert_to_numpy(field), squares
        self.start = self(FoundParticles(NO_PARTICLES, 1.0))

    def __call__(self, found: FoundParticles) -> float:
        """Return the distance."""
        ground = self._squares["ground"]
        drawn = np.clip(ground + self._squares["clean"] + np.float32(found.rest) * self._field, 0, 1)
        if found.particles.any:
            drawn = lay_particles(found.particles, drawn, 0)
        return float(grain_distance(self._squares["real"], drawn - ground))


def _nearest(
    distance: _Comparison,
    kind: Callable[[float, float], Particles],
    sizes: tuple[float, ...],
    strengths: tuple[float, ...],
) -> FoundParticles:
    """Return the nearest particles of a kind: on a grid of sizes and strengths, then between its places."""
    measured: dict[tuple[float, float], float] = {}

    def measure(place: tuple[float, float]) -> float:
        if place not in measured:
            measured[place] = distance(FoundParticles(kind(*place), 0.0))
        return measured[place]

    best = min(itertools.product(sizes, strengths), key=measure)
    for factor in _FACTORS:
        for axis in (0, 1):
            scales = [tuple(scale if number == axis else 1 for number in (0, 1)) for scale in (1, factor, 1 / factor)]
            best = min(((best[0] * larger, best[1] * stronger) for larger, stronger in scales), key=measure)
    return FoundParticles(kind(*best), 0.0)


def _is_dark(squares: Batch) -> bool:
    """Tell whether grain is sparse and dark: pixels and most filters have a clear skew, and that of pixels is dark."""
    skew = skewness(squares["real"])
    return bool(skew[0] < 0 and np.abs(skew).max() >= _LEAST_SKEW)


def _is_of_colours(squares: Batch) -> bool:
    """Tell whether grain is of coloured parts: no channel lets more of the light through where another one does."""
    ground = squares["ground"].astype(np.float64)
    values = np.clip(ground + squares["real"], 1e-3, 1)
    midtones = (ground.min((1, 2, 3)) > _DARKEST) & (values.max((1, 2, 3)) < _BRIGHTEST)
    if midtones.sum() < _FEWEST:
        return False
    through = (values[midtones] / ground[midtones]) ** TRANSFER
    each = [np.corrcoef(square.reshape(-1, 3).T) for square in through]
    alike = np.median(each, axis=0)[np.triu_indices(3, 1)]
    return bool(alike.max() < _MOST_ALIKE)

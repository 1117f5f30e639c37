"""Squares of grain to learn from and to judge by, and whether there is more in them than a spectrum tells."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import LUMINANCE, NOISE_CHANNELS
from napari_retrogan.core.gan.grain_distance import GROUPS, RealGrain, random_filters, skewness
from napari_retrogan.core.inference.particle_fields import BLOCK, ParticlePlane, particle_bytes
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.looks.flat_areas import PATCH, FlatAreas, find_flat_areas
from napari_retrogan.core.looks.texture_start import measurable
from napari_retrogan.core.stages.grain import GRAIN
from napari_retrogan.core.stages.particles import NO_PARTICLES, Particles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float32]
    Batch = dict[str, NDArray[np.float32]]

FEWEST_SQUARES = 12
"""With fewer, of either side, grain can't be told from chance."""

_HELD_OUT = 5
"""One in so many pictures, or squares of few pictures, is judged by and not learnt from."""

_FEWEST_PICTURES = 4
"""From so many on whole pictures are held out: what is peculiar to the grain of one of them is none of the look's."""

_JUDGED = 96
_ACROSS = BLOCK // PATCH
"""Squares beside each other on the sheet on which particles are laid."""
_PLANES = 8
"""Particles of so many planes are met in turn: each takes its time to be drawn."""
_RANDOM_FILTERS = 4
_LEAST_RATIO, _LEAST_SKEW = 1.25, 0.2
"""Grain that is as far from other grain of its kind as from noise of its spectrum is such noise."""


@dataclass(frozen=True, slots=True)
class Nature:
    """What grain is beside noise of its spectrum.

    Attributes
    ----------
    ratio
        How far squares are from copies of others whose phases are drawn at random, over how far from the others: all
        over their own strength.
    skew
        The largest of the skews of pixels and of sparse filters.
    floor
        How far squares of midtones are from others of their tones or, if that is more, from the copies.
    apart
        How far squares of all tones are from others of their tones.
    """

    ratio: float
    skew: float
    floor: float
    apart: float

    def is_told_by(self, distance: float) -> bool:
        """Tell whether nothing is left to learn where drawn grain is so far from real squares.

        That is so where it is as near as real squares are to others of the set, since what brings it nearer yet is
        peculiar to some of them; and where all of the grain is noise of a spectrum and a strength, as it was measured.
        """
        is_noise = self.ratio < _LEAST_RATIO and self.skew < _LEAST_SKEW
        return distance < self.apart or (is_noise and distance < _LEAST_RATIO * self.floor)


class GrainSamples:
    """Flat squares of vintage pictures and of photographs, from which batches are drawn.

    Parameters
    ----------
    plain, vintage
        Parts at full resolution, (Y, X, 3) RGB in [0, 1]: photographs in the look without its grain, and vintage
        pictures.
    seed
        Of all batches.
    batch_size
        Squares in a batch, rounded to a multiple of ``GROUPS``.
    """

    def __init__(
        self, plain: Sequence[NDArray[Any]], vintage: Sequence[NDArray[Any]], seed: int, batch_size: int
    ) -> None:
        self._seed = seed
        self._size = GROUPS * max(1, round(batch_size / GROUPS))
        self._real, self._clean = (_sorted(pictures) for pictures in (vintage, plain))
        held_out = _held_out(self._real)
        self._shown, self._kept = self._real.only(~held_out), self._real.only(held_out)
        self._particles = NO_PARTICLES

    @property
    def enough(self) -> bool:
        """Whether there are enough squares to learn from and to judge by."""
        return min(len(areas.luminance) for areas in (self._shown, self._kept, self._clean)) >= FEWEST_SQUARES

    def with_particles(self, particles: Particles) -> GrainSamples:
        """Return the same squares, whose clean ones have particles."""
        others = copy.copy(self)
        others._particles = particles
        return others

    def batch(self, step: int) -> Batch:
        """Return what a step learns from: it depends on the seed and the step alone.

        ``real`` and ``clean`` (N, 32, 32, 3) are what squares of vintage pictures, and of photographs as light, are
        beside their planes; ``ground`` (N, 32, 32, 3) are the planes of the vintage ones, ``noise`` (N, 38, 38, 3) is
        normal and ``filters`` (7, 7, 4) are random.
        """
        random = np.random.Generator(np.random.Philox(key=[self._seed, step]))
        batch = self._draw(self._shown, self._size, random)
        return {**batch, "filters": random_filters(_RANDOM_FILTERS, random)}

    def compared(self) -> Batch:
        """Return a batch of the squares that are learnt from, to compare starts by."""
        return self._draw(self._shown, _JUDGED, np.random.default_rng([self._seed, 23]))

    def judged(self) -> Batch:
        """Return the batch of held-out squares that results are judged by."""
        return self._draw(self._kept, _JUDGED, np.random.default_rng([self._seed, 21]))

    def nature(self) -> Nature:
        """Return how far squares of midtones are from those of other pictures, and from noise."""
        random = np.random.default_rng([self._seed, 22])
        first, second = _halves(self._real)
        drawn, others = _as_light(first.midtones(), second.midtones(), _JUDGED, random)
        real = drawn.residuals.astype(np.float32)
        copies = _with_random_phases(others, random)
        floor = max(map(RealGrain(real).distance, (others, copies)))
        alike = [_over_strength(each) for each in (real, others, copies)]
        between, noise = map(RealGrain(alike[0]).distance, alike[1:])
        skew = float(np.abs(skewness(np.concatenate([real, others]))).max())
        drawn, further = _as_light(first, second, _JUDGED, random)
        apart = RealGrain(drawn.residuals.astype(np.float32)).distance(further)
        return Nature(noise / max(between, 1e-6), skew, floor, apart)

    def _draw(self, areas: FlatAreas, size: int, random: np.random.Generator) -> Batch:
        chosen, clean = _as_light(areas, self._clean, size, random)
        side = PATCH + 2 * GRAIN.noise_reach
        ground = chosen.planes.astype(np.float32)
        if self._particles.any:
            clean = lay_particles(self._particles, ground + clean, int(random.integers(_PLANES))) - ground
        return {
            "real": chosen.residuals.astype(np.float32),
            "ground": ground,
            "clean": clean,
            "noise": random.standard_normal((size, side, side, NOISE_CHANNELS), np.float32),
        }


def lay_particles(particles: Particles, squares: Values, plane: int) -> Values:
    """Return squares (N, 32, 32, 3) with the particles of a plane, of which as many as fit into a block have others."""
    plane_of_them = ParticlePlane(particle_bytes(particles.weights()), 0, plane)
    laid = []
    for first in range(0, len(squares), _ACROSS**2):
        sheet = np.zeros((_ACROSS, _ACROSS, PATCH, PATCH, 3), np.float32)
        some = np.clip(squares[first : first + _ACROSS**2], 0, 1)
        sheet.reshape(-1, PATCH, PATCH, 3)[: len(some)] = some
        unit = sheet.transpose(4, 0, 2, 1, 3).reshape(3, BLOCK, BLOCK)
        unit = plane_of_them.laid_on(unit, Region(0, 0, BLOCK, BLOCK), 1.0)
        parts = unit.reshape(3, _ACROSS, PATCH, _ACROSS, PATCH).transpose(1, 3, 2, 4, 0)
        laid.append(parts.reshape(-1, PATCH, PATCH, 3)[: len(some)])
    return np.concatenate(laid)


def _sorted(pictures: Sequence[NDArray[Any]]) -> FlatAreas:
    """Return the flat squares of pictures in the order of their luminance."""
    areas = find_flat_areas(measurable(pictures))
    return areas.only(np.argsort(areas.luminance, kind="stable"))


def _held_out(areas: FlatAreas) -> NDArray[np.bool_]:
    """Return which squares are judged by: those of whole pictures, if these have enough of them."""
    pictures, squares = np.unique(areas.owners), np.arange(len(areas.owners))
    of_pictures = np.isin(areas.owners, pictures[_HELD_OUT // 2 :: _HELD_OUT])
    whole = len(pictures) >= _FEWEST_PICTURES and of_pictures.sum() >= FEWEST_SQUARES
    return np.asarray(of_pictures if whole else squares % _HELD_OUT == 0)


def _halves(areas: FlatAreas) -> tuple[FlatAreas, FlatAreas]:
    """Return the squares of every other picture, and the others; of one picture every other square."""
    pictures = np.unique(areas.owners)
    first = np.isin(areas.owners, pictures[::2]) if len(pictures) > 1 else np.arange(len(areas.owners)) % 2 == 0
    return areas.only(first), areas.only(~first)


def _as_light(areas: FlatAreas, others: FlatAreas, size: int, random: np.random.Generator) -> tuple[FlatAreas, Values]:
    """Return so many squares, and for each what another, about as light, is beside its plane.

    Both sides are in the order of luminance.
    """
    chosen = areas.only(np.sort(random.integers(len(areas.luminance), size=size)))
    reach = max(1, len(others.luminance) // 32)
    near = np.searchsorted(others.luminance, chosen.luminance)
    numbers = np.clip(near + random.integers(-reach, reach + 1, len(near)), 0, len(others.luminance) - 1)
    return chosen, others.residuals[numbers].astype(np.float32)


def _over_strength(residuals: Values) -> Values:
    """Return squares of which each has the same deviation of luminance, a usual one."""
    deviation = (residuals @ LUMINANCE).std((1, 2), keepdims=True)[..., None]
    return np.asarray(0.05 * residuals / np.maximum(deviation, 1e-4), np.float32)


def _with_random_phases(residuals: Values, random: np.random.Generator) -> Values:
    """Return noise of the same spectra: phases are turned at random, alike in all channels (Galerne et al. 2011)."""
    white = np.angle(np.fft.fft2(random.standard_normal(residuals.shape[:3])))
    turned = np.fft.fft2(residuals, axes=(1, 2)) * np.exp(1j * white)[..., None]
    return np.asarray(np.fft.ifft2(turned, axes=(1, 2)).real, np.float32)

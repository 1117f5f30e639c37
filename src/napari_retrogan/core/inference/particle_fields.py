"""Where discs and dyed grains lie: a point process by place, drawn block by block from a counter-based source.

A block is made of its own points and of those of the blocks around it, always in the same way, so any part of a picture
has the bits of the whole. As noise does, blocks repeat after `PERIOD` pixels.

Larger pixels average particles. They are drawn as if they were a pixel large, and fainter by what averaging leaves.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.architecture import TRANSFER
from napari_retrogan.core.inference.kept import Kept
from napari_retrogan.core.inference.mark_shapes import even_from_words
from napari_retrogan.core.inference.noise import PERIOD, words_of_particles
from napari_retrogan.core.inference.placed import Placed
from napari_retrogan.core.stages.numpy_operations import NUMPY
from napari_retrogan.core.stages.particles import (
    MOST_DENSITY,
    PARTICLES,
    STARCH,
    DrawnParticles,
    Particles,
    densest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from napari_retrogan.core.inference.tiling import Region

Values = NDArray[np.float32]

BLOCK = 256
_FINEST_DISCS, _FINEST_GRAINS = 4, 3
"""Particles are drawn on grids so many times finer than pixels."""
_SIZES = np.array([-1.2816, -0.5244, 0.0, 0.5244, 1.2816])
"""Logarithms of sizes in deviations, the middles of fifths of the normal distribution: of each there are as many discs.
"""
_LAYERS = 3
"""Discs that a pixel tells apart: the others count with the last."""
_SMALLEST_RADIUS, _SMALLEST_SIZE = 0.5, 1.0
"""In pixels; what is smaller is drawn so and fainter."""
_WORDS = 4

kept_blocks: Kept[NDArray[Any]] = Kept(48 * 2**20)
"""Those of this process."""


def particle_bytes(weights: Mapping[str, NDArray[np.float32]]) -> bytes:
    """Return the weights of a look's particles, little-endian in single precision; no bytes where it has none."""
    if not Particles.of(weights).any:
        return b""
    return b"".join(np.asarray(weights[name], "<f4").tobytes() for name in PARTICLES.weights)


@lru_cache(maxsize=64)
def _told(weights: bytes) -> Particles:
    """Return the particles that `particle_bytes` wrote."""
    values = np.frombuffer(weights, "<f4")
    return Particles.of({"particles/discs": values[:3], "particles/mosaic": values[3:]})


class ParticlePlane(Placed):
    """The particles of one picture."""

    __slots__ = ()

    def laid_on(self, unit: Values, region: Region, amount: float) -> Values:
        """Return a region (3, y, x) of a picture with particles, so many times as strong; it isn't changed itself."""
        return self.with_drawn(unit, self.drawn(region, amount), amount)

    def with_drawn(self, unit: Values, drawn: DrawnParticles, amount: float) -> Values:
        """Return a picture (3, y, x) with particles that lie there, so many times as strong."""
        result: Values = PARTICLES.formula(NUMPY, _told(self.weights), unit, drawn, amount)
        return result

    def drawn(self, region: Region, amount: float) -> DrawnParticles:
        """Return where particles lie in a region, as far as so many times as strong ones need to be known."""
        told, pixel = _told(self.weights), math.sqrt(math.prod(self.pixel_size))
        tint = layers = None
        if told.purity * amount:
            size = max(told.size / pixel, _SMALLEST_SIZE)
            tint = np.float32(min(told.size / (pixel * size), 1.0)) * self._field(
                _Kind("mosaic", size), region, _block_of_mosaic
            )
        radius = max(told.radius / pixel, _SMALLEST_RADIUS)
        if told.share * amount:
            kind = _Kind("discs", radius, told.spread, densest(told.share * math.ceil(amount)))
            layers = self._field(kind, region, _block_of_discs)
        # Shrinking a picture averages stored values, of which a black disc takes more than of light.
        left = min(told.radius / (pixel * radius), 1.0)
        return DrawnParticles(tint, layers, left * (1 + (TRANSFER - 1) * (1 - left)))

    def _field(self, kind: _Kind, region: Region, make: Callable[[_Kind, int, int, int, int], NDArray[Any]]) -> Any:
        """Return the field of a region, (channels, y, x), put together of its blocks."""
        parts = []
        for row in range(region.top // BLOCK, (region.bottom - 1) // BLOCK + 1):
            blocks = []
            for column in range(region.left // BLOCK, (region.right - 1) // BLOCK + 1):
                key = kind, self.seed, self.plane, row % _PERIOD, column % _PERIOD
                block = kept_blocks.find(key)
                if block is None:
                    block = make(*key)
                    kept_blocks.keep(key, block)
                blocks.append(block)
            parts.append(np.concatenate(blocks, 2))
        inside = region.within(region.top // BLOCK * BLOCK, region.left // BLOCK * BLOCK)
        return np.concatenate(parts, 1)[(slice(None), *inside)]


_PERIOD = PERIOD // BLOCK


class _Kind(NamedTuple):
    """What blocks are of: particles of a size in pixels, discs of a spread of it and for places that are so dense."""

    name: str
    size: float
    spread: float = 0.0
    most: float = 0.0


def _block_of_mosaic(kind: _Kind, seed: int, plane: int, row: int, column: int) -> NDArray[np.float32]:
    """Return the colour less one (3, y, x) of the pixels of a block: of each point on a finer grid the nearest grain's.

    Grains that touch are the cells around points, a third of them of each colour in the mean.
    """
    from scipy.ndimage import distance_transform_edt

    count = max(1, round((BLOCK / kind.size) ** 2))
    margin = math.ceil(4 * kind.size)
    points, words = _points(count, seed, plane, row, column, margin)
    side = _FINEST_GRAINS * (BLOCK + 2 * margin)
    kinds = np.zeros((side, side), np.uint8)
    places = np.minimum((points * _FINEST_GRAINS).astype(np.int64), side - 1)
    kinds[places[:, 0], places[:, 1]] = 1 + np.minimum(words[:, 2] * len(STARCH), len(STARCH) - 1).astype(np.uint8)
    nearest = distance_transform_edt(kinds == 0, return_distances=False, return_indices=True)
    cut = slice(_FINEST_GRAINS * margin, _FINEST_GRAINS * (margin + BLOCK))
    found = _of_pixels(kinds[nearest[0][cut, cut], nearest[1][cut, cut]])
    shares = np.stack([(found == number + 1).mean(0) for number in range(len(STARCH))])
    return np.asarray(np.tensordot(STARCH.T, shares, 1) - 1, np.float32)


def _block_of_discs(kind: _Kind, seed: int, plane: int, row: int, column: int) -> NDArray[np.float32]:
    """Return of each pixel of a block (6, y, x) how dense discs have to lie for three of them, and what these cover.

    Denser places have the discs of thinner ones and others, so what a disc is laid over decides only whether it is.
    """
    radii = kind.size * np.exp(kind.spread * _SIZES)
    shapes = [_disc(_FINEST_DISCS * radius) for radius in radii.tolist()]
    count = round(MOST_DENSITY * (_FINEST_DISCS * BLOCK) ** 2 / float(np.mean([len(shape) for shape in shapes])))
    margin = max(int(shape.max()) for shape in shapes) // _FINEST_DISCS + 1
    points, words = _points(count, seed, plane, row, column, margin)
    used = words[:, 3] * MOST_DENSITY < kind.most
    centres, words = (_FINEST_DISCS * points[used]).astype(np.int64), words[used]
    needed = (words[:, 3] * MOST_DENSITY).astype(np.float32)
    sizes = (words[:, 2] * len(_SIZES)).astype(np.int64)
    side = _FINEST_DISCS * (BLOCK + 2 * margin)
    fine = np.full(side * side, np.inf, np.float32)
    for number, shape in enumerate(shapes):
        mine = sizes == number
        for down, across in shape:
            rows, columns = centres[mine, 0] + down, centres[mine, 1] + across
            inside = (rows >= 0) & (rows < side) & (columns >= 0) & (columns < side)
            np.minimum.at(fine, (rows * side + columns)[inside], needed[mine][inside])
    cut = slice(_FINEST_DISCS * margin, _FINEST_DISCS * (margin + BLOCK))
    left = _of_pixels(fine.reshape(side, side)[cut, cut])
    layers, shares = [], []
    for number in range(_LAYERS):
        lowest = left.min(0)
        of_it = left < np.inf if number == _LAYERS - 1 else (left == lowest) & (left < np.inf)
        layers.append(lowest)
        shares.append(of_it.mean(0, np.float32))
        left[of_it] = np.inf
    return np.stack([*layers, *shares])


def _of_pixels(fine: NDArray[Any]) -> NDArray[Any]:
    """Return what lies in each pixel of a block's finer grid, (places, y, x)."""
    finer = len(fine) // BLOCK
    parts = fine.reshape(BLOCK, finer, BLOCK, finer).transpose(1, 3, 0, 2)
    return np.ascontiguousarray(parts).reshape(finer**2, BLOCK, BLOCK)


def _disc(radius: float) -> NDArray[np.int64]:
    """Return the places (N, 2) of a disc on the finer grid, around its middle."""
    axis = np.arange(-int(radius), int(radius) + 1)
    return np.argwhere(np.add.outer(axis**2, axis**2) <= radius**2) - int(radius)


def _points(
    count: int, seed: int, plane: int, row: int, column: int, margin: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the points (N, 2) of a block and, so far around it, of its neighbours, and four even numbers of each.

    They count from the first pixel of the margin on.
    """
    points, words = [], []
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            place = (row + down) % _PERIOD, (column + across) % _PERIOD
            drawn = even_from_words(words_of_particles(seed, plane, *place, _WORDS * count)).reshape(count, _WORDS)
            found = BLOCK * (drawn[:, :2] + (down, across)) + margin
            near = ((found >= 0) & (found < BLOCK + 2 * margin)).all(1)
            points.append(found[near])
            words.append(drawn[near])
    return np.concatenate(points), np.concatenate(words)

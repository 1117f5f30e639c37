"""Grain as it comes about: crystals that turn to dye or to silver, and discs that let no light through.

Unlike the Gaussian noise of `film.add_grain`, none of these is told by a spectrum and a strength alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, maximum_filter1d

from napari_retrogan.core.architecture import LUMINANCE, TRANSFER

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DENSEST = 3.0
"""Three densities: no film is blacker."""
_SUBLAYERS = 3
_FINEST = 4
"""Discs are drawn on a grid so many times finer than the pixels."""
_SIZES = 5
"""Radii into which a spread of them is divided."""
_FULL = 1 - 1 / 512
"""Share of the plane that grains cover at most: covering all takes infinitely many."""


def add_dye_clouds(
    picture: NDArray[np.float32], crystals: float, cloud: float, clumps: float, seed: int
) -> NDArray[np.float32]:
    """Make each dye of counted clouds, in three sublayers of fast, medium and slow crystals.

    A crystal develops or it does not, so the number of clouds in a pixel is binomial in each sublayer, and their sum,
    the density, is Poisson-binomial: its variance is a sum of p (1 - p), none where nothing or everything has
    developed. The faster a sublayer, the larger and fewer its crystals. That sublayers differ in speed and size is
    how colour film is built (R. W. G. Hunt, *The Reproduction of Colour*, 2004); what share of each develops is, here,
    the chance that at least one, two or three of three tries succeed, as these add up to a density without a bend.

    Parameters
    ----------
    picture
        (Y, X, 3) RGB in [0, 1]: each channel is the light that one dye lets through.
    crystals
        Number of fast crystals a pixel; there are two and four times as many medium and slow ones.
    cloud
        Standard deviation of a cloud of dye, in pixels.
    clumps
        Relative deviation of the number of crystals between places some clouds apart, which lets density vary where
        all have developed too; 0 spreads them evenly.
    seed
        Of crystals and clumps.

    Returns
    -------
    numpy.ndarray
        Same shape. Density keeps its mean.
    """
    random = np.random.default_rng(seed)
    developed = _density(picture) / np.float32(_DENSEST)
    chances = (1 - (1 - developed) ** 3, developed**2 * (3 - 2 * developed), developed**3)
    grown = np.zeros_like(developed)
    for number, chance in enumerate(chances):
        usual = max(1, round(crystals * 2**number))
        crowded = _clumped(developed.shape, clumps, 3 * cloud + 1, random)
        there = (
            np.floor(usual * crowded + random.random(developed.shape, np.float32)).astype(np.int64) if clumps else usual
        )
        grown += (random.binomial(there, np.clip(chance, 0, 1)) / (usual * _SUBLAYERS)).astype(np.float32)
    if cloud:
        grown = gaussian_filter(grown, (cloud, cloud, 0))
    return _light(np.float32(_DENSEST) * grown)


def add_silver_grain(
    picture: NDArray[np.float32], radius: float, spread: float, seed: int, blur: float = 0.8
) -> NDArray[np.float32]:
    """Make luminance of discs at random places, so many that they cover the share of the plane that it tells.

    The Boolean model of A. Newson, J. Delon and B. Galerne, "A stochastic film grain model for resolution-independent
    rendering" (2017): centres are a Poisson process whose intensity is minus the logarithm of the share to be left
    open, over a disc's mean area; a pixel is the share that is covered, seen through a Gaussian. Here on a grid four
    times finer than pixels, and only the grain is seen through it: what luminance changes by is blurred and added to
    every channel, so detail and colour stay.

    Parameters
    ----------
    picture
        (Y, X, 3) RGB in [0, 1].
    radius
        Mean radius of discs in pixels; below an eighth all are one point of the grid.
    spread
        Standard deviation of the logarithm of the radius; 0 makes all discs equal.
    seed
        Of places and radii.
    blur
        Standard deviation of the Gaussian, in pixels.
    """
    share = np.clip(picture @ LUMINANCE, 0, _FULL)
    grain = _cover(share, radius, spread, np.random.default_rng(seed)) - share
    grain = gaussian_filter(grain, blur) if blur else grain
    return np.asarray(np.clip(picture + grain[..., None], 0, 1), np.float32)


def add_opaque_discs(
    picture: NDArray[np.float32], share: float, radius: float, seed: int, spread: float = 0.25
) -> NDArray[np.float32]:
    """Make a share of the density of black discs; light keeps its mean.

    The same Boolean model, in light: discs leave open what that share of the density would let through.

    Parameters
    ----------
    picture
        (Y, X, 3) RGB in [0, 1].
    share
        Of the density of luminance that discs make up, from 0 to 1; the rest stays smooth.
    radius
        Mean radius of discs, a pixel and more.
    seed
        Of places and radii.
    spread
        Standard deviation of the logarithm of the radius.
    """
    light = np.clip(picture @ LUMINANCE, 1e-3, 1) ** TRANSFER
    opened = light**share
    covered = _cover(np.clip(1 - opened, 0, _FULL), radius, spread, np.random.default_rng(seed))
    factor = ((1 - covered) / opened) ** (1 / TRANSFER)
    return np.asarray(np.clip(picture * factor[..., None], 0, 1), np.float32)


def _density(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return densities in [0, 3]."""
    light = np.clip(picture, 0, 1) ** np.float32(TRANSFER)
    return np.asarray(-np.log10(np.maximum(light, 10**-_DENSEST)), np.float32)


def _light(density: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return stored values in [0, 1] of densities."""
    return np.asarray(np.clip(10 ** (-density / np.float32(TRANSFER)), 0, 1), np.float32)


def _clumped(
    shape: tuple[int, ...], clumps: float, size: float, random: np.random.Generator
) -> NDArray[np.float32] | float:
    """Return a field around 1 that tells how crowded crystals are."""
    if not clumps:
        return 1.0
    field = gaussian_filter(random.standard_normal(shape, np.float32), (size, size, 0), mode="wrap")
    field *= np.float32(clumps) / field.std()
    return np.asarray(np.exp(field - np.float32(clumps**2 / 2)), np.float32)


def _cover(
    share: NDArray[np.float32], radius: float, spread: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Return the share of each pixel (Y, X) that discs cover, which on average is ``share``."""
    sizes = _FINEST * radius * np.exp(spread * _quantiles(_SIZES if spread else 1))
    fine = np.repeat(np.repeat(-np.log1p(-share), _FINEST, 0), _FINEST, 1)
    covered = np.zeros(fine.shape, bool)
    discs = [_disc_rows(size) for size in sizes]
    area = float(np.mean([sum(widths) for widths in discs]))
    for widths in discs:
        chance = -np.expm1(-fine / np.float32(area * len(discs)))
        centres = random.random(fine.shape, np.float32) < chance
        reach = len(widths) // 2
        for row, width in zip(range(-reach, reach + 1), widths, strict=True):
            wide = maximum_filter1d(centres, width, axis=1, mode="reflect")
            _lay_shifted(covered, wide, row)
    height, width = share.shape
    blocks = covered.reshape(height, _FINEST, width, _FINEST)
    return np.asarray(blocks.mean((1, 3)), np.float32)


def _lay_shifted(covered: NDArray[np.bool_], wide: NDArray[np.bool_], row: int) -> None:
    """Add what a row of discs covers, so many rows further down."""
    rows = len(covered)
    covered[max(row, 0) : rows + min(row, 0)] |= wide[max(-row, 0) : rows - max(row, 0)]
    if row > 0:
        covered[:row] |= wide[:row][::-1]
    elif row < 0:
        covered[row:] |= wide[row:][::-1]


def _disc_rows(radius: float) -> list[int]:
    """Return how many pixels wide, an odd number, a disc is in each row from its top to its bottom."""
    reach = int(radius)
    return [2 * int(np.sqrt(radius**2 - row**2)) + 1 for row in range(-reach, reach + 1)]


def _quantiles(count: int) -> NDArray[np.float64]:
    """Return the middles of so many equally probable parts of the normal distribution."""
    if count == 1:
        return np.zeros(1)
    from scipy.special import ndtri

    return np.asarray(ndtri((np.arange(count) + 0.5) / count))

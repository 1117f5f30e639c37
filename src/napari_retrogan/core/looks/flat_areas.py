"""Flat areas of pictures: squares in which the scene hardly varies, so that what is left of them is their grain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.looks.each_picture import measure_each

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = NDArray[np.float64]

PATCH, _STRIDE, BLOCK = 32, 16, 8
LUMINANCE_BINS, _PATCHES_PER_BIN = 8, 48
_QUIETEST, _LOUDEST = 0.2, 2.0
"""Squares of one luminance with more than twice the variance of the quietest fifth show structure as fine as grain:
gravel, cloth, foliage. Grain itself is the same in all of them."""

_DARKEST, _BRIGHTEST = 0.15, 0.85
"""Midtones: beyond them channels are clipped, which hides grain, in most squares of a look of high contrast."""

_NUDGE = 1e-5
"""Added to luminance before it is sorted into ranges. Flat tones often have the very value that parts two of them, such
as 0.5, and the last digit of a sum would decide where they go."""

_STRUCTURE_STEP = 1e-5
"""Deviations of luminance are compared in such steps: of squares that repeat in a picture the last digit of a sum would
choose otherwise."""

STILL = 1e-9
"""Variance of luminance below which there is no grain, only rounded numbers: eight bits leave a thousand times more."""

HIGH_PASS = 7
"""Side of the mean that is taken from squares to see their grain."""


@dataclass(frozen=True, slots=True)
class FlatAreas:
    """Flat squares.

    Attributes
    ----------
    residuals, planes
        (N, 32, 32, 3): the plane that fits each channel of each square best, and what the square is beside it.
    luminance, owners
        (N,): mean luminance, and number of the picture.
    """

    residuals: Values
    planes: Values
    luminance: Values
    owners: NDArray[np.intp]

    def quiet(self) -> FlatAreas:
        """Return the squares without structure as fine as grain, judged within each bin of luminance."""
        variance, bins = self.variance(), luminance_bins(self.luminance)
        quietest = {number: quietest_variance(variance, self.owners, bins == number) for number in np.unique(bins)}
        return self.only(variance <= _LOUDEST * np.array([max(quietest[number], STILL) for number in bins]))

    def midtones(self) -> FlatAreas:
        """Return the squares of midtones: others are clipped, and only rounded numbers are left of their grain."""
        return self.only(midtone_squares(self.luminance))

    def only(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> FlatAreas:
        """Return some of the squares, by number or by whether they are kept."""
        return FlatAreas(self.residuals[kept], self.planes[kept], self.luminance[kept], self.owners[kept])

    def variance(self) -> Values:
        """Return the variance (N,) of the luminance of the high-pass."""
        return np.asarray(np.square(self.high_pass() @ LUMINANCE).mean((1, 2)))

    def spectrum(self) -> Values:
        """Return the power (32, 32) of luminance; the median over squares ignores the ones that hold structure."""
        taper = np.outer(np.hanning(PATCH), np.hanning(PATCH))
        power = np.abs(np.fft.fft2(self.residuals @ LUMINANCE * taper)) ** 2 / (taper**2).sum()
        return np.asarray(np.median(power, axis=0) / np.log(2))

    def high_pass(self) -> Values:
        """Return the residuals less their mean over 7 x 7 px, without the border."""
        smooth = uniform_filter(self.residuals, (0, HIGH_PASS, HIGH_PASS, 0))
        margin = HIGH_PASS // 2
        return np.asarray(self.residuals - smooth)[:, margin:-margin, margin:-margin]

    def covariance(self) -> Values:
        """Return the covariance (3, 3) of the channels' high-pass, the median over squares."""
        high = self.high_pass().reshape(len(self.residuals), -1, 3)
        return np.asarray(np.median(np.einsum("npc,npd->ncd", high, high) / high.shape[1], axis=0))


def luminance_bins(luminance: Values) -> NDArray[np.intp]:
    """Return which part of its range luminance lies in."""
    return np.asarray(np.minimum((luminance + _NUDGE) * LUMINANCE_BINS, LUMINANCE_BINS - 1), np.intp)


def find_flat_areas(pictures: Sequence[NDArray[Any]]) -> FlatAreas:
    """Return the squares in which the scene varies least, as many of each luminance as there are.

    All squares are looked at, a row of them at a time, and only those that are chosen are kept.
    """
    rows = [row for found in measure_each(_look_at, pictures) for row in found]
    luminance, structure = (np.concatenate(each) for each in zip(*rows, strict=True))
    places = [
        (owner, top, left)
        for owner, picture in enumerate(pictures)
        for top in _starts(picture.shape[0])
        for left in _starts(picture.shape[1])
    ]
    bins = luminance_bins(luminance)
    kept = [index for number in range(LUMINANCE_BINS) for index in _flattest(np.flatnonzero(bins == number), structure)]
    chosen = [places[index] for index in kept]
    squares = np.stack(
        [pictures[owner][top : top + PATCH, left : left + PATCH].astype(np.float64) for owner, top, left in chosen]
    )
    owners = np.array([owner for owner, _, _ in chosen])
    residuals = without_plane(squares)
    return FlatAreas(residuals, squares - residuals, luminance[kept], owners).quiet()


def _look_at(picture: NDArray[Any]) -> list[tuple[Values, NDArray[np.int64]]]:
    """Return what the rows of squares of a picture show."""
    return [_look_at_row(picture, top) for top in _starts(picture.shape[0])]


def _look_at_row(picture: NDArray[Any], top: int) -> tuple[Values, NDArray[np.int64]]:
    """Return the mean luminance and the structure, in steps, of the overlapping squares in a row of a picture."""
    strip = picture[top : top + PATCH]
    squares = np.stack([strip[:, left : left + PATCH] for left in _starts(strip.shape[1])]).astype(np.float64)
    tones = squares @ LUMINANCE
    blocks = tones.reshape(-1, PATCH // BLOCK, BLOCK, PATCH // BLOCK, BLOCK).mean((2, 4))
    return tones.mean((1, 2)), np.rint(blocks.std((1, 2)) / _STRUCTURE_STEP).astype(np.int64)


def _flattest(indices: NDArray[np.intp], structure: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the flatter half of some squares, but not too many; within a luminance, so that grain does not decide."""
    return indices[np.argsort(structure[indices], kind="stable")][: min(_PATCHES_PER_BIN, (len(indices) + 1) // 2)]


def _starts(extent: int) -> range:
    """Return where overlapping squares begin along an axis; of a picture smaller than one, nowhere."""
    return range(0, extent - PATCH + 1, _STRIDE)


def without_plane(squares: Values) -> Values:
    """Subtract from each channel of each square the plane that fits best."""
    axis = np.linspace(-1, 1, PATCH)
    planes = np.stack([np.ones((PATCH, PATCH)), *np.meshgrid(axis, axis)], -1).reshape(-1, 3)
    flat = squares.transpose(0, 3, 1, 2).reshape(len(squares), 3, -1)
    residuals = flat - (flat @ np.linalg.pinv(planes).T) @ planes.T
    return residuals.reshape(len(squares), 3, PATCH, PATCH).transpose(0, 2, 3, 1)


def quietest_variance(variance: Values, owners: NDArray[np.intp], chosen: NDArray[np.bool_]) -> float:
    """Return the variance of the quietest of some squares: within each picture, and of those the middle one.

    So neither structure in some pictures nor prints with next to no grain among others pass for all.
    """
    each = [np.quantile(variance[chosen & (owners == owner)], _QUIETEST) for owner in np.unique(owners[chosen])]
    return float(np.median(each))


def midtone_squares(luminance: Values) -> NDArray[np.bool_]:
    """Return which squares are of midtones; all, if none is."""
    nudged = luminance + _NUDGE
    chosen = (nudged > _DARKEST) & (nudged < _BRIGHTEST)
    return chosen if chosen.any() else np.ones_like(chosen)

"""The softness of pictures, measured at their strongest edges, and convolutions that soften as much."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve, gaussian_filter, map_coordinates
from scipy.optimize import least_squares

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.images.even_choice import choose_evenly
from napari_retrogan.core.looks.each_picture import measure_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_retrogan.core.looks.grain import Grain

Values = NDArray[np.float64]
Luminance = NDArray[np.float32]

_FINE, _COARSE = 0.5, 1.5
"""Scales in pixels at which the slope of an edge is compared: the softer the edge, the more alike the slopes."""

_LOCATING = 2.0
"""Scale at which edges are found; a coarser one finds fewer steps of the grain, but more edges out of focus."""

_PIXELS_PER_EDGE = 4000
"""Only the strongest edges count: nearly every scene has some in focus, while most of its detail may not be."""

_MIN_EDGES = 30
_RIDGE_PIXELS_PER_EDGE = 60
_MARGIN = 8
_ALIKE = 1e-4
"""Slopes that differ by less than this share are one: along a straight edge they differ by rounding alone, and all of
them count or none."""

_GRAIN_MARGIN = 3
"""Edges are at least so many standard deviations of the grain's slope steep."""

MAX_PICTURES, _MAX_SIDE = 16, 768
_TRIALS = (0.0, 0.4, 0.7, 1.0, 1.4, 2.0)
"""Softness in pixels that photographs are given by trial."""

_SCENE_DEVIATION = 0.09
"""Standard deviation of one picture's sharpness around that of others, as a share of it, over ordinary photographs."""

_CAUTION = 0.25
"""Standard errors by which vintage pictures are taken to be sharper than they are found."""

_FREQUENCIES = 32


def measure_softness(vintage: Sequence[NDArray[Any]], photographs: Sequence[NDArray[Any]], grain: Grain) -> float:
    """Measure how much softer vintage pictures are than photographs, perhaps of other scenes.

    Photographs are softened by trial and given the grain of the vintage pictures, so that it disturbs both alike,
    until their sharpness is the same. The median over pictures ignores scenes that are out of focus. As few pictures
    tell little, the vintage ones are taken to be a little sharper than they are found.

    Parameters
    ----------
    vintage, photographs
        Pictures or parts of them at full resolution, (Y, X, 3) RGB in [0, 1].
    grain
        That of the vintage pictures.

    Returns
    -------
    float
        Standard deviation in pixels, 0 to 2, of the Gaussian that makes the photographs as soft; 0 if the vintage
        pictures are no softer, or if either show too few edges above the grain to tell.
    """
    prints, scenes = _luminances(vintage), _luminances(photographs)
    if not prints or not scenes:
        return 0.0
    field = _grain_field(grain)
    floor = _floor(grain, field)
    found = _told(measure_each(partial(_sharpness, floor=floor), prints))
    if not found:
        return 0.0
    error = _SCENE_DEVIATION * np.sqrt(1 / len(found) + 1 / len(scenes))
    target = float(np.median(found)) * (1 + _CAUTION * error)
    contrast = float(np.clip(_contrast(prints) / _contrast(scenes), 0.5, 2))

    def exposed_sharpness(sigma: float, scene: Luminance) -> float | None:
        return _sharpness(_expose(scene, sigma, grain, field / contrast), floor / contrast)

    curve: list[float] = []
    for sigma in _TRIALS:
        values = _told(measure_each(partial(exposed_sharpness, sigma), scenes))
        if not values:
            break
        curve.append(float(np.median(values)))
        if curve[-1] <= target:
            break
    return _where_sharpness_is(target, curve)


def edge_floor(grain: Grain) -> float:
    """Return the slope of luminance above which something is an edge and not grain."""
    return _floor(grain, _grain_field(grain))


def measure_sharpness(pictures: Sequence[NDArray[Any]], floor: float) -> float:
    """Measure how sharp the strongest edges of pictures are.

    Parameters
    ----------
    pictures
        At full resolution, (Y, X, 3) RGB in [0, 1].
    floor
        From `edge_floor`, for the grain that the pictures have.

    Returns
    -------
    float
        Logarithm of the ratio of fine to coarse slope, the median over pictures; not a number without such edges.
    """
    values = _told(measure_each(partial(_sharpness, floor=floor), _luminances(pictures)))
    return float(np.median(values)) if values else float("nan")


def softening_kernels(sigma: float) -> Values:
    """Return three kernels (3, 3, 3) which, one after the other, make a Gaussian blur less the identity.

    The product of their transfer functions is fitted by least squares to that difference, weighted as pictures'
    amplitudes are, with the inverse of frequency. It is zero for a constant, so tone stays. The slope of an edge is
    within 1% of the Gaussian's up to 1.3 px and within 8% at 2 px, where seven pixels no longer hold a Gaussian.

    Parameters
    ----------
    sigma
        Standard deviation of the Gaussian in pixels, above 0.
    """
    frequency = np.fft.fftfreq(_FREQUENCIES)
    cosine = np.cos(2 * np.pi * frequency)
    sides, corners = 2 * np.add.outer(cosine, cosine), 4 * np.multiply.outer(cosine, cosine)
    impulse = np.zeros((_FREQUENCIES, _FREQUENCIES))
    impulse[0, 0] = 1
    target = np.fft.fft2(gaussian_filter(impulse, sigma, mode="wrap")).real - 1
    weight = 1 / np.maximum(np.hypot(frequency[:, None], frequency), 2 / _FREQUENCIES)

    def misfit(values: Values) -> Values:
        factors = (centre + side * sides + corner * corners for centre, side, corner in _factors(values))
        return np.asarray((np.prod(list(factors), axis=0) - target) * weight).ravel()

    fitted = _factors(least_squares(misfit, [0.1, 0.05, 0.1, 0.02, 0.6, 0.05, 0.02]).x)
    shapes = np.array(
        [[[0, 0, 0], [0, 1, 0], [0, 0, 0]], [[0, 1, 0], [1, 0, 1], [0, 1, 0]], [[1, 0, 1], [0] * 3, [1, 0, 1]]]
    )
    return np.tensordot(fitted, shapes, 1)


def _factors(values: Values) -> Values:
    """Return centre, side and corner of three symmetric kernels: one that sums to 0, one that sums to 1, one free."""
    side, corner, next_side, next_corner, *last = values
    return np.array(
        [[-4 * (side + corner), side, corner], [1 - 4 * (next_side + next_corner), next_side, next_corner], last]
    )


def _luminances(pictures: Sequence[NDArray[Any]]) -> list[Luminance]:
    """Return the luminance (Y, X) of the middle of some of the pictures."""
    luminances = []
    for picture in choose_evenly(pictures, MAX_PICTURES):
        top, left = (max(0, (extent - _MAX_SIDE) // 2) for extent in picture.shape[:2])
        part = picture[top : top + _MAX_SIDE, left : left + _MAX_SIDE]
        luminances.append((part.astype(np.float32) @ LUMINANCE).astype(np.float32))
    return [luminance for luminance in luminances if min(luminance.shape) > 2 * _MARGIN]


def _contrast(luminances: list[Luminance]) -> float:
    """Return the standard deviation of luminance, the mean over pictures."""
    return float(np.mean([luminance.std() for luminance in luminances])) + 1e-3


def _grain_field(grain: Grain) -> NDArray[np.float32]:
    """Return grain of unit variance, as large as any of the pictures."""
    noise = np.random.default_rng(0).standard_normal((_MAX_SIDE, _MAX_SIDE), np.float32)
    return np.asarray(convolve(noise, grain.kernel.astype(np.float32), mode="wrap"))


def _floor(grain: Grain, field: NDArray[np.float32]) -> float:
    """Return the slope above which something is an edge and not grain, of which a field of unit variance is given."""
    return _GRAIN_MARGIN * float(grain.strength.max()) * float(np.std(np.gradient(gaussian_filter(field, _LOCATING))))


def _expose(luminance: Luminance, sigma: float, grain: Grain, field: NDArray[np.float32]) -> Luminance:
    """Return a photograph softened, with the grain that the field shapes."""
    soft = gaussian_filter(luminance, sigma) if sigma else luminance
    strength = np.interp(soft, grain.luminance, grain.strength)
    return np.asarray(np.clip(soft + strength * field[: soft.shape[0], : soft.shape[1]], 0, 1), np.float32)


def _told(sharpnesses: list[float | None]) -> list[float]:
    """Return the sharpness of the pictures that show enough edges."""
    return [sharpness for sharpness in sharpnesses if sharpness is not None]


def _sharpness(luminance: Luminance, floor: float) -> float | None:
    """Return the logarithm of the ratio of fine to coarse slope over the strongest edges above a floor, if any.

    Both slopes are taken across the edge and summed with their sign, so that grain cancels out.
    """
    scales = (_FINE, _COARSE, _LOCATING)
    fine, coarse, gradient = (np.stack(np.gradient(gaussian_filter(luminance, scale))) for scale in scales)
    positions = _strongest_ridges(gradient, floor)
    if len(positions) < _MIN_EDGES:
        return None
    rows, columns = positions.T
    fine_slope, coarse_slope = (float((slope * gradient)[:, rows, columns].sum()) for slope in (fine, coarse))
    return float(np.log(max(fine_slope, 1e-6) / max(coarse_slope, 1e-6)))


def _strongest_ridges(gradient: Luminance, floor: float) -> NDArray[np.intp]:
    """Return rows and columns (N, 2) of the pixels where the slope is largest across the edge, the strongest edges."""
    slope = np.hypot(*gradient)
    wanted = max(_MIN_EDGES, slope.size // _PIXELS_PER_EDGE)
    inside = slope[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    candidates = min(wanted * _RIDGE_PIXELS_PER_EDGE, inside.size)
    level = np.partition(inside.ravel(), -candidates)[-candidates]
    positions = np.argwhere(inside > (1 - _ALIKE) * max(level, floor, 1e-3)) + _MARGIN
    strength = slope[positions[:, 0], positions[:, 1]]
    across = gradient[:, positions[:, 0], positions[:, 1]] / strength
    ahead, behind = (map_coordinates(slope, positions.T + sign * across, order=1) for sign in (1, -1))
    ridge = strength >= (1 - _ALIKE) * np.maximum(ahead, behind)
    positions, strength = positions[ridge], strength[ridge]
    weakest = np.sort(strength)[-wanted:].min(initial=np.inf)
    return np.asarray(positions[strength >= (1 - _ALIKE) * weakest])


def _where_sharpness_is(target: float, curve: list[float]) -> float:
    """Return the softness at which the falling curve over the first trials reaches a value, linear in variance."""
    if not curve:
        return 0.0
    variances = np.square(_TRIALS[: len(curve)])
    return float(np.sqrt(np.interp(-target, np.maximum.accumulate(-np.asarray(curve)), variances)))

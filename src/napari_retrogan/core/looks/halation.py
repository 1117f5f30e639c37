"""The glow of pictures around bright parts: its colour, its strength and how far it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_retrogan.core.architecture import LUMINANCE, TRANSFER
from napari_retrogan.core.images.even_choice import choose_evenly
from napari_retrogan.core.looks.each_picture import measure_each

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = NDArray[np.float64]

GLOW_SCALES = (2.0, 4.0, 8.0, 16.0)
"""Standard deviations in pixels of the Gaussians that a glow is told by."""
_GLOW_THRESHOLD = 0.9
"""Luminance, of stored values, above which light glows."""
_MAX_PICTURES = 40
_BLOCK = 48
_DARK = 0.02
"""Light beside which that of a scene is small: a glow is told in darkness, where a scene adds little of its own."""
_DARK_BELOW = 0.3
_GAP, _CLEAR = 1.5, 2e-3
"""A pixel is beside what is bright, and no mixture with it, where a Gaussian of the gap holds less of it than this."""
_NEAR, _NEAR_ENOUGH = 8.0, 0.05
_LEAST_WEIGHT = 8.0
"""Blocks with fewer dark pixels beside bright ones tell nothing; those with twice as many count fully."""
_ROUNDS = 12
_STILL = 1e-5
"""Variance that blocks have anyway, times the weight of a pixel: rounding to eight bits and less leave it."""
_RIDGE = 1e-3
_USUAL, _ALIKE = 0.1, 0.8
"""Deviation of strengths that is expected beforehand, and correlation of one scale's with the next: they decide what
pictures do not tell, above all what a Gaussian does that hardly reaches beyond the gap."""
_CHANCE, _SURE = 15.0, 22.0
"""Squared deviations that strengths explain: chance explains less than the first in nine of ten sets of pictures
without a glow; from the second on a glow is taken for what it is, and between them for a share of it."""
_AS_BLUR = 4
"""Which of the strengths that are fitted to, the finest of green, blur tells too, so that it tells nothing."""
_NONNEGATIVE_ROUNDS = 400


@dataclass(frozen=True, slots=True)
class Halation:
    """A glow: a sum of Gaussians of the light above 90% white that is added to light.

    Attributes
    ----------
    strengths
        (4, 3): for each of ``GLOW_SCALES`` the share of bright light that is added to red, green and blue, 0 and above.
    errors
        (4, 3): their standard errors; infinite where pictures show no bright part in the dark.
    """

    strengths: Values
    errors: Values


class _Fit(NamedTuple):
    """Strengths (12,) of red less green, green, and blue less green; their covariance; and slopes (2,) of scenes."""

    values: Values
    covariance: Values
    slopes: Values


def measure_halation(vintage: Sequence[NDArray[Any]], ordinary: Sequence[NDArray[Any]]) -> Halation:
    """Measure the glow around bright parts that vintage pictures have over ordinary photographs.

    In dark places beside bright ones, in blocks of 48 px, light is regressed on what Gaussians spread of light above
    90% white: red and blue after what follows from green, which takes the scene out, and green itself, which blur and
    the scene tell too, and so less surely. Blocks count by how little else varies in them. What ordinary photographs
    show is subtracted, and strengths that are not negative are fitted to the rest, each as surely as it is told.

    Parameters
    ----------
    vintage, ordinary
        Pictures at native size, (Y, X, 3) RGB in [0, 1]; of each up to 40, evenly chosen, are looked at.

    Returns
    -------
    Halation
        All strengths are 0 where either side shows no bright part in the dark, or the two do not differ by more than
        chance tells.
    """
    fits = [_fit(measure_each(_blocks, choose_evenly(each, _MAX_PICTURES))) for each in (vintage, ordinary)]
    old, new = fits
    if old is None or new is None:
        return Halation(np.zeros((4, 3)), np.full((4, 3), np.inf))
    covariance = old.covariance + new.covariance
    covariance[_AS_BLUR, _AS_BLUR] += 1.0
    difference = old.values - new.values
    told = np.linalg.inv(covariance)
    # Of strengths (red, green, blue) to what was measured: what follows from green was taken off red and blue.
    red, blue = -new.slopes
    mixing = np.kron(np.array([[1, red, 0], [0, 1, 0], [0, blue, 1]]), np.eye(4))
    normal, right = mixing.T @ told @ mixing, mixing.T @ told @ difference
    apart = np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    known = normal + np.kron(np.eye(3), np.linalg.inv(_USUAL**2 * _ALIKE**apart))
    strengths = _nonnegative(known, right)
    explained = float(2 * right @ strengths - strengths @ normal @ strengths)
    strengths *= np.clip((explained - _CHANCE) / (_SURE - _CHANCE), 0, 1)
    errors = np.sqrt(np.diag(np.linalg.inv(known)))
    return Halation(strengths.reshape(3, 4).T, errors.reshape(3, 4).T)


def bright_light(light: Values) -> Values:
    """Return what of light in [0, 1] glows: that beyond the threshold, from 0 to 1."""
    least = _GLOW_THRESHOLD**TRANSFER
    return np.asarray(np.clip((light - least) / (1 - least), 0, 1))


def _blocks(picture: NDArray[Any]) -> Values:
    """Return weighted products (B, 8, 8) of four spreads of bright light, red, blue, green and 1 in each block."""
    rows, columns = (extent // _BLOCK for extent in picture.shape[:2])
    light = np.clip(np.asarray(picture, np.float64), 0, 1) ** TRANSFER
    luminance = light @ LUMINANCE.astype(np.float64)
    bright = bright_light(luminance)
    near = np.clip(_spread(bright, _NEAR) / _NEAR_ENOUGH, 0, 1)
    beside = near * np.exp(-_spread(bright, _GAP) / _CLEAR)
    smooth = _spread(luminance, _GAP)
    weight = beside * np.clip(1 - smooth / _DARK_BELOW, 0, 1) / (1 + smooth / _DARK) ** 2

    def divided(plane: Values) -> Values:
        part = plane[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
        return part.swapaxes(1, 2).reshape(rows * columns, _BLOCK**2)

    weights = divided(weight)
    count = weights.sum(1)
    kept = count > _LEAST_WEIGHT
    if not kept.any():
        return np.zeros((0, 8, 8))
    weights = weights[kept] * np.clip(count[kept] / _LEAST_WEIGHT - 1, 0, 1)[:, None]
    spreads = [_spread(bright, scale) for scale in GLOW_SCALES]
    planes = [*spreads, light[..., 0], light[..., 2], light[..., 1], np.ones_like(luminance)]
    terms = np.stack([divided(plane)[kept] for plane in planes], 1)
    return np.asarray((terms * weights[:, None]) @ terms.swapaxes(1, 2))


def _spread(plane: Values, scale: float) -> Values:
    """Return a plane blurred by a Gaussian."""
    return np.asarray(gaussian_filter(plane, scale, truncate=3))


def _fit(pictures: list[Values]) -> _Fit | None:
    """Fit strengths to the blocks of pictures; each picture's own misfit tells how surely."""
    products = np.concatenate([np.zeros((0, 8, 8)), *pictures])
    if not len(products):
        return None
    owners = np.repeat(np.arange(len(pictures)), [len(each) for each in pictures])
    count = products[:, 7, 7] + 1e-9
    centred = _without(products, 7)
    coloured = _without(centred, 6)
    values, inverse, scores = [], np.zeros((12, 12)), np.zeros((len(pictures), 12))
    slopes = []
    for number, (system, channel) in enumerate(((coloured, 4), (centred, 6), (coloured, 5))):
        normal, right, power = system[:, :4, :4], system[:, :4, channel], system[:, channel, channel]
        fitted = np.zeros(4)
        for _ in range(_ROUNDS):
            missed = power - 2 * right @ fitted + np.einsum("k,nkl,l->n", fitted, normal, fitted)
            weights = 1 / (np.maximum(missed, 0) / count + _STILL)
            whole = np.einsum("n,nkl->kl", weights, normal)
            whole = whole + _RIDGE * np.diag(np.diag(whole)) + 1e-9 * np.eye(4)
            fitted = np.linalg.solve(whole, weights @ right)
        part = slice(4 * number, 4 * number + 4)
        np.add.at(scores[:, part], owners, weights[:, None] * (right - normal @ fitted))
        inverse[part, part] = np.linalg.inv(whole)
        values.append(fitted)
        informing = weights * np.trace(normal, axis1=1, axis2=2)
        slopes.append(informing @ (centred[:, channel, 6] / (centred[:, 6, 6] + 1e-9)) / (informing.sum() + 1e-12))
    covariance = inverse @ (scores.T @ scores) @ inverse + np.diag(np.diag(inverse))
    return _Fit(np.concatenate(values), covariance, np.array([slopes[0], slopes[2]]))


def _without(products: Values, index: int) -> Values:
    """Return products of what is left of all terms when one is regressed out."""
    own = products[:, index, index] + 1e-9
    return products - products[:, :, index, None] * products[:, None, index, :] / own[:, None, None]


def _nonnegative(normal: Values, right: Values) -> Values:
    """Return the minimum without negative entries of a quadratic form, coordinate by coordinate."""
    found = np.zeros(len(right))
    for _ in range(_NONNEGATIVE_ROUNDS):
        for index in range(len(right)):
            rest = right[index] - normal[index] @ found + normal[index, index] * found[index]
            found[index] = max(0.0, rest / normal[index, index])
    return found

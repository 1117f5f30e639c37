"""The glow of pictures around bright parts: its colour, its strength and how far it reaches.

Photographs that have no glow look as if they had one, each another: lenses flare, lamps light what is around them, and
JPEG files spread colours. So what is measured of a picture, strengths x (12,) of four Gaussians in three colours, is
taken for the sum of a glow g that all of a set have, of what this picture looks as if it had, which varies from one
photograph to the next with a mean m and a covariance S, and of an error that follows from what else varies in it
(random effects: N. M. Laird and J. H. Ware, "Random-effects models for longitudinal data", 1982)::

    x = g + y + e,  y ~ N(m, S),  e ~ N(0, I^-1)

so that no picture counts more than 1/S, however surely it tells. m and S are those of many photographs, measured by
``scripts/measure_photograph_glow.py``; a person's own tell m better. A glow is believed if the pictures still tell it
when any one of them is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.optimize import nnls

from napari_retrogan.core.architecture import LUMINANCE, TRANSFER
from napari_retrogan.core.images.even_choice import choose_evenly
from napari_retrogan.core.looks.each_picture import measure_each

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = NDArray[np.float64]

GLOW_SCALES = (2.0, 4.0, 8.0, 16.0)
"""Standard deviations in pixels of the Gaussians that a glow is told by."""
GLOW_THRESHOLD = 0.9
"""Luminance, of stored values, above which light glows."""
_MAX_PICTURES = 40
_BLOCK = 48
_DARK = 0.02
"""Light beside which that of a scene is small: a glow is told in darkness, where a scene adds little of its own."""
_DARK_BELOW = 0.3
_LIGHT, _GAP, _CLEAR = 0.2, 1.5, 1e-2
"""A pixel is beside what is light, and no mixture with it even if the picture is blurred a little, where a Gaussian of
the gap holds less than the last of what is lighter than the first."""
_NEAR, _NEAR_ENOUGH = 2, 0.05
"""A pixel is near what is bright where the spread of this number holds so much of it, and less so where it is less."""
_LEAST_WEIGHT = 8.0
"""Blocks with fewer dark pixels beside bright ones tell nothing; those with twice as many count fully."""
_ROUNDS = 8
_STILL = 1e-5
"""Variance that blocks have anyway, times the weight of a pixel: rounding to eight bits and less leave it."""
_RIDGE = 1e-3
_PIXELS_AS_ONE = 8.0
"""So many pixels tell as much as one by itself would, since neighbours are alike."""
_USUAL, _ALIKE = 0.12, 0.5
"""Deviation of strengths that is expected beforehand, and correlation of one scale's with the next: they decide what
pictures do not tell, above all what a Gaussian does that hardly reaches beyond the gap."""
_CHANCE, _SURE = 5.0, 8.0
"""Squared deviations that strengths explain without the picture that tells most of them: chance explains less than the
first in nineteen of twenty sets of 4 to 16 pictures without a glow; from the second on a glow is taken for what it is,
and between them for a share of it."""
_AS_BLUR = np.diag(np.eye(12)[4])
"""Variance, in what tells whether there is a glow, of the finest strength of green, which much blur looks like."""


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


class Information(NamedTuple):
    """What pictures tell of the strengths of their glow: of red less green, of green, and of blue less green.

    Attributes
    ----------
    matrices
        (P, 12, 12): of each picture that tells something, the inverse covariance of its error.
    right
        (P, 12): these times its strengths.
    slopes
        (2,): how red and blue follow from green in the scenes.
    """

    matrices: Values
    right: Values
    slopes: Values


def measure_halation(vintage: Sequence[NDArray[Any]], ordinary: Sequence[NDArray[Any]]) -> Halation:
    """Measure the glow around bright parts that vintage pictures have over ordinary photographs.

    In dark places beside bright ones, in blocks of 48 px, light is regressed on what Gaussians spread of light above
    90% white: red and blue after what follows from green, which takes the scene out, and green itself, which the scene
    tells too, and so less surely. Blocks count by how little else varies in them. What ordinary photographs
    show is subtracted, and strengths that are not negative are fitted to the rest, each as surely as it is told.

    Parameters
    ----------
    vintage, ordinary
        Pictures at native size, (Y, X, 3) RGB in [0, 1]; of each up to 40, evenly chosen, are looked at.

    Returns
    -------
    Halation
        All strengths are 0 where either side shows no bright part in the dark, or the two do not differ by more than
        chance tells, or only one picture does.
    """
    sides = (measure_each(block_products, choose_evenly(each, _MAX_PICTURES)) for each in (vintage, ordinary))
    return tell_halation(*sides)


def tell_halation(vintage: Sequence[Values], ordinary: Sequence[Values]) -> Halation:
    """Return what ``measure_halation`` does, from what ``block_products`` tells of each picture."""
    told, usual = information(vintage), information(ordinary)
    if told is None or usual is None:
        return Halation(np.zeros((4, 3)), np.full((4, 3), np.inf))
    mean, covariance = usual_glow()
    own, others = within(told, covariance), within(usual, covariance)
    known = np.linalg.inv(covariance)
    mean_covariance = np.linalg.inv(known + others.matrices.sum(0))
    mean = mean_covariance @ (known @ mean + others.right.sum(0))

    def fit(matrices: Values, right: Values, unsure: Values) -> _Fit:
        return _strengths(matrices.sum(0), right.sum(0), told.slopes, mean, mean_covariance + unsure)

    found = fit(own.matrices, own.right, np.zeros((12, 12)))
    without = [
        fit(np.delete(own.matrices, number, 0), np.delete(own.right, number, 0), _AS_BLUR)
        for number in range(len(own.right))
    ]
    surely = np.clip((min(each.explained for each in without) - _CHANCE) / (_SURE - _CHANCE), 0, 1)
    return Halation(surely * found.strengths.reshape(3, 4).T, found.errors.reshape(3, 4).T)


def bright_light(light: Values) -> Values:
    """Return what of light in [0, 1] glows: that beyond the threshold, from 0 to 1."""
    least = GLOW_THRESHOLD**TRANSFER
    return np.asarray(np.clip((light - least) / (1 - least), 0, 1))


def block_products(picture: NDArray[Any]) -> Values:
    """Return weighted products (B, 8, 8) of four spreads of bright light, red, blue, green and 1 in each block."""
    rows, columns = (extent // _BLOCK for extent in picture.shape[:2])
    light, spreads, weight = _beside_bright(picture)

    def divided(plane: Values) -> Values:
        part = plane[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
        return part.swapaxes(1, 2).reshape(rows * columns, _BLOCK**2)

    weights = divided(weight)
    count = weights.sum(1)
    kept = count > _LEAST_WEIGHT
    if not kept.any():
        return np.zeros((0, 8, 8))
    weights = weights[kept] * np.clip(count[kept] / _LEAST_WEIGHT - 1, 0, 1)[:, None]
    planes = [*spreads, light[..., 0], light[..., 2], light[..., 1], np.ones_like(weight)]
    terms = np.stack([divided(plane)[kept] for plane in planes], 1)
    return np.asarray((terms * weights[:, None]) @ terms.swapaxes(1, 2))


def laid_strength(pairs: Sequence[tuple[NDArray[Any], NDArray[Any]]], strengths: Values) -> float:
    """Return how many times as strong as measured a glow is laid on pictures; 1 where none shows a place that tells.

    Parameters
    ----------
    pairs
        Pictures, (Y, X, 3) RGB in [0, 1], without and with the glow.
    strengths
        (4, 3), as measured.
    """

    def compared(pair: tuple[NDArray[Any], NDArray[Any]]) -> tuple[float, float]:
        light, spreads, weight = _beside_bright(pair[1])
        laid = light - np.clip(np.asarray(pair[0], np.float64), 0, 1) ** TRANSFER
        wanted = sum(np.multiply.outer(spread, each) for spread, each in zip(spreads, strengths, strict=True))
        return float(np.einsum("yx,yxc,yxc", weight, laid, laid)), float(np.einsum("yx,yxc,yxc", weight, laid, wanted))

    squares, products = np.sum(measure_each(compared, pairs), 0)
    return float(squares / products) if products > 0 else 1.0


def _beside_bright(picture: NDArray[Any]) -> tuple[Values, list[Values], Values]:
    """Return light (Y, X, 3), four spreads of what of it is bright, and how surely a place tells of a glow (Y, X)."""
    light = np.clip(np.asarray(picture, np.float64), 0, 1) ** TRANSFER
    luminance = light @ LUMINANCE.astype(np.float64)
    bright = bright_light(luminance)
    spreads = [_spread(bright, scale) for scale in GLOW_SCALES]
    near = np.clip(spreads[_NEAR] / _NEAR_ENOUGH, 0, 1)
    clear = np.exp(-_spread(np.clip((luminance - _LIGHT) / (1 - _LIGHT), 0, 1), _GAP) / _CLEAR)
    smooth = _spread(luminance, _GAP)
    return light, spreads, near * clear * np.clip(1 - smooth / _DARK_BELOW, 0, 1) / (1 + smooth / _DARK) ** 2


def _spread(plane: Values, scale: float) -> Values:
    """Return a plane blurred by a Gaussian."""
    return np.asarray(gaussian_filter(plane, scale, truncate=3))


def information(pictures: Sequence[Values]) -> Information | None:
    """Return what pictures tell, by the products of their blocks; None if none of them tells anything.

    Blocks count by what a fit to all pictures misses in them.
    """
    telling = [each for each in pictures if len(each)]
    if not telling:
        return None
    products = np.concatenate(telling)
    owners = np.repeat(np.arange(len(telling)), [len(each) for each in telling])
    count = products[:, 7, 7] + 1e-9
    centred = _without(products, 7)
    coloured = _without(centred, 6)
    matrices, rights = np.zeros((len(telling), 12, 12)), np.zeros((len(telling), 12))
    slopes = []
    for number, (system, channel) in enumerate(((coloured, 4), (centred, 6), (coloured, 5))):
        normal, right, power = system[:, :4, :4], system[:, :4, channel], system[:, channel, channel]
        fitted = np.zeros(4)
        for _ in range(_ROUNDS):
            missed = power - 2 * right @ fitted + np.einsum("k,nkl,l->n", fitted, normal, fitted)
            weights = 1 / (np.maximum(missed, 0) / count + _STILL)
            whole = np.einsum("n,nkl->kl", weights, normal)
            fitted = np.linalg.solve(whole + _RIDGE * np.diag(np.diag(whole)) + 1e-9 * np.eye(4), weights @ right)
        part = slice(4 * number, 4 * number + 4)
        np.add.at(matrices[:, part, part], owners, weights[:, None, None] * normal / _PIXELS_AS_ONE)
        np.add.at(rights[:, part], owners, weights[:, None] * right / _PIXELS_AS_ONE)
        informing = weights * np.trace(normal, axis1=1, axis2=2)
        slopes.append(informing @ (centred[:, channel, 6] / (centred[:, 6, 6] + 1e-9)) / (informing.sum() + 1e-12))
    return Information(matrices, rights, np.array([slopes[0], slopes[2]]))


@cache
def usual_glow() -> tuple[Values, Values]:
    """Return what photographs look as if they had of a glow: its mean (12,) and covariance (12, 12)."""
    with (files(__package__) / "photograph_glow.npz").open("rb") as stream, np.load(stream) as arrays:
        return arrays["mean"], arrays["covariance"]


def within(told: Information, covariance: Values) -> Information:
    """Return what pictures tell of the mean of strengths that vary from picture to picture with a covariance."""
    narrow = np.linalg.inv(told.matrices + np.linalg.inv(covariance))
    matrices = told.matrices - told.matrices @ narrow @ told.matrices
    right = told.right - np.einsum("nij,njk,nk->ni", told.matrices, narrow, told.right)
    return Information(matrices, right, told.slopes)


class _Fit(NamedTuple):
    """Strengths (12,) of red, green and blue, their standard errors (12,), and the squared deviations they explain."""

    strengths: Values
    errors: Values
    explained: float


def _strengths(matrix: Values, right: Values, slopes: Values, mean: Values, mean_covariance: Values) -> _Fit:
    """Fit strengths that aren't negative to what a set tells beyond the mean of photographs."""
    regular = matrix + 1e-9 * np.eye(12)
    told = np.linalg.inv(np.linalg.inv(regular) + mean_covariance)
    # Of strengths (red, green, blue) to what was measured: what follows from green was taken off red and blue.
    red, blue = -slopes
    mixing = np.kron(np.array([[1, red, 0], [0, 1, 0], [0, blue, 1]]), np.eye(4))
    normal, wanted = mixing.T @ told @ mixing, mixing.T @ told @ (np.linalg.solve(regular, right) - mean)
    apart = np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    known = normal + np.kron(np.eye(3), np.linalg.inv(_USUAL**2 * _ALIKE**apart))
    root = np.linalg.cholesky(known)
    strengths = nnls(root.T, np.linalg.solve(root, wanted))[0]
    explained = float(2 * wanted @ strengths - strengths @ normal @ strengths)
    return _Fit(strengths, np.sqrt(np.diag(np.linalg.inv(known))), explained)


def _without(products: Values, index: int) -> Values:
    """Return products of what is left of all terms when one is regressed out."""
    own = products[:, index, index] + 1e-9
    return products - products[:, :, index, None] * products[:, None, index, :] / own[:, None, None]

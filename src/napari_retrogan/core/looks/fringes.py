"""How far red and blue lie beside green in pictures: by an offset, and by a scale about the centre."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform, gaussian_filter

from napari_retrogan.core.images.even_choice import choose_evenly
from napari_retrogan.core.looks.each_picture import measure_each

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = NDArray[np.float64]

_MAX_PICTURES = 8
_REDUCTIONS = (8, 8, 4, 2, 2, 1)
"""Pictures are compared at these reductions, one after the other, so that channels some 20 px apart are found."""
_SCALE = 2.5
"""Finest detail that is compared, in pixels: JPEG files hold colour at half resolution, so that finer detail of all
channels is luminance alone, and would tell that nothing is displaced."""
_BLOCK = 32
_LEAST_BLOCKS = 6
_LEAST_DETAIL = 1e-6
"""Variance of the noise that is assumed beside what channels differ by: one level of eight bits has three times it."""
_SCATTER = 0.15
"""Pixels by which blocks differ anyway: parallax, coloured edges, colour at half resolution."""
_TAIL = 2.0
"""Blocks that miss by more deviations than this count less and less (Cauchy's weights)."""
_FITS = 12
_BETWEEN = 4e-4
"""Deviation between pictures that is always assumed, in half diagonals: lenses leave a fifth of a pixel at 768 px."""


@dataclass(frozen=True, slots=True)
class Fringes:
    """Where red (first) and blue come to lie against green.

    Attributes
    ----------
    offsets
        (2, 2), down and across, in half diagonals of the picture.
    scales
        (2,): how many half diagonals a corner is further out; 0 if the channel is as large as green.
    offset_errors, scale_errors
        Standard errors of the above, infinite where pictures show too little to tell; offsets and scales are 0 then.
    """

    offsets: Values
    scales: Values
    offset_errors: Values
    scale_errors: Values


class _Blocks(NamedTuple):
    """Displacements (N, 2) in pixels, their precisions (N, 2, 2), and places (N, 2) from the centre in pixels."""

    displacements: Values
    precisions: Values
    places: Values


_Whole = tuple[tuple[int, ...], tuple[int, ...]]


def measure_fringes(pictures: Sequence[NDArray[Any]], wholes: Sequence[_Whole] | None = None) -> Fringes:
    """Measure how far red and blue lie beside green.

    Blocks of each picture are registered by least squares on the gradient (Lucas and Kanade 1981) from coarse to fine;
    offset and scale are then fitted to the blocks' displacements, weighted by their precision and robustly.

    Parameters
    ----------
    pictures
        (Y, X, 3) RGB in [0, 1]; up to 8 of them, evenly chosen, are looked at.
    wholes
        Row and column of each one's first pixel in the whole picture, and height and width of that; by default they
        are whole.

    Returns
    -------
    Fringes
        The mean over pictures, each weighted by how surely it tells.
    """
    places = wholes or [((0, 0), picture.shape[:2]) for picture in pictures]
    chosen = choose_evenly(list(zip(pictures, places, strict=True)), _MAX_PICTURES)
    found = measure_each(lambda each: _picture_fringes(each[0], *each[1]), chosen)
    told = [each for each in found if each is not None]
    if not told:
        return Fringes(np.zeros((2, 2)), np.zeros(2), np.full((2, 2), np.inf), np.full(2, np.inf))
    mean, error = _combine(np.array([values for values, _ in told]), np.array([errors for _, errors in told]))
    return Fringes(mean[:, :2], mean[:, 2], error[:, :2], error[:, 2])


def _picture_fringes(
    picture: NDArray[Any], origin: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[Values, Values] | None:
    """Return offset and scale of red and blue (2, 3) in half diagonals and their standard errors, if any are told."""
    half_diagonal = math.hypot(*shape) / 2
    units = np.array([1 / half_diagonal, 1 / half_diagonal, 1.0])
    greens = {reduction: _green_detail(_reduced(picture[..., 1], reduction)) for reduction in set(_REDUCTIONS)}
    found = [_register(picture[..., channel], greens) for channel in (0, 2)]
    told = [each for each in found if each is not None]
    if len(told) < len(found):
        return None
    values, errors = (np.array(each) for each in zip(*told, strict=True))
    # Of what was found about the middle of a part, that which lies at the middle of the whole.
    away = np.array(origin) + (np.array(picture.shape[:2]) - np.array(shape)) / 2
    values[:, :2] -= values[:, 2:] * away
    errors[:, :2] = np.hypot(errors[:, :2], errors[:, 2:] * away)
    return values * units, errors * units


def _register(channel: NDArray[Any], greens: dict[int, Values]) -> tuple[Values, Values] | None:
    """Return down, across in pixels and scale less 1 of a channel (Y, X) against green, with standard errors."""
    fitted, error = np.zeros(3), None
    for reduction in _REDUCTIONS:
        blocks = _register_blocks(_moved_back(_reduced(channel, reduction), fitted, reduction), greens[reduction])
        if len(blocks.places) >= _LEAST_BLOCKS:
            to_pixels = np.array([reduction, reduction, 1.0])
            step, error = (each * to_pixels for each in _fit(blocks))
            fitted = fitted + step
        elif reduction == 1:
            return None
    return None if error is None else (fitted, error)


def _reduced(channel: NDArray[Any], factor: int) -> Values:
    """Return means over squares, of the middle of a picture that they fill."""
    rows, columns = (extent // factor for extent in channel.shape)
    top, left = ((extent - factor * count) // 2 for extent, count in zip(channel.shape, (rows, columns), strict=True))
    part = np.asarray(channel[top : top + factor * rows, left : left + factor * columns], np.float64)
    return np.asarray(part.reshape(rows, factor, columns, factor).mean((1, 3)))


def _moved_back(channel: Values, fitted: Values, reduction: int) -> Values:
    """Return a channel to where it lay before it was displaced."""
    if not fitted.any():
        return channel
    centre = (np.asarray(channel.shape) - 1) / 2
    scale = 1 + fitted[2]
    offset = centre + fitted[:2] / reduction - scale * centre
    return np.asarray(affine_transform(channel, np.full(2, scale), offset, order=3, mode="mirror"))


def _green_detail(green: Values) -> Values:
    """Return the detail of green and its slopes down and across in blocks, (N, 3, block squared)."""
    detail = _band(green)
    slopes = np.gradient(detail) if min(detail.shape) > 1 else (detail, detail)
    return np.stack([_blocked(each) for each in (detail, *slopes)], 1)


def _register_blocks(channel: Values, green: Values) -> _Blocks:
    """Register blocks: in each the channel is a multiple of green less its slope times the displacement."""
    terms = np.concatenate([green, _blocked(_band(channel))[:, None]], 1)
    products = terms @ terms.swapaxes(1, 2) / terms.shape[-1]
    normal, right, power = products[:, :3, :3], products[:, :3, 3], products[:, 3, 3]
    normal = normal + _LEAST_DETAIL * np.eye(3) * np.array([1, 0.01, 0.01])
    solution = np.linalg.solve(normal, right[..., None])[..., 0]
    gain = solution[:, 0]
    residual = np.maximum(power - (solution * right).sum(-1), 0) + _LEAST_DETAIL
    alike = np.clip(gain * normal[:, 0, 0] / np.sqrt(normal[:, 0, 0] * (power + _LEAST_DETAIL)), 0, 1)
    kept = (gain > 0.05) & (alike > 0.05)
    gain, residual, alike, normal = gain[kept], residual[kept], alike[kept], normal[kept]
    displacements = -solution[kept, 1:] / gain[:, None]
    cross = normal[:, 1:, 0]
    detail = normal[:, 1:, 1:] - cross[:, :, None] * cross[:, None, :] / normal[:, 0, 0, None, None]
    independent = _BLOCK**2 / (4 * np.pi * _SCALE**2)
    sharp = (alike**8 * gain**2 * independent / residual)[:, None, None] * detail
    variance = np.linalg.inv(sharp + 1e-4 * np.eye(2)) + _SCATTER**2 * np.eye(2)
    return _Blocks(displacements, np.asarray(np.linalg.inv(variance)), _places(channel.shape)[kept])


def _band(channel: Values) -> Values:
    """Return detail of a few pixels, without what lies beyond the border."""
    return np.asarray(gaussian_filter(channel, _SCALE) - gaussian_filter(channel, 3 * _SCALE))


def _blocked(values: Values) -> Values:
    """Return the pixels (N, block squared) of blocks, without a margin that holds what the border mirrors."""
    rows, columns = (extent // _BLOCK for extent in values.shape)
    top, left = ((extent - extent // _BLOCK * _BLOCK) // 2 for extent in values.shape)
    part = values[top : top + rows * _BLOCK, left : left + columns * _BLOCK]
    blocks = part.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2)
    return blocks.reshape(rows * columns, _BLOCK * _BLOCK)


def _places(shape: tuple[int, ...]) -> Values:
    """Return where the middles of blocks (N, 2) lie from the centre, in pixels."""
    along = []
    for extent in shape:
        count = extent // _BLOCK
        start = (extent - count * _BLOCK) // 2
        along.append(start + _BLOCK * np.arange(count) + (_BLOCK - 1) / 2 - (extent - 1) / 2)
    return np.stack(np.meshgrid(*along, indexing="ij"), -1).reshape(-1, 2)


def _fit(blocks: _Blocks) -> tuple[Values, Values]:
    """Return offset and scale less 1 (3,) that displacements tell, robustly, and their standard errors."""
    count = len(blocks.places)
    design = np.zeros((count, 2, 3))
    design[:, 0, 0] = design[:, 1, 1] = 1
    design[:, :, 2] = blocks.places
    reach = np.abs(blocks.places).max() + 1
    design[:, :, 2] /= reach
    weighted = np.einsum("nij,nik->njk", blocks.precisions, design)
    fitted, influence = np.zeros(3), np.ones(count)
    ridge = 1e-3 * np.eye(3)
    for _ in range(_FITS):
        normal = np.einsum("n,nji,njk->ik", influence, weighted, design) + ridge
        fitted = np.linalg.solve(normal, np.einsum("n,nji,nj->i", influence, weighted, blocks.displacements))
        missed = blocks.displacements - design @ fitted
        influence = 1 / (1 + np.einsum("ni,nij,nj->n", missed, blocks.precisions, missed) / _TAIL**2)
    scores = influence[:, None] * np.einsum("nji,nj->ni", weighted, missed)
    inverse = np.linalg.inv(normal)
    errors = np.sqrt(np.diag(inverse @ (scores.T @ scores) @ inverse) + 1e-12)
    units = np.array([1, 1, 1 / reach])
    return fitted * units, errors * units


def _combine(values: Values, errors: Values) -> tuple[Values, Values]:
    """Return the mean of pictures (P, 2, 3), weighted by precision and robustly, and its standard error."""
    variance = np.square(errors) + _BETWEEN**2
    mean = np.median(values, 0)
    for _ in range(_FITS):
        weights = 1 / (variance + np.square(values - mean) / _TAIL**2)
        mean = (weights * values).sum(0) / weights.sum(0)
    scattered = np.square(weights * (values - mean)).sum(0) / np.square(weights.sum(0))
    return mean, np.sqrt(np.maximum(scattered, 1 / (1 / variance).sum(0)))

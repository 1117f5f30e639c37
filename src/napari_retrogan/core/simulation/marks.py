"""Dust, hairs, lint, scratches and stains, laid on a picture from cut-outs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.ndimage import affine_transform, gaussian_filter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_MEGAPIXEL = 1e6


class MarkKind(NamedTuple):
    """How often marks of a kind lie on a picture, and what they are like.

    Attributes
    ----------
    rate
        Mean number a megapixel.
    least, most
        Long side of the cut-out on the picture in pixels; its logarithm is even between them.
    opacity
        What the darkest place of a mark hides, from 0 to 1; each mark half to all of it.
    light
        Share of the marks that are light: what lay on a negative, or took the picture with it, prints white.
    """

    rate: float
    least: float
    most: float
    opacity: float = 0.9
    light: float = 0.6


USUAL_MARKS = {
    "dirt": MarkKind(8.0, 60, 300),
    "dots": MarkKind(40.0, 4, 16),
    "hair": MarkKind(5.0, 60, 400),
    "lint": MarkKind(5.0, 30, 160, 0.7),
    "scratch": MarkKind(2.5, 80, 400, 0.6, 0.8),
    "smut": MarkKind(6.0, 10, 60, 0.7),
    "spots": MarkKind(8.0, 60, 300),
    "sprink": MarkKind(2.5, 60, 250, 0.6),
    "stain": MarkKind(1.2, 120, 500, 0.15, 0.2),
}
"""By kind of cut-out: about as a print or a slide looks that nobody has cleaned."""


def lay_marks(
    picture: NDArray[np.float32],
    cut_outs: Mapping[str, Sequence[NDArray[np.float32]]],
    seed: int,
    rate: float = 1.0,
    kinds: Mapping[str, MarkKind] = USUAL_MARKS,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Lay marks at the places of a Poisson process, turned, mirrored and scaled at random.

    Compositions of scanned or drawn damage as in D. Ivanova, J. Williamson and P. Henderson, "Simulating analogue film
    damage to analyse and improve artefact restoration on high-resolution scans" (2023).

    Parameters
    ----------
    picture
        (Y, X, 3) RGB in [0, 1].
    cut_outs
        Opacities (h, w) in [0, 1] of marks by kind; kinds without any are left out.
    seed
        Of everything drawn. The same seed at a lower rate has other marks.
    rate
        How many times as many marks as ``kinds`` tells.
    kinds
        Rates, sizes and opacities.

    Returns
    -------
    marked, opacity
        The picture, of the same shape, and (Y, X), what the marks hide of it in [0, 1].
    """
    random = np.random.default_rng(seed)
    marked = picture.astype(np.float32)
    opacity = np.zeros(picture.shape[:2], np.float32)
    for name, kind in kinds.items():
        shapes = cut_outs.get(name, ())
        count = random.poisson(kind.rate * rate * opacity.size / _MEGAPIXEL)
        for _ in range(count if len(shapes) else 0):
            side = np.exp(random.uniform(np.log(kind.least), np.log(kind.most)))
            mark = _turned(shapes[int(random.integers(len(shapes)))], side, random)
            mark *= np.float32(kind.opacity * random.uniform(0.5, 1))
            tone = random.uniform(0.85, 1.0) if random.random() < kind.light else random.uniform(0.0, 0.15)
            tint = np.float32(tone) + np.float32(random.normal(0, 0.02)) * np.array([1, 0, -1], np.float32)
            _lay(marked, opacity, mark, tint, random.uniform(0, 1, 2))
    return np.clip(marked, 0, 1), opacity


def _turned(shape: NDArray[np.float32], side: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Return a cut-out, trimmed, turned by any angle, perhaps mirrored, with a long side of so many pixels."""
    rows, columns = np.nonzero(shape > 0.02)
    if not len(rows):
        return np.zeros((1, 1), np.float32)
    trimmed = shape[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(np.float32)
    trimmed = trimmed[:, :: random.choice((-1, 1))]
    shrink = max(trimmed.shape) / side
    if shrink > 1:
        trimmed = gaussian_filter(np.pad(trimmed, 2), 0.4 * np.sqrt(shrink**2 - 1))
    angle = random.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    extent = np.ceil(np.abs(turn) @ trimmed.shape / shrink).astype(int) + 2
    matrix = turn.T * shrink
    offset = (np.asarray(trimmed.shape) - 1) / 2 - matrix @ ((extent - 1) / 2)
    placed = affine_transform(trimmed, matrix, offset, tuple(extent), order=1)
    return np.asarray(np.clip(placed, 0, 1), np.float32)


def _lay(
    marked: NDArray[np.float32],
    opacity: NDArray[np.float32],
    mark: NDArray[np.float32],
    tint: NDArray[np.float32],
    place: NDArray[np.float64],
) -> None:
    """Lay a mark with its middle at a place, in shares of the picture; what lies outside is cut off."""
    middle = (place * opacity.shape).astype(int)
    first = middle - np.asarray(mark.shape) // 2
    low, high = np.maximum(first, 0), np.minimum(first + mark.shape, opacity.shape)
    where = tuple(slice(start, stop) for start, stop in zip(low, high, strict=True))
    part = mark[tuple(slice(start, stop) for start, stop in zip(low - first, high - first, strict=True))]
    marked[where] += part[..., None] * (tint - marked[where])
    opacity[where] += part * (1 - opacity[where])

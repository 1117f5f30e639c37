"""Things that stand out from flat areas of pictures: marks, and what of scenes looks like them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import (
    distance_transform_edt,
    find_objects,
    gaussian_gradient_magnitude,
    label,
    maximum_filter,
    median_filter,
    uniform_filter,
)

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.looks.each_picture import measure_each

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = NDArray[np.float64]

NUM_FOUND = 4
"""Dust, hairs, lint and scratches: all of ``MARK_KINDS`` but stains, which can't be told from scenes."""

_MAX_SIDE = 512
_REDUCTION, _WINDOW = 3, 9
"""Surroundings are the median of a square of 27 pixels."""
_BLOCK = 32
_DEVIATIONS, _LEAST = 4.0, 0.03
"""A mark differs by so many deviations of what surrounds it, and so much of black to white, more."""
_FAINT = 0.5
"""Share of that from which on what touches a thing is a part of it."""
_CLEAR = 0.3
"""What differs by so much more than that is surely something, and less so below."""
_FLAT, _STEEP = 0.006, 0.015
"""Slopes of the surroundings a pixel: up to the first they are flat, from the second on they tell nothing."""
_NEIGHBOURHOOD = 65
_CALM_SHARE, _LEAST_DEVIATION = 0.2, 0.004
_CALM, _BUSY = 1.3, 2.0
"""How many times as much as in the calmest fifth of a picture its values vary: more is a scene's texture."""
_LONELY, _CROWDED = 0.04, 0.10
"""Share of the neighbourhood that stands out: more is a scene."""
_LARGE = 4096
"""Things in larger frames may reach beyond their own neighbourhood."""
_BESIDE = 15
_ONE_SIGN, _BOTH_SIGNS = 0.01, 0.05
"""Share of what lies beside a thing and differs the other way: edges and textures of scenes do so, marks do not."""
_AREA, _SURE_AREA = 4.0, 8.0
_LINE, _SURE_LINE = 3.5, 6.0
"""How many times as long as wide a line is."""
_CURVED, _STRAIGHT = 0.75, 0.92
"""How far apart the ends of a line are, in its lengths, where it is a scratch."""
_SHORT, _LONG = 30.0, 60.0
"""Lint is shorter, a hair is longer."""
_CLEANEST = 0.25
_USUAL, _CLUTTERED = 1.5, 2.5
"""How many times as many things as a picture of the cleanest quarter shows: marks are on all, more are of scenes."""
_LEAST_AREA, _LEAST_RATE = 0.01, 10.0


class Found(NamedTuple):
    """What was found: sums over things by kind, and the area (megapixels) that they were looked for in."""

    area: float
    counts: Values
    """(4,) of dust, hairs, lint and scratches."""
    sums: Values
    """(4, 6): of logarithms of length and width, of their squares, of opacity and of whether they are light."""

    def without(self, other: Found) -> Found:
        """Return what is more than another has on as large an area."""
        share = self.area / max(other.area, 1e-9)
        return self._replace(counts=self.counts - share * other.counts, sums=self.sums - share * other.sums)


def middle(picture: NDArray[Any]) -> NDArray[np.float32]:
    """Return the middle of a picture."""
    top, left = (max(0, (extent - _MAX_SIDE) // 2) for extent in picture.shape[:2])
    return np.asarray(picture[top : top + _MAX_SIDE, left : left + _MAX_SIDE], np.float32)


def find_marks(pictures: Sequence[NDArray[np.float32]]) -> Found:
    """Look for marks in pictures."""
    each = measure_each(_find_in, pictures)
    rates = [found.counts.sum() / (found.area + _LEAST_AREA) for found in each]
    usual = float(np.quantile(rates, _CLEANEST)) + _LEAST_RATE if rates else 1.0
    weights = [float(ramp(rate / usual, _CLUTTERED, _USUAL)) for rate in rates]
    return Found(
        area=sum((weight * found.area for weight, found in zip(weights, each, strict=True)), 0.0),
        counts=sum((weight * found.counts for weight, found in zip(weights, each, strict=True)), np.zeros(NUM_FOUND)),
        sums=sum((weight * found.sums for weight, found in zip(weights, each, strict=True)), np.zeros((NUM_FOUND, 6))),
    )


def _find_in(picture: NDArray[np.float32]) -> Found:
    """Look for marks in one picture."""
    luminance = picture.astype(np.float64) @ LUMINANCE.astype(np.float64)
    around = _enlarged(median_filter(_reduced(luminance), _WINDOW, mode="nearest"), luminance.shape)
    rest = luminance - around
    deviation = _deviation(np.abs(rest))
    least = _DEVIATIONS * deviation + _LEAST
    slope = maximum_filter(gaussian_gradient_magnitude(around, 2.0, truncate=2), 9)
    excess = np.abs(rest) / least
    labels, number = _connected(excess)
    mask = labels > 0
    crowd = uniform_filter(mask.astype(np.float64), _NEIGHBOURHOOD)
    calmest = np.quantile(deviation, _CALM_SHARE) + _LEAST_DEVIATION
    flat = ramp(slope, _STEEP, _FLAT) * ramp(deviation / calmest, _BUSY, _CALM)
    area = float((flat * ramp(crowd, _CROWDED, _LONELY)).sum()) / 1e6
    if not number:
        return Found(area, np.zeros(NUM_FOUND), np.zeros((NUM_FOUND, 6)))
    where = np.flatnonzero(labels)
    things = labels.ravel()[where] - 1

    def total(values: Values) -> Values:
        return np.asarray(np.bincount(things, values, number), np.float64)

    size = total(np.ones(len(where)))
    peak = np.zeros(number)
    np.maximum.at(peak, things, excess.ravel()[where])
    inside = total(distance_transform_edt(mask).ravel()[where]) / size
    # A strip's pixels lie a quarter of its width inside in the mean; the outermost are half a pixel nearer than told.
    width = np.maximum(4 * (inside - 0.5), 1.0)
    length = size / width
    across = _extent(where, things, number, luminance.shape[1])
    beside = total(crowd.ravel()[where]) / size - _own_crowd(labels)
    sure = total(flat.ravel()[where]) / size * ramp(beside, _CROWDED, _LONELY)
    sure *= np.clip((peak - 1) / _CLEAR, 0, 1) * np.clip((size - _AREA) / (_SURE_AREA - _AREA), 0, 1)
    strong = total(np.abs(rest).ravel()[where] ** 2) / total(np.abs(rest).ravel()[where])
    sign = total(np.sign(rest).ravel()[where]) / size
    other = np.where(rest > 0, uniform_filter((mask & (rest < 0)).astype(np.float64), _BESIDE), 0)
    other += np.where(rest < 0, uniform_filter((mask & (rest > 0)).astype(np.float64), _BESIDE), 0)
    sure *= ramp(total(other.ravel()[where]) / size, _BOTH_SIGNS, _ONE_SIGN)
    kinds = _memberships(length, width, across) * sure[:, None]
    room = np.where(sign > 0, 1 - total(around.ravel()[where]) / size, total(around.ravel()[where]) / size)
    opacity = np.clip(strong / np.maximum(room, 0.1), 0, 1)
    logs = np.log(length), np.log(width)
    light = np.clip(0.5 + 2 * sign, 0, 1)
    values = np.stack([*logs, *(each**2 for each in logs), opacity, light], 1)
    return Found(area, kinds.sum(0), kinds.T @ values)


def _connected(excess: Values) -> tuple[NDArray[np.int64], int]:
    """Return numbers of things from 1 on, 0 beside them, and how many there are.

    Parts that stand out less belong to a thing where they touch one: a faint hair is one thing all along.
    """
    labels, number = label(excess > _FAINT, np.ones((3, 3)))
    peaks = np.zeros(number + 1)
    np.maximum.at(peaks, labels.ravel(), excess.ravel())
    kept = peaks > 1
    kept[0] = False
    numbers = np.cumsum(kept) * kept
    return numbers[labels].astype(np.int64), int(kept.sum())


def _own_crowd(labels: NDArray[np.int64]) -> Values:
    """Return the share of the neighbourhood of each thing, in the mean over its pixels, that it fills itself."""
    shares = []
    for number, where in enumerate(find_objects(labels), 1):
        own = (labels[where] == number).astype(np.float64)
        spread = (
            uniform_filter(own, _NEIGHBOURHOOD, mode="constant") if own.size > _LARGE else own.sum() / _NEIGHBOURHOOD**2
        )
        shares.append(float((own * spread).sum() / own.sum()))
    return np.array(shares)


def _reduced(luminance: Values) -> Values:
    """Return means over squares; what is left over at the end of an axis is a mean of its own."""
    for axis in (0, 1):
        starts = np.arange(0, luminance.shape[axis], _REDUCTION)
        sizes = np.diff([*starts, luminance.shape[axis]])
        luminance = np.add.reduceat(luminance, starts, axis) / np.expand_dims(sizes, 1 - axis)
    return luminance


def _enlarged(small: Values, shape: tuple[int, ...]) -> Values:
    """Return a plane of a shape, joined linearly between the values of a smaller one."""
    for axis, length in enumerate(shape[:2]):
        places = np.clip((np.arange(length) + 0.5) * small.shape[axis] / length - 0.5, 0, small.shape[axis] - 1)
        before = np.minimum(places.astype(int), max(small.shape[axis] - 2, 0))
        share = np.expand_dims(places - before, 1 - axis)
        after = np.minimum(before + 1, small.shape[axis] - 1)
        small = small.take(before, axis) * (1 - share) + small.take(after, axis) * share
    return small


def _deviation(rest: Values) -> Values:
    """Return the standard deviation around each pixel, as the medians of blocks tell it: marks are few."""
    rows, columns = (max(extent // _BLOCK, 1) for extent in rest.shape)
    edges = [
        np.linspace(0, extent, parts + 1).astype(int) for extent, parts in zip(rest.shape, (rows, columns), strict=True)
    ]
    medians = [
        [float(np.median(rest[top:bottom, left:right])) for left, right in zip(edges[1], edges[1][1:], strict=False)]
        for top, bottom in zip(edges[0], edges[0][1:], strict=False)
    ]
    return 1.4826 * _enlarged(np.array(medians), rest.shape)


def _extent(where: NDArray[np.int64], things: NDArray[np.int64], number: int, columns: int) -> Values:
    """Return the length of the rectangle that has a thing's second moments."""
    rows, across = (where // columns).astype(np.float64), (where % columns).astype(np.float64)
    size = np.bincount(things, minlength=number)
    mean = [np.bincount(things, each, number) / size for each in (rows, across)]
    down, right = rows - mean[0][things], across - mean[1][things]
    one, other, mixed = (np.bincount(things, each, number) / size for each in (down**2, right**2, down * right))
    largest = (one + other) / 2 + np.sqrt(((one - other) / 2) ** 2 + mixed**2) + 1 / 12
    return np.asarray(np.sqrt(12 * largest), np.float64)


def _memberships(length: Values, width: Values, across: Values) -> Values:
    """Return (N, 4) how much a thing is dust, a hair, lint and a scratch; in sum 1."""
    line = ramp(np.log(length / width), np.log(_LINE), np.log(_SURE_LINE))
    straight = ramp(across / length, _CURVED, _STRAIGHT)
    long = ramp(np.log(length), np.log(_SHORT), np.log(_LONG))
    return np.stack([1 - line, line * (1 - straight) * long, line * (1 - straight) * (1 - long), line * straight], 1)


def ramp(values: Any, low: float, high: float) -> Any:
    """Return 0 up to a value, 1 from another on, and linearly between them."""
    return np.clip((values - low) / (high - low), 0, 1)

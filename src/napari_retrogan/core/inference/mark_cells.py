"""Which marks there are and where: a point process by place, drawn from a counter-based source, cell by cell.

So each mark depends on the seed, the picture's number and its place alone, whatever part of a picture is asked for,
and cells have marks of their own as far as 64-bit numbers count them: none is met twice. What is computed of a pixel
takes sums, products and square roots of two numbers at a time, which have the same bits in any rectangle.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from napari_retrogan.core.inference.mark_cover import cover
from napari_retrogan.core.inference.mark_finishing import finish, frame_of
from napari_retrogan.core.inference.mark_shapes import (
    CLOUD_WORDS,
    MOST_REACH,
    NUM_WORDS,
    Shape,
    cloud_of,
    dust_of,
    even_from_words,
    family_size,
    shape_of,
)
from napari_retrogan.core.inference.noise import (
    NUMBERS_A_LEVEL,
    noise_vector,
    normal_from_words,
    words_of_place,
)
from napari_retrogan.core.stages.marks import MARK_KINDS, MARKS, MOST_CLOUDS, MOST_RATES, MarkStatistics
from napari_retrogan.core.stages.numpy_operations import NUMPY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.inference.settings import ApplySettings
    from napari_retrogan.core.inference.tiling import Region

_FULL_SIZE = (1.0, 1.0)
_CELL = 256
"""Height and width of a cell in pixels: at least the reach of a mark, which is then met from the cells beside it."""

_MEGAPIXEL = 1e6
_PICTURE_NUMBERS = 100
_MOST = 1024
"""Of one kind in a cell."""
_OWN_WORDS = 8
_MOST_LOGARITHM = 20.0
_MOST_FINISH = 2.0
_LARGEST_PIXEL = 8.0
"""Height or width of a pixel, in pixels of full size, beyond which marks are too faint to be drawn."""
_WORDS = _OWN_WORDS + NUM_WORDS
_DUST, _CLOUDS = 0, len(MARK_KINDS)
_FAMILY_SIZES = {kind: family_size(kind) for kind in MARK_KINDS}
_TINT = np.array([0.02, 0.0, -0.02])

_one_at_a_time = threading.Lock()
"""Marks are drawn by many short sums, during which Python's own lock would go to and fro between threads: two of them
take longer than one after the other. Meanwhile the other one runs a network."""


class MarkLayer(NamedTuple):
    """What is laid over a part of a picture.

    Attributes
    ----------
    colours
        (3, y, x), premultiplied by the opacity.
    opacity
        (y, x) in [0, 1].
    """

    colours: NDArray[np.float32]
    opacity: NDArray[np.float32]


class _Mark(NamedTuple):
    """A mark where it lies: its shape's points are (down, right) in the whole picture, its strengths what it hides."""

    shape: Shape
    colour: NDArray[np.float32]
    bounds: tuple[float, float, float, float]
    of_specks: bool


@dataclass(frozen=True, slots=True)
class MarkPlane:
    """All marks of one picture.

    Attributes
    ----------
    statistics
        Those of a look, as `MarkStatistics.to_bytes` has them.
    amount
        How many times as many marks; more of them are the same ones and further ones.
    seed, plane
        Of the marks, and the picture's number in its stack.
    pixel_size
        Height and width of a pixel in pixels of full size: marks are those of the full-size picture.
    """

    statistics: bytes
    amount: float
    seed: int
    plane: int
    pixel_size: tuple[float, float] = (1.0, 1.0)

    @classmethod
    def of(
        cls, statistics: bytes, settings: ApplySettings, number: int, pixel_size: tuple[float, float] = (1.0, 1.0)
    ) -> Self:
        """Return the marks of the picture of that noise plane; those of all levels of a pyramid are the same."""
        return cls(statistics, settings.marks, settings.seed, number % NUMBERS_A_LEVEL, pixel_size)

    def layer(self, region: Region) -> MarkLayer | None:
        """Return the marks of a region of the picture, finished where the look has them so, or None without any."""
        amount = float(np.clip(_told(self.statistics).finish, 0, _MOST_FINISH))
        # Pixels of full size alone are finished: coarser ones are means of many.
        finishes = self.pixel_size == _FULL_SIZE and amount
        planes = self.draw(frame_of(region) if finishes else region)
        if planes is None:
            return None
        if finishes:
            planes = finish(planes, region, (self.seed, self.plane), amount)
        return MarkLayer(planes[-3:], planes[0])

    def draw(self, region: Region) -> NDArray[np.float32] | None:
        """Return the marks of a region of the picture as they are drawn, or None without any.

        They are (5, y, x): what they hide, what of that are clouds of specks, and colours that are premultiplied.
        """
        if max(self.pixel_size) > _LARGEST_PIXEL:
            return None
        with _one_at_a_time:
            return self._draw(region)

    def _draw(self, region: Region) -> NDArray[np.float32] | None:
        """Do the work of `draw`."""
        marks = self._marks_in(region)
        if not marks:
            return None
        size = region.height * region.width
        planes, covered, last = np.zeros((5, size), np.float32), np.zeros(size, np.float32), np.empty(size, np.int32)
        for mark in marks:
            touched = cover(covered, mark.shape, region, self.pixel_size)
            if touched is None:
                continue
            # Discs lie over each other: each pixel counts once.
            order = np.arange(len(touched), dtype=np.int32)
            last[touched] = order
            touched = touched[last[touched] == order]
            share = covered[touched]
            covered[touched] = 0
            left = 1 - share
            for plane, value in zip(planes, (1, mark.of_specks, *mark.colour), strict=True):
                plane[touched] = share * value + left * plane[touched]
        return planes.reshape(5, region.height, region.width)

    def _marks_in(self, region: Region) -> list[_Mark]:
        """Return the marks that reach into a region, in one order."""
        rows, columns = self.pixel_size
        top, bottom, left, right = (
            region.top * rows,
            region.bottom * rows,
            region.left * columns,
            region.right * columns,
        )
        spread = max(rows, columns)
        found = []
        for row in range(math.floor((top - MOST_REACH) / _CELL), math.floor((bottom + MOST_REACH) / _CELL) + 1):
            for column in range(math.floor((left - MOST_REACH) / _CELL), math.floor((right + MOST_REACH) / _CELL) + 1):
                for mark in _marks_of_cell(self.statistics, self.amount, self.seed, self.plane, row, column):
                    first, last, start, end = mark.bounds
                    if (
                        first - spread < bottom
                        and last + spread > top
                        and start - spread < right
                        and end + spread > left
                    ):
                        found.append(mark)
        return found


def marked(unit: NDArray[np.float32], layer: MarkLayer | None) -> NDArray[np.float32]:
    """Return a picture (3, y, x) under a layer of marks, if there is any; `core.stages.marks` states the formula."""
    if layer is None:
        return unit
    # Elsewhere the formula leaves a picture as it is.
    covered = np.nonzero(layer.opacity)
    parts = (plane[:, *covered] for plane in (unit, layer.colours))
    result = unit.copy()
    result[:, *covered] = MARKS.formula(NUMPY, {}, *parts, layer.opacity[covered])
    return result


@lru_cache(maxsize=256)
def _marks_of_cell(statistics: bytes, amount: float, seed: int, plane: int, row: int, column: int) -> tuple[_Mark, ...]:
    """Return the marks whose places lie in a cell."""
    told = _told(statistics)
    chances = even_from_words(words_of_place(seed, plane, row, column, 8))
    shares = _share_of_picture(seed, plane, float(told.unevenness))
    marks: list[_Mark] = []
    for number, kind in enumerate(MARK_KINDS):
        mean = (
            float(np.clip(told.rate[number], 0, MOST_RATES[number]))
            * amount
            * shares
            * _CELL**2
            / _MEGAPIXEL
            / _FAMILY_SIZES[kind]
        )
        count = _poisson(float(chances[number]), mean)
        if not count:
            continue
        words = words_of_place(seed, plane, row, column, count * _WORDS, 8 + number * _MOST * _WORDS)
        words = words.reshape(count, _WORDS)
        if kind == "dust":
            marks += _grains(told, (row, column), words)
        else:
            marks += [_mark(told, number, kind, (row, column), each) for each in words]
    mean = float(np.clip(told.clouds, 0, MOST_CLOUDS)) * amount * shares * _CELL**2 / _MEGAPIXEL
    if count := _poisson(float(chances[_CLOUDS]), mean):
        size = _OWN_WORDS + CLOUD_WORDS
        words = words_of_place(seed, plane, row, column, count * size, 8 + _CLOUDS * _MOST * _WORDS)
        marks += [_mark(told, _DUST, "cloud", (row, column), each) for each in words.reshape(count, size)]
    return tuple(marks)


def _mark(told: MarkStatistics, number: int, kind: str, cell: tuple[int, int], words: NDArray[np.uint64]) -> _Mark:
    """Return one mark of a cell from its random words; ``number`` is that of the kind whose statistics it has."""
    even, normal = even_from_words(words[:4]), normal_from_words(words[4:_OWN_WORDS]).astype(np.float64)
    if kind == "cloud":
        shape = cloud_of(words[_OWN_WORDS:])
    else:
        length, width = _size_of(told.length[number], normal[0]), _size_of(told.width[number], normal[1])
        shape = shape_of(kind, length, width, words[_OWN_WORDS:])
    is_light = bool(even[2] < told.light[number])
    colour = told.tone[int(is_light)] + normal[2] * _TINT
    lowest, highest = np.clip(told.opacity[number], 0, 1)
    opacity = lowest + even[3] * (highest - lowest)
    place = (np.array(cell) + even[:2]) * _CELL
    shape = shape._replace(points=place + shape.points, strengths=shape.strengths * opacity)
    of_specks = kind == "cloud"
    return _Mark(shape, np.clip(colour, 0, 1).astype(np.float32), _bounds(shape), of_specks)


def _grains(told: MarkStatistics, cell: tuple[int, int], words: NDArray[np.uint64]) -> list[_Mark]:
    """Return all dust of a cell from its random words as two marks, the dark and the light one."""
    even, normal = even_from_words(words[:, :4]), normal_from_words(words[:, 4:_OWN_WORDS]).astype(np.float64)
    length, width = (
        np.array([_size_of(side[_DUST], draw) for draw in draws])
        for side, draws in ((told.length, normal[:, 0]), (told.width, normal[:, 1]))
    )
    shape, owners = dust_of(length, width, words[:, _OWN_WORDS:])
    lowest, highest = np.clip(told.opacity[_DUST], 0, 1)
    opacity = lowest + even[:, 3] * (highest - lowest)
    points = ((np.array(cell) + even[:, :2]) * _CELL)[owners] + shape.points
    strengths = shape.strengths * opacity[owners]
    is_light = even[:, 2] < told.light[_DUST]
    marks = []
    # Those of the first grain's tone lie below the others.
    for light in (is_light[0], ~is_light[0]):
        chosen = is_light[owners] == light
        if chosen.any():
            part = Shape(points[chosen], shape.radii[chosen], strengths[chosen], shape.soft)
            colour = np.clip(told.tone[int(light)], 0, 1).astype(np.float32)
            marks.append(_Mark(part, colour, _bounds(part), of_specks=False))
    return marks


def _size_of(side: NDArray[np.float32], draw: np.float64) -> float:
    """Return a length in pixels, given mean and deviation of its logarithm, and a normal number."""
    return math.exp(min(float(side[0] + side[1] * draw), _MOST_LOGARITHM))


def _bounds(shape: Shape) -> tuple[float, float, float, float]:
    """Return the first and last row and column that a shape reaches."""
    margin = (shape.radii + shape.soft)[:, None]
    low, high = (shape.points - margin).min(0).tolist(), (shape.points + margin).max(0).tolist()
    return low[0], high[0], low[1], high[1]


@lru_cache(maxsize=4)
def _told(statistics: bytes) -> MarkStatistics:
    """Return the statistics that a look's graph carries."""
    return MarkStatistics.from_bytes(statistics)


@lru_cache(maxsize=64)
def _share_of_picture(seed: int, plane: int, unevenness: float) -> float:
    """Return how many times as many marks as usual a picture has, 1 in the mean, by its own vector of 100 numbers."""
    vector = noise_vector(seed, plane, _PICTURE_NUMBERS)
    return math.exp(unevenness * float(vector[0]) - unevenness**2 / 2)


def _poisson(chance: float, mean: float) -> int:
    """Return the number that a Poisson variable doesn't exceed with a chance; more for a larger mean."""
    term = total = math.exp(-mean)
    count = 0
    while chance > total and count < _MOST:
        count += 1
        term *= mean / count
        total += term
    return count

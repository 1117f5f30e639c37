"""Which marks there are and where: a point process by place, drawn from a counter-based source, cell by cell.

So each mark depends on the seed, the picture's number and its place alone, whatever part of a picture is asked for,
and cells have marks of their own as far as 64-bit numbers count them: none is met twice.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_retrogan.core.inference.kept import Kept
from napari_retrogan.core.inference.mark_shapes import (
    CLOUD_WORDS,
    NUM_WORDS,
    Shape,
    cloud_of,
    dust_of,
    even_from_words,
    family_size,
    shape_of,
)
from napari_retrogan.core.inference.noise import noise_vector, normal_from_words, words_of_place
from napari_retrogan.core.stages.marks import MARK_KINDS, MOST_CLOUDS, MOST_RATES, MarkStatistics

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL = 256
"""Height and width of a cell in pixels: at least the reach of a mark, which is then met from the cells beside it."""

_MEGAPIXEL = 1e6
_PICTURE_NUMBERS = 100
_MOST = 1024
"""Of one kind in a cell."""
_OWN_WORDS = 8
_MOST_LOGARITHM = 20.0
_WORDS = _OWN_WORDS + NUM_WORDS
_DUST, _CLOUDS = 0, len(MARK_KINDS)
_FAMILY_SIZES = {kind: family_size(kind) for kind in MARK_KINDS}
_MARK_BYTES = 1000
"""Beside its discs, of four numbers each."""
_TINT = np.array([0.02, 0.0, -0.02])


class PlacedMark(NamedTuple):
    """A mark where it lies: its shape's points are (down, right) in the whole picture, its strengths what it hides."""

    shape: Shape
    colour: NDArray[np.float32]
    bounds: tuple[float, float, float, float]
    of_specks: bool


class _Cell(NamedTuple):
    """The marks of a cell, and about how much memory they take."""

    marks: tuple[PlacedMark, ...]
    nbytes: int


kept_cells: Kept[_Cell] = Kept(32 * 2**20)
"""Those of this process: usual ones of some hundred megapixels, and few of a look with very many."""


def marks_of_cell(
    statistics: bytes, amount: float, seed: int, plane: int, row: int, column: int
) -> tuple[PlacedMark, ...]:
    """Return the marks whose places lie in a cell."""
    key = statistics, amount, seed, plane, row, column
    cell = kept_cells.find(key)
    if cell is None:
        marks = _drawn(*key)
        cell = _Cell(marks, sum(_MARK_BYTES + 4 * mark.shape.radii.nbytes for mark in marks))
        kept_cells.keep(key, cell)
    return cell.marks


def _drawn(statistics: bytes, amount: float, seed: int, plane: int, row: int, column: int) -> tuple[PlacedMark, ...]:
    """Draw the marks of a cell."""
    told = statistics_from(statistics)
    words_at = words_of_place(seed, plane, row, column)
    chances = even_from_words(words_at(8, 0))
    shares = _share_of_picture(seed, plane, float(told.unevenness))
    marks: list[PlacedMark] = []
    for number, kind in enumerate(MARK_KINDS):
        mean = (
            float(np.clip(told.rate[number], 0, MOST_RATES[number]))
            * amount
            * shares
            * CELL**2
            / _MEGAPIXEL
            / _FAMILY_SIZES[kind]
        )
        count = _poisson(float(chances[number]), mean)
        if not count:
            continue
        words = words_at(count * _WORDS, 8 + number * _MOST * _WORDS)
        words = words.reshape(count, _WORDS)
        if kind == "dust":
            marks += _grains(told, (row, column), words)
        else:
            marks += [_mark(told, number, kind, (row, column), each) for each in words]
    mean = float(np.clip(told.clouds, 0, MOST_CLOUDS)) * amount * shares * CELL**2 / _MEGAPIXEL
    if count := _poisson(float(chances[_CLOUDS]), mean):
        size = _OWN_WORDS + CLOUD_WORDS
        words = words_at(count * size, 8 + _CLOUDS * _MOST * _WORDS)
        marks += [_mark(told, _DUST, "cloud", (row, column), each) for each in words.reshape(count, size)]
    return tuple(marks)


def _mark(told: MarkStatistics, number: int, kind: str, cell: tuple[int, int], words: NDArray[np.uint64]) -> PlacedMark:
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
    place = (np.array(cell) + even[:2]) * CELL
    shape = shape._replace(points=place + shape.points, strengths=shape.strengths * opacity)
    of_specks = kind == "cloud"
    return PlacedMark(shape, np.clip(colour, 0, 1).astype(np.float32), _bounds(shape), of_specks)


def _grains(told: MarkStatistics, cell: tuple[int, int], words: NDArray[np.uint64]) -> list[PlacedMark]:
    """Return all dust of a cell from its random words as two marks, the dark and the light one."""
    even, normal = even_from_words(words[:, :4]), normal_from_words(words[:, 4:_OWN_WORDS]).astype(np.float64)
    length, width = (
        np.array([_size_of(side[_DUST], draw) for draw in draws])
        for side, draws in ((told.length, normal[:, 0]), (told.width, normal[:, 1]))
    )
    shape, owners = dust_of(length, width, words[:, _OWN_WORDS:])
    lowest, highest = np.clip(told.opacity[_DUST], 0, 1)
    opacity = lowest + even[:, 3] * (highest - lowest)
    points = ((np.array(cell) + even[:, :2]) * CELL)[owners] + shape.points
    strengths = shape.strengths * opacity[owners]
    is_light = even[:, 2] < told.light[_DUST]
    marks = []
    # Those of the first grain's tone lie below the others.
    for light in (is_light[0], ~is_light[0]):
        chosen = is_light[owners] == light
        if chosen.any():
            part = Shape(points[chosen], shape.radii[chosen], strengths[chosen], shape.soft)
            colour = np.clip(told.tone[int(light)], 0, 1).astype(np.float32)
            marks.append(PlacedMark(part, colour, _bounds(part), of_specks=False))
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
def statistics_from(statistics: bytes) -> MarkStatistics:
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

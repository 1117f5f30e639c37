"""The shape of a mark: discs of some strength along smooth lines and beside each other, whose union it is.

A pixel at a distance d from the middle of a disc of radius r is covered by clip((r + 1/2 - d) / soft, 0, 1) of the
disc's strength, and by the largest of all discs' of its mark. Discs lie so close that nobody sees them. Some dust
has a few specks around it, clouds are of many, and scratches come in bundles of dashes.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from napari_retrogan.core.inference.noise import normal_from_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

MOST_REACH = 250.0
"""No part of a mark lies farther from its place than so many pixels, along either axis."""

NUM_WORDS = 448
"""How many random words a mark is made of."""

CLOUD_WORDS = 8192
"""How many a cloud is made of."""

_KNOTS = 10
_SINGLE, _MEMBERS = 32, 96
_SPACING = (0.7, 4.0)
_MOST_SCRATCHES = 15
_RAGGED, _BESIDE, _BULGES = 5.0, 8, 7
_ESCORTED = 0.12
"""Share of the grains of dust that lie in a cloud of specks, which are too small to be counted."""
_LOBES = 5
"""Groups of specks that a cloud is of."""
_HAZE, _EACH_STRONG = 0.35, 8
"""How much of the strength of others seven of eight specks of a cloud have."""
_SPECK = 0.6
"""Usual radius of a speck of a cloud, in pixels."""
_LONGEST = {"dust": 120.0, "hair": 440.0, "lint": 300.0, "scratch": 300.0, "stain": 300.0}
_WIDEST = {"dust": 80.0, "hair": 12.0, "lint": 20.0, "scratch": 6.0, "stain": 300.0}
_BENDS = {"hair": 1.3, "lint": 2.2, "scratch": 0.02}


class Shape(NamedTuple):
    """The discs of a mark.

    Attributes
    ----------
    points
        (N, 2) middles (down, right) in pixels from the mark's place, so that no disc leaves ``MOST_REACH``.
    radii
        (N,) in pixels.
    strengths
        (N,) share of the mark's opacity, in [0, 1].
    soft
        Over how many pixels its border runs out, at least 1.
    """

    points: Values
    radii: Values
    strengths: Values
    soft: float = 1.0


class _Draws:
    """The random numbers of a mark: evenly from 0 to 1 (32,), normal (32,), and those of what it has many of."""

    def __init__(self, words: NDArray[np.uint64]) -> None:
        self.even = even_from_words(words[..., :_SINGLE])
        self.normal = normal_from_words(words[..., _SINGLE : 2 * _SINGLE]).astype(np.float64)
        self._rest = words[2 * _SINGLE :]

    @cached_property
    def members(self) -> Values:
        """Normal ones (96, 4), which few marks need."""
        return normal_from_words(self._rest[: 4 * _MEMBERS]).astype(np.float64).reshape(_MEMBERS, 4)


def family_size(kind: str) -> float:
    """Return how many things that are counted a mark is in the mean."""
    return 1 + (_MOST_SCRATCHES - 1) / 3 if kind == "scratch" else 1.0


def shape_of(kind: str, length: float, width: float, words: NDArray[np.uint64]) -> Shape:
    """Return the shape of a mark.

    Parameters
    ----------
    kind
        One of ``MARK_KINDS``.
    length, width
        The long and the short side of one thing in pixels, which are brought into bounds.
    words
        (448,) random words.
    """
    if kind == "dust":
        return dust_of(np.array([length]), np.array([width]), words[None])[0]
    make = {"stain": _blotch, "scratch": _bundle}.get(kind, _fibre)
    return _within_reach(make(kind, *_bounded(kind, length, width), _Draws(words)))


def cloud_of(words: NDArray[np.uint64]) -> Shape:
    """Return the shape of a cloud of specks, as sprayed drops and grains of dirt lie: dense in some places, and few.

    Parameters
    ----------
    words
        (8192,) random words, which tell its size as well.
    """
    even, normal = even_from_words(words[:_SINGLE]), normal_from_words(words[_SINGLE:64]).astype(np.float64)
    specks = normal_from_words(words[64:]).astype(np.float64).reshape(-1, 4)
    extent = 60 * (250 / 60) ** even[0]
    specks = specks[: int(len(specks) * min(0.1 + 0.9 * even[1] * extent / 120, 1))]
    lobes = np.arange(len(specks)) * _LOBES // len(specks)
    spread = extent / 4 * (0.15 + 0.5 * even[2 : 2 + _LOBES])
    middles = extent / 6 * np.stack([normal[:_LOBES], normal[_LOBES : 2 * _LOBES]], 1)
    turns = 2 * np.pi * even[8 : 8 + _LOBES]
    # A long tail: most lie in the middle and make it a haze.
    far = spread[lobes] * np.exp(0.5 * specks[:, 2])
    points = _turned(far * specks[:, 0], 0.5 * far * specks[:, 1], turns[lobes]) + middles[lobes]
    haze = np.arange(len(specks)) % _EACH_STRONG > 0
    radii = np.clip(np.where(haze, 1.5, 1.0) * _SPECK * np.exp(0.4 * specks[:, 3]), 0.2, 2.5)
    strengths = (0.3 + 0.7 * even[16 : 16 + _LOBES])[lobes] * np.where(haze, _HAZE, 1.0)
    return _within_reach(Shape(points, radii, strengths))


def even_from_words(words: NDArray[np.uint64]) -> Values:
    """Return numbers evenly from 0 to below 1."""
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _bounded(kind: str, length: Any, width: Any) -> tuple[Any, Any]:
    """Return sides of one mark or of many, brought into bounds."""
    length = np.clip(length, 1.0, _LONGEST[kind])
    return length, np.minimum(np.clip(width, 0.5, _WIDEST[kind]), length)


def _within_reach(shape: Shape) -> Shape:
    """Return a shape whose discs stay where they may be."""
    most = (MOST_REACH - shape.radii - shape.soft)[:, None]
    return shape._replace(points=np.clip(shape.points, -most, most))


def _joined(shapes: list[Shape]) -> Shape:
    """Return several shapes as one."""
    points, radii, strengths = (np.concatenate([shape[part] for shape in shapes]) for part in range(3))
    return Shape(points, radii, strengths, shapes[0].soft)


def _turned(along: Values, aside: Values, turn: Any) -> Values:
    """Return points (N, 2) so far along a direction and beside it."""
    return np.stack([along * np.sin(turn) + aside * np.cos(turn), along * np.cos(turn) - aside * np.sin(turn)], -1)


def dust_of(length: Values, width: Values, words: NDArray[np.uint64]) -> tuple[Shape, NDArray[np.intp]]:
    """Return the discs of many grains of dust, of which some have a cloud of small specks around, and whose each is.

    Parameters
    ----------
    length, width
        (N,) the long and the short side of each in pixels, which are brought into bounds.
    words
        (N, 448) random words.
    """
    draws = _Draws(words)
    shapes, owners = _specks(*_bounded("dust", length, width), draws)
    escorted = np.flatnonzero(draws.even[:, 0] <= _ESCORTED)
    escorts = [_escort(_Draws(words[number])) for number in escorted]
    numbers = np.repeat(escorted, [len(each.radii) for each in escorts])
    return _within_reach(_joined([shapes, *escorts])), np.concatenate([owners, numbers])


def _escort(draws: _Draws) -> Shape:
    """Return small specks around a grain of dust."""
    specks = draws.members[: int(_MEMBERS * (0.2 + 0.8 * draws.even[2]))]
    spread = 8 + 22 * draws.even[3]
    middles = _turned(spread * specks[:, 0], 0.6 * spread * specks[:, 1], 2 * np.pi * draws.even[30])
    middles += spread * draws.normal[30:32]
    radii = np.clip(0.55 * np.exp(0.4 * specks[:, 2]), 0.3, 3)
    return Shape(middles, radii, np.clip(0.55 + 0.25 * specks[:, 3], 0.1, 1))


def _specks(length: Values, width: Values, draws: _Draws) -> tuple[Shape, NDArray[np.intp]]:
    """Return discs beside each other along the long side of grains, and smaller ones that make their outline ragged."""
    even, normal = draws.even, draws.normal
    count, turn = np.minimum(np.ceil(2 * length / width), _BESIDE)[:, None], 2 * np.pi * even[:, 1:2]
    length, width = length[:, None], width[:, None]
    number, radius, ragged = np.arange(_BESIDE), width / 2, length >= _RAGGED
    along = np.where(count > 1, (number / np.maximum(count - 1, 1) - 0.5) * (length - width), 0)
    core = _turned(along, np.where(ragged, 0.15 * width * normal[:, :_BESIDE], 0), turn)
    radii = np.where(ragged, 0.75 * radius, radius * (1 - 0.2 * even[:, 4 : 4 + _BESIDE]))
    whole = np.broadcast_to(1 - 0.15 * even[:, 3:4], (len(even), _BESIDE))
    strengths = np.where(ragged, whole, 1 - 0.15 * even[:, 16 : 16 + _BESIDE])
    around = 2 * np.pi * (np.arange(_BULGES) + 0.4 * normal[:, 10 : 10 + _BULGES]) / _BULGES
    outline = _turned(np.cos(around) * (length / 2 - 0.25 * radius), np.sin(around) * 0.8 * radius, turn)
    bulges = radius * (0.15 + 0.35 * even[:, 12 : 12 + _BULGES])
    there = number < count, np.repeat(ragged, _BULGES, 1)
    points, sizes, shares = (
        np.concatenate([first[there[0]], second[there[1]]])
        for first, second in ((core, outline), (radii, bulges), (strengths, whole[:, :_BULGES]))
    )
    return Shape(points, sizes, shares), np.concatenate([np.nonzero(each)[0] for each in there])


def _bundle(kind: str, length: float, width: float, draws: _Draws) -> Shape:
    """Return scratches that one thing made: straight, side by side, most of them in one direction, each in dashes."""
    members = draws.members[: round((_MOST_SCRATCHES - 1) * draws.even[0] ** 2)]
    turn = 2 * np.pi * draws.even[1]
    lines = [_line(kind, length, width, turn, draws.normal, draws.even)]
    across, along = 4 + 3.5 * len(members), 0.35 * length
    for number, (one, other, third, fourth) in enumerate(members):
        own = turn + 0.12 * third + (0.9 if number % 4 == 3 else 0.0)
        size = float(np.clip(length * np.exp(0.5 * fourth - 0.2), 3, 200))
        numbers = np.roll(draws.normal, number + 1), np.roll(draws.even, 2 * number + 1)
        line = _line(kind, size, width * (0.8 + 0.2 * numbers[1][0]), own, *numbers)
        middle = _turned(np.array([along * one]), np.array([across * other]), turn)
        lines.append(line._replace(points=line.points + np.clip(middle, -100, 100)))
    return _joined(lines)


def _fibre(kind: str, length: float, width: float, draws: _Draws) -> Shape:
    """Return a hair or a piece of lint, of which some have a second end."""
    turn = 2 * np.pi * draws.even[1]
    fibre = _line(kind, length, width, turn, draws.normal, draws.even)
    if kind == "hair" or draws.even[2] > 0.4:
        return fibre
    fork = _line(kind, length * (0.2 + 0.3 * draws.even[3]), width, turn + 1.5, draws.members[0], draws.even[::-1])
    start = fibre.points[int(len(fibre.points) * (0.2 + 0.6 * draws.even[4]))]
    return _joined([fibre, fork._replace(points=fork.points - fork.points[0] + start)])


def _line(kind: str, length: float, width: float, turn: float, normal: Values, even: Values) -> Shape:
    """Return a line whose direction, thickness and strength change smoothly; a scratch skips, a fibre thins out."""
    spacing = min(max(width / 3, _SPACING[0]), _SPACING[1])
    count = max(int(length / spacing), 2)
    along = (np.arange(count) + 0.5) / count
    knots = np.linspace(0, 1, _KNOTS)
    bends = np.resize(normal, _KNOTS)
    # A cube makes most of a fibre nearly straight, and a few of its bends tight.
    curvature = np.interp(along, knots, bends**3) * _BENDS[kind]
    direction = turn + np.cumsum(curvature) / count
    points = np.cumsum(np.stack([np.sin(direction), np.cos(direction)], 1) * (length / count), 0)
    points -= (points.min(0) + points.max(0)) / 2
    ends = np.clip(np.minimum(along, 1 - along) * length / max(3 * width, 4), 0, 1)
    if kind == "scratch":
        # Dashes: so many knots a length that each is some pixels long.
        dashes = np.interp(along * length / 7 % len(even), np.arange(len(even)), even)
        return Shape(points, width / 2 * (0.6 + 0.4 * ends), np.clip(2.2 * dashes - 0.5, 0, 1))
    uneven, thick = np.interp(along, knots, even[:_KNOTS]), np.interp(along, knots, even[_KNOTS : 2 * _KNOTS])
    return Shape(points, width / 2 * (0.75 + 0.5 * thick) * (0.6 + 0.4 * ends), 0.7 + 0.3 * uneven)


def _blotch(kind: str, length: float, width: float, draws: _Draws) -> Shape:
    """Return a stain: some ragged patches over each other, each as faint as it is, and drops around them."""
    turn, count, edge = 2 * np.pi * draws.even[1], 3, 9
    shapes = []
    for number in range(count):
        radius = width / 2 * (0.3 + 0.35 * draws.even[4 + number])
        middle = _turned(
            np.array([(draws.even[8 + number] - 0.5) * (length - radius)]), 0.15 * width * draws.normal[[number]], turn
        )
        bulges = draws.members[edge * number : edge * (number + 1)]
        angles = 2 * np.pi * (np.arange(edge) + 0.3 * bulges[:, 0]) / edge
        sizes = radius * np.clip(0.35 + 0.15 * bulges[:, 1], 0.12, 0.7)
        around = _turned(radius * (0.85 + 0.15 * bulges[:, 2]), np.zeros(edge), angles)
        points, radii = np.concatenate([np.zeros((1, 2)), around]), np.array([radius, *sizes])
        shapes.append(Shape(middle + points, radii, np.full(edge + 1, 0.4 + 0.6 * draws.even[16 + number])))
    drops = draws.members[count * edge :][: int(24 * draws.even[2])]
    scattered = _turned(0.4 * length * drops[:, 0], 0.4 * width * drops[:, 1], turn)
    sizes = 0.5 + width / 60 * np.square(drops[:, 2])
    shapes.append(Shape(scattered, np.minimum(sizes, 20), np.clip(0.7 + 0.3 * drops[:, 3], 0.1, 1)))
    return _joined(shapes)._replace(soft=1.0 + 2 * draws.even[3])

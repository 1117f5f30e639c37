"""Normal noise whose values depend on a seed and a position alone, so that tiles in any order agree.

Words come from the counter-based generator Philox4x64-10 (Salmon et al., 2011, "Parallel random
numbers: as easy as 1, 2, 3"). The four uint16 of a word are summed in integers (Irwin-Hall), which
needs no transcendental function and so gives the same bits on every platform.

A field repeats after `PERIOD` pixels along each axis, so that grain which was made for a tile serves a large picture
many times. Nobody sees it: grain has no shape that an eye could meet again, and where it is equal lies as far apart
as a screen is wide, under other colours, which weaken or strengthen it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import NOISE_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

_BLOCK_SIZE = 32
PERIOD = 2048
"""After how many pixels, along both axes, a field is the same again."""

NUMBERS_A_LEVEL = 2**40
"""By how much the numbers of pictures differ from one level of a pyramid to the next, where noise is their own."""

_FIELD_DOMAIN = 0x66_69_65_6C_64
_VECTOR_DOMAIN = 0x76_65_63_74_6F_72
_PLACE_DOMAIN = 0x70_6C_61_63_65
_PARTICLE_DOMAIN = 0x67_72_61_69_6E
_PLANE_DOMAIN = 0x70_6C_61_6E_65
_NUM_BLOCKS = PERIOD // _BLOCK_SIZE
_FIRST_BLOCK = -1
_ROW_WORDS = _BLOCK_SIZE * NOISE_CHANNELS
_WORDS_A_COUNT = 4
_MEAN = np.float32(4 * 0xFFFF / 2)
_SCALE = np.float32(1.0 / np.sqrt(4 * (2.0**32 - 1) / 12))


def normal_from_words(words: NDArray[np.uint64]) -> NDArray[np.float32]:
    """Return one approximately normal value of mean 0 and variance 1 for each random 64-bit word.

    Parameters
    ----------
    words
        Random words of any shape; from ``numpy.random.Philox.random_raw`` or full-range integers.

    Returns
    -------
    numpy.ndarray
        Values from -3.47 to 3.47 in the shape of ``words``.
    """
    quarters = np.ascontiguousarray(words, np.uint64).view(np.uint16).reshape(*words.shape, 4)
    total = quarters[..., 0].astype(np.float32)
    for index in range(1, 4):
        total += quarters[..., index]
    return (total - _MEAN) * _SCALE


@dataclass(frozen=True, slots=True)
class NoiseGrid:
    """Which noise the planes of a stack take.

    Attributes
    ----------
    numbers
        The noise plane of each picture, in the shape of the stack's leading axes.
    block
        How many rows and columns of noise make one pixel's: more than one for a picture at reduced size,
        which thereby has the noise of the full-size one, averaged.
    pixel_size
        Height and width of a pixel in pixels of full size, for what is of a shape.
    """

    numbers: NDArray[np.int64]
    block: tuple[int, int] = (1, 1)
    pixel_size: tuple[float, float] = (1.0, 1.0)


def noise_field(
    seed: int, plane: int, top: int, left: int, height: int, width: int, block: tuple[int, int] = (1, 1)
) -> NDArray[np.float32]:
    """Return the noise of a rectangle of an endless plane, which repeats after 2048 pixels along both axes.

    Parameters
    ----------
    seed, plane
        From 0 to 2**63 - 1 each.
    top, left
        Position of the first pixel; negative ones lie before the picture.
    height, width
        Size in pixels.
    block
        How many rows and columns of the field are averaged for each pixel and brought to variance 1 again;
        position and size count the averages.

    Returns
    -------
    numpy.ndarray
        (height, width, 3) of mean 0 and variance 1; each value depends only on the seed, the plane, the
        absolute pixel modulo the period, the block and the channel.
    """
    if block != (1, 1):
        return _averaged_field(seed, plane, top, left, height, width, block)
    words = np.empty((height, width, NOISE_CHANNELS), np.uint64)
    source = _WordSource(seed, _FIELD_DOMAIN)
    columns = list(_blocks(left, width))
    for row, first_row, last_row in _blocks(top, height):
        rows = slice(row * _BLOCK_SIZE + first_row - top, row * _BLOCK_SIZE + last_row - top)
        skipped, count = first_row * _ROW_WORDS, (last_row - first_row) * _ROW_WORDS
        for column, first, last in columns:
            drawn = source.words_at((plane, _within_period(row), _within_period(column)), count, skipped)
            start = column * _BLOCK_SIZE - left
            words[rows, start + first : start + last] = drawn.reshape(-1, _BLOCK_SIZE, NOISE_CHANNELS)[:, first:last]
    return normal_from_words(words)


def _blocks(start: int, length: int) -> Iterator[tuple[int, int, int]]:
    """Yield the blocks that an axis meets: number, first wanted position within and the one after the last."""
    for number in range(start // _BLOCK_SIZE, (start + length - 1) // _BLOCK_SIZE + 1):
        first = number * _BLOCK_SIZE
        yield number, max(start - first, 0), min(start + length - first, _BLOCK_SIZE)


def _within_period(number: int) -> int:
    """Return the block that stands for a block's place: the halo before the first is one of its own, the 63rd's.

    So pictures that end before the last block have the grain that they had when fields had no period.
    """
    return (number - _FIRST_BLOCK) % _NUM_BLOCKS + _FIRST_BLOCK


def _averaged_field(
    seed: int, plane: int, top: int, left: int, height: int, width: int, block: tuple[int, int]
) -> NDArray[np.float32]:
    """Return sums of blocks of the field at variance 1, added in one order whatever the rectangle."""
    rows, columns = block
    field = noise_field(seed, plane, top * rows, left * columns, height * rows, width * columns)
    total = np.zeros((height, width, NOISE_CHANNELS), np.float32)
    for row in range(rows):
        for column in range(columns):
            total += field[row::rows, column::columns]
    total *= np.float32(1 / np.sqrt(rows * columns))
    return total


def noise_vector(seed: int, index: int, length: int) -> NDArray[np.float32]:
    """Return the ``index``-th normal vector of a seed, apart from every noise field."""
    return normal_from_words(_WordSource(seed, _VECTOR_DOMAIN).words_at((index, 0, 0), length))


def words_of_place(seed: int, plane: int, row: int, column: int) -> Callable[[int, int], NDArray[np.uint64]]:
    """Return what draws random words of a place on an endless plane, apart from every field and vector.

    It takes how many, and how many of the place's words come before them: a multiple of 4. They never repeat.

    Parameters
    ----------
    seed, plane
        From 0 to 2**63 - 1 each.
    row, column
        Of the place, from -2**63 to 2**63 - 1.
    """
    return partial(_WordSource(seed, _PLACE_DOMAIN).words_at, (plane, row, column))


def words_of_particles(seed: int, plane: int, row: int, column: int, count: int) -> NDArray[np.uint64]:
    """Return random words of a block of particles on a plane, apart from those of its other places."""
    return _WordSource(seed, _PARTICLE_DOMAIN).words_at((plane, row, column), count)


def words_of_plane(seed: int, plane: int, count: int) -> NDArray[np.uint64]:
    """Return random words of a plane as a whole, apart from those of its places."""
    return _WordSource(seed, _PLANE_DOMAIN).words_at((plane, 0, 0), count)


class _WordSource:
    """Random words by position, for one seed and one use of it."""

    def __init__(self, seed: int, domain: int) -> None:
        self._generator: Any = np.random.Philox(key=np.array([seed, domain], np.uint64))
        self._state = self._generator.state

    def words_at(self, position: tuple[int, int, int], count: int, skipped: int = 0) -> NDArray[np.uint64]:
        """Return words at a position, whose parts may be negative; those to skip are a multiple of 4.

        The position is the upper part of the counter, so the lowest counter word counts within it;
        setting the state is several times as fast as making a generator.
        """
        self._state["state"]["counter"] = np.array(
            [skipped // _WORDS_A_COUNT, *(part % 2**64 for part in position)], np.uint64
        )
        self._generator.state = self._state
        words: NDArray[np.uint64] = self._generator.random_raw(count)
        return words

"""The screen of printed pages: the frequency, the strength and the hardness of its dots.

Dots that cover a page are two waves at right angles to each other, which stand out of a picture's spectrum as nothing
else does: equally fine, in step over all of the page and, in the spectrum of each colour, the same in picture after
picture. A fence has one direction, cloth lies in folds and in one picture, and the blocks of JPEG files lie along the
axes. Frequencies are complex numbers, down + i across, so that i times one is its wave turned by 90 degrees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft2
from scipy.ndimage import maximum_filter, uniform_filter

from napari_retrogan.core.images.even_choice import choose_evenly
from napari_retrogan.core.looks.screen_waves import Waves, fit_waves, read_waves
from napari_retrogan.core.stages.screen import HIGHEST_FREQUENCY, SCREEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Values = NDArray[np.floating[Any]]

_MAX_PICTURES = 8
_LARGEST, _SMALLEST = 512, 128
"""Sides in pixels of the squares that are looked at."""
_STEP = 32
_LONGEST = 12.0
"""Pixels from dot to dot beyond which they are taken for the scene."""
_NEIGHBOURHOOD = 25
_STANDS_OUT = 4.5
"""Logarithm of power over that of the neighbourhood: one value in 10**39 of noise is above it."""
_MOST_PEAKS = 8
_BESIDE = 4
_ALIKE = 0.02
"""Share of a frequency by which it differs from picture to picture, as pages lie a little askew."""
_SAME = 0.01
_TOLERANCE = 0.006
"""In cycles a pixel: frequencies so near to those of pixels and of JPEG files may be theirs."""
_IN_STEP = 0.5
"""Least share of a wave's power that is the same wave everywhere in a picture."""
_LEAST_STRENGTH = 0.03
_SHARE, _SHARE_OF_PHOTOGRAPHS = 1 / 2, 1 / 4
"""Of the vintage pictures, that have to show a screen, and of photographs, that may not."""


def measure_screen(
    vintage: Sequence[NDArray[Any]], photographs: Sequence[NDArray[Any]]
) -> dict[str, NDArray[np.float32]]:
    """Measure the screen that vintage pictures are printed with and photographs haven't got.

    Parameters
    ----------
    vintage, photographs
        Pictures or parts of them at full resolution, (Y, X, 3) RGB in [0, 1]; of each up to 8, evenly chosen, and of
        these the middle, up to 512 px wide and high, are looked at.

    Returns
    -------
    dict
        Weights of `SCREEN`, all zero unless a screen is surely told.
    """
    nothing = {name: np.zeros(weight.shape, np.float32) for name, weight in SCREEN.weights.items()}
    squares = _squares(vintage)
    peaks = [[_peaks(square[..., channel]) for square in squares] for channel in range(3)]
    waves = [_in_step(squares, each, channel) for channel, each in enumerate(peaks)]
    if not any(waves):
        return nothing
    scenes = _squares(photographs)
    for channel in range(3):
        ordinary = [_peaks(square[..., channel]) for square in scenes]
        most = _SHARE_OF_PHOTOGRAPHS * max(len(ordinary), 1)
        waves[channel] = {told: each for told, each in waves[channel].items() if _support(told, ordinary) < most}
    frequencies = _supported([next(iter(each), 0j) for each in waves])
    shown = [next(iter(each.values())) if told else [] for told, each in zip(frequencies, waves, strict=True)]
    dots = fit_waves(shown, frequencies)
    # One screen in several colours is one ink: what is grey stays grey.
    alike = np.array([[first == second for second in frequencies] for first in frequencies])
    strength = np.where(alike, dots.strengths, 0).sum(1) / alike.sum(1)
    told = strength >= _LEAST_STRENGTH
    if not told.any():
        return nothing
    pairs = np.array([[each.real, each.imag] for each in frequencies])
    return {
        "screen/frequency": np.where(told[:, None], pairs, 0).astype(np.float32),
        "screen/strength": np.where(told, strength, 0).astype(np.float32),
        "screen/hardness": np.array(dots.hardness, np.float32),
        "screen/blur": np.array(dots.blur, np.float32),
        "screen/light": np.array(dots.blur > 0, np.float32),
    }


def describe_screen(weights: Mapping[str, NDArray[Any]]) -> list[str]:
    """Return in a sentence or none that vintage pictures are printed in dots."""
    frequencies = np.hypot(*weights["screen/frequency"].astype(np.float64).T)
    if not frequencies.any():
        return []
    apart = 1 / frequencies[frequencies > 0].mean()
    return [
        f"The vintage pictures are printed in dots {apart:.1f} pixels apart, and results are too: the slider Screen."
    ]


def _squares(pictures: Sequence[NDArray[Any]]) -> list[Values]:
    """Return the middle square of some of the pictures that are large enough."""
    squares = []
    large = [picture for picture in pictures if min(picture.shape[:2]) >= _SMALLEST]
    for picture in choose_evenly(large, _MAX_PICTURES):
        side = min(_LARGEST, *picture.shape[:2]) // _STEP * _STEP
        top, left = ((extent - side) // 2 for extent in picture.shape[:2])
        squares.append(picture[top : top + side, left : left + side].astype(np.float32))
    return squares


def _peaks(channel: Values) -> list[complex]:
    """Return the waves of a square that stand out together with those at right angles, the highest first."""
    side = len(channel)
    taper = np.hanning(side).astype(np.float32)
    spectrum = rfft2((channel - channel.mean()) * taper[:, None] * taper)
    # What rounding to eight bits leaves: less is nothing that could stand out.
    least = np.float32(np.square(taper).sum() ** 2 / (12 * 255**2))
    logs = np.log(np.square(np.abs(spectrum)) + least)
    borders = ("wrap", "reflect")
    above = maximum_filter(logs - uniform_filter(logs, _NEIGHBOURHOOD, mode=borders), 3, mode=borders)
    numbers = np.arange(side // 2 + 1)
    both = np.minimum(above[numbers], above[-numbers[None, :], numbers[:, None]])
    radius = np.hypot(numbers[:, None], numbers) / side
    both[(radius < 1 / _LONGEST) | (radius > HIGHEST_FREQUENCY)] = 0
    both[:, 0] = 0
    peaks: list[complex] = []
    while len(peaks) < _MOST_PEAKS:
        down, across = np.unravel_index(np.argmax(both), both.shape)
        if both[down, across] < _STANDS_OUT:
            break
        first, second = _refined(logs, int(down), int(across)), _refined(logs, -int(across), int(down))
        peaks.append((first + second / 1j) / (2 * side))
        both[max(down - _BESIDE, 0) : down + _BESIDE + 1, max(across - _BESIDE, 0) : across + _BESIDE + 1] = 0
    return peaks


def _refined(logs: Values, down: int, across: int) -> complex:
    """Return where between the numbers of a spectrum a peak is highest, by parabolas through its logarithm."""
    rows = np.arange(down - 2, down + 3)
    columns = np.arange(across - 2, across + 3)
    # The other half of the spectrum of real numbers is this one turned by 180 degrees.
    width = logs.shape[1]
    part = np.empty((5, 5))
    for place, column in enumerate(columns):
        mirrored = column < 0 or column >= width
        inside = -column if column < 0 else 2 * (width - 1) - column if column >= width else column
        part[:, place] = logs[(-rows if mirrored else rows) % len(logs), inside]
    row, column = np.unravel_index(np.argmax(part[1:4, 1:4]), (3, 3))
    row, column = row + 1, column + 1

    def vertex(left: float, middle: float, right: float) -> float:
        return float(np.clip(0.5 * (left - right) / (left - 2 * middle + right - 1e-9), -0.5, 0.5))

    between = vertex(*part[row - 1 : row + 2, column]), vertex(*part[row, column - 1 : column + 2])
    return complex(rows[row] + between[0], columns[column] + between[1])


def _turned_to(frequency: complex, like: complex) -> complex:
    """Return that of a screen's four frequencies which is nearest to another."""
    return min((frequency * turn for turn in (1, 1j, -1, -1j)), key=lambda each: abs(each - like))


def _is_same(frequency: complex, other: complex, share: float = _ALIKE) -> bool:
    """Tell whether two frequencies are one but for a quarter turn and a share of it."""
    return abs(_turned_to(frequency, other) - other) < share * abs(other)


def _nearest(frequency: complex, peaks: Sequence[complex]) -> complex | None:
    """Return the first peak of a picture that is of a frequency, turned as this one is."""
    return next((_turned_to(peak, frequency) for peak in peaks if _is_same(peak, frequency)), None)


def _support(frequency: complex, pictures: Sequence[Sequence[complex]]) -> int:
    """Return how many pictures show a frequency."""
    return sum(_nearest(frequency, peaks) is not None for peaks in pictures)


def _common(pictures: Sequence[Sequence[complex]]) -> list[complex]:
    """Return the frequencies that many pictures show, the lowest first: others may be multiples of it."""
    common: list[complex] = []
    for frequency in (peak for peaks in pictures for peak in peaks):
        if not any(_is_same(frequency, other) for other in common):
            shown = [found for peaks in pictures if (found := _nearest(frequency, peaks)) is not None]
            if len(shown) >= _SHARE * len(pictures):
                common.append(complex(np.median(np.real(shown)), np.median(np.imag(shown))))
    return sorted(common, key=lambda each: (_of_blocks(each), abs(each)))


def _in_step(squares: Sequence[Values], found: Sequence[Sequence[complex]], channel: int) -> dict[complex, list[Waves]]:
    """Return the common frequency whose waves are in step in many pictures, with these, if there is any.

    It is the lowest one, and of equally low ones, which are those of other inks, the strongest.
    """
    best: dict[complex, list[Waves]] = {}
    strongest = 0.0
    for frequency in _common(found):
        if best and abs(frequency) > (1 + 2 * _ALIKE) * abs(next(iter(best))):
            break
        shown = [
            read_waves(square[..., channel], peak)
            for square, peaks in zip(squares, found, strict=True)
            if (peak := _nearest(frequency, peaks)) is not None
        ]
        kept = [each for each in shown if each.in_step >= _IN_STEP]
        strength = float(np.mean([each.strength for each in kept])) if kept else 0.0
        if len(kept) >= _SHARE * len(squares) and strength > strongest:
            best, strongest = {frequency: kept}, strength
    return best


def _supported(frequencies: Sequence[complex]) -> list[complex]:
    """Return frequencies without those of JPEG files and pixels, unless another colour has dots as far apart.

    Those that are the same but for what measuring leaves are made equal, so that what is grey stays grey.
    """
    sure = [each for each in frequencies if each and not _along_axes(each)]
    kept = [
        each if each and (each in sure or any(abs(abs(each) / abs(other) - 1) < 2 * _ALIKE for other in sure)) else 0j
        for each in frequencies
    ]
    for number, each in enumerate(kept):
        alike = [other for other in kept[:number] if other and _is_same(each, other, _SAME)]
        kept[number] = alike[0] if each and alike else each
    return kept


def _along_axes(frequency: complex) -> bool:
    """Tell whether waves may come of a grid along the axes: of pixels, or of the blocks of JPEG files."""
    return min(abs(frequency.real), abs(frequency.imag)) < _TOLERANCE or _of_blocks(frequency)


def _of_blocks(frequency: complex) -> bool:
    """Tell whether waves may come of the blocks of 8 pixels of JPEG files."""
    parts = 8 * np.array([frequency.real, frequency.imag])
    return bool(np.abs(parts - np.rint(parts)).max() < 8 * _TOLERANCE)

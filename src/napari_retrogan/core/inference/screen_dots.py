"""Where the dots of a screen lie, computed by place: any part of a picture has the bits of the whole.

With f the frequency of a channel in cycles a pixel of full size, (down, across), p the middle of a pixel and a, b the
picture's own phases, drawn from a counter-based source, the threshold of a pixel is F(cos u + cos v)::

    u = 2 pi (f_down p_down + f_across p_across) + a,    v = 2 pi (f_down p_across - f_across p_down) + b

where F is the share of such sums that are smaller. Channels of one frequency have the same phases, so that a grey
picture stays grey. Larger pixels average dots, which are fainter then, and none in the end; the tone of a page stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.inference.mark_shapes import even_from_words
from napari_retrogan.core.inference.noise import words_of_plane
from napari_retrogan.core.inference.placed import Placed
from napari_retrogan.core.stages.numpy_operations import NUMPY
from napari_retrogan.core.stages.screen import HIGHEST_FREQUENCY, SCREEN, page_dots, page_tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_retrogan.core.inference.tiling import Region

    Values = NDArray[np.float32]

_CHANNELS = 3
_LEVELS = 4096
_PHASES = 512
_SOFTEST, _HARDEST, _MOST_BLUR, _IN_LIGHT = 1.0, 16.0, 1.0, 0.5


def screen_bytes(weights: Mapping[str, NDArray[np.float32]]) -> bytes:
    """Return the weights of a look's screen, little-endian in single precision."""
    return b"".join(np.asarray(weights[name], "<f4").tobytes() for name in SCREEN.weights)


class ScreenPlane(Placed):
    """The screen of one picture."""

    __slots__ = ()

    def thresholds(self, region: Region) -> list[Values | None]:
        """Return the thresholds (y, x) of each channel in a region, None where it has no dots.

        Of blurred dots they are both cosines, (2, y, x).
        """
        told = _told(self.weights)
        phases = 2 * np.pi * even_from_words(words_of_plane(self.seed, self.plane, 2 * _CHANNELS)).reshape(-1, 2)
        fields: list[Values | None] = []
        for channel, frequency in enumerate(told.frequencies):
            first = told.frequencies.index(frequency)
            if first < channel:
                fields.append(fields[first])
            elif self._share(frequency):
                cosines = _cosines(frequency, phases[channel], region, self.pixel_size)
                fields.append(cosines if told.blur or told.in_light else shares_below(cosines[0] + cosines[1]))
            else:
                fields.append(None)
        return fields

    def laid_on(self, unit: Values, thresholds: list[Values | None], amount: float) -> Values:
        """Return a picture (3, y, x) in dots, so much of them; it isn't changed itself."""
        told = _told(self.weights)
        if told.in_light:
            return self._printed(unit, thresholds, amount)
        dots = {"screen/hardness": told.hardness, "screen/blur": told.blur}
        result = unit.copy()
        for channel, field in enumerate(thresholds):
            if field is not None:
                weights = {"screen/strength": told.strengths[channel], **dots}
                left = amount * self._share(told.frequencies[channel])
                result[channel] = SCREEN.formula(NUMPY, weights, unit[channel], field, left)
        return result

    def _printed(self, unit: Values, thresholds: list[Values | None], amount: float) -> Values:
        """Return a picture as a page whose dots take light."""
        told = _told(self.weights)
        result = unit.copy()
        for channel, (field, frequency) in enumerate(zip(thresholds, told.frequencies, strict=True)):
            if not any(frequency):
                continue
            dots = told.strengths[channel], float(np.hypot(*frequency)), told.blur
            change = tone = page_tone(unit[channel], *dots)
            if field is not None:
                shown = np.float32(self._share(frequency))
                change = tone + shown * (page_dots(unit[channel], field, *dots) - tone)
            result[channel] = np.clip(unit[channel] + np.float32(amount) * (change - unit[channel]), 0, 1)
        return result

    def _share(self, frequency: tuple[float, float]) -> float:
        """Return what averaging over a pixel leaves of a screen; nothing where pixels are too large for it."""
        sizes = np.array(self.pixel_size)
        both = np.array([frequency, (-frequency[1], frequency[0])])
        if not 0 < np.abs(both * sizes).max() <= HIGHEST_FREQUENCY:
            return 0.0
        return float((np.sinc(both * sizes) / np.sinc(both)).prod(1).mean())


@dataclass(frozen=True, slots=True)
class _Told:
    """What the weights tell: frequencies by channel, (down, across), strengths from 0 to 1, hardness, blur, light."""

    frequencies: tuple[tuple[float, float], ...]
    strengths: tuple[float, ...]
    hardness: float
    blur: float
    in_light: bool


@lru_cache(maxsize=16)
def _told(weights: bytes) -> _Told:
    """Return what weights tell, within what can be drawn."""
    values = np.frombuffer(weights, "<f4").astype(np.float64)
    frequencies = tuple((down, across) for down, across in values[: 2 * _CHANNELS].reshape(-1, 2).tolist())
    strengths = np.clip(values[2 * _CHANNELS : 3 * _CHANNELS], 0, 1).tolist()
    hardness, blur, light = values[3 * _CHANNELS :].tolist()
    hardness, blur = min(max(hardness, _SOFTEST), _HARDEST), min(max(blur, 0.0), _MOST_BLUR)
    return _Told(frequencies, tuple(strengths), hardness, blur, light > _IN_LIGHT)


def _cosines(
    frequency: tuple[float, float], phases: NDArray[np.float64], region: Region, pixel_size: tuple[float, float]
) -> Values:
    """Return cos u and cos v (2, y, x) of a region: of sums of angles, rows and columns have their own factors."""
    rows = (region.top + 0.5 + np.arange(region.height)) * pixel_size[0]
    columns = (region.left + 0.5 + np.arange(region.width)) * pixel_size[1]
    down, across = frequency
    cosines = []
    for by_row, by_column, phase in ((down, across, phases[0]), (-across, down, phases[1])):
        turns, others = (2 * np.pi * np.mod(by_row * rows, 1) + phase, 2 * np.pi * np.mod(by_column * columns, 1))
        product = np.cos(turns).astype(np.float32)[:, None] * np.cos(others).astype(np.float32)
        cosines.append(product - np.sin(turns).astype(np.float32)[:, None] * np.sin(others).astype(np.float32))
    return np.stack(cosines)


def shares_below(sums: NDArray[np.floating[Any]]) -> Values:
    """Return which share of all sums of two cosines is below each of some sums."""
    return _shares().take(((sums + np.float32(2)) * np.float32(_LEVELS / 4)).astype(np.int32), mode="clip")


@lru_cache(maxsize=1)
def _shares() -> Values:
    """Return which share of all sums of two cosines is below a sum, from -2 to 2 in even steps."""
    sums = np.linspace(-2, 2, _LEVELS, endpoint=False) + 2 / _LEVELS
    second = np.cos((np.arange(_PHASES) + 0.5) * (np.pi / _PHASES))
    below = 1 - np.arccos(np.clip(sums[:, None] - second, -1, 1)) / np.pi
    return np.asarray(below.mean(1), np.float32)

"""The waves of a screen in a picture, block by block, and the dots that have such waves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.inference.screen_dots import shares_below
from napari_retrogan.core.stages.numpy_operations import NUMPY
from napari_retrogan.core.stages.screen import HIGHEST_FREQUENCY, SCREEN, page_dots

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = NDArray[np.float64]

HARMONICS = ((1, 0), (0, 1), (1, 1), (1, -1), (2, 0), (0, 2))
"""Multiples of the two waves of a screen: these themselves first."""
_BLOCK = 32
_TONES = 33
_PHASES = 48
_HARDNESSES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
_BLURS = (0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.175, 0.19, 0.205, 0.22, 0.245, 0.28)
_USUAL = 2.0
"""Hardness of the dots by which a screen's strength is told first."""
_DIGITS = 3
"""Of frequencies, so that those of several inks share tables."""
_INKS = (1.0, 0.97, 0.94, 0.91, 0.88, 0.84, 0.8, 0.7, 0.6, 0.5)


@dataclass(frozen=True, slots=True)
class Waves:
    """A channel of a picture in blocks.

    Attributes
    ----------
    tones
        (N,): mean values.
    heights
        (N, 6): the amplitudes of ``HARMONICS`` in step with those of the whole picture; 0 of those too fine to show.
    shown
        (6,): which of them show.
    strength
        Of the screen, about.
    in_step
        Share of the power of both waves that is one wave of this strength over the whole picture.
    """

    tones: Values
    heights: Values
    shown: NDArray[np.bool_]
    strength: float
    in_step: float


def read_waves(channel: NDArray[Any], frequency: complex) -> Waves:
    """Return the waves of a screen of a frequency in a square (N, N) whose side is a multiple of 32."""
    side = len(channel)
    blocks = channel.astype(np.float64).reshape(side // _BLOCK, _BLOCK, side // _BLOCK, _BLOCK)
    taper = np.hanning(_BLOCK + 2)[1:-1]
    taper /= taper.sum()
    places = (np.arange(side) + 0.5).reshape(-1, _BLOCK)

    def read(wave: complex) -> NDArray[np.complex128]:
        rows, columns = (taper * np.exp(-2j * np.pi * part * places) for part in (wave.real, wave.imag))
        return np.asarray(np.einsum("iajb,ia,jb->ij", blocks, rows, columns, optimize=True).ravel())

    tones = read(0j).real
    turns = [frequency * complex(*order) for order in HARMONICS]
    shown = np.array([max(abs(wave.real), abs(wave.imag)) <= HIGHEST_FREQUENCY for wave in turns])
    found = np.stack(
        [2 * read(wave) if show else np.zeros_like(tones) for wave, show in zip(turns, shown, strict=True)]
    )
    phases = np.angle(found[:2].sum(1))
    heights = np.stack(
        [(each * np.exp(-1j * (np.array(order) @ phases))).real for each, order in zip(found, HARMONICS, strict=True)]
    )
    expected = _at_tones(tones, _heights(_USUAL))[:, :2]
    strength = float((expected * heights[:2].T).sum() / max(np.square(expected).sum(), 1e-12))
    missed = np.square(np.abs(found[:2].T - strength * expected * np.exp(1j * phases))).sum()
    in_step = float(1 - missed / max(np.square(np.abs(found[:2])).sum(), 1e-12))
    return Waves(tones, heights.T, shown, strength, in_step)


class FittedDots(NamedTuple):
    """Dots that have the waves of pages.

    Attributes
    ----------
    strengths
        Of the channels' screens; 0 without waves.
    hardness, blur
        Common to all; without a blur they are those of the formula of thresholds, with one dots in light.
    """

    strengths: list[float]
    hardness: float
    blur: float


def fit_waves(channels: Sequence[Sequence[Waves]], frequencies: Sequence[complex]) -> FittedDots:
    """Return the dots of such frequencies whose waves come nearest, by least squares, to those of channels."""
    fits = []
    for hardness, blur in [*((each, 0.0) for each in _HARDNESSES), *((_HARDNESSES[0], each) for each in _BLURS)]:
        found = [
            _fit_channel(pictures, hardness, blur, round(abs(frequency), _DIGITS))
            for pictures, frequency in zip(channels, frequencies, strict=True)
        ]
        fits.append((sum(missed for missed, _ in found), [strength for _, strength in found], hardness, blur))
    return FittedDots(*min(fits)[1:])


def _fit_channel(pictures: Sequence[Waves], hardness: float, blur: float, pixel: float) -> tuple[float, float]:
    """Return the squares that dots of a channel miss, and their strength."""
    if not pictures:
        return 0.0, 0.0
    data = np.concatenate([(each.heights * each.shown).ravel() for each in pictures])

    def model(curves: tuple[Values, Values]) -> Values:
        return np.concatenate([(_at_tones(each.tones, curves) * each.shown).ravel() for each in pictures])

    if blur:
        # What ink takes of the light tells where there are no dots, too.
        misses = (float(np.square(data - model(_page_heights(ink, pixel, blur))).sum()) for ink in _INKS)
        return min(zip(misses, _INKS, strict=True))
    expected = model(_heights(hardness))
    strength = float(np.clip(expected @ data / (expected @ expected), 0, 1))
    return float(np.square(data - strength * expected).sum()), strength


def _at_tones(tones: Values, curves: tuple[Values, Values]) -> Values:
    """Return the amplitudes (N, 6) of ``HARMONICS`` that curves of them give to tones."""
    means, heights = curves
    return np.stack([np.interp(tones, means, each) for each in heights.T], 1)


@lru_cache(maxsize=32)
def _heights(hardness: float) -> tuple[Values, Values]:
    """Return mean tones (33,) of hard dots of full strength, and their amplitudes (33, 6) of ``HARMONICS``."""
    tones, cosines = _grid()
    weights = {"screen/strength": 1.0, "screen/hardness": hardness}
    return tones.ravel(), _amplitudes(SCREEN.formula(NUMPY, weights, tones, shares_below(cosines.sum(0)), 1.0))


@lru_cache(maxsize=512)
def _page_heights(strength: float, pixel: float, blur: float) -> tuple[Values, Values]:
    """Return mean stored tones (33,) of dots in light, and their amplitudes (33, 6) of ``HARMONICS``."""
    tones, cosines = _grid()
    printed = page_dots(np.broadcast_to(tones, (_TONES, *cosines.shape[1:])), cosines, strength, pixel, blur)
    return printed.mean((1, 2), dtype=np.float64), _amplitudes(printed)


def _grid() -> tuple[Values, Values]:
    """Return tones (33, 1, 1), and both cosines (2, 48, 48) at even phases."""
    first = np.cos((np.arange(_PHASES) + 0.5) * (2 * np.pi / _PHASES))
    return np.linspace(0, 1, _TONES)[:, None, None], np.stack(np.broadcast_arrays(first[:, None], first))


def _amplitudes(printed: NDArray[Any]) -> Values:
    """Return the amplitudes (33, 6) of ``HARMONICS`` of pages (33, 48, 48) at even phases."""
    first = (np.arange(_PHASES) + 0.5) * (2 * np.pi / _PHASES)
    waves = [np.cos(m * first[:, None] + n * first) for m, n in HARMONICS]
    return np.stack([2 * (printed * wave).mean((1, 2)) for wave in waves], 1)

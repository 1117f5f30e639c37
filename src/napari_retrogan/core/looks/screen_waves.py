"""The waves of a screen in a picture, block by block, and the dots that have such waves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.inference.screen_dots import shares_below
from napari_retrogan.core.stages.numpy_operations import NUMPY
from napari_retrogan.core.stages.screen import HIGHEST_FREQUENCY, SCREEN

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = NDArray[np.float64]

HARMONICS = ((1, 0), (0, 1), (1, 1), (1, -1), (2, 0), (0, 2))
"""Multiples of the two waves of a screen: these themselves first."""
_BLOCK = 32
_TONES = 33
_PHASES = 48
_HARDNESSES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
_BLURS = (0.08, 0.1, 0.12, 0.14, 0.16, 0.175, 0.19, 0.205, 0.22, 0.245, 0.28)
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
    expected = _heights_at(tones, 2.0)[:, :2]
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
        Common to all; without a blur they are those of the formula of thresholds.
    """

    strengths: list[float]
    hardness: float
    blur: float


def fit_waves(channels: Sequence[Sequence[Waves]]) -> FittedDots:
    """Return the dots whose waves come nearest to those of the channels of pictures by least squares."""
    fits = []
    for hardness, blur in [*((each, 0.0) for each in _HARDNESSES), *((_HARDNESSES[0], each) for each in _BLURS)]:
        found = [_fit_channel(pictures, hardness, blur) for pictures in channels]
        fits.append((sum(missed for missed, _ in found), [strength for _, strength in found], hardness, blur))
    return FittedDots(*min(fits)[1:])


def _fit_channel(pictures: Sequence[Waves], hardness: float, blur: float) -> tuple[float, float]:
    """Return the squares that dots of a channel miss, and their strength."""
    if not pictures:
        return 0.0, 0.0
    data = np.concatenate([(each.heights * each.shown).ravel() for each in pictures])

    def model(strength: float) -> Values:
        heights = [_heights_at(each.tones, hardness, blur, strength) * each.shown for each in pictures]
        return np.concatenate(heights).ravel()

    if blur:
        # What ink takes of the light tells where there are no dots, too.
        return min((float(np.square(data - model(strength)).sum()), strength) for strength in _INKS)
    expected = model(1.0)
    strength = float(np.clip(expected @ data / (expected @ expected), 0, 1))
    return float(np.square(data - strength * expected).sum()), strength


def _heights_at(tones: Values, hardness: float, blur: float = 0.0, strength: float = 1.0) -> Values:
    """Return the amplitudes (N, 6) of ``HARMONICS`` that the formula of the screen gives to tones."""
    heights = _heights(hardness, blur, strength)
    return np.stack([np.interp(tones, np.linspace(0, 1, _TONES), each) for each in heights.T], 1)


@lru_cache(maxsize=256)
def _heights(hardness: float, blur: float, strength: float) -> Values:
    """Return the amplitudes (33, 6) of ``HARMONICS`` by tone."""
    first = (np.arange(_PHASES) + 0.5) * (2 * np.pi / _PHASES)
    cosines = np.stack(np.broadcast_arrays(np.cos(first)[:, None], np.cos(first)))
    tones = np.linspace(0, 1, _TONES)[:, None, None]
    weights = {"screen/strength": strength, "screen/hardness": hardness, "screen/blur": blur}
    printed = SCREEN.formula(NUMPY, weights, tones, cosines if blur else shares_below(cosines.sum(0)), 1.0)
    waves = [np.cos(m * first[:, None] + n * first) for m, n in HARMONICS]
    return np.stack([2 * (printed * wave).mean((1, 2)) for wave in waves], 1)

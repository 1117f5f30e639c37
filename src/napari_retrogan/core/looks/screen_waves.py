"""The waves of a screen in a picture, block by block, and the strength and hardness of dots that have such waves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

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


def fit_waves(channels: Sequence[Sequence[Waves]]) -> tuple[list[float], float]:
    """Return the strengths of the channels' screens and their common hardness by least squares; 0 without waves."""
    fits = []
    for hardness in _HARDNESSES:
        strengths, missed = [], 0.0
        for pictures in channels:
            expected = [(_heights_at(each.tones, hardness) * each.shown).ravel() for each in pictures]
            found = [(each.heights * each.shown).ravel() for each in pictures]
            if not found:
                strengths.append(0.0)
                continue
            model, data = np.concatenate(expected), np.concatenate(found)
            strengths.append(float(np.clip(model @ data / (model @ model), 0, 1)))
            missed += float(np.square(data - strengths[-1] * model).sum())
        fits.append((missed, strengths, hardness))
    _, strengths, hardness = min(fits)
    return strengths, hardness


def _heights_at(tones: Values, hardness: float) -> Values:
    """Return the amplitudes (N, 6) of ``HARMONICS`` that the formula of the screen gives to tones."""
    return np.stack([np.interp(tones, np.linspace(0, 1, _TONES), each) for each in _heights(hardness).T], 1)


@lru_cache(maxsize=len(_HARDNESSES))
def _heights(hardness: float) -> Values:
    """Return the amplitudes (33, 6) of ``HARMONICS`` by tone, of a screen of strength 1."""
    first = (np.arange(_PHASES) + 0.5) * (2 * np.pi / _PHASES)
    thresholds = shares_below(np.cos(first)[:, None] + np.cos(first))
    tones = np.linspace(0, 1, _TONES)[:, None, None]
    weights = {"screen/strength": 1.0, "screen/hardness": hardness}
    printed = SCREEN.formula(NUMPY, weights, tones, thresholds, 1.0)
    waves = [np.cos(m * first[:, None] + n * first) for m, n in HARMONICS]
    return np.stack([2 * (printed * wave).mean((1, 2)) for wave in waves], 1)

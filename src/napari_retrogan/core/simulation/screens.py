"""Colours and tones made of small things on a plate or a page: starch grains, printed dots, the tooth of paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter

from napari_retrogan.core.architecture import LUMINANCE, TRANSFER
from napari_retrogan.core.stages.particles import STARCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FINEST = 3
"""Starch is drawn on a grid so many times finer than the pixels."""
_FINEST_DOTS = 6
"""Dots are: three times alone, the ninths of a pixel that they cover beat with their rows, and spots stand out."""


def _in_blocks(fine: NDArray[Any], shape: tuple[int, ...], finest: int) -> NDArray[Any]:
    """Return (Y, n, X, n): what lies in each pixel of a grid n times finer."""
    return fine.reshape(shape[0], finest, shape[1], finest)


def lay_starch_mosaic(picture: NDArray[np.float32], size: float, purity: float, seed: int) -> NDArray[np.float32]:
    """Look at a picture through a mosaic of dyed starch grains that touch.

    The autochrome plate of A. and L. Lumiere (1904; its making is told in B. Lavedrine and J.-P. Gandolfo, *The
    Lumiere Autochrome*, 2013): three kinds of grain at random places. Here they are the cells nearest to points, each
    point of one kind. A grain multiplies light by its colour over the mean colour of the three, so that many grains
    together keep the picture's; where that would be brighter than white, their colours are nearer to grey.

    Parameters
    ----------
    picture
        (Y, X, 3) RGB in [0, 1].
    size
        Mean distance between grains, in pixels: a grain was 10 to 15 thousandths of a millimetre.
    purity
        How far grains differ from grey, from 0 to 1.
    seed
        Of places and kinds.
    """
    random = np.random.default_rng(seed)
    shape = tuple(_FINEST * extent for extent in picture.shape[:2])
    count = max(3, round(shape[0] * shape[1] / (_FINEST * size) ** 2))
    places = np.zeros(shape, np.uint8)
    places.flat[random.choice(places.size, count, replace=False)] = 1 + random.permutation(count) % 3
    nearest = distance_transform_edt(places == 0, return_distances=False, return_indices=True)
    kinds = _in_blocks(places[tuple(nearest)], picture.shape, _FINEST)
    tint = sum((kinds == kind + 1).mean((1, 3))[..., None] * STARCH[kind] for kind in range(3)) - 1
    light = np.clip(picture, 0, 1).astype(np.float64) ** TRANSFER
    room = (1 / np.maximum(light, 1e-6) - 1) / (STARCH.max(0) - 1)
    result = light * (1 + np.minimum(purity, room.min(-1, keepdims=True)) * tint)
    return np.asarray(np.clip(result, 0, 1) ** (1 / TRANSFER), np.float32)


def lay_halftone(
    picture: NDArray[np.float32],
    period: float,
    angles: Sequence[float] = (15.0, 75.0, 0.0),
    ink: float = 0.995,
    seed: int | None = None,
) -> NDArray[np.float32]:
    """Print a picture as dots of cyan, magenta and yellow ink on screens that are turned against each other.

    Each channel of light is the share of paper that its ink leaves open (E. Neugebauer 1937, without the inks' side
    absorptions); a dot is where a sum of two cosines is below the level that leaves that share open (a round-dot
    screen).

    Parameters
    ----------
    picture
        (Y, X, 3) RGB in [0, 1].
    period
        Of the screen in pixels, from 3 on.
    angles
        Of the screens of cyan, magenta and yellow, in degrees.
    ink
        Share of its light that an ink takes.
    seed
        Of where the dots of each ink begin, as every sheet lies a little differently; None for the corner of the first
        pixel.
    """
    rows, columns = (
        ((np.arange(extent * _FINEST_DOTS, dtype=np.float32) + 0.5) / _FINEST_DOTS) * np.float32(2 * np.pi / period)
        for extent in picture.shape[:2]
    )
    levels = _screen_levels()
    light = np.clip(picture, 0, 1) ** np.float32(TRANSFER)
    result = np.empty_like(light)
    begin = np.zeros((3, 2)) if seed is None else np.random.default_rng(seed).uniform(0, 2 * np.pi, (3, 2))
    for channel, angle in enumerate(np.radians(angles)):
        along, over = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        first, second = begin[channel].astype(np.float32)
        screen = np.cos(columns * along + rows[:, None] * over + first)
        screen += np.cos(rows[:, None] * along - columns * over + second)
        covered = np.clip((1 - light[..., channel]) / np.float32(ink), 0, 1)
        height = np.interp(covered, np.linspace(0, 1, len(levels)), levels).astype(np.float32)
        dots = _in_blocks(screen, picture.shape, _FINEST_DOTS) < height[:, None, :, None]
        result[..., channel] = 1 - np.float32(ink) * dots.mean((1, 3))
    return np.asarray(np.clip(result, 0, 1) ** np.float32(1 / TRANSFER), np.float32)


def add_paper_tooth(
    picture: NDArray[np.float32], strength: float, size: float, seed: int, slant: float = 0.6
) -> NDArray[np.float32]:
    """Light a rough sheet from the side: its slopes are brighter towards the light and darker away from it.

    The height of the sheet is noise of one size with ridges made of its absolute value (octaves of "turbulence", K.
    Perlin, "An image synthesizer", 1985); what is added follows the slope, and is least in black, where nothing is
    thrown back. So it has a direction and a skew, which grain has not.

    Parameters
    ----------
    picture
        (Y, X, 3) RGB in [0, 1].
    strength
        Standard deviation of what white paper changes by.
    size
        Of the coarsest ridges, in pixels.
    seed
        Of the sheet.
    slant
        Direction that light comes from, in radians from the right downwards.
    """
    random = np.random.default_rng(seed)
    sheet = np.zeros(picture.shape[:2], np.float32)
    for octave in range(2):
        scale = max(size / 2**octave, 0.7)
        field = gaussian_filter(random.standard_normal(sheet.shape, np.float32), scale, mode="wrap")
        sheet -= np.abs(field / field.std()) * np.float32(scale)
    sheet = gaussian_filter(sheet, 0.5, mode="wrap")
    down, across = (np.roll(sheet, -1, axis) - np.roll(sheet, 1, axis) for axis in (0, 1))
    slope = across * np.float32(np.cos(slant)) + down * np.float32(np.sin(slant))
    slope *= np.float32(strength) / slope.std()
    luminance = np.clip(picture @ LUMINANCE, 0, 1)[..., None]
    return np.asarray(np.clip(picture + slope[..., None] * np.sqrt(luminance), 0, 1), np.float32)


def _screen_levels() -> NDArray[np.float32]:
    """Return the heights below which even shares of a sum of two cosines lie."""
    phase = np.linspace(0, 2 * np.pi, 256, endpoint=False)
    heights = np.sort((np.cos(phase)[:, None] + np.cos(phase)).ravel())
    shares = np.linspace(0, 1, 257)
    levels = np.quantile(heights, shares)
    levels[0], levels[-1] = -2.1, 2.1
    return np.asarray(levels, np.float32)

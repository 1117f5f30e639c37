"""Random looks: seeded chains of what film, paper, chemistry, light and age do.

The look prior learns from them what looks there are, and the sample pictures wear some of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.images.pixel_positions import picture_positions
from napari_retrogan.core.simulation import tones
from napari_retrogan.core.simulation.film import add_grain, blur, soften
from napari_retrogan.core.simulation.photo_filters import draw_filter
from napari_retrogan.core.simulation.recipes import draw_recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

Colours = NDArray[np.float32]
Random = np.random.Generator

_HALATION_TINT = np.array([1.0, 0.35, 0.15], np.float32)
"""Light that the film's base throws back reaches the red layer first."""


@dataclass(frozen=True, slots=True)
class Texture:
    """What a look does between neighbouring pixels.

    ``softness`` is the standard deviation of the blur in pixels; ``halation`` the share of bright light that spreads
    over ``halation_radius`` pixels; ``leak`` the strength of a light leak from one border; ``grain``, ``grain_size``
    and ``grain_chroma`` are those of ``film.add_grain``.
    """

    softness: float = 0.0
    halation: float = 0.0
    halation_radius: float = 8.0
    leak: float = 0.0
    grain: float = 0.0
    grain_size: float = 0.7
    grain_chroma: float = 0.25


@dataclass(frozen=True, slots=True)
class RandomLook:
    """A look as a chain of steps; two with the same seed are equal.

    Attributes
    ----------
    steps
        Names of functions of ``tones`` with their arguments, in the order they act.
    strength
        Share of the chain's change that is taken.
    texture
        Softness, halation, light leak and grain, for whole pictures.
    """

    steps: tuple[tuple[str, Mapping[str, Any]], ...]
    strength: float = 1.0
    texture: Texture = Texture()

    @classmethod
    def draw(cls, seed: int | Random) -> RandomLook:
        """Draw a look: black and white, faded, cross-processed, tinted or several of these; or a filter of the web."""
        random = np.random.default_rng(seed)
        kind = random.random()
        if kind < _FILTER_SHARE:
            return cls(tuple(draw_filter(random)), 1.0, _draw_texture(random))
        monochrome = kind < _FILTER_SHARE + _MONOCHROME_SHARE
        steps = tuple(draw_recipe(random, monochrome=monochrome))
        strength = 1.0 if random.random() < 0.5 else float(random.uniform(0.2, 1.0))
        return cls(steps, 1.0 if monochrome else strength, _draw_texture(random))

    def tone(self, colours: Colours, positions: Colours) -> Colours:
        """Return colours (..., 3) in [0, 1] in this look; ``images.pixel_positions`` tells where they lie, (..., 3)."""
        changed = colours
        for name, arguments in self.steps:
            operation = getattr(tones, name)
            where = (positions,) if name in tones.POSITIONAL else ()
            changed = operation(changed, *where, **arguments)
        return np.clip(colours + np.float32(self.strength) * (changed - colours), 0, 1).astype(np.float32, copy=False)

    def expose(self, picture: Colours, seed: int) -> Colours:
        """Return a whole picture (Y, X, 3) in [0, 1] in this look, with its texture; ``seed`` is the grain's."""
        texture = self.texture
        toned = self.tone(_add_light(picture, texture, seed), picture_positions((picture.shape[0], picture.shape[1])))
        toned = soften(toned, texture.softness)
        if not texture.grain:
            return toned
        return add_grain(toned, texture.grain, texture.grain_size, seed, texture.grain_chroma)


_MONOCHROME_SHARE, _FILTER_SHARE = 0.16, 0.35


def _draw_texture(random: Random) -> Texture:
    """Draw softness, halation, leak and grain, each often absent."""
    present = random.random(4) < (0.7, 0.2, 0.1, 0.8)
    return Texture(
        softness=float(present[0] * random.uniform(0.2, 1.4)),
        halation=float(present[1] * random.uniform(0.05, 0.3)),
        halation_radius=float(random.uniform(4, 16)),
        leak=float(present[2] * random.uniform(0.2, 0.8)),
        grain=float(present[3] * random.uniform(0.01, 0.1)),
        grain_size=float(random.uniform(0.4, 1.2)),
        grain_chroma=float(random.uniform(0, 0.5)),
    )


def _add_light(picture: Colours, texture: Texture, seed: int) -> Colours:
    """Add halation around bright parts and a leak from one border."""
    if texture.halation:
        bright = np.square(np.clip(picture.max(-1) - 0.5, 0, 0.5) * 2)
        halo = blur(bright[..., None], texture.halation_radius)
        picture = picture + np.float32(texture.halation) * halo * _HALATION_TINT
    if texture.leak:
        random = np.random.default_rng([seed, 1])
        rows, columns = (np.linspace(-1, 1, extent, dtype=np.float32) for extent in picture.shape[:2])
        angle = random.uniform(0, 2 * np.pi)
        along = rows[:, None] * np.float32(np.sin(angle)) + columns[None, :] * np.float32(np.cos(angle))
        light = np.clip((along - np.float32(random.uniform(0.2, 0.9))) * 1.5, 0, 1)[..., None]
        picture = picture + np.float32(texture.leak) * light * _HALATION_TINT
    return np.clip(picture, 0, 1)

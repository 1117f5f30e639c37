"""Random looks: seeded chains of what film, paper, chemistry, light and age do.

The look prior learns from them what looks there are, and the sample pictures wear some of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_retrogan.core.images.intensity import LUMINANCE
from napari_retrogan.core.images.radius import squared_radius
from napari_retrogan.core.looks import tones
from napari_retrogan.core.looks.film import add_grain, soften

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Colours = NDArray[np.float32]
Random = np.random.Generator
Step = tuple[str, "Mapping[str, Any]"]

HALATION_TINT = np.array([1.0, 0.35, 0.15], np.float32)
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

    steps: tuple[Step, ...]
    strength: float = 1.0
    texture: Texture = Texture()

    @classmethod
    def draw(cls, seed: int | Random) -> RandomLook:
        """Draw a look: black and white, faded, cross-processed, tinted, or several of these at once."""
        random = np.random.default_rng(seed)
        recipes = _MONOCHROME if random.random() < MONOCHROME_SHARE else _COLOUR
        chosen = [name for name, share in recipes.items() if random.random() < share]
        random.shuffle(chosen)
        if recipes is _MONOCHROME:
            chosen.insert(0, "monochrome")
        steps = tuple(step for name in chosen for step in _RECIPES[name](random))
        strength = 1.0 if random.random() < 0.5 else float(random.uniform(0.2, 1.0))
        return cls(steps, 1.0 if recipes is _MONOCHROME else strength, _draw_texture(random))

    def tone(self, colours: Colours, radius: Colours) -> Colours:
        """Return colours (..., 3) in [0, 1] in this look; ``radius`` (..., 1) is the squared one from the centre."""
        changed = colours
        for name, arguments in self.steps:
            operation = getattr(tones, name)
            changed = operation(changed, radius, **arguments) if name == "vignette" else operation(changed, **arguments)
        return np.clip(colours + np.float32(self.strength) * (changed - colours), 0, 1).astype(np.float32, copy=False)

    def expose(self, picture: Colours, seed: int) -> Colours:
        """Return a whole picture (Y, X, 3) in [0, 1] in this look, with its texture; ``seed`` is the grain's."""
        height, width = picture.shape[:2]
        radius = squared_radius((height, width), np.arange(height) + 0.5, np.arange(width) + 0.5)
        texture = self.texture
        toned = soften(self.tone(_add_light(picture, texture, seed), radius), texture.softness)
        if not texture.grain:
            return toned
        return add_grain(toned, texture.grain, texture.grain_size, seed, texture.grain_chroma)


MONOCHROME_SHARE = 0.18
_BLOTTING_MODES = ("normal", "difference", "exclusion", "color_dodge", "color_burn")
"""Modes that leave little of a picture when they are dense."""
_COLOUR = {
    "exposure": 0.45,
    "contrast": 0.4,
    "stretch": 0.25,
    "gammas": 0.3,
    "curves": 0.45,
    "saturation": 0.5,
    "sepia": 0.15,
    "hue": 0.15,
    "dyes": 0.4,
    "lamp": 0.35,
    "fading": 0.25,
    "paper": 0.45,
    "split_tone": 0.3,
    "cross_process": 0.12,
    "cast": 0.45,
    "vignette": 0.25,
}
_MONOCHROME = {
    "exposure": 0.4,
    "contrast": 0.5,
    "stretch": 0.3,
    "curves_in_common": 0.5,
    "paper": 0.4,
    "vignette": 0.25,
}


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
    """Add halation around bright places and a leak from one border."""
    if texture.halation:
        bright = np.square(np.clip(picture.max(-1) - 0.5, 0, 0.5) * 2)
        halo = gaussian_filter(bright, texture.halation_radius)
        picture = picture + np.float32(texture.halation) * halo[..., None] * HALATION_TINT
    if texture.leak:
        random = np.random.default_rng([seed, 1])
        rows, columns = (np.linspace(-1, 1, extent, dtype=np.float32) for extent in picture.shape[:2])
        angle = random.uniform(0, 2 * np.pi)
        along = rows[:, None] * np.float32(np.sin(angle)) + columns[None, :] * np.float32(np.cos(angle))
        light = np.clip((along - np.float32(random.uniform(0.2, 0.9))) * 1.5, 0, 1)[..., None]
        picture = picture + np.float32(texture.leak) * light * HALATION_TINT
    return np.clip(picture, 0, 1)


def _normal(random: Random, deviation: float, size: int | tuple[int, ...] = 3) -> list[Any]:
    """Draw normal numbers as plain lists."""
    result: list[Any] = random.normal(0, deviation, size).tolist()
    return result


def _tint(random: Random, lightness: tuple[float, float], chroma: float) -> list[float]:
    """Draw a colour around a grey."""
    grey = random.uniform(*lightness)
    return [min(1.0, max(0.0, grey + offset)) for offset in _normal(random, chroma)]


def _dye_matrix(random: Random) -> list[list[float]]:
    """Draw a mixing matrix whose columns sum to one."""
    matrix = np.eye(3) + random.normal(0, random.choice((0.03, 0.1)), (3, 3))
    rows: list[list[float]] = (matrix / matrix.sum(0)).tolist()
    return rows


def _heights(random: Random, deviation: float, channels: int = 3) -> list[list[float]]:
    """Draw curves at five places, the same for all channels or one for each."""
    base = np.linspace(0, 1, 5)
    drawn = np.clip(base + random.normal(0, deviation, (channels, 5)), 0, 1)
    curves: list[list[float]] = np.broadcast_to(np.maximum.accumulate(drawn, axis=1), (3, 5)).tolist()
    return curves


def _toning(random: Random) -> list[list[float]]:
    """Draw a tone curve from black to white: neutral, sepia, or any tint."""
    places = np.linspace(0, 1, 5)[:, None]
    kind = random.random()
    sepia = np.array([0.10, 0.0, -0.13]) * random.uniform(0.3, 1.5)
    tint = np.zeros(3) if kind < 0.4 else sepia if kind < 0.75 else random.normal(0, 0.07, 3)
    strength = 4 * places * (1 - places) + random.uniform(0, 0.6)
    curve: list[list[float]] = np.clip(places + strength * tint, 0, 1).tolist()
    return curve


def _monochrome(random: Random) -> list[Step]:
    weights = random.dirichlet((3.0, 5.0, 1.5))
    return [("monochrome", {"weights": weights.tolist(), "toning": _toning(random)})]


def _cross_process(random: Random) -> list[Step]:
    """Develop slide film as a negative: steep red and green, flat blue."""
    red, green, blue = random.uniform(2, 7, 3)
    heights = []
    for slope in (red, green, -0.6 * blue):
        places = np.linspace(0, 1, 7)[:, None].astype(np.float32)
        heights.append(np.clip(tones.contrast(np.repeat(places, 3, 1), float(slope), 0.5)[:, 0], 0, 1).tolist())
    return [("curves", {"heights": heights})]


def _cast(random: Random) -> list[Step]:
    """Lay one to three colours over the picture, as web filters do: most of them thinly, some densely."""
    steps: list[Step] = []
    for _ in range(random.integers(1, 4)):
        mode = str(random.choice(tones.BLEND_MODES))
        dense = random.random() < 0.3 and mode not in _BLOTTING_MODES
        opacity = float(random.uniform(0.3, 1.0) if dense else random.uniform(0.03, 0.4))
        steps.append(("cover", {"colour": random.uniform(0, 1, 3).tolist(), "mode": mode, "opacity": opacity}))
    return steps


def _sepia(random: Random) -> list[Step]:
    """Wash part of the colours out into one warm or random tint."""
    share, strength = random.uniform(0.1, 0.8), random.uniform(0.2, 1.2)
    tint = 1 + strength * (np.array([0.2, 0.05, -0.25]) if random.random() < 0.7 else random.normal(0, 0.12, 3))
    return [("mix", {"matrix": ((1 - share) * np.eye(3) + share * np.outer(LUMINANCE, tint)).tolist()})]


def _fading(random: Random) -> list[Step]:
    remaining = np.clip(1 - np.abs(random.normal(0, 0.3, 3)), 0.3, 1.0)
    return [("fade_dyes", {"remaining": remaining.tolist(), "stain": np.abs(random.normal(0, 0.05, 3)).tolist()})]


def _paper(random: Random) -> list[Step]:
    if random.random() < 0.75:
        return [("print_between", {"black": _tint(random, (0, 0.2), 0.03), "white": _tint(random, (0.8, 1.0), 0.04)})]
    return [("print_between", {"black": _tint(random, (0, 0.45), 0.04), "white": _tint(random, (0.55, 1.0), 0.04)})]


def _stretch(random: Random) -> list[Step]:
    """Scale around middle grey, as an editor's contrast does: black and white may clip."""
    reach = float(random.uniform(0.6, 1.7)) / 2
    return [("print_between", {"black": [0.5 - reach] * 3, "white": [0.5 + reach] * 3})]


def _split(random: Random) -> list[Step]:
    shadows, highlights = _normal(random, 0.05), _normal(random, 0.05)
    return [("split_tone", {"shadows": shadows, "highlights": highlights, "balance_at": float(random.uniform(0.5, 2))})]


def _vignette(random: Random) -> list[Step]:
    amount, power = float(random.uniform(0.05, 0.7)), float(random.uniform(0.7, 2.5))
    return [("vignette", {"amount": amount, "power": power})]


_RECIPES: dict[str, Callable[[Random], list[Step]]] = {
    "exposure": lambda random: [("expose", {"stops": float(random.normal(0, random.choice((0.3, 0.8))))})],
    "contrast": lambda random: [
        ("contrast", {"slope": float(random.uniform(-3, 6)), "pivot": float(random.uniform(0.35, 0.65))})
    ],
    "stretch": _stretch,
    "gammas": lambda random: [("bend", {"gammas": np.exp(random.normal(0, 0.15, 3)).tolist()})],
    "curves": lambda random: [("curves", {"heights": _heights(random, float(random.uniform(0.01, 0.09)))})],
    "curves_in_common": lambda random: [("curves", {"heights": _heights(random, 0.06, channels=1)})],
    "saturation": lambda random: [("saturate", {"amount": float(random.uniform(0.1, 1.9))})],
    "sepia": _sepia,
    "hue": lambda random: [("rotate_hue", {"radians": float(random.normal(0, 0.2))})],
    "dyes": lambda random: [("mix", {"matrix": _dye_matrix(random)})],
    "lamp": lambda random: [("balance", {"gains": np.exp(random.normal(0, 0.2, 3)).tolist()})],
    "fading": _fading,
    "paper": _paper,
    "split_tone": _split,
    "cross_process": _cross_process,
    "cast": _cast,
    "vignette": _vignette,
    "monochrome": _monochrome,
}

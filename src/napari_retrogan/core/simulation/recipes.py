"""Random chains of what film, paper, chemistry, light and age do: steps of ``tones`` with their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.simulation import tones

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Random = np.random.Generator
Step = tuple[str, "Mapping[str, Any]"]

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
    "uneven": 0.12,
}
_MONOCHROME = {
    "exposure": 0.4,
    "contrast": 0.5,
    "stretch": 0.3,
    "curves_in_common": 0.5,
    "paper": 0.4,
    "vignette": 0.25,
    "uneven": 0.12,
}


def draw_recipe(random: Random, *, monochrome: bool) -> list[Step]:
    """Draw a chain of steps in random order; a monochrome one begins by leaving one tone."""
    recipes = _MONOCHROME if monochrome else _COLOUR
    chosen = [name for name, share in recipes.items() if random.random() < share]
    random.shuffle(chosen)
    if monochrome:
        chosen.insert(0, "monochrome")
    return [step for name in chosen for step in _RECIPES[name](random)]


def normal(random: Random, deviation: float, size: int | tuple[int, ...] = 3) -> list[Any]:
    """Draw normal numbers as plain lists."""
    result: list[Any] = random.normal(0, deviation, size).tolist()
    return result


def tint(random: Random, lightness: tuple[float, float], chroma: float) -> list[float]:
    """Draw a colour around a grey."""
    grey = random.uniform(*lightness)
    return [min(1.0, max(0.0, grey + offset)) for offset in normal(random, chroma)]


def _dye_matrix(random: Random) -> list[list[float]]:
    """Draw a mixing matrix whose columns sum to one."""
    matrix = np.eye(3) + random.normal(0, random.choice((0.03, 0.1)), (3, 3))
    rows: list[list[float]] = (matrix / matrix.sum(0)).tolist()
    return rows


def _heights(random: Random, deviation: float, channels: int = 3) -> list[list[float]]:
    """Draw curves at five levels, the same for all channels or one for each."""
    base = np.linspace(0, 1, 5)
    drawn = np.clip(base + random.normal(0, deviation, (channels, 5)), 0, 1)
    curves: list[list[float]] = np.broadcast_to(np.maximum.accumulate(drawn, axis=1), (3, 5)).tolist()
    return curves


def _toning(random: Random) -> list[list[float]]:
    """Draw a tone curve from black to white: neutral, sepia, or any tint."""
    levels = np.linspace(0, 1, 5)[:, None]
    kind = random.random()
    sepia = np.array([0.10, 0.0, -0.13]) * random.uniform(0.3, 1.5)
    tint = np.zeros(3) if kind < 0.4 else sepia if kind < 0.75 else random.normal(0, 0.07, 3)
    strength = 4 * levels * (1 - levels) + random.uniform(0, 0.6)
    curve: list[list[float]] = np.clip(levels + strength * tint, 0, 1).tolist()
    return curve


def _monochrome(random: Random) -> list[Step]:
    weights = random.dirichlet((3.0, 5.0, 1.5))
    return [("monochrome", {"weights": weights.tolist(), "toning": _toning(random)})]


def _cross_process(random: Random) -> list[Step]:
    """Develop slide film as a negative: steep red and green, flat blue."""
    red, green, blue = random.uniform(2, 7, 3)
    heights = []
    for slope in (red, green, -0.6 * blue):
        levels = np.linspace(0, 1, 7)[:, None].astype(np.float32)
        heights.append(np.clip(tones.contrast(np.repeat(levels, 3, 1), float(slope), 0.5)[:, 0], 0, 1).tolist())
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
        return [("print_between", {"black": tint(random, (0, 0.2), 0.03), "white": tint(random, (0.8, 1.0), 0.04)})]
    return [("print_between", {"black": tint(random, (0, 0.45), 0.04), "white": tint(random, (0.55, 1.0), 0.04)})]


def _stretch(random: Random) -> list[Step]:
    """Scale around middle grey, as an editor's contrast does: black and white may clip."""
    return [("print_between", around(0.5, float(random.uniform(0.6, 1.7))))]


def around(pivot: float, amount: float) -> dict[str, Any]:
    """Return what scales values around a pivot; black and white may clip."""
    return {"black": [pivot - amount * pivot] * 3, "white": [pivot + amount * (1 - pivot)] * 3}


def _split(random: Random) -> list[Step]:
    shadows, highlights = normal(random, 0.05), normal(random, 0.05)
    return [("split_tone", {"shadows": shadows, "highlights": highlights, "balance_at": float(random.uniform(0.5, 2))})]


def _vignette(random: Random) -> list[Step]:
    amount, power = float(random.uniform(0.05, 0.7)), float(random.uniform(0.7, 2.5))
    return [("vignette", {"amount": amount, "power": power, "centre": centre(random)})]


def centre(random: Random) -> list[float]:
    """Draw a centre of light: mostly the picture's own."""
    return [0.0, 0.0] if random.random() < 0.6 else normal(random, 0.2, 2)


def _uneven(random: Random) -> list[Step]:
    """Fade or stain one side of a print, or leave its middle, more than the rest."""
    mode = str(random.choice(("normal", "screen", "multiply", "soft_light")))
    opacity = float(random.uniform(0.05, 0.4))
    stops = [[*random.uniform(0, 1, 3).tolist(), strength] for strength in random.permutation((0.0, 1.0)).tolist()]
    return [("lay_gradient", {"stops": stops, "mode": mode, "opacity": opacity, "shape": gradient_shape(random)})]


def gradient_shape(random: Random) -> dict[str, Any]:
    """Draw the shape of a gradient: more often radial than linear."""
    if random.random() < 0.7:
        return {"centre": centre(random), "radius": float(random.uniform(0.5, 1.2))}
    angle = random.uniform(0, 2 * np.pi)
    return {"direction": [float(np.sin(angle)), float(np.cos(angle))]}


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
    "uneven": _uneven,
    "monochrome": _monochrome,
}

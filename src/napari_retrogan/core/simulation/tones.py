"""What film, paper, chemistry, light and age do to a colour, one plain formula each.

Every function takes ``colours`` (..., 3), float32 RGB in [0, 1] with the transfer curve of sRGB, and returns the same
shape; the result may leave [0, 1] by a little. All are pointwise; those of ``POSITIONAL`` also take where each colour
lies, (..., 3) of ``images.pixel_positions``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.architecture import LUMINANCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Colours = NDArray[np.float32]

_TRANSFER = 2.2
"""Exponent between stored values and light: near enough to the curve of sRGB for a simulation."""
_MIN_LIGHT = 1e-3
"""Three densities: no film is blacker."""
_CSS_SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])


def expose(colours: Colours, stops: float) -> Colours:
    """Let more or less light in."""
    return balance(colours, (2.0**stops,) * 3)


def bend(colours: Colours, gammas: Sequence[float]) -> Colours:
    """Raise each channel to a power of its own."""
    return np.asarray(_clip(colours) ** np.asarray(gammas, np.float32))


def contrast(colours: Colours, slope: float, pivot: float) -> Colours:
    """Draw an S through a pivot: a logistic curve scaled to keep black and white; a slope below 0 flattens."""
    steepness = np.float32(max(abs(slope), 1e-3))

    def logistic(values: Any) -> Any:
        return 1 / (1 + np.exp(-steepness * (values - np.float32(pivot))))

    low, high = logistic(np.float32(0)), logistic(np.float32(1))
    curved = (logistic(_clip(colours)) - low) / (high - low)
    return np.asarray(curved if slope >= 0 else 2 * _clip(colours) - curved, np.float32)


def curves(colours: Colours, heights: Any) -> Colours:
    """Send each channel through a smooth curve.

    ``heights`` (3, K) are its values at K even levels from 0 to 1.
    """
    from scipy.interpolate import PchipInterpolator

    heights = np.asarray(heights, np.float64)
    levels = np.linspace(0, 1, 256)
    tables = PchipInterpolator(np.linspace(0, 1, heights.shape[1]), heights, axis=1)(levels)
    clipped = _clip(colours)
    channels = [np.interp(clipped[..., channel], levels, tables[channel]) for channel in range(3)]
    return np.stack(channels, -1).astype(np.float32)


def saturate(colours: Colours, amount: float) -> Colours:
    """Scale colour around luminance: 0 leaves grey, 1 changes nothing."""
    grey = (colours @ LUMINANCE)[..., None]
    return np.asarray(grey + np.float32(amount) * (colours - grey), np.float32)


def rotate_hue(colours: Colours, radians: float) -> Colours:
    """Turn colours around the grey axis (Rodrigues' formula)."""
    axis = np.full(3, 1 / np.sqrt(3))
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    rotation = np.eye(3) + np.sin(radians) * cross + (1 - np.cos(radians)) * cross @ cross
    return np.asarray(colours @ rotation.T.astype(np.float32))


def mix(colours: Colours, matrix: Any) -> Colours:
    """Let channels leak into each other as dyes do: ``colours @ matrix``; columns that sum to one keep grey."""
    return np.asarray(colours @ np.asarray(matrix, np.float32))


def balance(colours: Colours, gains: Sequence[float]) -> Colours:
    """Scale the light of each channel: the wrong lamp, or the wrong film for the lamp."""
    light = np.asarray(_clip(colours) ** _TRANSFER * np.asarray(gains, np.float32))
    return np.asarray(light ** np.float32(1 / _TRANSFER))


def fade_dyes(colours: Colours, remaining: Sequence[float], stain: Sequence[float]) -> Colours:
    """Age dyes: each keeps a share of its density, and the base takes on a stain's density."""
    density = -np.log10(np.maximum(_clip(colours) ** _TRANSFER, _MIN_LIGHT))
    aged = density * np.asarray(remaining, np.float32) + np.asarray(stain, np.float32)
    return np.asarray(10 ** (-aged / _TRANSFER), np.float32)


def print_between(colours: Colours, black: Sequence[float], white: Sequence[float]) -> Colours:
    """Squeeze the range between the paper's darkest and brightest colour."""
    low, high = np.asarray(black, np.float32), np.asarray(white, np.float32)
    return np.asarray(low + (high - low) * colours)


def split_tone(colours: Colours, shadows: Sequence[float], highlights: Sequence[float], balance_at: float) -> Colours:
    """Add one tint where it is dark and another where it is bright, each fading towards the middle."""
    bright = np.clip((_clip(colours) @ LUMINANCE)[..., None], 0, 1) ** np.float32(balance_at)
    tint = (1 - bright) * np.asarray(shadows, np.float32) + bright * np.asarray(highlights, np.float32)
    return np.asarray(colours + tint, np.float32)


def monochrome(colours: Colours, weights: Sequence[float], toning: Any) -> Colours:
    """Leave one tone: a weighted sum of the channels, through colours ``toning`` (K, 3) from black to white."""
    grey = np.clip(colours @ np.asarray(weights, np.float32), 0, 1)
    toning = np.asarray(toning, np.float32)
    levels = np.linspace(0, 1, len(toning))
    return np.stack([np.interp(grey, levels, toning[:, channel]) for channel in range(3)], -1).astype(np.float32)


def cover(colours: Colours, colour: Sequence[float], mode: str, opacity: float) -> Colours:
    """Blend with one colour.

    The modes are the separable ones of the W3C's "Compositing and Blending", level 1, section 9.1: normal, multiply,
    screen, overlay, darken, lighten, color_dodge, color_burn, hard_light, soft_light, difference and exclusion.
    """
    below, above = _clip(colours), np.asarray(colour, np.float32)
    return np.asarray(below + np.float32(opacity) * (_BLEND[mode](below, above) - below), np.float32)


def vignette(
    colours: Colours, positions: Colours, amount: float, power: float, centre: Sequence[float] = (0.0, 0.0)
) -> Colours:
    """Darken (or, below 0, brighten) away from a centre; an ``amount`` of 1 is black at half a diagonal from it."""
    distance = _squared_distance(positions, centre)
    return np.asarray(colours * (1 - np.float32(amount) * distance ** np.float32(power)), np.float32)


def lay_gradient(
    colours: Colours, positions: Colours, stops: Any, mode: str, opacity: float, shape: Mapping[str, Any]
) -> Colours:
    """Blend with a gradient.

    ``stops`` (K, 4) are the colours and opacities along it at even steps. Its ``shape`` is either radial, with a
    ``centre`` (down, across) and a ``radius``, or linear, with a ``direction`` (down, across) of unit length; both in
    units of half the diagonal from the picture's centre.
    """
    if "direction" in shape:
        along = 0.5 + 0.5 * (positions[..., 1:] @ np.asarray(shape["direction"], np.float32))
    else:
        along = np.sqrt(_squared_distance(positions, shape["centre"])[..., 0]) / np.float32(shape["radius"])
    stops = np.asarray(stops, np.float32)
    at = np.linspace(0, 1, len(stops))
    laid = np.stack([np.interp(along, at, stops[:, part]) for part in range(4)], -1).astype(np.float32)
    below = _clip(colours)
    blended = _BLEND[mode](below, laid[..., :3])
    return np.asarray(below + np.float32(opacity) * laid[..., 3:] * (blended - below))


def wash_sepia(colours: Colours, share: float) -> Colours:
    """Wash part of the colours out into brown, and clip: the matrix of the W3C's "Filter Effects", level 1, sepia."""
    matrix = (1 - share) * np.eye(3) + share * _CSS_SEPIA
    return _clip(colours @ matrix.T.astype(np.float32))


def _squared_distance(positions: Colours, centre: Sequence[float]) -> Colours:
    """Return the squared distance (..., 1) from a centre (down, across)."""
    if not any(centre):
        return positions[..., :1]
    offsets = positions[..., 1:] - np.asarray(centre, np.float32)
    return np.asarray(np.square(offsets).sum(-1, keepdims=True))


def _soft_light(below: Colours, above: Colours) -> Colours:
    """Blend as a diffused spotlight would."""
    dark = below - (1 - 2 * above) * below * (1 - below)
    curve = np.where(below <= 0.25, ((16 * below - 12) * below + 4) * below, np.sqrt(below))
    return np.where(above <= 0.5, dark, below + (2 * above - 1) * (curve - below))


def _hard_light(below: Colours, above: Colours) -> Colours:
    """Multiply or screen, as the colour above says."""
    return np.where(above <= 0.5, 2 * below * above, 1 - 2 * (1 - below) * (1 - above))


def _color_dodge(below: Colours, above: Colours) -> Colours:
    """Brighten towards the colour above."""
    return np.asarray(np.minimum(1, below / np.maximum(1 - above, _MIN_LIGHT)))


def _color_burn(below: Colours, above: Colours) -> Colours:
    """Darken towards the colour above."""
    return np.asarray(1 - np.minimum(1, (1 - below) / np.maximum(above, _MIN_LIGHT)))


def _clip(colours: Colours) -> Colours:
    """Return colours within [0, 1]."""
    return np.clip(colours, np.float32(0), np.float32(1))


_BLEND: dict[str, Callable[[Colours, Colours], Any]] = {
    "normal": lambda below, above: above + 0 * below,
    "multiply": lambda below, above: below * above,
    "screen": lambda below, above: below + above - below * above,
    "overlay": lambda below, above: _hard_light(above, below),
    "darken": np.minimum,
    "lighten": np.maximum,
    "color_dodge": _color_dodge,
    "color_burn": _color_burn,
    "hard_light": _hard_light,
    "soft_light": _soft_light,
    "difference": lambda below, above: np.abs(below - above),
    "exclusion": lambda below, above: below + above - 2 * below * above,
}
BLEND_MODES = tuple(_BLEND)
POSITIONAL = ("vignette", "lay_gradient")
"""What acts otherwise at another position."""

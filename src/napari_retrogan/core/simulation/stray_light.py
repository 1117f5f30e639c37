"""Light that goes astray: halation around bright parts, and channels that lie beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.ndimage import affine_transform
from scipy.signal import fftconvolve

from napari_retrogan.core.architecture import LUMINANCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TRANSFER = 2.2
"""Exponent between stored values and light, as in ``tones``."""
_REACH = 4
"""A tail is cut at so many of its lengths, where 2% of it are left."""


class Glow(NamedTuple):
    """What a film throws back of bright light.

    Attributes
    ----------
    core, tail
        Standard deviation of the Gaussian around the light, and length over which the rest falls to 1/e, in pixels.
    tail_share
        Of the glow that lies in the tail, from 0 to 1.
    strengths
        Share of the bright light that is added to red, green and blue.
    threshold
        Luminance, of stored values, above which light glows.
    """

    core: float = 3.0
    tail: float = 8.0
    tail_share: float = 0.5
    strengths: tuple[float, float, float] = (0.16, 0.05, 0.015)
    threshold: float = 0.9


RED_GLOW = Glow()
"""Of film that lets light through to its base: what comes back meets the red layer first, then the green."""
GREEN_GLOW = Glow(2.5, 10.0, 0.6, (0.04, 0.14, 0.07))
"""Of film whose layers lie in another order, or whose backing takes red."""


def add_halation(picture: NDArray[np.float32], glow: Glow = RED_GLOW) -> NDArray[np.float32]:
    """Add the glow around bright parts.

    Light that passes the layers is reflected by the film's base and exposes them again around where it came in:
    a bright core and a tail that falls exponentially, as absorption on longer ways back makes it (the spread of light
    in film: J. C. Dainty and R. Shaw, *Image Science*, 1974). What is bright is luminance above a threshold, in light.

    Parameters
    ----------
    picture
        (Y, X, 3) RGB in [0, 1].
    glow
        Width, colour and strength.
    """
    light = np.clip(picture, 0, 1).astype(np.float32) ** np.float32(_TRANSFER)
    least = glow.threshold**_TRANSFER
    bright = np.clip((light @ LUMINANCE - np.float32(least)) / np.float32(1 - least), 0, 1)
    kernel = glow_kernel(glow)
    reach = len(kernel) // 2
    spread = fftconvolve(np.pad(bright, reach, mode="symmetric" if min(bright.shape) >= reach else "edge"), kernel)
    spread = spread[2 * reach : -2 * reach or None, 2 * reach : -2 * reach or None]
    light = light + spread[..., None].astype(np.float32) * np.asarray(glow.strengths, np.float32)
    return np.asarray(np.clip(light, 0, 1) ** np.float32(1 / _TRANSFER), np.float32)


def glow_kernel(glow: Glow) -> NDArray[np.float64]:
    """Return the square (K, K) over which a point of light spreads, which sums to 1."""
    reach = int(np.ceil(_REACH * max(glow.core, glow.tail)))
    distance = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    core = np.exp(-0.5 * np.square(distance / glow.core))
    tail = np.exp(-distance / glow.tail)
    return np.asarray((1 - glow.tail_share) * core / core.sum() + glow.tail_share * tail / tail.sum())


class Shift(NamedTuple):
    """Where one channel lies against green.

    Attributes
    ----------
    down, across
        In pixels.
    scale
        About the centre; 1.001 puts what is 1,000 px from it one pixel further out.
    """

    down: float = 0.0
    across: float = 0.0
    scale: float = 1.0


def add_fringes(picture: NDArray[np.float32], red: Shift, blue: Shift) -> NDArray[np.float32]:
    """Displace red and blue against green, as plates taken one after the other and lenses with lateral colour do.

    Interpolation is by cubic splines; beyond its border a picture is mirrored.

    Parameters
    ----------
    picture
        (Y, X, 3) RGB in [0, 1].
    red, blue
        Where these channels come to lie.
    """
    channels = [_displaced(picture[..., 0], red), picture[..., 1], _displaced(picture[..., 2], blue)]
    return np.asarray(np.clip(np.stack(channels, -1), 0, 1), np.float32)


def _displaced(channel: NDArray[np.float32], shift: Shift) -> NDArray[np.float32]:
    """Return a channel (Y, X) that lies elsewhere."""
    centre = (np.asarray(channel.shape, np.float64) - 1) / 2
    moved = centre + np.array([shift.down, shift.across])
    offset = centre - moved / shift.scale
    return np.asarray(affine_transform(channel, np.full(2, 1 / shift.scale), offset, order=3, mode="mirror"))

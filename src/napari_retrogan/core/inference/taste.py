"""The taste of the person who applies a look: how much of it, and what they add themselves.

``exposure``, ``contrast``, ``warmth``, ``saturation``, ``fade`` and ``vignette`` are pointwise and act on the
styled picture, whatever the strength: they are the person's own and no part of the look. With u the colour in [0, 1]
as displays take it (sRGB, whose curve is taken as a power of 2.2), r2 the squared distance from the centre (1 in the
corners), l the luminance by Rec. 709 and bend(t, m) = m t / (1 + (m - 1) t), which keeps 0 and 1 and has slope m at 0,
in this order::

    u = min(u * 2 ** (-vignette * r2 / 2.2), 1)                     # one stop at the corner
    u = g * u,  g = 2 ** (exposure / 2.2)                           # and where g > 1, of what is above 1/2 then:
    u = 1/2 + bend((u - 1/2) / (g - 1/2), 2 g - 1) / 2              # a shoulder of the same slope that keeps white
    u = 1/2 + sign(t) * bend(|t|, 2 ** contrast) / 2,  t = 2 u - 1  # steeper or flatter at mid-grey
    u = clip(v * l(u) / l(v), 0, 1),  v = u * 2 ** (warmth * (1/4, 0, -1/4))
    u = clip(l(u) + (1 + saturation) * (u - l(u)), 0, 1)
    u = u + fade * (black + (white - black) * u - u)                # the blacks and whites of a faded print
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.images.intensity import MID_GREY
from napari_retrogan.core.setting_hints import check, hints
from napari_retrogan.core.stages.fringes import FRINGES
from napari_retrogan.core.stages.grain import GRAIN
from napari_retrogan.core.stages.halation import HALATION
from napari_retrogan.core.stages.marks import MARKS
from napari_retrogan.core.stages.screen import SCREEN
from napari_retrogan.core.stages.softness import SOFTNESS

if TYPE_CHECKING:
    from numpy.typing import NDArray

FADED_BLACK = np.array([0.24, 0.21, 0.19], np.float32)
FADED_WHITE = np.array([0.93, 0.92, 0.89], np.float32)
DISPLAY_GAMMA = 2.2
_WARMTH_EXPONENTS = np.array([0.25, 0.0, -0.25])


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """Checked amounts; the hints in the annotations also make the sliders and the command line's options.

    Those that say ``"of": "look"`` are amounts of what the generator has learnt. The others are the person's own: they
    act after it, whatever the strength, and at 0 add nothing.

    Raises
    ------
    InvalidConfig
        If a value is no number or lies outside its range.
    """

    strength: Annotated[
        float,
        {
            "of": "look",
            "min": 0.0,
            "max": 2.0,
            "label": "Strength",
            "tooltip": "0 changes nothing, 1 is the trained look.",
        },
    ] = 1.0
    exposure: Annotated[
        float,
        {
            "min": -2.0,
            "max": 2.0,
            "label": "Exposure",
            "tooltip": "Lightens by so many stops, or below 0 darkens; white stays white where it lightens.",
        },
    ] = 0.0
    contrast: Annotated[
        float,
        {
            "min": -1.0,
            "max": 1.0,
            "label": "Contrast",
            "tooltip": "1 doubles the contrast of mid-grey, -1 halves it; black and white stay.",
        },
    ] = 0.0
    warmth: Annotated[
        float,
        {"min": -1.0, "max": 1.0, "label": "Warmth", "tooltip": "Shifts colours to yellow, or below 0 to blue."},
    ] = 0.0
    saturation: Annotated[
        float,
        {
            "min": -1.0,
            "max": 1.0,
            "label": "Saturation",
            "tooltip": "1 doubles the strength of colours, -1 leaves greys; luminance is kept.",
        },
    ] = 0.0
    fade: Annotated[
        float,
        {"min": 0.0, "max": 1.0, "label": "Fade", "tooltip": "Lifts black towards a warm grey and lowers contrast."},
    ] = 0.0
    vignette: Annotated[
        float,
        {
            "min": -1.0,
            "max": 1.0,
            "label": "Vignette",
            "tooltip": "Darkens towards the corners, 1 by one stop; below 0 it lightens them. Added to the look's own.",
        },
    ] = 0.0
    softness: Annotated[float, SOFTNESS.setting] = 1.0
    halation: Annotated[float, HALATION.setting] = 1.0
    fringes: Annotated[float, FRINGES.setting] = 1.0
    grain: Annotated[float, GRAIN.setting] = 1.0
    screen: Annotated[float, SCREEN.setting] = 1.0
    marks: Annotated[float, MARKS.setting] = 0.0

    def __post_init__(self) -> None:
        check(self)

    @property
    def changes_nothing(self) -> bool:
        """Whether every picture stays as it is."""
        return self.strength == 0 and not self.adjusts and not self.marks

    @property
    def adjusts(self) -> bool:
        """Whether the person adds anything of their own."""
        return any(getattr(self, name) for name, amount in hints(Taste).items() if amount.of == "person")


def adjust(unit: NDArray[np.float32], radius: NDArray[np.float32], taste: Taste) -> NDArray[np.float32]:
    """Return a styled picture with what the person adds.

    Parameters
    ----------
    unit
        (3, Y, X) in [0, 1]; not changed.
    radius
        (Y, X), the squared distance from the whole picture's centre, 1 in its corners.
    taste
        Whose strength and other amounts of the look play no part here.
    """
    if taste.vignette:
        inside = np.minimum(radius, 1).astype(np.float64)
        exposure = np.exp2(inside * (-taste.vignette / DISPLAY_GAMMA))
        unit = np.minimum(unit * exposure.astype(np.float32), np.float32(1))
    if taste.exposure:
        unit = _expose(unit, float(np.exp2(taste.exposure / DISPLAY_GAMMA)))
    if taste.contrast:
        unit = _steepen(unit, float(np.exp2(taste.contrast)))
    if taste.warmth:
        unit = _warm(unit, taste.warmth)
    if taste.saturation:
        grey = _luminance(unit)
        unit = np.clip(grey + np.float32(1 + taste.saturation) * (unit - grey), 0, 1)
    if taste.fade:
        unit = unit * _by_channel((1 - taste.fade) + taste.fade * (FADED_WHITE - FADED_BLACK))
        unit += _by_channel(taste.fade * FADED_BLACK)
    return unit


def blend(styled: NDArray[np.float32], photograph: NDArray[np.float32], strength: float) -> NDArray[np.float32]:
    """Return, in the place of the styled picture, so much of the way from the photograph to it, within [0, 1]."""
    styled -= photograph
    styled *= np.float32(strength)
    styled += photograph
    return np.clip(styled, 0, 1, out=styled)


def _warm(unit: NDArray[np.float32], warmth: float) -> NDArray[np.float32]:
    """Scale red and blue against each other and keep the luminance, as far as no channel clips."""
    warm: NDArray[np.float32] = unit * _by_channel(np.exp2(warmth * _WARMTH_EXPONENTS))
    before, after = _luminance(unit), _luminance(warm)
    warm *= np.divide(before, after, out=np.ones_like(after), where=after > 0)
    return np.minimum(warm, np.float32(1), out=warm)


def bend(values: NDArray[np.float32], slope: float) -> NDArray[np.float32]:
    """Return values in [0, 1] on a curve that keeps 0 and 1 and has a slope at 0: m v / (1 + (m - 1) v)."""
    bent: NDArray[np.float32] = values * np.float32(slope)
    bent /= 1 + np.float32(slope - 1) * values
    return np.minimum(bent, np.float32(1), out=bent)


def _expose(unit: NDArray[np.float32], gain: float) -> NDArray[np.float32]:
    """Multiply by a gain; what a gain above one lifts beyond mid-grey runs into white on a shoulder."""
    exposed: NDArray[np.float32] = unit * np.float32(gain)
    if gain <= 1:
        return exposed
    share = np.clip((exposed - MID_GREY) * np.float32(1 / (gain - MID_GREY)), 0, 1)
    np.minimum(exposed, MID_GREY, out=exposed)
    exposed += MID_GREY * bend(share, (gain - MID_GREY) / MID_GREY)
    return exposed


def _steepen(unit: NDArray[np.float32], slope: float) -> NDArray[np.float32]:
    """Give mid-grey a contrast and keep black and white."""
    away = 2 * unit - 1
    return np.clip(MID_GREY + MID_GREY * np.copysign(bend(np.abs(away), slope), away), 0, 1)


def _luminance(unit: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the luminance (Y, X) by the weights of Rec. 709, summed in one order."""
    total: NDArray[np.float32] = unit[0] * LUMINANCE[0]
    total += unit[1] * LUMINANCE[1]
    total += unit[2] * LUMINANCE[2]
    return total


def _by_channel(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return one value a channel, to go with (3, Y, X)."""
    return values.astype(np.float32)[:, None, None]

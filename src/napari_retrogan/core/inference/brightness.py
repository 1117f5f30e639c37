"""How bright a styled picture is: as the photograph was, or as the vintage pictures were.

Vintage pictures tell of their film, but also of how bright their scenes and scans were. To keep a photograph's own
brightness its colours x in [0, 1] are bent before the look sees them, by a curve that keeps black and white::

    x' = m x / (1 + (m - 1) x),  m = 2 ** lift

so that the odds x / (1 - x) are multiplied by m. The look keeps its own black and white, and its colours at every
tone. ``lift`` is one number a picture: the one with which the median luminance of the thumbnail's new colours, in
linear light (stored values to the power of 2.2, summed by Rec. 709), is that of the thumbnail itself; grain and
softness have no part in it. Where the look doesn't get so bright within four stops, or so dark within one and a half,
it is as near as they lead. The strength blends the look of x' with x.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import LUMINANCE, THUMBNAIL_SIZE
from napari_retrogan.core.images.pixel_positions import pixel_positions
from napari_retrogan.core.inference.session import open_session, run_session
from napari_retrogan.core.inference.taste import DISPLAY_GAMMA, bend

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

BRIGHTENED, DARKENED = 4.0, 1.5
"""Most stops. Further out, what a look's white or black can't reach would cost the whole picture its contrast. Looks of
dark scans need as many to show a bright photograph as bright; where black is lifted, a dark face would sink into it."""

_CLOSE = 1e-4
"""A difference in luminance that nobody sees: the picture isn't bent for it. Where most of it is black, or white, no
bending gains more."""

_PRECISION = 1e-5
"""Of the stops, and a tenth of it of luminance: the search ends at either."""


def find_lift(colours: bytes, thumbnail: NDArray[np.float32], shape: tuple[int, int]) -> float:
    """Return by how many stops a picture is to be bent to keep its brightness, from -4 to 4.

    Parameters
    ----------
    colours
        The graph of the look's colours alone; without bytes the brightness is as learnt and the lift 0.
    thumbnail
        (64, 64, 3) of the whole picture.
    shape
        Height and width of the picture.
    """
    if not colours:
        return 0.0
    session, wanted = open_session(colours), _brightness(thumbnail)
    steps = (np.arange(THUMBNAIL_SIZE) + 0.5) / THUMBNAIL_SIZE
    positions = _channels_first(pixel_positions(shape, steps * shape[0], steps * shape[1]))

    def excess(lift: float) -> float:
        """Return how much brighter than the picture the look of what is bent so is."""
        picture = _channels_first(lifted(thumbnail, lift))
        feeds = {"image": picture, "place": positions, "thumbnail": picture}
        return _brightness(run_session(session, "result", feeds)[0].transpose(1, 2, 0)) - wanted

    off = excess(0.0)
    if abs(off) <= _CLOSE:
        return 0.0
    # A look that lightens is made darker; if that leads the wrong way, as in a negative, the other side does.
    sign = float(np.copysign(1.0, off))
    most = DARKENED if sign > 0 else BRIGHTENED
    left: dict[float, float] = {}
    for end in (-sign * most, sign * most):
        left[end] = sign * excess(end)
        if left[end] <= 0:
            break
    best = min(left, key=left.__getitem__)
    nearest = max(left[best], 0.0)
    gain = abs(off) - nearest
    if gain <= _CLOSE:
        return 0.0
    # Where twice as much is gained the picture is bent in full, before in part: no gain is where rounding would decide.
    wanted_left = nearest + max(0.0, 2 * _CLOSE - gain)
    ends = (0.0, abs(off) - wanted_left), (best, left[best] - wanted_left)
    return _crossing(lambda lift: sign * excess(lift) - wanted_left, *ends)


def _crossing(curve: Callable[[float], float], start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return where a curve crosses 0 between two points (x, y) on either side of it.

    False position with the Illinois rule (Dowell and Jarratt 1971). It is written here because SciPy's solvers take
    most of a second to import, which the first picture would wait for.
    """
    (here, y_here), (there, y_there) = start, end
    while abs(y_there) > _PRECISION / 10 and abs(there - here) > _PRECISION:
        between = (here * y_there - there * y_here) / (y_there - y_here)
        y_between = curve(between)
        if (y_between < 0) == (y_there < 0):
            y_here /= 2  # The other end stays again: it counts for half, so that it is left in the end.
        else:
            here, y_here = there, y_there
        there, y_there = between, y_between
    return there


def lifted(unit: NDArray[np.float32], lift: float) -> NDArray[np.float32]:
    """Return values in [0, 1] bent by so many stops; at none they are the same array."""
    return bend(unit, 2.0**lift) if lift else unit


def _brightness(picture: NDArray[np.float32]) -> float:
    """Return the median luminance of a picture (Y, X, 3), in linear light; what is no number is black."""
    linear = np.power(np.nan_to_num(picture.astype(np.float64)), DISPLAY_GAMMA)
    return float(np.median(linear @ LUMINANCE.astype(np.float64)))


def _channels_first(values: NDArray[Any]) -> NDArray[Any]:
    """Return (Y, X, C) as (1, C, Y, X)."""
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])

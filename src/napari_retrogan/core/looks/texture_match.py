"""How near the texture of results is to that of vintage pictures of other scenes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.looks.grain import describe_grain, measure_grain
from napari_retrogan.core.looks.softness import edge_floor, measure_sharpness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class _TextureDistance:
    """How far results are from vintage pictures.

    Attributes
    ----------
    grain
        In decibels: the mean absolute difference of their spectra in flat areas of midtones, or how much louder what
        their strength differs by over all luminances would make it, if that is more.
    detail
        Absolute difference of the sharpness of their strongest edges, as a logarithm of slopes: at 0.1 an edge is a
        tenth too steep or too shallow. Not a number if either show too few edges.
    """

    grain: float
    detail: float


class VintageTexture:
    """What results are compared with.

    Unlike colours, grain in flat areas and the slope of edges hardly depend on what pictures show, so no pictures
    have to be kept from a training to tell how near it came.

    Parameters
    ----------
    vintage, photographs
        Parts at full resolution, (Y, X, 3) RGB in [0, 1], each with a square of 32 px.
    """

    def __init__(self, vintage: Sequence[NDArray[Any]], photographs: Sequence[NDArray[Any]]) -> None:
        self._floor = edge_floor(measure_grain(vintage, photographs))
        self._spectrum, self._strength = describe_grain(vintage)
        self._sharpness = measure_sharpness(vintage, self._floor)

    def distance(self, results: Sequence[NDArray[Any]]) -> _TextureDistance:
        """Return how far pictures (Y, X, 3) in [0, 1] are, of which one or more have a square of 32 px."""
        spectrum, strength = describe_grain(results)
        both = np.isfinite(strength) & np.isfinite(self._strength)
        wrong = np.abs(strength - self._strength)[both].sum() / self._strength[both].sum() if both.any() else 0.0
        grain = max(np.abs(spectrum - self._spectrum).mean(), 20 * np.log10(1 + wrong))
        return _TextureDistance(float(grain), abs(measure_sharpness(results, self._floor) - self._sharpness))

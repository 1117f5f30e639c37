"""What looks make of a palette of ordinary colours: how far they change it, and how they differ from each other."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.images.pixel_positions import ordinary_positions
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.stages.colour import map_colours

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def look_colours(weights: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return what a style makes of a fixed palette of ordinary colours: (P, 3) in CIELAB."""
    from skimage.color import rgb2lab

    palette = _palette()
    return np.asarray(rgb2lab(map_colours(weights, palette, ordinary_positions(palette.shape[:-1]))))


def look_distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return the mean CIELAB distance of two palettes (P, 3)."""
    return float(np.linalg.norm(first - second, axis=-1).mean())


def change(weights: Mapping[str, NDArray[Any]]) -> float:
    """Return how much a style changes ordinary colours, as a mean CIELAB distance."""
    from skimage.color import rgb2lab

    return look_distance(look_colours(weights), np.asarray(rgb2lab(_palette())))


@cache
def _palette() -> NDArray[np.float32]:
    """Return colours of ordinary photographs, (P, 3) RGB in [0, 1]."""
    return np.concatenate([view[3::24, 3::24].reshape(-1, 3) for view in ordinary_photographs()])

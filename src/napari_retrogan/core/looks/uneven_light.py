"""Light that falls off towards the corners, measured where the look prior tells too little or too much of it.

In each picture channels rise or fall with the squared distance from the centre, by its scene and by the look. What
photographs in the told look still lack of the vintage pictures' mean slope is added, as far as the scatter of the
scenes does not explain it: the positive part of the estimate of James and Stein (1961).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.images.place import MEAN_SQUARED_RADIUS, placed_pixels
from napari_retrogan.core.looks.colour_branch import map_colours
from napari_retrogan.core.looks.statistics import ordinary_photographs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Views = Sequence[NDArray[Any]]

VIEW_STEP = 3
"""Every so many pixels of a view, in rows and columns."""
FEWEST_PICTURES = 8
"""With fewer the scatter itself is hardly known."""
MOST_EXPLAINED = 16.0
"""Over the number of pictures: squared slope, in units of its variance, that scenes explain. Chosen with 4, 8 and 16
pictures on films, none of which has such light, and on photo filters, half of them in no published figure."""
MIN_VARIANCE = 1e-8


def follow_light(
    weights: Mapping[str, NDArray[np.float32]], pictures: Views, photographs: Views, own_share: float
) -> dict[str, NDArray[np.float32]]:
    """Return the colour weights of a look whose light falls off as that of vintage pictures does.

    Parameters
    ----------
    weights
        Of the look as it is told.
    pictures, photographs
        Small views (Y, X, 3) RGB in [0, 1] of vintage pictures, of few of which nothing is read, and of the person's
        own photographs.
    own_share
        How much the person's photographs weigh among ordinary ones.
    """
    if len(pictures) < FEWEST_PICTURES:
        return dict(weights)
    prints = np.stack([_slope(*placed_pixels(view, VIEW_STEP)) for view in pictures])
    missed, variance = prints.mean(0), prints.var(0, ddof=1) / len(prints)
    for share, views in ((own_share, photographs), (1 - own_share, ordinary_photographs())):
        if views:
            placed = (placed_pixels(view, VIEW_STEP) for view in views)
            slopes = np.stack([_slope(map_colours(weights, pixels, place), place) for pixels, place in placed])
            missed = missed - share * slopes.mean(0)
            variance = variance + share**2 * slopes.var(0) / len(slopes)
    unexplained = np.mean(np.square(missed) / (variance + MIN_VARIANCE))
    added = max(0.0, 1 - MOST_EXPLAINED / len(prints) / (unexplained + MIN_VARIANCE)) * missed
    uneven = weights["colour/map/uneven"].copy()
    uneven[0] += added
    bias = weights["colour/residual/bias"] - MEAN_SQUARED_RADIUS * added
    return {**weights, "colour/map/uneven": uneven, "colour/residual/bias": np.asarray(bias, np.float32)}


def _slope(colours: NDArray[Any], place: NDArray[Any]) -> NDArray[np.float64]:
    """Return how much channels of colours (y, x, 3) rise with the squared distance, (3,), by least squares."""
    distance = place[..., :1].astype(np.float64)
    distance -= distance.mean()
    return np.asarray((distance * colours).sum((0, 1)) / (np.square(distance).sum() + MIN_VARIANCE))

"""Light that falls off towards the corners, measured where the look prior tells too little or too much of it.

In each picture channels rise or fall with the squared distance from the centre, by its scene and by the look. Two
measures of that slope err in different ways, so their mean errs less: the line through all pixels, which large bright
and dark parts of a scene tilt, and the median slope between near pixels, most of which lie where nothing but the light
changes. What scenes change there is as often a rise as a fall: Zheng et al., "Single-image vignetting correction using
radial gradient symmetry" (CVPR 2008).

What photographs in the told look still lack of the vintage pictures' slope is added, as far as the scatter of the
scenes does not explain it: the positive part of the estimate of James and Stein (1961).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.images.pixel_positions import MEAN_SQUARED_RADIUS, positioned_pixels
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.stages.colour import map_colours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Views = Sequence[NDArray[Any]]
    Slopes = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

VIEW_STEP = 2
"""Every so many pixels of a view, in rows and columns."""
_ORDINARY_STEP = 2
"""Every second ordinary photograph tells enough of how light falls off, in half the time."""
NEAR = 1 / 12
"""How far apart near pixels are, in long sides: nearer ones often have the very same colour in white and black."""
_HIDDEN_SHARE = 0.1
"""Of a slope, by which both measures see too little of it because white and black stay what they are."""
MOST_EXPLAINED = 24.0
"""Over the number of pictures: squared slope, in units of its variance, that scenes explain. Chosen with 4 and 16
pictures on films, none of which has such light, and on photo filters, all of them in published figures."""
_EVEN = 1e-9
"""Shares of a half that differ by less than this are equal: they are sums in another order."""
MIN_VARIANCE = 1e-8
_MIN_SQUARED_RADIUS = 1e-4


def follow_light(
    weights: Mapping[str, NDArray[np.float32]], pictures: Views, photographs: Views
) -> dict[str, NDArray[np.float32]]:
    """Return the colour weights of a look whose light falls off as that of vintage pictures does.

    Parameters
    ----------
    weights
        Of the look as it is told.
    pictures, photographs
        Small views (Y, X, 3) RGB in [0, 1] of vintage pictures and of the person's own photographs, which join the
        ordinary ones, each as one of many.
    """
    prints = [_slopes(*positioned_pixels(view, VIEW_STEP)) for view in pictures]
    views = [*photographs, *ordinary_photographs()[::_ORDINARY_STEP]]
    sampled = (positioned_pixels(view, VIEW_STEP) for view in views)
    content = [_slopes(map_colours(weights, pixels, positions), positions) for pixels, positions in sampled]
    missed = (_slope(prints) - _slope(content)) / (1 - _HIDDEN_SHARE)
    scatter = np.var([_slope([picture]) for picture in content], axis=0)
    variance = scatter * (1 / len(prints) + 1 / len(content)) + MIN_VARIANCE
    unexplained = float(np.mean(missed**2 / variance)) + MIN_VARIANCE
    added = max(0.0, 1 - MOST_EXPLAINED / len(prints) / unexplained) * missed
    uneven = weights["colour/map/uneven"].copy()
    uneven[0] += added
    bias = weights["colour/residual/bias"] - MEAN_SQUARED_RADIUS * added
    return {**weights, "colour/map/uneven": uneven, "colour/residual/bias": np.asarray(bias, np.float32)}


def _slope(pictures: Sequence[Slopes]) -> NDArray[np.float64]:
    """Return how much channels of pictures rise with the squared distance, (3,): the mean of both measures."""
    lines, slopes, counts = zip(*pictures, strict=True)
    line, near = np.mean(lines, axis=0), np.concatenate(slopes)
    return np.asarray((line + _median(near, np.concatenate(counts))) / 2 if len(near) else line)


def _slopes(colours: NDArray[Any], positions: NDArray[Any]) -> Slopes:
    """Return of a picture (y, x, 3) its line's slope (3,) and, as `_near_slopes` does, those between near pixels."""
    return _slope_of_line(colours, positions), *_near_slopes(colours, positions)


def _slope_of_line(colours: NDArray[Any], positions: NDArray[Any]) -> NDArray[np.float64]:
    """Return the slope (3,) of channels of colours (y, x, 3) by least squares."""
    distance = positions[..., :1].astype(np.float64)
    distance -= distance.mean()
    return np.asarray((distance * colours).sum((0, 1)) / (np.square(distance).sum() + MIN_VARIANCE))


def _near_slopes(colours: NDArray[Any], positions: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return slopes (N, 3) of channels of colours (y, x, 3) between near pixels, and how much each counts, (N,).

    Each is a gradient's part away from the centre, by how fast the squared distance grows there. They count in
    proportion to that, since a scene scatters them the less, and in all as much as those of any picture.
    """
    apart = max(1, round(NEAR * max(colours.shape[:2])))
    first, second, within = slice(None, -apart), slice(apart, None), slice(apart // 2, apart // 2 - apart)
    below, beside = colours[second, within] - colours[first, within], colours[within, second] - colours[within, first]
    height = (positions[second, within] - positions[first, within])[..., 1:2]
    width = (positions[within, second] - positions[within, first])[..., 2:]
    here = positions[within, within].astype(np.float64)
    squared = np.maximum(here[..., :1], _MIN_SQUARED_RADIUS)
    slopes = (below / height * here[..., 1:2] + beside / width * here[..., 2:]) / (2 * squared)
    counts = np.sqrt(squared).ravel()
    return slopes.reshape(-1, 3), counts / max(counts.sum(), MIN_VARIANCE)


def _median(values: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median (3,) of columns of values (N, 3), each of which counts so much, (N,).

    It is half way between two values where those up to the one count as much as those from the other.
    """
    order = np.argsort(values, axis=0)
    reached = np.cumsum(counts[order], axis=0)
    below, above = ((reached < share * reached[-1]).sum(0) for share in (0.5 - _EVEN, 0.5 + _EVEN))
    ordered = np.take_along_axis(values, order, 0)
    return np.asarray(np.take_along_axis(ordered, np.stack([below, above]), 0).mean(0))

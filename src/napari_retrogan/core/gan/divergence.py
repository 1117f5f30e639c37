"""When a training has gone astray: limits on what its generator does to a fixed batch of pictures."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHECK_STEPS = 20
"""Steps between two checks."""

DIRECTIONS = 16
QUANTILES = np.linspace(0.01, 0.99, 99)
_LEAST_CONTRAST = 0.4
"""Of the start's: below it everything turns into one colour."""
_MOST_DISTANCE, _DISTANCE_MARGIN = 1.2, 0.006
_MOST_TEXTURE, _TEXTURE_MARGIN = 2.5, 0.02
_MOST_DETAIL, _DETAIL_MARGIN = 0.5, 0.004
_MOST_SOFTENING = 1.5
"""Times the detail of the start, which was measured."""
_MOST_SHIFT = 0.008
"""More than at the start, about 0.8 CIEDE2000: one that is just noticeable."""
_RAW_FACTOR = 2.5
"""How much more the weights of the moment may differ from the start than their average, which is what is kept."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What a generator does to a fixed batch.

    Attributes
    ----------
    distance
        Of its colours from those of the vintage pictures, see `colour_distance`; intensities in [0, 1].
    contrast
        Standard deviation of its colours, channel by channel.
    texture
        Standard deviation of the detail and grain that it adds.
    detail
        Root of the mean square of the detail, which softens or sharpens but must not repaint.
    shift
        Root of the mean square of the detail's mean over each patch, by which it tints what it should only soften or
        sharpen.
    """

    distance: float
    contrast: float
    texture: float
    detail: float
    shift: float


def colour_quantiles(pixels: NDArray[Any]) -> NDArray[np.float64]:
    """Return how colours (..., 3) are distributed along fixed directions in RGB: (99, 16)."""
    directions = np.random.default_rng(0).standard_normal((3, DIRECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    ordered = np.sort(np.reshape(pixels, (-1, 3)).astype(np.float32) @ directions.astype(np.float32), axis=0)
    return np.asarray(ordered[(QUANTILES * len(ordered)).astype(int)], np.float64)


def colour_distance(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    """Return the sliced Wasserstein distance of two sets of colours from their `colour_quantiles`.

    It is the mean distance of quantiles over the directions: Rabin et al., "Wasserstein barycenter and its
    application to texture mixing" (2011), section 3. Not a number if any colour was not.
    """
    return float(np.abs(ours - theirs).mean())


def find_fault(average: Measures, present: Measures, start: Measures, vintage: Measures) -> str:
    """Return in words what is wrong with a generator; empty if nothing is.

    Parameters
    ----------
    average, present
        Of the averaged weights, which are kept, and of those of the moment, which show a collapse earlier.
    start
        Of the weights that the training began with.
    vintage
        Of the vintage pictures themselves, whose distance is 0. Texture is what they have at that scale, and detail
        what the photographs have there.
    """
    if not all(map(math.isfinite, (*astuple(average), *astuple(present)))):
        return "the weights are no longer finite"
    if min(average.contrast, _RAW_FACTOR * present.contrast) < _LEAST_CONTRAST * start.contrast:
        return "the pictures lose their contrast and turn into one colour"
    farthest = _MOST_DISTANCE * start.distance + _DISTANCE_MARGIN
    if average.distance > farthest or present.distance > _RAW_FACTOR * farthest:
        return "the colours are further from the vintage pictures than at the start"
    coarsest = _MOST_TEXTURE * max(start.texture, vintage.texture) + _TEXTURE_MARGIN
    if average.texture > coarsest or present.texture > _RAW_FACTOR * coarsest:
        return "the texture is far stronger than that of the vintage pictures"
    boldest = max(_MOST_DETAIL * vintage.detail, _MOST_SOFTENING * start.detail) + _DETAIL_MARGIN
    if average.detail > boldest or present.detail > _RAW_FACTOR * boldest:
        return "it repaints more than there is to soften or sharpen"
    strongest = start.shift + _MOST_SHIFT
    if average.shift > strongest or present.shift > _RAW_FACTOR * strongest:
        return "it tints what it should only soften or sharpen"
    return ""

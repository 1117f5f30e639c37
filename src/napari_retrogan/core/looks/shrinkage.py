"""How much of the look prior is believed, and how much of what the pictures' colours say in closed form.

What the linear map from photographs to vintage pictures takes for the look of few pictures is mostly their scenes, but
its error falls with their number and has little to do with the prior's, so their mean beats both. And where a look
is stranger than those that the prior knows, ordinary photographs in the look still differ from the pictures by more
than scenes do: of the rest of the prior the share is then taken away that the scenes' scatter does not explain (the
positive part of the estimate of James and Stein, 1961). Light that falls off is measured by itself, see
`uneven_light`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.images.pixel_positions import ordinary_positions
from napari_retrogan.core.looks.statistics import (
    ColourStatistics,
    monge_kantorovich,
    ordinary_photographs,
    ordinary_statistics,
    pool,
)
from napari_retrogan.core.looks.uneven_light import follow_light
from napari_retrogan.core.stages.colour import linear_kernel, map_colours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

PALETTE_STEP = 3
"""Every so many pixels of the ordinary thumbnails, in rows and columns, stand for them."""

FEWEST_TO_MIX = 4
"""The linear map of fewer pictures knows nothing."""

_PRIOR_WORTH = 24
"""How many pictures make the linear map weigh as much as the prior. It and ``_ORDINARY_WORTH`` were chosen with 4, 8
and 16 pictures on web filters and films, thirteen of them in no published figure."""

_ORDINARY_WORTH = 8
"""How many photographs of one's own weigh as much as the ordinary ones: they are of the same kind as what is styled."""

MOST_EXPLAINED = 12.0
"""Squared Mahalanobis distance of the mean colour, of three degrees of freedom, that scenes explain: by chance they
exceed it once in 135 times. On sixteen random draws of four pictures in fourteen looks it came 1.2% nearer than 6."""

_MIN_SCATTER = 1e-5

_LEAST_VARIANCE = 1e-6
"""Of prints: with more, prints of one tone would leave some of a photograph's colour."""


def mix_with_linear_map(
    weights: Mapping[str, NDArray[np.float32]], pictures: Sequence[NDArray[Any]], photographs: Sequence[NDArray[Any]]
) -> dict[str, NDArray[np.float32]]:
    """Return the colour weights of a look mixed with the linear map from photographs to vintage pictures.

    Parameters
    ----------
    weights
        What the prior makes of the pictures.
    pictures, photographs
        Small views (Y, X, 3) RGB in [0, 1] of vintage pictures, and of the person's own photographs, which join
        the ordinary ones.
    """
    count = len(pictures)
    vintage = ColourStatistics.of(pictures)
    unexplained = _unexplained(weights, vintage, count)
    told = count / (count + _PRIOR_WORTH)
    share = told + (1 - told) * unexplained
    matrix, offset = monge_kantorovich(_content(photographs), vintage, _LEAST_VARIANCE)
    mixed = _mixed(weights, 1 - share, matrix, offset)
    return follow_light(mixed, pictures, photographs)


def weaken(weights: Mapping[str, NDArray[np.float32]], share: float) -> dict[str, NDArray[np.float32]]:
    """Return the colour weights of a share of a look's change."""
    return _mixed(weights, share, np.eye(3), np.zeros(3))


def _mixed(
    weights: Mapping[str, NDArray[np.float32]], share: float, matrix: NDArray[Any], offset: NDArray[Any]
) -> dict[str, NDArray[np.float32]]:
    """Return the colour weights of a share of a look and, for the rest, of a linear map."""
    own_matrix, amount = linear_kernel(weights, np.float64)[:3], weights["colour/map/amount"]
    mixed = {
        "colour/map/amount": np.float32(1),
        "colour/map/matrix": share * own_matrix + (1 - share) * matrix,
        "colour/map/offset": share * amount * weights["colour/map/offset"] + (1 - share) * offset,
        "colour/map/uneven": share * weights["colour/map/uneven"],
        "colour/residual/kernel": share * weights["colour/residual/kernel"],
        "colour/residual/bias": share * weights["colour/residual/bias"],
    }
    return {**weights, **{name: np.asarray(values, np.float32) for name, values in mixed.items()}}


def own_share(count: int) -> float:
    """Return how much a person's own photographs weigh among ordinary ones."""
    return count / (count + _ORDINARY_WORTH)


def _unexplained(weights: Mapping[str, NDArray[np.float32]], vintage: ColourStatistics, count: int) -> float:
    """Return the share of what ordinary photographs in the look miss that is more than scenes explain."""
    views = [view[::PALETTE_STEP, ::PALETTE_STEP] for view in ordinary_photographs()]
    toned = ColourStatistics.of([map_colours(weights, view, ordinary_positions(view.shape[:-1])) for view in views])
    missed = vintage.mean - toned.mean
    scatter = toned.between / count + _MIN_SCATTER * np.eye(3)
    return max(0.0, 1 - MOST_EXPLAINED / float(missed @ np.linalg.solve(scatter, missed) + _MIN_SCATTER))


def _content(photographs: Sequence[NDArray[Any]]) -> ColourStatistics:
    """Return the statistics of ordinary photographs and a person's own."""
    if not photographs:
        return ordinary_statistics()
    return pool(ordinary_statistics(), ColourStatistics.of(photographs), own_share(len(photographs)))

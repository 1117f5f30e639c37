"""The white of a look told from pictures: at least as bright as what they show.

No film turns a colour brighter than it turns white. So where vintage pictures hold lights that a look told from them
doesn't give even white, the look is wrong: dark pictures have so few lights that a map of their colours as a whole
ends below them. The look's white W is then brought to those lights, and what is brighter than its median m with it,
the more the nearer to white::

    y' = y * (1 + (lights / W - 1) * ((luminance(y) - m) / (W - m))^2),  luminance(y) > m

as near as the last layer of the colour branch comes to that, which is linear in its weights: ridge regression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.images.pixel_positions import ordinary_positions
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.stages.colour import POSITION_CHANNELS, hidden_units, map_colours
from napari_retrogan.core.stages.numpy_operations import NUMPY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_LIGHTS = 99.5
"""Percentile of luminance in small views, about the 99th at full size: what is brighter may be dust."""
_STEP = 6
"""Every so many pixels of the ordinary photographs, in rows and columns, stand for colours."""
_GREYS, _GREY_SHARE = 64, 0.25
"""Even steps from black to white beside them, and how much those count."""
_RIDGE = 1e-4


def with_white_of(
    weights: Mapping[str, NDArray[np.float32]], pictures: Sequence[NDArray[Any]]
) -> dict[str, NDArray[np.float32]]:
    """Return the colour weights of a look whose white is no darker than the lights of vintage pictures.

    Parameters
    ----------
    weights
        Of the look as it is told.
    pictures
        Small views (Y, X, 3) RGB in [0, 1].
    """
    middle = np.zeros((1, POSITION_CHANNELS), np.float32)
    white = float((map_colours(weights, np.ones((1, 3), np.float32), middle) @ LUMINANCE)[0])
    lights = float(np.percentile(np.concatenate([(view @ LUMINANCE).ravel() for view in pictures]), _LIGHTS))
    if lights <= white:
        return dict(weights)
    colours, positions, counts = _samples()
    toned = map_colours(weights, colours, positions).astype(np.float64)
    light = toned @ LUMINANCE
    median = float(np.median(light))
    if white <= median:
        return dict(weights)
    share = np.clip((light - median) / (white - median), 0, 1) ** 2
    wanted = toned * ((lights / white - 1) * share)[:, None]
    hidden = np.asarray(hidden_units(NUMPY, weights, colours, positions), np.float64)
    features = np.column_stack([colours, hidden, np.ones(len(colours))]) * counts[:, None]
    regular = _RIDGE * np.diag(np.r_[np.ones(features.shape[1] - 1), 0])
    change = np.linalg.solve(features.T @ features + regular, features.T @ (wanted * counts[:, None]))
    added = {"colour/map/matrix": change[:3] / weights["colour/map/amount"]}
    added |= {"colour/residual/kernel": change[3:-1], "colour/residual/bias": change[-1]}
    return {**weights, **{name: np.asarray(weights[name] + each, np.float32) for name, each in added.items()}}


def _samples() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
    """Return ordinary colours and greys (N, 3), where they lie (N, 3), and the root of how much each counts (N,)."""
    views = [view[::_STEP, ::_STEP] for view in ordinary_photographs()]
    colours = np.concatenate([view.reshape(-1, 3) for view in views])
    positions = np.concatenate([ordinary_positions(view.shape[:-1]).reshape(-1, POSITION_CHANNELS) for view in views])
    greys = np.repeat(np.linspace(0, 1, _GREYS, dtype=np.float32)[:, None], 3, 1)
    counts = np.r_[np.full(len(colours), 1 / len(colours)), np.full(_GREYS, _GREY_SHARE / _GREYS)]
    places = np.zeros((_GREYS, POSITION_CHANNELS), np.float32)
    return np.concatenate([colours, greys]), np.concatenate([positions, places]), np.sqrt(counts)

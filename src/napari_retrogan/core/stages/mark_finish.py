"""The finish of marks: what a small network makes of drawn clouds of specks, so that they look like real ones.

Clouds are drawn as discs, and look it. With o what all marks hide of a picture, s what of that are clouds, m the mean
of s over 5 x 5 pixels, most of it from the middle, and z normal noise by place, marks hide, after it::

    finished = clip(o + f * m * network(o, s, z), 0, 1)

so that nothing is added where none is near, and little to a faint one. f is the look's own: 0 leaves a drawing as it
is. The network is the same in every look and was trained beforehand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from napari_retrogan.core.architecture import NOISE_CHANNELS
from napari_retrogan.core.stages.stage import Stage, Weight, pick

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_retrogan.core.stages.operations import Number, Operations

T = TypeVar("T")

SEEN_CHANNELS = 2
REACH_AROUND = 2
"""How many pixels beside a drawn speck something may be added."""

_FILTERS = 8
_HIDDEN, _LAST = ("finish/first", "finish/second"), "finish/last"
_REACH = len(_HIDDEN) + 1
_BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16
_AROUND = np.outer(_BINOMIAL, _BINOMIAL)[:, :, None, None]


def _formula(operations: Operations[T], weights: Mapping[str, Number], drawn: T, noise: T) -> T:
    """Return what marks hide, without a margin."""
    hidden = operations.concatenate(drawn, noise)
    for layer in _HIDDEN:
        hidden = operations.activate(operations.convolve(hidden, *pick(weights, layer)))
    opacity, specks = operations.channels(drawn, 0, 1), operations.channels(drawn, 1, 2)
    around = operations.convolve(operations.crop(specks, _REACH - REACH_AROUND), _AROUND)
    change = operations.multiply(around, operations.convolve(hidden, *pick(weights, _LAST)))
    return operations.clip(operations.add(operations.crop(opacity, _REACH), change))


def _weights() -> dict[str, Weight]:
    """Return the arrays of all layers, each of 3 x 3 pixels."""
    arrays, channels = {}, SEEN_CHANNELS + NOISE_CHANNELS
    for layer in (*_HIDDEN, _LAST):
        filters = 1 if layer == _LAST else _FILTERS
        arrays[f"{layer}/kernel"] = Weight((3, 3, channels, filters))
        arrays[f"{layer}/bias"] = Weight((filters,), 0)
        channels = filters
    return arrays


def finished_by(weights: Mapping[str, NDArray[np.float32]], amount: float) -> dict[str, NDArray[np.float32]]:
    """Return the weights of a network that changes a drawing so many times as much."""
    return {name: values * np.float32(amount if name.startswith(_LAST) else 1) for name, values in weights.items()}


MARK_FINISH = Stage(name="mark_finish", inputs=("drawn", "noise"), weights=_weights(), formula=_formula, reach=_REACH)

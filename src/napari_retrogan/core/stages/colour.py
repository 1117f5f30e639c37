"""Colours: each pixel by itself, told by its position and by a thumbnail of the whole picture.

With x the photograph in [0, 1] (rows of RGB), p = (r2, down, right) the position in units of half the diagonal, r2
being the squared distance from the picture's centre, and t the thumbnail::

    gamma, beta = context(t)
    h = lrelu(hidden_1([x, r2]) + place([down, right])) * (1 + gamma) + beta
    y = x + amount * (x @ matrix + offset - x) + p @ uneven + residual(lrelu(hidden_2(h)))

``context`` sees t - 1/2 and is two 3 x 3 convolutions of stride 2, the mean over space and two dense layers. A style
is these weights alone, without those of the context's first layers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from napari_retrogan.core.stages.numpy_operations import NUMPY
from napari_retrogan.core.stages.stage import Stage, Weight, pick

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import DTypeLike, NDArray

    from napari_retrogan.core.stages.operations import Number, Operations

T = TypeVar("T")

HIDDEN = 32
POSITION_CHANNELS = 3
_MIDDLE = 0.5
_WEIGHTS = {
    "context/convolution_1/kernel": Weight((3, 3, 3, 16)),
    "context/convolution_1/bias": Weight((16,), 0),
    "context/convolution_2/kernel": Weight((3, 3, 16, 32)),
    "context/convolution_2/bias": Weight((32,), 0),
    "context/hidden/kernel": Weight((32, 32)),
    "context/hidden/bias": Weight((32,), 0),
    "context/modulation/kernel": Weight((32, 2 * HIDDEN), 0),
    "context/modulation/bias": Weight((2 * HIDDEN,), 0),
    "colour/map/matrix": Weight((3, 3), "identity", trained=False),
    "colour/map/offset": Weight((3,), 0, trained=False),
    "colour/map/amount": Weight((), 1),
    "colour/hidden_1/kernel": Weight((3 + 1, HIDDEN)),
    "colour/hidden_1/bias": Weight((HIDDEN,), 0),
    "colour/place/kernel": Weight((POSITION_CHANNELS - 1, HIDDEN), 0),
    "colour/hidden_2/kernel": Weight((HIDDEN, HIDDEN)),
    "colour/hidden_2/bias": Weight((HIDDEN,), 0),
    "colour/residual/kernel": Weight((HIDDEN, 3), 0),
    "colour/residual/bias": Weight((3,), 0),
    "colour/map/uneven": Weight((POSITION_CHANNELS, 3), 0, trained=False),
}


def context(operations: Operations[T], weights: Mapping[str, Number], thumbnail: T) -> tuple[T, T]:
    """Return gamma and beta, by which the whole picture changes what becomes of its colours."""
    seen = operations.subtract(thumbnail, _MIDDLE)
    for layer in ("context/convolution_1", "context/convolution_2"):
        seen = operations.activate(operations.convolve(seen, *pick(weights, layer), stride=2))
    hidden = operations.activate(operations.dense(operations.mean(seen), *pick(weights, "context/hidden")))
    modulation = operations.dense(hidden, *pick(weights, "context/modulation"))
    return operations.channels(modulation, 0, HIDDEN), operations.channels(modulation, HIDDEN, 2 * HIDDEN)


def tone(
    operations: Operations[T],
    weights: Mapping[str, Number],
    pixels: T,
    position: T,
    gamma: T | Number = 0.0,
    beta: T | Number = 0.0,
) -> T:
    """Return pixels of three channels in their new colours, which may leave [0, 1]; by default of no known picture."""
    hidden = hidden_units(operations, weights, pixels, position, gamma, beta)
    mapped = operations.dense(pixels, weights["colour/map/matrix"], weights["colour/map/offset"])
    change = operations.multiply(weights["colour/map/amount"], operations.subtract(mapped, pixels))
    toned = operations.add(pixels, change)
    toned = operations.add(toned, operations.dense(position, weights["colour/map/uneven"]))
    return operations.add(toned, operations.dense(hidden, *pick(weights, "colour/residual")))


def hidden_units(
    operations: Operations[T],
    weights: Mapping[str, Number],
    pixels: T,
    position: T,
    gamma: T | Number = 0.0,
    beta: T | Number = 0.0,
) -> T:
    """Return what the last layer of the new colours sees, of ``HIDDEN`` channels."""
    radius, direction = operations.channels(position, 0, 1), operations.channels(position, 1, POSITION_CHANNELS)
    first = operations.dense(operations.concatenate(pixels, radius), *pick(weights, "colour/hidden_1"))
    first = operations.add(first, operations.dense(direction, weights["colour/place/kernel"]))
    hidden = operations.multiply(operations.activate(first), operations.add(1.0, gamma))
    hidden = operations.add(hidden, beta)
    return operations.activate(operations.dense(hidden, *pick(weights, "colour/hidden_2")))


def _formula(operations: Operations[T], weights: Mapping[str, Number], image: T, position: T, thumbnail: T) -> T:
    """Return the photograph in its new colours."""
    return tone(operations, weights, image, position, *context(operations, weights, thumbnail))


def map_colours(
    weights: Mapping[str, NDArray[Any]], colours: NDArray[Any], positions: NDArray[Any]
) -> NDArray[np.float32]:
    """Return colours (..., 3) at positions (..., 3) in their new colours, of no known picture, in [0, 1]."""
    return np.asarray(NUMPY.clip(tone(NUMPY, weights, colours, positions)), np.float32)


def linear_kernel(weights: Mapping[str, NDArray[Any]], dtype: DTypeLike) -> NDArray[Any]:
    """Return the kernel (6, 3) from colour and position to colour of the linear map by its amount, in one type."""
    amount, matrix, uneven = (
        np.asarray(weights[f"colour/map/{name}"], dtype) for name in ("amount", "matrix", "uneven")
    )
    identity = np.eye(3, dtype=dtype)
    return np.concatenate([identity + amount * (matrix - identity), uneven])


COLOUR = Stage(
    name="colour",
    inputs=("image", "position", "thumbnail"),
    weights=_WEIGHTS,
    formula=_formula,
)

"""What the generator does to single pixels, as part of the graph for tiles: colours, and how strong grain is where.

Pixels pass through the layers in strips, so that what lies between stays in the cache. There, ``lrelu`` costs as much
as half a layer and ``relu`` little. With s the slope below zero ``lrelu(v) = (1 - s) relu(v) + s v``, and v is
linear in what the layer sees; so layers have ``relu`` instead, and what they see passes it by, to which the
next layer adds its share of s v. ``relu`` keeps what is never negative as it is; offsets from the centre are lifted to
that. A 1 passes as well, which carries the biases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.architecture import NEGATIVE_SLOPE
from napari_retrogan.core.graphs.graph_operations import GraphOperations
from napari_retrogan.core.stages.colour import POSITION_CHANNELS, context, linear_kernel

if TYPE_CHECKING:
    from napari_retrogan.core.graphs.builder import GraphBuilder

Weights = Mapping[str, NDArray[Any]]

_NUM_STRIPS = 32
_COLOURS = 3
_ABOVE = 8.0
"""No offset from the centre is so far below zero: in the halo of a picture of one pixel it is -4.3."""


@dataclass(frozen=True, slots=True)
class _Layers:
    """Names of kernels (out, in), the same for all strips.

    Attributes
    ----------
    first
        From a pixel's features to the first layer, before its activation, and what passes by.
    second
        From those to the second layer, before its activation.
    direct, residual
        From what comes out of the first layer, and of the second, to colours.
    """

    first: str
    second: str
    direct: str
    residual: str


def add_strips(builder: GraphBuilder, weights: Weights, *, amplitude: bool) -> tuple[str, str | None]:
    """Add the colour branch, and how strong grain is where; both are pictures with their halo."""
    layers = _add_layers(builder, weights)
    strips = builder.split(_add_features(builder), _NUM_STRIPS, axis=1)
    toned = [_add_colour(builder, layers, strip) for strip in strips]
    whole = builder.add("Shape", "image")

    def together(parts: Sequence[str]) -> str:
        return builder.add("Reshape", builder.add("Concat", *parts, axis=1), whole)

    return together(toned), together([_add_amplitude(builder, weights, part) for part in toned]) if amplitude else None


def _add_features(builder: GraphBuilder) -> str:
    """Add what is known of each pixel (features, pixels): its colours, where it lies, and a 1."""
    ones = builder.add("Expand", builder.constant([[1.0]]), builder.add("Shape", "image", start=2))
    rows = [
        builder.add("Reshape", source, builder.constant(np.array([size, -1], np.int64)))
        for source, size in (("image", _COLOURS), ("place", POSITION_CHANNELS), (ones, 1))
    ]
    return builder.add("Concat", *rows, axis=0)


def _add_layers(builder: GraphBuilder, weights: Weights) -> _Layers:
    """Add the kernels, of which the picture as a whole changes the second; in biases' stead they have a last column."""
    hidden = _with_bias(_first_kernel(weights), weights["colour/hidden_1/bias"])
    width, num_features = hidden.shape
    passing, restore = _passing(num_features)
    activated = np.hstack([(1 - NEGATIVE_SLOPE) * np.eye(width), NEGATIVE_SLOPE * hidden @ restore])
    scaled, shifted = _modulated(builder, weights)
    column = builder.add("Concat", builder.constant(np.zeros((width, activated.shape[1] - 1))), shifted, axis=1)
    second = builder.add("Gemm", scaled, builder.constant(activated), column)
    residual = np.asarray(weights["colour/residual/kernel"]).T
    mapped = np.hstack([np.zeros((_COLOURS, width)), _mapped(weights) @ restore])
    return _Layers(
        first=builder.constant(np.vstack([hidden, passing])),
        second=second,
        direct=builder.add("Gemm", builder.constant(NEGATIVE_SLOPE * residual), second, builder.constant(mapped)),
        residual=builder.constant((1 - NEGATIVE_SLOPE) * residual),
    )


def _passing(num_features: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what makes features pass ``relu``, and what makes them of that again.

    Colours, the squared distance from the centre and the last feature, a 1, are never negative; the offsets from the
    centre are brought above zero by so many ones.
    """
    passing = np.eye(num_features)
    passing[_COLOURS + 1 : -1, -1] = _ABOVE
    return passing, np.asarray(np.linalg.inv(passing), np.float64)


def _mapped(weights: Weights) -> NDArray[np.float64]:
    """Return the linear map from features to colours, by its amount, with the bias of what is added to it."""
    bias = weights["colour/residual/bias"] + float(weights["colour/map/amount"]) * weights["colour/map/offset"]
    return _with_bias(linear_kernel(weights, np.float64), bias)


def _modulated(builder: GraphBuilder, weights: Weights) -> tuple[str, str]:
    """Add what the picture as a whole makes of the second layer: its kernel (out, in) and bias (out, 1)."""
    gamma, beta = context(GraphOperations(builder), weights, "thumbnail")
    scale = builder.add("Add", builder.constant(1.0), gamma)
    kernel = builder.constant(np.asarray(weights["colour/hidden_2/kernel"]).T)
    bias = builder.constant(np.asarray(weights["colour/hidden_2/bias"])[:, None])
    row, column = (builder.constant(np.array(shape, np.int64)) for shape in ((1, -1), (-1, 1)))
    scaled = builder.add("Mul", kernel, builder.add("Reshape", scale, row))
    return scaled, builder.add("Gemm", kernel, builder.add("Reshape", beta, column), bias)


def _add_colour(builder: GraphBuilder, layers: _Layers, strip: str) -> str:
    """Add the colour branch of one strip; between, pixels are rows, which products of these shapes are fastest with."""
    hidden = builder.add("Relu", builder.add("Gemm", strip, layers.first, transA=1, transB=1))
    direct = builder.add("Gemm", layers.direct, hidden, transB=1)
    hidden = builder.add("Relu", builder.add("Gemm", hidden, layers.second, transB=1))
    # A hard sigmoid of slope one clips to [0, 1]; unlike a clip it becomes part of the product before it.
    summed = builder.add("Gemm", layers.residual, hidden, direct, transB=1)
    return builder.add("HardSigmoid", summed, alpha=1.0, beta=0.0)


def _add_amplitude(builder: GraphBuilder, weights: Weights, toned: str) -> str:
    """Add how strong grain is in one strip of colours."""
    kernel, bias = np.asarray(weights["texture/amplitude_1/kernel"]).T, weights["texture/amplitude_1/bias"]
    second = np.asarray(weights["texture/amplitude_2/kernel"]).T
    passing = builder.constant(np.vstack([kernel, np.eye(_COLOURS)]))
    shift = builder.constant(np.append(bias, np.zeros(_COLOURS))[:, None])
    hidden = builder.add("Relu", builder.add("Gemm", passing, toned, shift))
    both = builder.constant(np.hstack([(1 - NEGATIVE_SLOPE) * second, NEGATIVE_SLOPE * second @ kernel]))
    total = NEGATIVE_SLOPE * second @ bias + weights["texture/amplitude_2/bias"]
    return builder.add("Gemm", both, hidden, builder.constant(total[:, None]))


def _with_bias(kernel: NDArray[Any], bias: NDArray[Any]) -> NDArray[np.float64]:
    """Return a kernel (in, out) as (out, in + 1), to be used on what ends with a 1."""
    return np.hstack([np.asarray(kernel).T, np.asarray(bias)[:, None]]).astype(np.float64)


def _first_kernel(weights: Weights) -> NDArray[Any]:
    """Return the kernel (6, C) from colour and position to the first hidden layer."""
    return np.concatenate([weights["colour/hidden_1/kernel"], weights["colour/place/kernel"]])

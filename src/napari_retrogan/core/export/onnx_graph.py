"""The vintage generator as an ONNX graph, built by hand from its weights, channels first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from napari_retrogan.core.architecture import HALO, NEGATIVE_SLOPE, NOISE_CHANNELS, THUMBNAIL_SIZE
from napari_retrogan.core.export.graph_builder import GraphBuilder

Weights = Mapping[str, NDArray[Any]]

_CENTRE = 0.5
_ROWS_COLUMNS = [2, 3]


def build_graph(weights: Weights) -> bytes:
    """Return the serialised graph of a generator.

    Parameters
    ----------
    weights
        Arrays by the names of ``architecture.WEIGHT_SHAPES``; widths are taken from their shapes.

    Returns
    -------
    bytes
        A graph of single precision: ``image`` (1, 3, Y, X) in [0, 1], ``radius`` (1, 1, Y, X),
        ``thumbnail`` (1, 3, 64, 64), ``noise`` (1, 3, Y, X), ``strength`` () and ``grain`` () to
        ``result`` (1, 3, Y - 6, X - 6) in [0, 1].
    """
    builder = GraphBuilder()
    toned = _add_colour(builder, weights)
    styled = _add_texture(builder, weights, toned)
    image = _crop(builder, "image")
    change = builder.add("Mul", "strength", builder.add("Sub", styled, image))
    _clip(builder, builder.add("Add", image, change), "result")
    return builder.build(
        "vintage_generator",
        graph_inputs(),
        [helper.make_tensor_value_info("result", TensorProto.FLOAT, [1, 3, "inner_height", "inner_width"])],
    )


def graph_inputs() -> list[Any]:
    """Return what the graph of a vintage generator takes."""
    picture: list[Any] = ["height", "width"]
    shapes = {
        "image": [1, 3, *picture],
        "radius": [1, 1, *picture],
        "thumbnail": [1, 3, THUMBNAIL_SIZE, THUMBNAIL_SIZE],
        "noise": [1, NOISE_CHANNELS, *picture],
        "strength": [],
        "grain": [],
    }
    return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]


def _add_colour(builder: GraphBuilder, weights: Weights) -> str:
    """Add the colour branch, clipped; the linear map and its amount become one convolution."""
    gamma, beta = _add_context(builder, weights)
    features = builder.add("Concat", "image", "radius", axis=1)
    hidden = _lrelu(builder, _convolve(builder, weights, "colour/hidden_1", features))
    hidden = _lrelu(builder, _add_modulated(builder, weights, "colour/hidden_2", hidden, gamma, beta))
    amount, identity = np.float32(weights["colour/map/amount"]), np.eye(3, dtype=np.float32)
    mapped = builder.convolve("image", identity + amount * (weights["colour/map/matrix"] - identity))
    bias = weights["colour/residual/bias"] + amount * weights["colour/map/offset"]
    residual = builder.convolve(hidden, weights["colour/residual/kernel"], bias)
    return _clip(builder, builder.add("Add", mapped, residual))


def _add_modulated(builder: GraphBuilder, weights: Weights, name: str, source: str, gamma: str, beta: str) -> str:
    """Add a dense layer whose input is scaled and shifted: its own weights are, which are fewer than pixels."""
    kernel, bias = np.asarray(weights[f"{name}/kernel"]), weights[f"{name}/bias"]
    scaled = builder.add("Mul", builder.constant(kernel.T[:, :, None, None]), gamma)
    shifted = builder.add("Reshape", builder.convolve(beta, kernel, bias), builder.constant(np.array([-1], np.int64)))
    return builder.add("Conv", source, scaled, shifted)


def _add_context(builder: GraphBuilder, weights: Weights) -> tuple[str, str]:
    """Add the context network; return the names of 1 + gamma and beta, each (1, C, 1, 1)."""
    kernel = np.asarray(weights["context/convolution_1/kernel"])
    bias = weights["context/convolution_1/bias"] - _CENTRE * kernel.sum((0, 1, 2))
    hidden = _lrelu(builder, builder.convolve("thumbnail", kernel, bias, strides=[2, 2]))
    hidden = _lrelu(builder, _convolve(builder, weights, "context/convolution_2", hidden, strides=[2, 2]))
    hidden = builder.add("GlobalAveragePool", hidden)
    hidden = _lrelu(builder, _convolve(builder, weights, "context/hidden", hidden))
    kernel, bias = weights["context/modulation/kernel"], weights["context/modulation/bias"]
    width = kernel.shape[1] // 2
    scale = builder.convolve(hidden, kernel[:, :width], 1.0 + bias[:width])
    return scale, builder.convolve(hidden, kernel[:, width:], bias[width:])


def _add_texture(builder: GraphBuilder, weights: Weights, toned: str) -> str:
    """Add detail and grain to the toned picture; return the styled one, clipped."""
    detail = _lrelu(builder, _convolve(builder, weights, "texture/detail_1", toned))
    detail = _lrelu(builder, _convolve(builder, weights, "texture/detail_2", detail))
    detail = _convolve(builder, weights, "texture/detail_3", detail)
    field = _lrelu(builder, _convolve(builder, weights, "texture/grain_1", "noise"))
    field = _convolve(builder, weights, "texture/grain_2", field)
    inner = _crop(builder, toned)
    amplitude = _lrelu(builder, _convolve(builder, weights, "texture/amplitude_1", inner))
    amplitude = _convolve(builder, weights, "texture/amplitude_2", amplitude)
    grain = builder.add("Mul", "grain", builder.add("Mul", amplitude, field))
    return _clip(builder, builder.add("Add", builder.add("Add", inner, detail), grain))


def _convolve(builder: GraphBuilder, weights: Weights, name: str, source: str, **attributes: Any) -> str:
    """Add a layer by its weights' name; one without a bias array has none."""
    return builder.convolve(source, weights[f"{name}/kernel"], weights.get(f"{name}/bias"), **attributes)


def _lrelu(builder: GraphBuilder, source: str) -> str:
    """Add the generator's one activation."""
    return builder.add("LeakyRelu", source, alpha=NEGATIVE_SLOPE)


def _clip(builder: GraphBuilder, source: str, output: str | None = None) -> str:
    """Add a clip to [0, 1]."""
    return builder.add("Clip", source, builder.constant(0.0), builder.constant(1.0), output=output)


def _crop(builder: GraphBuilder, source: str) -> str:
    """Add a cut that takes the halo off."""
    limits = (np.array([edge, edge], np.int64) for edge in (HALO, -HALO))
    return builder.add(
        "Slice",
        source,
        *(builder.constant(limit) for limit in limits),
        builder.constant(np.array(_ROWS_COLUMNS, np.int64)),
    )

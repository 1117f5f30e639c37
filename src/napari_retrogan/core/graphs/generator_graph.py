"""The vintage generator as an ONNX graph, built by hand from its weights, channels first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from napari_retrogan.core.architecture import HALO, NEGATIVE_SLOPE, NOISE_CHANNELS, THUMBNAIL_SIZE
from napari_retrogan.core.graphs.builder import GraphBuilder
from napari_retrogan.core.graphs.colour_branch import first_kernel, linear_kernel
from napari_retrogan.core.images.pixel_positions import PLACE_CHANNELS

Weights = Mapping[str, NDArray[Any]]

PARTS = ("toned", "detail", "grain_signal")
_NUM_PICTURES = 4
_CENTRE = 0.5
_ROWS_COLUMNS = [2, 3]


def build_graph(weights: Weights, *, parts: bool = False) -> bytes:
    """Return the serialised graph of a generator.

    Parameters
    ----------
    weights
        Arrays by the names of ``architecture.WEIGHT_SHAPES``; widths are taken from their shapes.
    parts
        Whether to stop before the amounts: for previews, which add the parts up themselves.

    Returns
    -------
    bytes
        A graph of single precision: ``image`` (1, 3, Y, X) in [0, 1], ``place`` (1, 3, Y, X), which
        is ``images.place``'s, ``thumbnail`` (1, 3, 64, 64), ``noise`` (1, 3, Y, X), ``strength`` (), ``grain`` () and
        ``softness`` () to ``result`` (1, 3, Y - 6, X - 6) in [0, 1]; as parts the first four to ``toned`` in
        [0, 1], ``detail`` and ``grain_signal`` of that shape.
    """
    builder = GraphBuilder()
    toned = _add_colour(builder, weights)
    inner = crop_halo(builder, toned, "toned")
    detail = _add_detail(builder, weights, toned)
    grain = _add_grain(builder, weights, inner)
    outputs = (inner, detail, grain) if parts else (add_amounts(builder, inner, detail, grain),)
    inner_shape: list[Any] = [1, 3, "inner_height", "inner_width"]
    return builder.build(
        "vintage_generator",
        graph_inputs()[: _NUM_PICTURES if parts else None],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, inner_shape) for name in outputs],
    )


def graph_inputs() -> list[Any]:
    """Return what the graph of a vintage generator takes: pictures, then amounts."""
    picture: list[Any] = ["height", "width"]
    shapes = {
        "image": [1, 3, *picture],
        "place": [1, PLACE_CHANNELS, *picture],
        "thumbnail": [1, 3, THUMBNAIL_SIZE, THUMBNAIL_SIZE],
        "noise": [1, NOISE_CHANNELS, *picture],
        "strength": [],
        "grain": [],
        "softness": [],
    }
    return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]


def _add_colour(builder: GraphBuilder, weights: Weights) -> str:
    """Add the colour branch, clipped; the linear map and its amount become one convolution."""
    gamma, beta = add_context(builder, weights)
    features = builder.add("Concat", "image", "place", axis=1)
    hidden = activate(builder, builder.convolve(features, first_kernel(weights), weights["colour/hidden_1/bias"]))
    hidden = activate(builder, _add_modulated(builder, weights, "colour/hidden_2", hidden, gamma, beta))
    mapped = builder.convolve(features, linear_kernel(weights, np.float32))
    bias = weights["colour/residual/bias"] + np.float32(weights["colour/map/amount"]) * weights["colour/map/offset"]
    residual = builder.convolve(hidden, weights["colour/residual/kernel"], bias)
    return clip_to_unit(builder, builder.add("Add", mapped, residual))


def _add_modulated(builder: GraphBuilder, weights: Weights, name: str, source: str, gamma: str, beta: str) -> str:
    """Add a dense layer whose input is scaled and shifted: its own weights are, which are fewer than pixels."""
    kernel, bias = np.asarray(weights[f"{name}/kernel"]), weights[f"{name}/bias"]
    scaled = builder.add("Mul", builder.constant(kernel.T[:, :, None, None]), gamma)
    shifted = builder.add("Reshape", builder.convolve(beta, kernel, bias), builder.constant(np.array([-1], np.int64)))
    return builder.add("Conv", source, scaled, shifted)


def add_context(builder: GraphBuilder, weights: Weights) -> tuple[str, str]:
    """Add the context network; return the names of 1 + gamma and beta, each (1, C, 1, 1)."""
    kernel = np.asarray(weights["context/convolution_1/kernel"])
    bias = weights["context/convolution_1/bias"] - _CENTRE * kernel.sum((0, 1, 2))
    hidden = activate(builder, builder.convolve("thumbnail", kernel, bias, strides=[2, 2]))
    hidden = activate(builder, _convolve(builder, weights, "context/convolution_2", hidden, strides=[2, 2]))
    hidden = builder.add("GlobalAveragePool", hidden)
    hidden = activate(builder, _convolve(builder, weights, "context/hidden", hidden))
    kernel, bias = weights["context/modulation/kernel"], weights["context/modulation/bias"]
    width = kernel.shape[1] // 2
    scale = builder.convolve(hidden, kernel[:, :width], 1.0 + bias[:width])
    return scale, builder.convolve(hidden, kernel[:, width:], bias[width:])


def _add_detail(builder: GraphBuilder, weights: Weights, toned: str) -> str:
    """Add what softens or sharpens the toned picture."""
    detail = activate(builder, _convolve(builder, weights, "texture/detail_1", toned))
    detail = activate(builder, _convolve(builder, weights, "texture/detail_2", detail))
    return _convolve(builder, weights, "texture/detail_3", detail, output="detail")


def _add_grain(builder: GraphBuilder, weights: Weights, inner: str) -> str:
    """Add the grain of the toned picture, whose halo is off."""
    field = activate(builder, _convolve(builder, weights, "texture/grain_1", "noise"))
    field = _convolve(builder, weights, "texture/grain_2", field)
    amplitude = activate(builder, _convolve(builder, weights, "texture/amplitude_1", inner))
    amplitude = _convolve(builder, weights, "texture/amplitude_2", amplitude)
    return builder.add("Mul", amplitude, field, output="grain_signal")


def add_amounts(builder: GraphBuilder, inner: str, detail: str | None, grain: str | None) -> str:
    """Add the parts up that there are, each by its amount, and blend the result with the picture."""
    detail = detail and builder.add("Mul", "softness", detail)
    grain = grain and builder.add("Mul", "grain", grain)
    styled = add_parts(builder, inner, detail, grain)
    image = crop_halo(builder, "image")
    change = builder.add("Mul", "strength", builder.add("Sub", styled, image))
    return clip_to_unit(builder, builder.add("Add", image, change), "result")


def add_parts(builder: GraphBuilder, inner: str, *parts: str | None, output: str | None = None) -> str:
    """Add the parts up that there are, and clip the sum."""
    for part in parts:
        inner = inner if part is None else builder.add("Add", inner, part)
    return clip_to_unit(builder, inner, output)


def _convolve(builder: GraphBuilder, weights: Weights, name: str, source: str, **attributes: Any) -> str:
    """Add a layer by its weights' name; one without a bias array has none."""
    return builder.convolve(source, weights[f"{name}/kernel"], weights.get(f"{name}/bias"), **attributes)


def activate(builder: GraphBuilder, source: str) -> str:
    """Add the generator's one activation."""
    return builder.add("LeakyRelu", source, alpha=NEGATIVE_SLOPE)


def clip_to_unit(builder: GraphBuilder, source: str, output: str | None = None) -> str:
    """Add a clip to [0, 1]."""
    return builder.add("Clip", source, builder.constant(0.0), builder.constant(1.0), output=output)


def crop_halo(builder: GraphBuilder, source: str, output: str | None = None) -> str:
    """Add a cut that takes the halo off."""
    limits = (np.array([edge, edge], np.int64) for edge in (HALO, -HALO))
    return builder.add(
        "Slice",
        source,
        *(builder.constant(limit) for limit in limits),
        builder.constant(np.array(_ROWS_COLUMNS, np.int64)),
        output=output,
    )

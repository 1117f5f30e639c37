"""The vintage generator as an ONNX graph for speed on a CPU: what tiles are styled with.

It computes what `build_graph` does, within the rounding of single precision, but

- colours pass through their layers in strips of pixels, see `strips`;
- a texture layer yields 2 x 2 pixels at once, as 4 times as many channels: convolutions of few channels
  leave most of a processor's registers empty;
- grain and detail are left out where nothing of them is wanted, and the amounts where all of them are one;
- of the grain it takes the field, which no picture changes, from a graph apart, so that it can be made once.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from napari_retrogan.core.export.graph_builder import GraphBuilder
from napari_retrogan.core.export.onnx_graph import (
    activate,
    add_amounts,
    add_parts,
    crop_halo,
    graph_inputs,
)
from napari_retrogan.core.export.strips import add_strips
from napari_retrogan.core.inference.session import FIELD_GRAPH, TILE_GRAPH_NAME

Weights = Mapping[str, NDArray[Any]]

_OPSET = 18
_DETAIL = ("texture/detail_1", "texture/detail_2", "texture/detail_3")
_GRAIN = ("texture/grain_1", "texture/grain_2")


def build_tile_graph(weights: Weights, *, detail: bool = True, grain: bool = True, amounts: bool = True) -> bytes:
    """Return the serialised graph of a generator for tiles of an even number of rows and of columns.

    Parameters
    ----------
    weights
        Arrays by the names of ``architecture.WEIGHT_SHAPES``; widths are taken from their shapes.
    detail, grain
        Whether there is any softness, or any grain.
    amounts
        Whether strength or the amount of what there is may be other than one.

    Returns
    -------
    bytes
        Output and inputs are those of `build_graph`, as far as there is a use for them; but instead of ``noise``
        there is ``field`` (1, 3, Y - 6, X - 6), what the graph of `build_field_graph` makes of it. That graph is
        kept as a property, `FIELD_GRAPH`, so that both travel as one.
    """
    builder = GraphBuilder()
    toned, amplitude = add_strips(builder, weights, amplitude=grain)
    inner = crop_halo(builder, toned)
    textures = _add_blocks(builder, weights, _DETAIL, toned) if detail else None
    grains = None
    if amplitude is not None:
        grains = builder.add("Mul", crop_halo(builder, amplitude), "field")
    add_all = add_amounts if amounts else partial(add_parts, output="result")
    result = add_all(builder, inner, textures, grains)
    used = {
        "noise": False,
        "strength": amounts,
        "grain": amounts and grain,
        "softness": amounts and detail,
    }
    inputs = [value for value in graph_inputs() if used.get(value.name, True)]
    return builder.build(
        TILE_GRAPH_NAME,
        [*inputs, _inner_picture("field")] if grain else inputs,
        [_inner_picture(result)],
        opset=_OPSET,
        properties={FIELD_GRAPH: base64.b64encode(build_field_graph(weights)).decode()} if grain else None,
    )


def build_field_graph(weights: Weights) -> bytes:
    """Return the serialised graph that makes the field of grain, B(z), of ``noise``: ``field``, smaller by the halo."""
    builder = GraphBuilder()
    field = _add_blocks(builder, weights, _GRAIN, "noise", "field")
    noise = [value for value in graph_inputs() if value.name == "noise"]
    return builder.build(f"{TILE_GRAPH_NAME}_field", noise, [_inner_picture(field)], opset=_OPSET)


def _inner_picture(name: str) -> Any:
    """Return what tells the shape of a tile without its halo."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, "inner_height", "inner_width"])


def _add_blocks(
    builder: GraphBuilder, weights: Weights, names: Sequence[str], source: str, output: str | None = None
) -> str:
    """Add a chain of convolutions, each of which yields blocks of 2 x 2 pixels as channels."""
    for number, name in enumerate(names):
        kernel, bias = _in_blocks(np.asarray(weights[f"{name}/kernel"], np.float32)), weights.get(f"{name}/bias")
        bias = None if bias is None else np.repeat(bias, 4)
        if number == 0:
            source = builder.convolve(source, kernel, bias, strides=[2, 2])
        else:
            source = builder.convolve(activate(builder, source), _of_blocks(kernel), bias)
    return builder.add("DepthToSpace", source, output=output, blocksize=2, mode="CRD")


def _in_blocks(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the kernel (k + 1, k + 1, C, 4 F) that at stride 2 gives what (k, k, C, F) gives for 2 x 2 pixels."""
    size, _, channels, filters = kernel.shape
    wide = np.zeros((size + 1, size + 1, channels, filters, 2, 2), np.float32)
    for row in range(2):
        for column in range(2):
            wide[row : row + size, column : column + size, :, :, row, column] = kernel
    return wide.reshape(size + 1, size + 1, channels, 4 * filters)


def _of_blocks(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a kernel (k, k, C, F) with k even as one (k / 2, k / 2, 4 C, F) over blocks of 2 x 2 pixels."""
    half, channels = kernel.shape[0] // 2, kernel.shape[2]
    blocks = kernel.reshape(half, 2, half, 2, channels, -1).transpose(0, 2, 4, 1, 3, 5)
    return blocks.reshape(half, half, 4 * channels, -1)

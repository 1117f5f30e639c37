"""The vintage generator as an ONNX graph for speed on a CPU: what tiles are styled with.

It computes what `build_graph` does, within the rounding of single precision, but

- colours pass through their layers in strips of pixels, see `strips`;
- a texture layer yields two or four rows at once, as so many times the channels: convolutions of few channels
  leave most of a processor's registers empty;
- grain and detail are left out where nothing of them is wanted, and the amounts where all of them are one;
- of the grain it takes the field, which no picture changes, from a graph apart, so that it can be made once.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from napari_retrogan.core.graphs.builder import GraphBuilder
from napari_retrogan.core.graphs.generator_graph import graph_inputs
from napari_retrogan.core.graphs.graph_operations import GraphOperations
from napari_retrogan.core.graphs.strips import add_strips
from napari_retrogan.core.stages.chain import reach_of
from napari_retrogan.core.stages.softness import SOFTNESS

Weights = Mapping[str, NDArray[Any]]

TILE_GRAPH_NAME = "vintage_tile"
"""What graphs that are made for the blocked layout of a CPU's convolutions are called."""

FIELD_GRAPH = "field_graph"
"""The property by which such a graph carries the one that makes its grain, in base 64."""

_OPSET = 18
_ROWS, _LAST_ROWS = 2, 4
_DETAIL = ("texture/detail_1", "texture/detail_2", "texture/detail_3")
_GRAIN = ("texture/grain_1", "texture/grain_2")


@np.errstate(over="ignore", invalid="ignore")  # Of weights that are too large no number comes, in the graph as here.
def build_tile_graph(weights: Weights, *, detail: bool = True, grain: bool = True, amounts: bool = True) -> bytes:
    """Return the serialised graph of a generator for tiles whose number of rows is a multiple of four.

    Parameters
    ----------
    weights
        Arrays by the names of ``stages.chain.WEIGHT_SHAPES``; widths are taken from their shapes.
    detail, grain
        Whether there is any softness, or any grain.
    amounts
        Whether strength or the amount of what there is may be other than one.

    Returns
    -------
    bytes
        Output and inputs are those of `build_graph`, as far as there is a use for them, with a halo h as wide as
        the stages in use reach: none without softness; but instead of ``noise``
        there is ``field`` (1, 3, Y - 2 h, X - 2 h), what the graph of `build_field_graph` makes of it. That graph is
        kept as a property, `FIELD_GRAPH`, so that both travel as one.
    """
    builder = GraphBuilder()
    operations = GraphOperations(builder)
    halo = reach_of([SOFTNESS] if detail else [])
    toned, amplitude = add_strips(builder, weights, amplitude=grain)
    parts = {"softness": _add_blocks(builder, weights, _DETAIL, toned)} if detail else {}
    if amplitude is not None:
        parts["grain"] = operations.multiply(_cropped(operations, amplitude, halo), "field")
    styled = _cropped(operations, toned, halo)
    for name, part in parts.items():
        styled = operations.add(styled, operations.multiply(name, part) if amounts else part)
    result = operations.clip(styled)
    if amounts:
        image = _cropped(operations, "image", halo)
        change = operations.multiply("strength", operations.subtract(result, image))
        result = operations.clip(operations.add(image, change))
    used = {"noise": False, "strength": amounts, **{name: amounts and name in parts for name in ("grain", "softness")}}
    inputs = [value for value in graph_inputs() if used.get(value.name, True)]
    return builder.build(
        TILE_GRAPH_NAME,
        [*inputs, _inner_picture("field")] if grain else inputs,
        [_inner_picture(builder.add("Identity", result, output="result"))],
        opset=_OPSET,
        properties={FIELD_GRAPH: base64.b64encode(build_field_graph(weights)).decode()} if grain else None,
    )


def _cropped(operations: GraphOperations, picture: str, margin: int) -> str:
    """Return a picture without a margin, if there is one."""
    return operations.crop(picture, margin) if margin else picture


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
    """Add a chain of convolutions, each of which yields blocks of rows as channels: two, and the last one four."""
    before, kernel = 1, np.empty(0, np.float32)
    for number, name in enumerate(names):
        rows = _LAST_ROWS if name == names[-1] else _ROWS
        kernel = _in_blocks(np.asarray(weights[f"{name}/kernel"], np.float32), rows, before)
        bias = weights.get(f"{name}/bias")
        bias = None if bias is None else np.repeat(bias, rows)
        source = source if number == 0 else GraphOperations(builder).activate(source)
        source, before = builder.convolve(source, kernel, bias, strides=[rows // before, 1]), rows
    channels = int(kernel.shape[-1]) // before
    apart = builder.add("Reshape", source, _shape(builder, channels, before, -1, 0))
    together = builder.add("Transpose", apart, perm=[0, 2, 1, 3])
    return builder.add("Reshape", together, _shape(builder, 1, channels, -1, 0), output=output)


def _in_blocks(kernel: NDArray[np.float32], rows: int, before: int) -> NDArray[np.float32]:
    """Return the kernel that gives for several rows at once what (k, l, C, F) gives for one.

    Parameters
    ----------
    kernel
        Of single rows.
    rows
        How many make a block of the output: F times as many channels.
    before
        How many make one of the input; k + rows - 1 is a multiple of it.
    """
    size, width, channels, filters = kernel.shape
    high = size + rows - 1
    wide = np.zeros((high, width, channels, filters, rows), np.float32)
    for row in range(rows):
        wide[row : row + size, ..., row] = kernel
    blocks = wide.reshape(high // before, before, width, channels, filters * rows).transpose(0, 2, 3, 1, 4)
    return blocks.reshape(high // before, width, channels * before, filters * rows)


def _shape(builder: GraphBuilder, *sizes: int) -> str:
    """Add a shape, in which 0 keeps a size as it is."""
    return builder.constant(np.array(sizes, np.int64))

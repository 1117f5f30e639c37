"""What an ONNX graph would take to run on one tile, inferred before anything runs it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from onnx import ModelProto, shape_inference

from napari_retrogan.core.architecture import HALO
from napari_retrogan.core.inference.tiling import TILE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from onnx import NodeProto, ValueInfoProto

    Shapes = Mapping[str, tuple[int, ...]]

MAX_ELEMENTS = 2**23
"""Numbers in any one value inside the graph: 32 MiB, four times what generators take."""

MAX_PRODUCTS = 5 * 10**9
"""Multiplications of all convolutions for a tile, about twenty times what generators take."""


def check_sizes(model: ModelProto) -> None:
    """Check that a tile gives a tile, and what it takes.

    Parameters
    ----------
    model
        A valid model; it is not changed.

    Raises
    ------
    ValueError
        If a shape can't be told, is too large, or isn't a tile's at the end, or too much is to be computed. The
        message is the rest of a sentence whose subject is the graph.
    """
    try:
        inferred = shape_inference.infer_shapes(_for_one_tile(model), check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:
        raise ValueError(f"doesn't fit together ({' '.join(str(error).split())[:200]})") from error
    shapes = _shapes([*inferred.graph.input, *inferred.graph.value_info, *inferred.graph.output])
    shapes |= {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    outputs = [name for node in model.graph.node for name in node.output if name]
    if any(name not in shapes for name in outputs):
        raise ValueError("holds a value whose size can't be told")
    if max(math.prod(shapes[name]) for name in [*outputs, *shapes]) > MAX_ELEMENTS:
        raise ValueError(f"holds a value of more than {MAX_ELEMENTS} numbers")
    if sum(_products(node, shapes) for node in model.graph.node if node.op_type == "Conv") > MAX_PRODUCTS:
        raise ValueError(f"takes more than {MAX_PRODUCTS} multiplications a tile")
    if shapes.get("result") != (1, 3, TILE_SIZE, TILE_SIZE):
        raise ValueError("doesn't return a tile")


def _for_one_tile(model: ModelProto) -> ModelProto:
    """Return a copy whose inputs are as large as a tile with its halo, and whose outputs are to be told."""
    copy = ModelProto()
    copy.CopyFrom(model)
    for value in copy.graph.input:
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.HasField("dim_param"):
                dimension.dim_value = TILE_SIZE + 2 * HALO
    for value in copy.graph.output:
        value.type.tensor_type.ClearField("shape")
    return copy


def _shapes(values: Iterable[ValueInfoProto]) -> dict[str, tuple[int, ...]]:
    """Return the shapes that are known in full."""
    known = {}
    for value in values:
        if value.type.tensor_type.HasField("shape"):
            dimensions = value.type.tensor_type.shape.dim
            if all(dimension.HasField("dim_value") for dimension in dimensions):
                known[value.name] = tuple(dimension.dim_value for dimension in dimensions)
    return known


def _products(node: NodeProto, shapes: Shapes) -> int:
    """Return the multiplications of a convolution: each result's numbers times the kernel behind each of them."""
    return math.prod(shapes[node.output[0]]) * math.prod(shapes.get(node.input[1], ())[1:])

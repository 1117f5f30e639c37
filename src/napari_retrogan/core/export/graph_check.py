"""Refuses ONNX graphs that hold anything but the few operators a generator is made of."""

from __future__ import annotations

from onnx import AttributeProto, ModelProto, TensorProto, load_model_from_string

from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.export.graph_builder import GRAPH_VERSION, OPSET

MAX_GRAPH_BYTES = 16 * 2**20
ALLOWED_OPERATORS = frozenset(
    {"Add", "Clip", "Concat", "Conv", "GlobalAveragePool", "LeakyRelu", "Mul", "Reshape", "Slice", "Sub"}
)
GRAPH_INPUTS = ("image", "radius", "thumbnail", "noise", "strength", "grain")
GRAPH_OUTPUTS = ("result",)
_PLAIN_ATTRIBUTES = frozenset({AttributeProto.FLOAT, AttributeProto.INT, AttributeProto.STRING, AttributeProto.INTS})


def check_graph(graph: bytes) -> None:
    """Check a vintage generator's graph before anything runs it.

    Parameters
    ----------
    graph
        A serialised ONNX model.

    Raises
    ------
    InvalidGeneratorFile
        If it is too large, isn't an ONNX model of this version or holds an operator, subgraph, function or
        external data that no generator has.
    """
    if len(graph) > MAX_GRAPH_BYTES:
        raise _refuse(f"takes {len(graph)} bytes; at most {MAX_GRAPH_BYTES} are read")
    try:
        model = load_model_from_string(graph)
    except Exception as error:
        raise _refuse("can't be parsed") from error
    _check_model(model)
    _check_nodes(model)
    _check_constants(model)


def _check_model(model: ModelProto) -> None:
    """Check versions, inputs and outputs."""
    properties = {entry.key: entry.value for entry in model.metadata_props}
    if properties.get("graph_version") != GRAPH_VERSION:
        raise _refuse(f"has version {properties.get('graph_version')}; expected {GRAPH_VERSION}")
    if [(opset.domain, opset.version) for opset in model.opset_import] != [("", OPSET)]:
        raise _refuse(f"asks for other operator sets than ONNX {OPSET}")
    names = tuple(value.name for value in model.graph.input), tuple(value.name for value in model.graph.output)
    if names != (GRAPH_INPUTS, GRAPH_OUTPUTS):
        raise _refuse(f"takes {', '.join(names[0])} and returns {', '.join(names[1])}, which no generator does")
    if model.functions or model.training_info or model.graph.sparse_initializer:
        raise _refuse("holds functions, training information or sparse tensors")


def _check_nodes(model: ModelProto) -> None:
    """Check operators and their attributes."""
    for node in model.graph.node:
        if node.domain or node.op_type not in ALLOWED_OPERATORS:
            raise _refuse(f"holds the operator {node.domain or 'onnx'}.{node.op_type}, which no generator has")
        if any(attribute.type not in _PLAIN_ATTRIBUTES for attribute in node.attribute):
            raise _refuse(f"holds a subgraph or tensor inside the operator {node.op_type}")


def _check_constants(model: ModelProto) -> None:
    """Check that all constants lie in the graph itself."""
    for tensor in model.graph.initializer:
        if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
            raise _refuse("refers to data in another file")


def _refuse(reason: str) -> InvalidGeneratorFile:
    """Return the error for a graph."""
    return InvalidGeneratorFile(f"The generator's graph {reason}. Use a file that napari-retrogan saved.")

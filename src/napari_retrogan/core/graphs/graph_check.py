"""Refuses ONNX graphs that hold anything but the few operators a generator is made of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import AttributeProto, ModelProto, TensorProto, checker, load_model_from_string

from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.generator_file.versions import MAX_GRAPH_BYTES
from napari_retrogan.core.graphs.builder import GRAPH_VERSION, IR_VERSION, OPSET
from napari_retrogan.core.graphs.generator_graph import graph_inputs
from napari_retrogan.core.graphs.graph_sizes import check_sizes

if TYPE_CHECKING:
    from collections.abc import Iterable

ALLOWED_OPERATORS = frozenset(
    {"Add", "Clip", "Concat", "Conv", "GlobalAveragePool", "LeakyRelu", "Mul", "Reshape", "Slice", "Sub"}
)
GRAPH_OUTPUTS = ("result",)
MAX_PARTS = 512
MAX_ATTRIBUTE = 1024
_FIELDS = {
    "ModelProto": {"ir_version", "opset_import", "producer_name", "metadata_props", "graph"},
    "GraphProto": {"name", "node", "initializer", "input", "output"},
    "NodeProto": {"name", "op_type", "input", "output", "attribute"},
    "AttributeProto": {"name", "type", "f", "i", "s", "ints"},
    "TensorProto": {"name", "dims", "data_type", "raw_data"},
}
_TYPES: dict[int, np.dtype[Any]] = {TensorProto.FLOAT: np.dtype(np.float32), TensorProto.INT64: np.dtype(np.int64)}
_PLAIN_ATTRIBUTES = frozenset({AttributeProto.FLOAT, AttributeProto.INT, AttributeProto.STRING, AttributeProto.INTS})
_MAX_RANK = 4


def check_graph(graph: bytes) -> None:
    """Check a vintage generator's graph before anything runs it.

    It may hold the fields, operators, constants and plain attributes that generators are made of and nothing
    else: so no code, no file, no loop, no branch, no function. What a tile takes to compute is bounded too.

    Parameters
    ----------
    graph
        A serialised ONNX model.

    Raises
    ------
    InvalidGeneratorFile
        If it is too large, isn't an ONNX model of this version, holds something that no generator has, or would
        take much more memory or time than one.
    """
    if len(graph) > MAX_GRAPH_BYTES:
        raise _refuse(f"takes {len(graph)} bytes; at most {MAX_GRAPH_BYTES} are read")
    try:
        model = load_model_from_string(graph)
    except Exception as error:
        raise _refuse("can't be parsed") from error
    length = model.ByteSize()
    model.DiscardUnknownFields()
    if model.ByteSize() != length:
        raise _refuse("holds fields that this version doesn't know")
    _check_model(model)
    _check_nodes(model)
    _check_constants(model)
    try:
        checker.check_model(model)
    except Exception as error:
        raise _refuse(f"isn't valid ({' '.join(str(error).split())[:200]})") from error
    try:
        check_sizes(model)
    except ValueError as error:
        raise _refuse(str(error)) from error


def _check_model(model: ModelProto) -> None:
    """Check versions, inputs and outputs."""
    _check_fields([model, model.graph])
    if len(model.metadata_props) > MAX_PARTS or len(model.opset_import) != 1:
        raise _refuse(f"asks for other operator sets than ONNX {OPSET}")
    properties = {entry.key: entry.value for entry in model.metadata_props}
    if properties.get("graph_version") != GRAPH_VERSION:
        raise _refuse(f"has version {str(properties.get('graph_version'))[:20]!r}; expected {GRAPH_VERSION!r}")
    opset = model.opset_import[0]
    if (opset.domain, opset.version, model.ir_version) != ("", OPSET, IR_VERSION):
        raise _refuse(f"asks for other operator sets than ONNX {OPSET}")
    if list(model.graph.input) != graph_inputs():
        raise _refuse("takes other inputs than generators do")
    if tuple(value.name for value in model.graph.output) != GRAPH_OUTPUTS:
        raise _refuse("returns something else than generators do")


def _check_nodes(model: ModelProto) -> None:
    """Check operators and their attributes."""
    if len(model.graph.node) > MAX_PARTS:
        raise _refuse(f"holds {len(model.graph.node)} operators; at most {MAX_PARTS} are run")
    _check_fields(model.graph.node)
    for node in model.graph.node:
        if node.op_type not in ALLOWED_OPERATORS:
            raise _refuse(f"holds the operator {node.op_type[:50]!r}, which no generator has")
        if max(len(node.attribute), len(node.input), len(node.output)) > MAX_PARTS:
            raise _refuse(f"holds an operator {node.op_type} of more than {MAX_PARTS} parts")
        _check_fields(node.attribute)
        for attribute in node.attribute:
            numbers = attribute.ints[:MAX_PARTS] if attribute.type == AttributeProto.INTS else [attribute.i]
            if attribute.type not in _PLAIN_ATTRIBUTES or len(attribute.ints) >= MAX_PARTS:
                raise _refuse(f"holds a subgraph or tensor inside the operator {node.op_type}")
            if max(map(abs, numbers), default=0) > MAX_ATTRIBUTE:
                raise _refuse(f"holds numbers beyond {MAX_ATTRIBUTE} in the operator {node.op_type}")


def _check_constants(model: ModelProto) -> None:
    """Check that all constants lie in the graph itself, as long as their shapes say."""
    if len(model.graph.initializer) > MAX_PARTS:
        raise _refuse(f"holds {len(model.graph.initializer)} constants; at most {MAX_PARTS} are read")
    _check_fields(model.graph.initializer)
    for tensor in model.graph.initializer:
        if tensor.data_type not in _TYPES or len(tensor.dims) > _MAX_RANK:
            raise _refuse("holds a constant of an unknown type or of too many axes")
        dtype = _TYPES[tensor.data_type]
        if min(tensor.dims, default=1) < 1 or len(tensor.raw_data) != dtype.itemsize * math.prod(tensor.dims):
            raise _refuse("holds a constant whose shape doesn't fit its values")
        if not np.isfinite(np.frombuffer(tensor.raw_data, dtype)).all():
            raise _refuse("holds a constant that isn't a finite number")


def _check_fields(messages: Iterable[Any]) -> None:
    """Check that parts of the model hold known fields only: no external data, function or documentation."""
    for message in messages:
        kind = message.DESCRIPTOR.name
        other = {field.name for field, _ in message.ListFields()} - _FIELDS[kind]
        if other:
            raise _refuse(f"holds {min(other)!r} in its {kind}, which no generator has")


def _refuse(reason: str) -> InvalidGeneratorFile:
    """Return the error for a graph."""
    return InvalidGeneratorFile(f"The generator's graph {reason}. Use a file that napari-retrogan saved.")

"""The network that finishes drawn marks, as an ONNX graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onnx import TensorProto, helper

from napari_retrogan.core.architecture import NOISE_CHANNELS
from napari_retrogan.core.graphs.builder import GraphBuilder
from napari_retrogan.core.graphs.graph_operations import GraphOperations
from napari_retrogan.core.stages.mark_finish import DRAWN_CHANNELS, MARK_FINISH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MARK_GRAPH_NAME = "mark_finish"


def build_mark_graph(weights: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the serialised graph.

    Parameters
    ----------
    weights
        Arrays by the names of ``MARK_FINISH.weights``.

    Returns
    -------
    bytes
        A graph from ``drawn`` (N, 2, Y, X) and ``noise`` (N, 3, Y, X) to ``finished`` (N, 1, Y, X) without a margin.
    """
    builder = GraphBuilder()
    finished = MARK_FINISH.formula(GraphOperations(builder), weights, "drawn", "noise")
    builder.add("Identity", finished, output="finished")
    shapes: dict[str, list[Any]] = {
        "drawn": ["number", DRAWN_CHANNELS, "height", "width"],
        "noise": ["number", NOISE_CHANNELS, "height", "width"],
        "finished": ["number", 1, "inner_height", "inner_width"],
    }
    *inputs, output = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items())
    return builder.build(MARK_GRAPH_NAME, inputs, [output])

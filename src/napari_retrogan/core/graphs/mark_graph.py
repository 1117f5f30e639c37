"""The network that finishes drawn marks, as an ONNX graph.

What marks hide, the network tells. Their colour is what was drawn there and, where nothing was, that of what was drawn
in the 5 x 5 pixels around: a pixel's own counts so much more that the others' hardly shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onnx import TensorProto, helper

from napari_retrogan.core.architecture import NOISE_CHANNELS
from napari_retrogan.core.graphs.builder import GraphBuilder
from napari_retrogan.core.graphs.graph_operations import GraphOperations
from napari_retrogan.core.stages.mark_finish import MARK_FINISH, REACH_AROUND, SEEN_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MARK_GRAPH_NAME = "mark_finish"
_DRAWN_CHANNELS = SEEN_CHANNELS + 3

_OWN = 40.0
"""How many times as much as the mean around it a pixel's own colour counts."""
_LEAST = 1e-12


def build_mark_graph(weights: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the serialised graph.

    Parameters
    ----------
    weights
        Arrays by the names of ``MARK_FINISH.weights``.

    Returns
    -------
    bytes
        A graph from ``drawn`` (N, 5, Y, X), what marks hide, what of that are clouds and premultiplied colours (RGB),
        and ``noise`` (N, 3, Y, X) to ``finished`` (N, 4, Y, X), what they hide and colours, without a margin.
    """
    builder = GraphBuilder()
    operations = GraphOperations(builder)
    seen = operations.channels("drawn", 0, SEEN_CHANNELS)
    opacity = MARK_FINISH.formula(operations, weights, seen, "noise")
    colours = operations.multiply(opacity, _colours(builder, operations))
    builder.add("Concat", opacity, colours, output="finished", axis=1)
    shapes: dict[str, list[Any]] = {
        "drawn": ["number", _DRAWN_CHANNELS, "height", "width"],
        "noise": ["number", NOISE_CHANNELS, "height", "width"],
        "finished": ["number", 1 + _DRAWN_CHANNELS - SEEN_CHANNELS, "inner_height", "inner_width"],
    }
    *inputs, output = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items())
    return builder.build(MARK_GRAPH_NAME, inputs, [output])


def _colours(builder: GraphBuilder, operations: GraphOperations) -> str:
    """Add what finds the colours of marks."""
    hidden = operations.channels("drawn", 0, 1)
    shown = operations.concatenate(hidden, operations.channels("drawn", SEEN_CHANNELS, _DRAWN_CHANNELS))
    near = operations.crop(shown, MARK_FINISH.reach - REACH_AROUND)
    around = builder.add("AveragePool", near, kernel_shape=[1 + 2 * REACH_AROUND] * 2)
    total = operations.add(operations.multiply(_OWN, operations.crop(near, REACH_AROUND)), around)
    some = builder.add("Max", operations.channels(total, 0, 1), builder.constant(_LEAST))
    return builder.add("Div", operations.channels(total, 1, 4), some)

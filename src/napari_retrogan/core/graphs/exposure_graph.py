"""What lens and film do to a photograph before colours, as an ONNX graph of its own.

The brightness of a photograph is brought to the look's after it, so it is not one with the graph of colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onnx import TensorProto, helper

from napari_retrogan.core.graphs.builder import SAMPLING_OPSET, GraphBuilder
from napari_retrogan.core.graphs.graph_operations import GraphOperations
from napari_retrogan.core.stages.chain import expose
from napari_retrogan.core.stages.colour import POSITION_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray


def build_exposure_graph(weights: Mapping[str, NDArray[Any]], names: Collection[str], halo: int) -> bytes:
    """Return the serialised graph of the stages of these names.

    Parameters
    ----------
    weights
        Arrays by the names of ``stages.chain.WEIGHT_SHAPES``.
    names
        Those of the stages in use.
    halo
        How many pixels around the result the look needs.

    Returns
    -------
    bytes
        A graph from ``image`` (1, 3, Y, X) in [0, 1] and ``place`` (1, 3, Y, X), both with a halo of `exposure_halo`
        around whole blocks, and an amount () for each name, to ``exposed`` in [0, 1] with a halo of ``halo``; that of
        ``fringes`` is times the whole picture's half diagonal in pixels.
    """
    builder = GraphBuilder()
    amounts = {name: name for name in names}
    exposed = expose(GraphOperations(builder), weights, "image", "place", amounts, halo)
    builder.add("Identity", exposed, output="exposed")
    shapes: dict[str, list[Any]] = {
        "image": [1, 3, "height", "width"],
        "place": [1, POSITION_CHANNELS, "height", "width"],
        **{name: [] for name in names},
        "exposed": [1, 3, "inner_height", "inner_width"],
    }
    *inputs, output = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items())
    return builder.build("vintage_exposure", inputs, [output], opset=SAMPLING_OPSET)

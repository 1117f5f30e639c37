"""A small builder of ONNX graphs: named constants, nodes in order, one serialised model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

OPSET = 17
_IR_VERSION = 8
SAMPLING_OPSET, _LATER_IR_VERSION = 20, 9
"""For graphs that sample between pixels, which earlier versions name in another way."""

_GRAPH_VERSION = "1"


class GraphBuilder:
    """Collects the nodes and constants of one graph."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], TensorProto] = {}

    def constant(self, value: Any) -> str:
        """Return the name of a constant, added if it is new; real numbers become single precision."""
        array = np.asarray(value)
        array = np.ascontiguousarray(array if array.dtype == np.int64 else array.astype(np.float32)).reshape(
            array.shape
        )
        key = (str(array.dtype), array.shape, array.tobytes())
        if key not in self._constants:
            self._constants[key] = numpy_helper.from_array(array, f"constant_{len(self._constants)}")
        return self._constants[key].name

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """Add a node and return its output's name."""
        output = output or f"{operator.lower()}_{len(self._nodes)}"
        # Some versions of ONNX Runtime join nodes to one that they name after them, so that each needs a name.
        self._nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def split(self, source: str, number: int, axis: int) -> list[str]:
        """Cut a value into pieces of one size, the last perhaps smaller, and return their names."""
        names = [f"split_{len(self._nodes)}_{part}" for part in range(number)]
        self._nodes.append(helper.make_node("Split", [source], names, axis=axis, num_outputs=number))
        return names

    def convolve(self, source: str, kernel: NDArray[Any], bias: NDArray[Any] | None = None, **attributes: Any) -> str:
        """Add a convolution without padding.

        Parameters
        ----------
        source
            Name of the input, (1, C, Y, X).
        kernel
            (rows, columns, C, filters) as Keras keeps it, or (C, filters) for a dense layer over channels.
        bias
            (filters,), if any.
        **attributes
            Of the ONNX operator.
        """
        kernel = np.asarray(kernel, np.float32)
        kernel = kernel.reshape((1, 1, *kernel.shape)) if kernel.ndim == 2 else kernel
        rows, _, channels, filters = kernel.shape
        if filters == 1 < min(rows, channels):
            # Channel by channel, then their sum: filters are computed in blocks, which a single one hardly fills.
            apart = self.constant(kernel.transpose(2, 3, 0, 1))
            source = self.add("Conv", source, apart, group=channels, **attributes)
            kernel, attributes = np.ones((1, 1, channels, 1), np.float32), {}
        inputs = [source, self.constant(kernel.transpose(3, 2, 0, 1))]
        inputs += [] if bias is None else [self.constant(bias)]
        return self.add("Conv", *inputs, **attributes)

    def build(
        self,
        name: str,
        inputs: Sequence[ValueInfoProto],
        outputs: Sequence[ValueInfoProto],
        opset: int = OPSET,
        properties: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return the graph, serialised, with further properties by name."""
        graph = helper.make_graph(self._nodes, name, inputs, outputs, list(self._constants.values()))
        model: ModelProto = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", opset)],
            ir_version=_IR_VERSION if opset < SAMPLING_OPSET else _LATER_IR_VERSION,
            producer_name="napari-retrogan",
        )
        helper.set_model_props(model, {"graph_version": _GRAPH_VERSION, **(properties or {})})
        return bytes(model.SerializeToString(deterministic=True))

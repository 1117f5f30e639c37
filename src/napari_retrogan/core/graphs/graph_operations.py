"""Stages as nodes of an ONNX graph: pictures are names of values (1, C, Y, X)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto

from napari_retrogan.core.architecture import NEGATIVE_SLOPE

if TYPE_CHECKING:
    from napari_retrogan.core.graphs.builder import GraphBuilder

_CHANNELS, _ROWS, _COLUMNS = 1, 2, 3


class GraphOperations:
    """`Operations` that add nodes to a graph; weights become its constants.

    Parameters
    ----------
    builder
        Of the graph.
    """

    def __init__(self, builder: GraphBuilder) -> None:
        self._builder = builder

    def add(self, first: Any, second: Any) -> str:
        """Add a sum."""
        return self._combine("Add", first, second)

    def subtract(self, first: Any, second: Any) -> str:
        """Add a difference."""
        return self._combine("Sub", first, second)

    def multiply(self, first: Any, second: Any) -> str:
        """Add a product of each pair of values."""
        return self._combine("Mul", first, second)

    def activate(self, values: str) -> str:
        """Add the generator's one activation."""
        return self._builder.add("LeakyRelu", values, alpha=NEGATIVE_SLOPE)

    def clip(self, values: str) -> str:
        """Add a clip to [0, 1]."""
        return self._builder.add("Clip", values, self._builder.constant(0.0), self._builder.constant(1.0))

    def concatenate(self, *pictures: str) -> str:
        """Add what joins the channels of pictures."""
        return self._builder.add("Concat", *pictures, axis=_CHANNELS)

    def channels(self, picture: str, start: int, stop: int) -> str:
        """Add a cut that keeps some channels."""
        return self._slice(picture, [start], [stop], [_CHANNELS])

    def crop(self, picture: str, margin: int) -> str:
        """Add a cut that takes the margin off."""
        return self._slice(picture, [margin] * 2, [-margin] * 2, [_ROWS, _COLUMNS])

    def mean(self, picture: str) -> str:
        """Add a mean over rows and columns."""
        return self._builder.add("GlobalAveragePool", picture)

    def dense(self, picture: str, kernel: Any, bias: Any | None = None) -> str:
        """Add a layer (C, D) over channels."""
        return self._builder.convolve(picture, kernel, bias)

    def convolve(self, picture: str, kernel: Any, bias: Any | None = None, stride: int = 1) -> str:
        """Add a layer (rows, columns, C, D), without padding."""
        return self._builder.convolve(picture, kernel, bias, strides=[stride, stride])

    def enlarge(self, picture: str, factor: int) -> str:
        """Add what makes a picture larger, joined linearly between the middles of pixels."""
        scales = self._builder.constant([1.0, 1.0, factor, factor])
        mode = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        return self._builder.add("Resize", picture, "", scales, **mode)

    def displace(self, picture: str, down: str, right: str, margin: int, cubic: Any) -> str:
        """Add what finds the pixel so far down and right of each, between four or sixteen of them."""
        places = [
            self._sampling_places(picture, shift, axis, margin) for axis, shift in ((_COLUMNS, right), (_ROWS, down))
        ]
        grid = self._builder.add("Concat", *places, axis=_CHANNELS)
        grid = self._builder.add("Transpose", grid, perm=[0, _ROWS, _COLUMNS, _CHANNELS])
        mode = "cubic" if cubic else "linear"
        found = self._builder.add("GridSample", picture, grid, align_corners=1, mode=mode, padding_mode="border")
        return self.clip(found) if cubic else found

    def _sampling_places(self, picture: str, shift: str, axis: int, margin: int) -> str:
        """Add where along an axis to sample, (1, 1, Y, X): -1 is the middle of the first pixel, 1 of the last."""
        builder = self._builder
        length = builder.add("Shape", shift, start=axis, end=axis + 1)
        scalar, zero, one = builder.constant(np.array([], np.int64)), *(builder.constant(np.array(n)) for n in (0, 1))
        numbers = builder.add("Range", zero, builder.add("Reshape", length, scalar), one)
        shape = [1, 1, -1, 1] if axis == _ROWS else [1, 1, 1, -1]
        numbers = builder.add("Reshape", numbers, builder.constant(np.array(shape, np.int64)))
        places = self.add(self.add(builder.add("Cast", numbers, to=TensorProto.FLOAT), float(margin)), shift)
        steps = builder.add("Cast", builder.add("Shape", picture, start=axis, end=axis + 1), to=TensorProto.FLOAT)
        scale = builder.add("Div", builder.constant(2.0), self.subtract(steps, 1.0))
        return self.subtract(self.multiply(places, scale), 1.0)

    def _combine(self, operator: str, *values: Any) -> str:
        """Add a node of two values, of which plain numbers become constants."""
        names = (value if isinstance(value, str) else self._builder.constant(value) for value in values)
        return self._builder.add(operator, *names)

    def _slice(self, picture: str, starts: list[int], stops: list[int], axes: list[int]) -> str:
        """Add a cut along some axes."""
        limits = (self._builder.constant(np.array(each, np.int64)) for each in (starts, stops, axes))
        return self._builder.add("Slice", picture, *limits)

"""The few operations that the formulas of stages are written in.

Keras trains them, the graph builder writes them as ONNX, NumPy is the reference in tests; each of the three provides
this protocol. Pictures have their channels in whatever order of axes the provider likes.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Number = Any
"""An array, a variable or a plain number, such as a weight or an amount."""

_CUBIC_COEFFICIENT = -0.75
"""Of cubic convolution (R. Keys, "Cubic convolution interpolation for digital image processing", 1981): of the usual
ones the sharpest, and the one that ONNX knows."""


def cubic_shares(beyond: Any) -> list[Any]:
    """Return the shares of four pixels in a row, of which the second lies ``beyond`` of a pixel before the place."""
    a = _CUBIC_COEFFICIENT
    near = [(a + 2) * each**3 - (a + 3) * each**2 + 1 for each in (beyond, 1 - beyond)]
    far = [a * (each**3 - 5 * each**2 + 8 * each - 4) for each in (1 + beyond, 2 - beyond)]
    return [far[0], *near, far[1]]


class Operations(Protocol[T]):
    """What a formula may do to pictures, which all have channels, rows and columns."""

    def add(self, first: T | Number, second: T | Number) -> T:
        """Return the sum."""
        ...

    def subtract(self, first: T | Number, second: T | Number) -> T:
        """Return the difference."""
        ...

    def multiply(self, first: T | Number, second: T | Number) -> T:
        """Return the product of each pair of values."""
        ...

    def activate(self, values: T) -> T:
        """Return values with those below zero times ``NEGATIVE_SLOPE``: a leaky rectifier."""
        ...

    def clip(self, values: T) -> T:
        """Return values clipped to [0, 1]."""
        ...

    def concatenate(self, *pictures: T) -> T:
        """Return the channels of all pictures in one."""
        ...

    def channels(self, picture: T, start: int, stop: int) -> T:
        """Return the channels from ``start`` to before ``stop``."""
        ...

    def crop(self, picture: T, margin: int) -> T:
        """Return a picture without its outermost ``margin`` pixels."""
        ...

    def mean(self, picture: T) -> T:
        """Return the mean of each channel over rows and columns, as a picture of one pixel."""
        ...

    def dense(self, picture: T, kernel: Number, bias: Number | None = None) -> T:
        """Return what a layer (C, D) makes of the C channels of each pixel by itself."""
        ...

    def convolve(self, picture: T, kernel: Number, bias: Number | None = None, stride: int = 1) -> T:
        """Return what a layer (rows, columns, C, D) makes of a picture, without padding."""
        ...

    def enlarge(self, picture: T, factor: int) -> T:
        """Return a picture ``factor`` times as high and wide, joined linearly between the middles of pixels."""
        ...

    def displace(self, picture: T, down: T, right: T, margin: int, cubic: Number) -> T:
        """Return what lies so far down and right of each pixel, linearly between four of them.

        Displacements are pictures of one channel, in pixels, without the picture's outermost ``margin`` pixels; none
        leads to the last of these. Where ``cubic`` is not 0, it is told from sixteen pixels by ``cubic_shares``, and
        clipped to [0, 1].
        """
        ...

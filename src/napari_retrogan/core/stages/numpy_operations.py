"""Stages in NumPy: the reference, and what looks are measured with; pictures are (..., C) or (Y, X, C)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.architecture import NEGATIVE_SLOPE

Picture = NDArray[Any]


class _NumpyOperations:
    """`Operations` on NumPy arrays, channels last; what looks at neighbours needs one picture, (Y, X, C)."""

    def add(self, first: Any, second: Any) -> Any:
        """Return the sum."""
        return first + second

    def subtract(self, first: Any, second: Any) -> Any:
        """Return the difference."""
        return first - second

    def multiply(self, first: Any, second: Any) -> Any:
        """Return the product of each pair of values."""
        return first * second

    def activate(self, values: Picture) -> Picture:
        """Return values with those below zero times ``NEGATIVE_SLOPE``."""
        return np.where(values > 0, values, NEGATIVE_SLOPE * values)

    def clip(self, values: Picture) -> Picture:
        """Return values clipped to [0, 1]."""
        return np.clip(values, 0, 1)

    def concatenate(self, *pictures: Picture) -> Picture:
        """Return the channels of all pictures in one."""
        return np.concatenate(pictures, axis=-1)

    def channels(self, picture: Picture, start: int, stop: int) -> Picture:
        """Return the channels from ``start`` to before ``stop``."""
        return picture[..., start:stop]

    def crop(self, picture: Picture, margin: int) -> Picture:
        """Return a picture without its outermost ``margin`` pixels."""
        return picture[margin:-margin, margin:-margin]

    def mean(self, picture: Picture) -> Picture:
        """Return the mean of each channel over rows and columns, as a picture of one pixel."""
        return np.asarray(picture.mean((0, 1), keepdims=True))

    def dense(self, picture: Picture, kernel: Any, bias: Any | None = None) -> Picture:
        """Return what a layer (C, D) makes of the C channels of each pixel by itself."""
        values = picture @ kernel
        return np.asarray(values if bias is None else values + bias)

    def convolve(self, picture: Picture, kernel: Any, bias: Any | None = None, stride: int = 1) -> Picture:
        """Return what a layer (rows, columns, C, D) makes of a picture, without padding."""
        windows = np.lib.stride_tricks.sliding_window_view(picture, tuple(kernel.shape[:2]), axis=(0, 1))  # type: ignore[call-overload]
        values = np.einsum("yxckl,klcd->yxd", windows[::stride, ::stride], kernel, optimize=True)
        return np.asarray(values if bias is None else values + bias)


NUMPY = _NumpyOperations()

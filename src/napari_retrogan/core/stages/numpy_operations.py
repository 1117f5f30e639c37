"""Stages in NumPy: the reference, and what looks are measured with; pictures are (..., C) or (Y, X, C)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.architecture import NEGATIVE_SLOPE
from napari_retrogan.core.stages.operations import Number, cubic_shares

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

    def enlarge(self, picture: Picture, factor: int) -> Picture:
        """Return a picture ``factor`` times as high and wide, joined linearly between the middles of pixels."""
        for axis in (0, 1):
            length = picture.shape[axis]
            places = np.clip((np.arange(length * factor) + 0.5) / factor - 0.5, 0, length - 1)
            before = np.minimum(places.astype(int), max(length - 2, 0))
            share = (places - before).astype(picture.dtype).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
            after = np.minimum(before + 1, length - 1)
            picture = picture.take(before, axis) * (1 - share) + picture.take(after, axis) * share
        return picture

    def displace(self, picture: Picture, down: Picture, right: Picture, margin: int, cubic: Number) -> Picture:
        """Return what lies so far down and right of each pixel, between four or sixteen of them."""
        height, width = down.shape[:2]
        rows = np.arange(height)[:, None] + margin + down[..., 0]
        columns = np.arange(width)[None, :] + margin + right[..., 0]
        top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
        low, high = (rows - top)[..., None], (columns - left)[..., None]
        if cubic:
            found = np.zeros((), np.float32)
            for row, of_row in enumerate(cubic_shares(low)):
                for column, share in enumerate(cubic_shares(high)):
                    found = found + of_row * share * _pixels(picture, top + row - 1, left + column - 1)
            return self.clip(found)
        bottom, end = np.minimum(top + 1, picture.shape[0] - 1), np.minimum(left + 1, picture.shape[1] - 1)
        upper = picture[top, left] * (1 - high) + picture[top, end] * high
        lower = picture[bottom, left] * (1 - high) + picture[bottom, end] * high
        return np.asarray(upper * (1 - low) + lower * low)


def _pixels(picture: Picture, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Picture:
    """Return pixels at places, or at the border next to them."""
    height, width = picture.shape[:2]
    return picture[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]


NUMPY = _NumpyOperations()

"""How the axes of an array make photographs: (Y, X), (Y, X, 3) or (Y, X, 4), with stacks of them in front."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Layout:
    """Axes of an image.

    Attributes
    ----------
    leading
        Sizes of the axes of a stack; empty for one picture.
    height, width
        Size of every plane in pixels.
    channels
        3 or 4 for RGB or RGBA in the last axis, 0 for grey without such an axis.
    """

    leading: tuple[int, ...]
    height: int
    width: int
    channels: int

    @property
    def num_planes(self) -> int:
        """Return the number of pictures in the stack."""
        return math.prod(self.leading)

    @property
    def plane_shape(self) -> tuple[int, int]:
        """Return height and width."""
        return self.height, self.width

    def leading_axis(self, axis: int) -> int:
        """Return the number, from 0, of one of the stack's axes; negative ones count from the array's end.

        Raises
        ------
        InvalidImage
            If rows, columns or channels lie along it, or the array lacks it.
        """
        num_axes = len(self.leading) + 2 + bool(self.channels)
        number = axis + num_axes if axis < 0 else axis
        if not 0 <= number < len(self.leading):
            raise InvalidImage(
                f"Axis {axis} isn't one of the {len(self.leading)} axes that come before rows and columns; "
                "time_axis takes one of those, counted from 0."
            )
        return int(number)

    def plane_indices(self) -> Iterator[tuple[int, ...]]:
        """Yield the index of each plane in the leading axes, the last one running fastest."""
        return iter(np.ndindex(*self.leading))


def read_layout(shape: tuple[int, ...], rgb: bool | None = None) -> Layout:
    """Tell which axes of an array are rows, columns and channels.

    Parameters
    ----------
    shape
        Of the array.
    rgb
        Whether the last axis holds colours; by default it does when it has 3 or 4 entries and two axes
        come before it.

    Raises
    ------
    InvalidImage
        If the array has too few axes, no pixels or a number of channels other than 3 and 4.
    """
    if rgb is None:
        rgb = len(shape) >= 3 and shape[-1] in (3, 4)
    if len(shape) < 2 + rgb:
        kind = "an RGB image has at least three axes, (Y, X, 3)" if rgb else "an image has at least two axes, (Y, X)"
        raise InvalidImage(f"The array has shape {shape}; {kind}.")
    if any(not isinstance(size, (int, np.integer)) for size in shape):
        raise InvalidImage(f"The array's shape {shape} isn't known; call compute_chunk_sizes() on it first.")
    if 0 in shape:
        raise InvalidImage(f"The array has shape {shape} and so holds no pixel; pass an image that has some.")
    if rgb and shape[-1] not in (3, 4):
        raise InvalidImage(
            f"The array has {shape[-1]} channels in its last axis (shape {shape}); RGB has 3 and RGBA 4. "
            "Pass rgb=False if it's a stack of grey planes."
        )
    height, width = shape[-3:-1] if rgb else shape[-2:]
    return Layout(tuple(shape[: -3 if rgb else -2]), height, width, shape[-1] if rgb else 0)


def colours_only(values: Any, layout: Layout) -> Any:
    """Return values (..., Y, X) or (..., Y, X, 3) without alpha."""
    return values[..., :3] if layout.channels == 4 else values

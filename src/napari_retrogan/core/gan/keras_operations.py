"""Stages in Keras, to be trained: pictures are (N, Y, X, C), on any backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from napari_retrogan.core.architecture import NEGATIVE_SLOPE
from napari_retrogan.core.stages.operations import cubic_shares

if TYPE_CHECKING:
    from napari_retrogan.core.stages.stage import Stage, Weight


class _KerasOperations:
    """`Operations` of ``keras.ops``."""

    def add(self, first: Any, second: Any) -> Any:
        """Return the sum."""
        return first + second

    def subtract(self, first: Any, second: Any) -> Any:
        """Return the difference."""
        return first - second

    def multiply(self, first: Any, second: Any) -> Any:
        """Return the product of each pair of values."""
        return first * second

    def activate(self, values: Any) -> Any:
        """Return values with those below zero times ``NEGATIVE_SLOPE``."""
        return ops.leaky_relu(values, negative_slope=NEGATIVE_SLOPE)

    def clip(self, values: Any) -> Any:
        """Return values clipped to [0, 1]."""
        return ops.clip(values, 0.0, 1.0)

    def concatenate(self, *pictures: Any) -> Any:
        """Return the channels of all pictures in one."""
        return ops.concatenate(pictures, axis=-1)

    def channels(self, picture: Any, start: int, stop: int) -> Any:
        """Return the channels from ``start`` to before ``stop``."""
        return picture[..., start:stop]

    def crop(self, picture: Any, margin: int) -> Any:
        """Return pictures without their outermost ``margin`` pixels."""
        return picture[:, margin:-margin, margin:-margin, :]

    def mean(self, picture: Any) -> Any:
        """Return the mean of each channel over rows and columns, as pictures of one pixel."""
        return ops.mean(picture, axis=(1, 2), keepdims=True)

    def dense(self, picture: Any, kernel: Any, bias: Any | None = None) -> Any:
        """Return what a layer (C, D) makes of the C channels of each pixel by itself."""
        values = ops.matmul(picture, kernel)
        return values if bias is None else values + bias

    def convolve(self, picture: Any, kernel: Any, bias: Any | None = None, stride: int = 1) -> Any:
        """Return what a layer (rows, columns, C, D) makes of pictures, without padding."""
        values = ops.conv(picture, kernel, strides=stride, padding="valid", data_format="channels_last")
        return values if bias is None else values + bias

    def enlarge(self, picture: Any, factor: int) -> Any:
        """Return pictures ``factor`` times as high and wide, joined linearly between the middles of pixels."""
        height, width = ops.shape(picture)[1:3]
        size = (height * factor, width * factor)
        return ops.image.resize(picture, size, interpolation="bilinear", data_format="channels_last")

    def displace(self, picture: Any, down: Any, right: Any, margin: int, cubic: Any) -> Any:
        """Return what lies so far down and right of each pixel, between four or sixteen of them."""
        count, height, width = ops.shape(down)[:3]
        whole = [ops.cast(ops.arange(length), down.dtype) for length in (count, height, width)]
        number = ops.broadcast_to(ops.reshape(whole[0], (-1, 1, 1)), (count, height, width))
        rows = ops.reshape(whole[1], (1, -1, 1)) + margin + down[..., 0]
        columns = ops.reshape(whole[2], (1, 1, -1)) + margin + right[..., 0]
        linear = ops.image.map_coordinates(picture[..., 0], ops.stack([number, rows, columns]), order=1)
        smooth = ops.clip(_between_sixteen(picture[..., 0], number, rows, columns), 0.0, 1.0)
        return ops.where(ops.not_equal(cubic, 0), smooth, linear)[..., None]


def _between_sixteen(pictures: Any, number: Any, rows: Any, columns: Any) -> Any:
    """Return what lies at places of pictures (N, Y, X) by cubic convolution."""
    top, left = ops.floor(rows), ops.floor(columns)
    found = ops.zeros_like(rows)
    for row, of_row in enumerate(cubic_shares(rows - top)):
        for column, share in enumerate(cubic_shares(columns - left)):
            places = ops.stack([number, top + (row - 1), left + (column - 1)])
            nearest = ops.image.map_coordinates(pictures, places, order=0, fill_mode="nearest")
            found = found + of_row * share * nearest
    return found


KERAS = _KerasOperations()


class SeedSequence:
    """Hands out one integer seed after another, so that no initialiser touches a global random state."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def next(self) -> int:
        """Return the next seed."""
        return int(self._random.integers(2**31))


class StageLayer(keras.layers.Layer):
    """A stage with weights of its own.

    Parameters
    ----------
    stage
        What it computes, and which weights it has.
    seeds
        Of those weights that start at random, in the order in which the stage lists them.

    Attributes
    ----------
    variables_by_name
        The weights by the names that the stage gives them.
    """

    def __init__(self, stage: Stage, seeds: SeedSequence) -> None:
        super().__init__(name=stage.name)
        self._formula = stage.formula
        self.variables_by_name = {
            name: self.add_weight(
                shape=weight.shape,
                initializer=_initializer(weight, seeds),
                trainable=weight.trained,
                name=name.replace("/", "_"),
            )
            for name, weight in stage.weights.items()
        }
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return what the stage yields for its inputs, in their order; of a stage with one input it stands alone."""
        values = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        return self._formula(KERAS, self.variables_by_name, *values)

    def with_weights(self, weights: Any, *inputs: Any) -> Any:
        """Return what the stage yields with other weights than its own, given by name."""
        return self._formula(KERAS, weights, *inputs)


def _initializer(weight: Weight, seeds: SeedSequence) -> keras.initializers.Initializer:
    """Return what makes a weight's start."""
    if weight.start == "random":
        return keras.initializers.HeNormal(seeds.next())
    if weight.start == "identity":
        return keras.initializers.Identity()
    return keras.initializers.Constant(weight.start)

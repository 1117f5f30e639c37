"""A code fitted to colours: of the looks that the prior can write, the one that carries some nearest to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from napari_retrogan.core.architecture import CODE_SIZE, NEGATIVE_SLOPE
from napari_retrogan.core.looks.prior import HIDDEN, decoder_arrays, split_look
from napari_retrogan.core.stages.colour import POSITION_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Mapping


class LookFit(keras.Model):
    """The one code whose look carries some colours nearest to others; the decoder stays as it is.

    Colours (1, Q, 3) at places (1, Q, 3) come out as the look has them; the result may leave [0, 1].

    Parameters
    ----------
    code
        (64,), where to begin.
    """

    def __init__(self, code: Any) -> None:
        super().__init__(name="look_fit")
        arrays = decoder_arrays()
        self._decoder = {name: ops.convert_to_tensor(values) for name, values in arrays.items()}
        start = keras.initializers.Constant(np.asarray(code, np.float32)[None])
        self.code = self.add_weight(shape=(1, CODE_SIZE), name="code", initializer=start)

    def call(self, inputs: Any) -> Any:
        """Map colours as the code's look does."""
        colours, places = inputs[:2]
        known = self._decoder
        hidden = _activate(ops.matmul(self.code, known["hidden/kernel"]) + known["hidden/bias"])
        look = ops.matmul(hidden, known["look/kernel"]) + known["look/bias"]
        return map_colours(colours, places, look, known)


def map_colours(colours: Any, places: Any, look: Any, shared: Mapping[str, Any]) -> Any:
    """Return colours (B, Q, 3) at places (B, Q, 3) in the looks (B, 300); the result may leave [0, 1].

    ``shared`` holds the weights that all looks share.
    """
    part = split_look(look)
    first = ops.matmul(colours, shared["hidden_1/kernel"]) + shared["hidden_1/bias"]
    there = ops.matmul(places, ops.reshape(part["place"], (-1, POSITION_CHANNELS, HIDDEN)))
    hidden = _activate(first + there + part["bias"][:, None])
    hidden = hidden * (1.0 + part["scale"][:, None]) + part["shift"][:, None]
    hidden = _activate(ops.matmul(hidden, shared["hidden_2/kernel"]) + shared["hidden_2/bias"])
    residual = ops.matmul(hidden, ops.reshape(part["kernel"], (-1, HIDDEN, 3)))
    linear = ops.matmul(colours, ops.reshape(part["matrix"], (-1, 3, 3)))
    return colours + linear + part["offset"][:, None] + residual


def _activate(values: Any) -> Any:
    """Apply the generator's one activation."""
    return ops.leaky_relu(values, negative_slope=NEGATIVE_SLOPE)

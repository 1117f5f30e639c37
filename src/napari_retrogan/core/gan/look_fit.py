"""A code fitted to colours: of the looks that the prior can write, the one that carries some nearest to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from napari_retrogan.core.architecture import CODE_SIZE
from napari_retrogan.core.gan.keras_operations import KERAS
from napari_retrogan.core.looks.prior import HIDDEN, decoder_arrays, split_look
from napari_retrogan.core.stages.colour import POSITION_CHANNELS, tone

if TYPE_CHECKING:
    from collections.abc import Mapping


class LookFit(keras.Model):
    """The one code whose look carries some colours nearest to others; the decoder stays as it is.

    Colours (1, Q, 3) at positions (1, Q, 3) come out as the look has them; the result may leave [0, 1].

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
        colours, positions = inputs[:2]
        known = self._decoder
        hidden = KERAS.activate(KERAS.dense(self.code, known["hidden/kernel"], known["hidden/bias"]))
        look = KERAS.dense(hidden, known["look/kernel"], known["look/bias"])
        return map_colours(colours, positions, look, known)


def map_colours(colours: Any, positions: Any, look: Any, shared: Mapping[str, Any]) -> Any:
    """Return colours (B, Q, 3) at positions (B, Q, 3) in the looks (B, 300); the result may leave [0, 1].

    ``shared`` holds the weights that all looks share.
    """
    part = split_look(look)
    position = ops.reshape(part["position"], (-1, POSITION_CHANNELS, HIDDEN))
    every = ops.zeros_like(position) + shared["hidden_1/kernel"]
    weights = {
        "colour/map/matrix": ops.eye(3) + ops.reshape(part["matrix"], (-1, 3, 3)),
        "colour/map/offset": part["offset"][:, None],
        "colour/map/amount": 1.0,
        "colour/map/uneven": ops.zeros((POSITION_CHANNELS, 3)),
        "colour/hidden_1/kernel": ops.concatenate([every, position[:, :1]], axis=1),
        "colour/hidden_1/bias": shared["hidden_1/bias"] + part["bias"][:, None],
        "colour/place/kernel": position[:, 1:],
        "colour/hidden_2/kernel": shared["hidden_2/kernel"],
        "colour/hidden_2/bias": shared["hidden_2/bias"],
        "colour/residual/kernel": ops.reshape(part["kernel"], (-1, HIDDEN, 3)),
    }
    return tone(KERAS, weights, colours, positions, part["scale"][:, None], part["shift"][:, None])

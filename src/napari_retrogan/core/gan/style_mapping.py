"""The mapping network: from normal noise to style codes, trained against a discriminator that knows the set's codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from napari_retrogan.core.architecture import MAPPING_SHAPES, NEGATIVE_SLOPE, STYLE_NOISE
from napari_retrogan.core.looks.style_codes import CODE_DIRECTIONS, CodeSpace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_retrogan.core.gan.keras_operations import SeedSequence

_DISCRIMINATOR_WIDTH = 64


def build_mapping(seeds: SeedSequence) -> keras.Model:
    """Return the network from normal noise (100,) to coordinates (8,) of a `CodeSpace`."""
    noise = keras.Input((STYLE_NOISE,), name="noise")
    hidden = _dense(noise, MAPPING_SHAPES["hidden_1/kernel"][1], seeds, "hidden_1")
    hidden = _dense(hidden, MAPPING_SHAPES["hidden_2/kernel"][1], seeds, "hidden_2")
    kernel = keras.initializers.GlorotNormal(seeds.next())
    coordinates = keras.layers.Dense(CODE_DIRECTIONS, kernel_initializer=kernel, name="coordinates")(hidden)
    return keras.Model(noise, coordinates, name="mapping")


def build_style_discriminator(seeds: SeedSequence) -> keras.Model:
    """Return the discriminator of coordinates (8,): a score (1,)."""
    coordinates = keras.Input((CODE_DIRECTIONS,), name="coordinates")
    hidden = _dense(coordinates, _DISCRIMINATOR_WIDTH, seeds, "discriminator_1")
    hidden = _dense(hidden, _DISCRIMINATOR_WIDTH, seeds, "discriminator_2")
    kernel = keras.initializers.GlorotUniform(seeds.next())
    return keras.Model(
        coordinates, keras.layers.Dense(1, kernel_initializer=kernel)(hidden), name="style_discriminator"
    )


def read_mapping(mapping: keras.Model, space: CodeSpace) -> dict[str, NDArray[np.float32]]:
    """Return the network's arrays by the names of ``MAPPING_SHAPES``, its last layer leading to codes."""
    arrays = {
        f"{name}/{part}": ops.convert_to_numpy(getattr(mapping.get_layer(name), part))
        for name in ("hidden_1", "hidden_2", "coordinates")
        for part in ("kernel", "bias")
    }
    kernel, bias = arrays.pop("coordinates/kernel"), arrays.pop("coordinates/bias")
    codes = {"code/kernel": kernel @ space.directions, "code/bias": space.mean + bias @ space.directions}
    return {name: values.astype("float32") for name, values in {**arrays, **codes}.items()}


def _dense(values: Any, width: int, seeds: SeedSequence, name: str) -> Any:
    """Return a dense layer and its activation."""
    layer = keras.layers.Dense(width, kernel_initializer=keras.initializers.HeNormal(seeds.next()), name=name)
    return ops.leaky_relu(layer(values), negative_slope=NEGATIVE_SLOPE)

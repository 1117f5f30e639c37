"""The vintage generator: a pointwise colour branch and a local texture branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from napari_retrogan.core.architecture import HALO, NEGATIVE_SLOPE, NOISE_CHANNELS, THUMBNAIL_SIZE, WEIGHT_SHAPES
from napari_retrogan.core.images.pixel_positions import PLACE_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Mapping

Weights = dict[str, NDArray[np.float32]]


class ColourMap(keras.layers.Layer):
    """x + amount * (x @ matrix + offset - x) + place @ uneven, fixed but for the trained amount."""

    def build(self, input_shape: Any) -> None:
        """Make the map, the identity until its weights are set."""
        identity = keras.initializers.Identity()
        self.matrix = self.add_weight(shape=(3, 3), initializer=identity, trainable=False, name="matrix")
        self.offset = self.add_weight(shape=(3,), initializer="zeros", trainable=False, name="offset")
        self.amount = self.add_weight(shape=(), initializer="ones", name="amount")
        self.uneven = self.add_weight(shape=(PLACE_CHANNELS, 3), initializer="zeros", trainable=False, name="uneven")

    def call(self, inputs: Any) -> Any:
        """Map (..., 3) RGB in [0, 1] at places (..., 3); the result may leave [0, 1]."""
        pixels, place = inputs
        mapped = ops.matmul(pixels, self.matrix) + self.offset
        return pixels + self.amount * (mapped - pixels) + ops.matmul(place, self.uneven)


def build_context(seeds: SeedSequence) -> keras.Model:
    """Return the network from a thumbnail (64, 64, 3) to the modulation (1, 1, 2 * 32) of the colour branch."""
    thumbnail = keras.Input((THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3), name="thumbnail")
    hidden = _activate(_convolution("context/convolution_1", seeds, strides=2)(thumbnail - 0.5))
    hidden = _activate(_convolution("context/convolution_2", seeds, strides=2)(hidden))
    hidden = keras.layers.GlobalAveragePooling2D(keepdims=True)(hidden)
    hidden = _activate(_dense("context/hidden", seeds)(hidden))
    modulation = _dense("context/modulation", seeds, initializer="zeros")(hidden)
    return keras.Model(thumbnail, modulation, name="context")


def build_colour(seeds: SeedSequence) -> keras.Model:
    """Return the colour branch: pixels (Y, X, 3), place (Y, X, 3) and thumbnail to toned pixels, not clipped."""
    pixels = keras.Input((None, None, 3), name="pixels")
    place = keras.Input((None, None, PLACE_CHANNELS), name="places")
    thumbnail = keras.Input((THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3), name="thumbnail")
    gamma, beta = ops.split(build_context(seeds)(thumbnail), 2, axis=-1)
    first = _dense("colour/hidden_1", seeds)(ops.concatenate([pixels, place[..., :1]], axis=-1))
    first = first + _dense("colour/place", seeds, initializer="zeros", use_bias=False)(place[..., 1:])
    hidden = _activate(first) * (1.0 + gamma) + beta
    hidden = _activate(_dense("colour/hidden_2", seeds)(hidden))
    residual = _dense("colour/residual", seeds, initializer="zeros")(hidden)
    return keras.Model([pixels, place, thumbnail], ColourMap(name="map")([pixels, place]) + residual, name="colour")


def build_texture(seeds: SeedSequence) -> keras.Model:
    """Return the texture branch.

    From toned pixels (Y, X, 3) in [0, 1] and noise (Y, X, 3) to two pictures (Y - 6, X - 6, 3) that are
    to be added to the toned one: the detail that softens or sharpens, and the grain.
    """
    toned = keras.Input((None, None, 3), name="toned")
    noise = keras.Input((None, None, NOISE_CHANNELS), name="noise")
    field = _activate(_convolution("texture/grain_1", seeds)(noise))
    field = _convolution("texture/grain_2", seeds, use_bias=False)(field)
    inner = toned[:, HALO:-HALO, HALO:-HALO, :]
    amplitude = _activate(_dense("texture/amplitude_1", seeds)(inner))
    amplitude = _dense("texture/amplitude_2", seeds, initializer="zeros", bias=0.01)(amplitude)
    detail = _activate(_convolution("texture/detail_1", seeds)(toned))
    detail = _activate(_convolution("texture/detail_2", seeds)(detail))
    detail = _convolution("texture/detail_3", seeds, initializer="zeros", use_bias=False)(detail)
    return keras.Model([toned, noise], [detail, amplitude * field], name="texture")


def build_generator(seed: int = 0) -> keras.Model:
    """Return the whole generator.

    Parameters
    ----------
    seed
        Of the initial weights.

    Returns
    -------
    keras.Model
        From pixels (Y, X, 3) in [0, 1], place (Y, X, 3), thumbnail (64, 64, 3) and noise (Y, X, 3) of
        unit variance to the styled picture (Y - 6, X - 6, 3) in [0, 1]. Its colour and texture
        branches are the layers ``"colour"`` and ``"texture"``.
    """
    seeds = SeedSequence(seed)
    colour, texture = build_colour(seeds), build_texture(seeds)
    pixels = keras.Input((None, None, 3), name="pixels")
    place = keras.Input((None, None, PLACE_CHANNELS), name="places")
    thumbnail = keras.Input((THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3), name="thumbnail")
    noise = keras.Input((None, None, NOISE_CHANNELS), name="noise")
    toned = ops.clip(colour([pixels, place, thumbnail]), 0.0, 1.0)
    detail, grain = texture([toned, noise])
    styled = ops.clip(toned[:, HALO:-HALO, HALO:-HALO, :] + detail + grain, 0.0, 1.0)
    return keras.Model([pixels, place, thumbnail, noise], styled, name="generator")


def named_variables(generator: keras.Model) -> dict[str, keras.Variable]:
    """Return the generator's variables by the names of ``architecture.WEIGHT_SHAPES``."""
    colour, texture = generator.get_layer("colour"), generator.get_layer("texture")
    branches = {"context": colour.get_layer("context"), "colour": colour, "texture": texture}
    variables = {}
    for name in WEIGHT_SHAPES:
        branch, layer, weight = name.split("/")
        variables[name] = next(v for v in branches[branch].get_layer(layer).weights if v.name == weight)
    return variables


def read_weights(generator: keras.Model) -> Weights:
    """Return copies of the generator's weights by name."""
    return {name: ops.convert_to_numpy(variable).copy() for name, variable in named_variables(generator).items()}


def write_weights(generator: keras.Model, weights: Mapping[str, NDArray[Any]]) -> None:
    """Set weights by name; names left out keep their values."""
    variables = named_variables(generator)
    for name, value in weights.items():
        variables[name].assign(value)


class SeedSequence:
    """Hands out one integer seed after another, so that no initialiser touches a global random state."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def next(self) -> int:
        """Return the next seed."""
        return int(self._random.integers(2**31))


def _activate(values: Any) -> Any:
    """Apply the generator's one activation."""
    return ops.leaky_relu(values, negative_slope=NEGATIVE_SLOPE)


def _convolution(
    name: str, seeds: SeedSequence, *, strides: int = 1, use_bias: bool = True, initializer: str | None = None
) -> keras.layers.Conv2D:
    """Return a convolution without padding, shaped as ``WEIGHT_SHAPES`` tells."""
    rows, columns, _, filters = WEIGHT_SHAPES[f"{name}/kernel"]
    kernel = initializer or keras.initializers.HeNormal(seeds.next())
    return keras.layers.Conv2D(
        filters,
        (rows, columns),
        strides=strides,
        use_bias=use_bias,
        kernel_initializer=kernel,
        name=name.split("/")[1],
    )


def _dense(
    name: str, seeds: SeedSequence, *, initializer: str | None = None, use_bias: bool = True, bias: float = 0.0
) -> keras.layers.Dense:
    """Return a dense layer over channels, shaped as ``WEIGHT_SHAPES`` tells."""
    kernel = initializer or keras.initializers.HeNormal(seeds.next())
    return keras.layers.Dense(
        WEIGHT_SHAPES[f"{name}/kernel"][1],
        use_bias=use_bias,
        kernel_initializer=kernel,
        bias_initializer=keras.initializers.Constant(bias),
        name=name.split("/")[1],
    )

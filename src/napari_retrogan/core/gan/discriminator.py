"""The two discriminators: one looks at colour in a small picture, the other at texture in a full-resolution patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

if TYPE_CHECKING:
    from napari_retrogan.core.gan.keras_operations import SeedSequence

_VIEW_CHANNELS = 4
"""Colour view: RGB and the squared distance from the centre. Texture view: high-pass RGB and low-pass luminance."""


def build_colour_discriminator(seeds: SeedSequence, width: int = 32) -> keras.Model:
    """Return the discriminator of low-resolution patches (Y, X, 4): scores (Y', X', 1), one a neighbourhood."""
    view = keras.Input((None, None, _VIEW_CHANNELS), name="colour_view")
    hidden = _block(view, width, 3, 1, seeds)
    hidden = _block(hidden, 2 * width, 4, 2, seeds)
    hidden = _block(hidden, 2 * width, 3, 1, seeds)
    return keras.Model(view, _scores(hidden, seeds), name="colour_discriminator")


def build_texture_discriminator(seeds: SeedSequence, width: int = 32) -> keras.Model:
    """Return the discriminator of high-pass patches (Y, X, 4): scores (Y', X', 1), one a neighbourhood."""
    view = keras.Input((None, None, _VIEW_CHANNELS), name="texture_view")
    hidden = _block(view, width, 5, 2, seeds)
    hidden = _block(hidden, 2 * width, 4, 2, seeds)
    hidden = _block(hidden, 2 * width, 3, 1, seeds)
    return keras.Model(view, _scores(hidden, seeds), name="texture_discriminator")


def _block(hidden: Any, filters: int, size: int, strides: int, seeds: SeedSequence) -> Any:
    """Return one convolution and its activation."""
    initializer = keras.initializers.HeNormal(seeds.next())
    layer = keras.layers.Conv2D(filters, size, strides=strides, padding="same", kernel_initializer=initializer)
    return ops.leaky_relu(layer(hidden), negative_slope=0.2)


def _scores(hidden: Any, seeds: SeedSequence) -> Any:
    """Return a score for every neighbourhood."""
    return keras.layers.Conv2D(1, 1, kernel_initializer=keras.initializers.GlorotUniform(seeds.next()))(hidden)

"""The generator of CycleGAN for pictures of 256 px and more: nine residual blocks (Zhu et al., 2017, appendix 7.2)."""

from __future__ import annotations

from typing import Any

NUM_BLOCKS = 9
WIDTH = 64


def build_resnet_generator() -> Any:
    """Return the network of 11.4 million weights, from (N, Y, X, 3) to the same in [-1, 1]; Y and X divide by 4."""
    import keras
    from keras import layers

    source = keras.Input((None, None, 3))
    hidden = _normalised(layers.Conv2D(WIDTH, 7, padding="same")(source))
    for factor in (2, 4):
        hidden = _normalised(layers.Conv2D(WIDTH * factor, 3, 2, padding="same")(hidden))
    for _ in range(NUM_BLOCKS):
        inner = _normalised(layers.Conv2D(4 * WIDTH, 3, padding="same")(hidden))
        inner = layers.GroupNormalization(-1)(layers.Conv2D(4 * WIDTH, 3, padding="same")(inner))
        hidden = layers.Add()([hidden, inner])
    for factor in (2, 1):
        hidden = _normalised(layers.Conv2DTranspose(WIDTH * factor, 3, 2, padding="same")(hidden))
    return keras.Model(source, layers.Conv2D(3, 7, padding="same", activation="tanh")(hidden))


def _normalised(hidden: Any) -> Any:
    """Add instance normalisation and the activation."""
    from keras import layers

    return layers.ReLU()(layers.GroupNormalization(-1)(hidden))

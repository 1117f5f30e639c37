"""The plain GAN: from a vector of normal noise to a small picture, and a discriminator of such pictures.

The layout is that of Radford et al., "Unsupervised representation learning with deep convolutional generative
adversarial networks" (2016), at 32 x 32 px. It invents patches and so cannot restyle a photograph; it shows what
a GAN learns from the vintage layers alone.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from napari_retrogan.core.gan.keras_operations import SeedSequence
from napari_retrogan.core.gan.losses import adversarial_loss, wait_for

NOISE_SIZE = 100
PATCH_SIZE = 32


def build_generator(seed: int = 0) -> keras.Model:
    """Return the generator: noise (100,) of unit variance to a picture (32, 32, 3) in [-1, 1].

    Dense to 8 x 8 x 256, then three transposed convolutions of 128, 64 and 3 filters; batch normalisation and
    leaky rectified units in between, tanh at the end.
    """
    seeds = SeedSequence(seed)
    noise = keras.Input((NOISE_SIZE,), name="noise")
    initializer = keras.initializers.GlorotUniform(seeds.next())
    dense = keras.layers.Dense(8 * 8 * 256, use_bias=False, kernel_initializer=initializer, name="dense")
    hidden = _normalise(dense(noise), 1)
    hidden = ops.reshape(hidden, (-1, 8, 8, 256))
    hidden = _normalise(_transpose(128, 1, seeds, 1)(hidden), 2)
    hidden = _normalise(_transpose(64, 2, seeds, 2)(hidden), 3)
    return keras.Model(noise, ops.tanh(_transpose(3, 2, seeds, 3)(hidden)), name="patch_generator")


def build_discriminator(seed: int = 1) -> keras.Model:
    """Return the discriminator: picture (32, 32, 3) in [-1, 1] to a score (1,), positive for real ones."""
    seeds = SeedSequence(seed)
    picture = keras.Input((PATCH_SIZE, PATCH_SIZE, 3), name="picture")
    hidden = picture
    for filters in (64, 128):
        initializer = keras.initializers.GlorotUniform(seeds.next())
        layer = keras.layers.Conv2D(filters, 5, strides=2, padding="same", kernel_initializer=initializer)
        hidden = ops.leaky_relu(layer(hidden), negative_slope=0.3)
        hidden = keras.layers.Dropout(0.3, seed=seeds.next())(hidden)
    hidden = keras.layers.Flatten()(hidden)
    score = keras.layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(seeds.next()))(hidden)
    return keras.Model(picture, score, name="patch_discriminator")


class PatchAdversarialTraining(keras.Model):
    """Generator and discriminator with cross-entropy losses, trained by one optimiser step on their sum."""

    def __init__(self, generator: keras.Model, discriminator: keras.Model) -> None:
        super().__init__(name="patch_adversarial_training")
        self.generator = generator
        self.discriminator = discriminator
        self.adversarial_loss = adversarial_loss()
        names = ("generator_loss", "discriminator_loss")
        self.trackers = {name: keras.metrics.Mean(name=name) for name in names}

    def call(self, batch: dict[str, Any], training: bool = False) -> Any:
        """Return fake pictures for noise."""
        return self.generator(batch["noise"], training=training)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the sum of both losses; each reaches only its own network."""
        discriminator = self.discriminator
        real = discriminator(ops.convert_to_tensor(x["real"]), training=training)
        fake = discriminator(ops.stop_gradient(y_pred), training=training)
        frozen = [ops.stop_gradient(weight.value) for weight in discriminator.trainable_variables]
        state = [weight.value for weight in discriminator.non_trainable_variables]
        judged, _ = discriminator.stateless_call(frozen, state, y_pred, training=False)
        losses = {
            "generator_loss": self.adversarial_loss.generator(real, judged),
            "discriminator_loss": wait_for(judged, self.adversarial_loss.discriminator(real, fake)),
        }
        for name, value in losses.items():
            self.trackers[name].update_state(value)
        return sum(losses.values())


def _transpose(filters: int, strides: int, seeds: SeedSequence, number: int) -> keras.layers.Conv2DTranspose:
    """Return a transposed convolution of 5 x 5."""
    initializer = keras.initializers.GlorotUniform(seeds.next())
    return keras.layers.Conv2DTranspose(
        filters,
        5,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer=initializer,
        name=f"transpose_{number}",
    )


def _normalise(hidden: Any, number: int) -> Any:
    """Return hidden values normalised over the batch and activated."""
    normalised = keras.layers.BatchNormalization(name=f"batch_normalization_{number}", epsilon=1e-3)(hidden)
    return ops.leaky_relu(normalised, negative_slope=0.3)

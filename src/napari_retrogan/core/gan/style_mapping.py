"""The mapping network: from normal noise to style codes, a GAN whose discriminator knows the set's codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from napari_retrogan.core.architecture import MAPPING_SHAPES, NEGATIVE_SLOPE, STYLE_NOISE
from napari_retrogan.core.gan.keras_operations import SeedSequence
from napari_retrogan.core.gan.losses import adversarial_loss, gradient_penalty, wait_for
from napari_retrogan.core.gan.model_state import compile_model
from napari_retrogan.core.looks.style_codes import CODE_DIRECTIONS, CodeSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = 200
_BATCH = 64
_RATE, _MOMENTA = 2e-3, {"beta_1": 0.5, "beta_2": 0.99}
_PENALTY, _PERTURBATION = 5.0, 0.3
"""Weight of the gradient penalty, and the noise on codes, which have unit variance, for its finite difference."""
_DISCRIMINATOR_WIDTH = 64


def learn_mapping(space: CodeSpace, seed: int) -> dict[str, NDArray[np.float32]]:
    """Train the network on the codes of a set and return its arrays, see `read_mapping`.

    Parameters
    ----------
    space
        Whose codes are shown to the discriminator.
    seed
        Of weights, codes and noise.
    """
    seeds = SeedSequence(seed + 1)
    model = MappingTraining(build_mapping(seeds), build_style_discriminator(seeds))
    compile_model(model, keras.optimizers.Adam(_RATE, **_MOMENTA), jit_compile=keras.backend.backend() == "jax")
    random = np.random.default_rng([seed, 12])
    for _ in range(STEPS):
        real = space.samples[random.integers(len(space.samples), size=_BATCH)]
        perturbation = _PERTURBATION * random.standard_normal(real.shape, np.float32)
        noise = random.standard_normal((_BATCH, STYLE_NOISE), np.float32)
        model.train_on_batch({"real": real, "noise": noise, "perturbation": perturbation.astype(np.float32)})
    return read_mapping(model.mapping, space)


class MappingTraining(keras.Model):
    """The mapping network and its discriminator; ``compute_loss`` sums what each of them minimises.

    The discriminator's share reaches only its own weights and the other share only those of the mapping: codes are
    judged by a discriminator whose weights are held constant, and it judges codes through which no gradient flows.

    Parameters
    ----------
    mapping
        Made by `build_mapping`.
    discriminator
        Made by `build_style_discriminator`.
    """

    def __init__(self, mapping: keras.Model, discriminator: keras.Model) -> None:
        super().__init__(name="mapping_training")
        self.mapping = mapping
        self.discriminator = discriminator
        self.adversarial_loss = adversarial_loss()

    def call(self, batch: dict[str, Any], training: bool = False) -> Any:
        """Return drawn codes (N, 8)."""
        return self.mapping(batch["noise"])

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the sum of both losses of one batch."""
        real, perturbation = (ops.convert_to_tensor(x[name]) for name in ("real", "perturbation"))
        count = ops.shape(real)[0]
        scores = self.discriminator(ops.concatenate([real, ops.stop_gradient(y_pred), real + perturbation], axis=0))
        real_scores, fake_scores, perturbed_scores = scores[:count], scores[count:-count], scores[-count:]
        frozen = [ops.stop_gradient(weight.value) for weight in self.discriminator.trainable_variables]
        judged, _ = self.discriminator.stateless_call(frozen, [], y_pred)
        penalty = _PENALTY * gradient_penalty(real_scores, perturbed_scores)
        discriminator_loss = self.adversarial_loss.discriminator(real_scores, fake_scores) + penalty
        return self.adversarial_loss.generator(real_scores, judged) + wait_for(judged, discriminator_loss)


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

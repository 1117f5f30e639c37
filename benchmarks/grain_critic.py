"""The other way to refine grain: a critic, which was tried against the descent that ships.

It sees squares over the strength that real grain of their luminance has, by convolutions and by moments of fixed sparse
filters, and is taught to tell drawn from real ones (non-saturating cross-entropy with a gradient penalty by finite
difference); the stage of grain is taught to pass for real.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras  # noqa: TID253 - a benchmark
from keras import ops  # noqa: TID253

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.gan.grain_distance import filter_luminance
from napari_retrogan.core.gan.grain_refinement import DRIFT, GrainRefinement
from napari_retrogan.core.gan.losses import adversarial_loss, gradient_penalty, wait_for
from napari_retrogan.core.gan.model_state import compile_model

if TYPE_CHECKING:
    from napari_retrogan.core.gan.keras_operations import StageLayer

CRITIC_RATE, MOMENTA = 2e-3, {"beta_1": 0.5, "beta_2": 0.99}
PENALTY, PERTURBATION = 5.0, 0.1
WIDTH = 24


class CriticRefinement(GrainRefinement):
    """The stage of grain and a critic, in one model.

    Parameters
    ----------
    grain, learning_rate
        As for `GrainRefinement`.
    share
        Of the descent's distance beside the critic: 0 is the critic alone.
    """

    def __init__(self, grain: StageLayer, learning_rate: float, share: float = 0.0) -> None:
        super().__init__(grain, learning_rate)
        self.critic = build_critic()
        self.share = share
        self.adversarial = adversarial_loss()
        self.seeds = keras.random.SeedGenerator(0)
        self.trackers |= {name: keras.metrics.Mean(name=name) for name in ("generator", "critic")}
        own = {id(variable) for variable in grain.trainable_variables}
        rates = {True: learning_rate, False: CRITIC_RATE}
        optimizers = {mine: keras.optimizers.Adam(rate, **MOMENTA) for mine, rate in rates.items()}
        compile_model(self, keras.optimizers.MultiOptimizer(lambda variable: optimizers[id(variable) in own]))

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the sum of what both networks minimise; each share reaches its own network alone."""
        distance = super().compute_loss(x, y, y_pred)
        drift = DRIFT * ops.mean(ops.square(ops.mean(y_pred, axis=(1, 2))))
        strength = ops.std(ops.matmul(x["real"], LUMINANCE[:, None].astype("float32")), axis=(1, 2, 3), keepdims=True)
        around = ops.average_pool(strength[:, 0], 9, 1, padding="same", data_format="channels_last")[:, None] + 1e-3
        luminance = ops.matmul(x["ground"], LUMINANCE[:, None].astype("float32"))
        real, fake = (ops.concatenate([each / around, luminance], -1) for each in (x["real"], y_pred))
        noise = PERTURBATION * keras.random.normal(ops.shape(real), seed=self.seeds)
        scores = [self.critic(each) for each in (real, ops.stop_gradient(fake), real + noise)]
        frozen = [ops.stop_gradient(weight.value) for weight in self.critic.trainable_variables]
        judged, _ = self.critic.stateless_call(frozen, [], fake)
        losses = {
            "generator": self.adversarial.generator(scores[0], judged),
            "critic": self.adversarial.discriminator(*scores[:2]) + PENALTY * gradient_penalty(scores[0], scores[2]),
        }
        for name, value in losses.items():
            self.trackers[name].update_state(value)
        return self.share * distance + drift + losses["generator"] + wait_for(judged, losses["critic"])


def build_critic() -> keras.Model:
    """Return the critic of squares over their strength with their luminance, (N, 32, 32, 4): a score (N, 1)."""
    squares = keras.Input((32, 32, 4))
    hidden: Any = squares
    for width, size, stride in ((WIDTH, 5, 2), (2 * WIDTH, 3, 1), (2 * WIDTH, 3, 2)):
        start = keras.initializers.HeNormal(width + size)
        hidden = keras.layers.Conv2D(width, size, strides=stride, kernel_initializer=start)(hidden)
        hidden = ops.leaky_relu(hidden, negative_slope=0.2)
    seen = ops.concatenate([ops.mean(hidden, axis=(1, 2)), moments(squares), ops.mean(squares, axis=(1, 2))[:, 3:]], -1)
    seen = ops.leaky_relu(
        keras.layers.Dense(2 * WIDTH, kernel_initializer=keras.initializers.HeNormal(1))(seen), negative_slope=0.2
    )
    return keras.Model(
        squares, keras.layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(2))(seen), name="critic"
    )


def moments(squares: Any) -> Any:
    """Return deviation, skew and kurtosis of what sparse filters make of each square, (N, 39), as logarithms."""
    found = filter_luminance(squares[..., :3])
    deviation = ops.sqrt(ops.mean(ops.square(found), axis=(1, 2), keepdims=True) + 1e-4)
    powers = [ops.arcsinh(ops.mean((found / deviation) ** power, axis=(1, 2))) for power in (3, 4)]
    return ops.concatenate([ops.log(deviation[:, 0, 0]), *powers], -1)

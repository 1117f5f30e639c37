"""Two discriminators against one generator, in one model that one optimiser step trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from napari_retrogan.core.architecture import HALO
from napari_retrogan.core.gan.losses import adversarial_loss, gradient_penalty

if TYPE_CHECKING:
    from napari_retrogan.core.config import TrainingConfig

LOW_PASS_SIZE = 7
DRIFT_SIZE = 16
TEXTURE_GAIN = 4.0
"""Brings high-pass intensities, a few hundredths wide, to the scale of the other inputs."""
LUMINANCE = (0.2126, 0.7152, 0.0722)
LOSS_NAMES = (
    "colour_generator",
    "colour_discriminator",
    "texture_generator",
    "texture_discriminator",
    "drift",
    "trust",
    "pairs",
    "colour_real_score",
    "colour_fake_score",
    "texture_real_score",
    "texture_fake_score",
)


class AdversarialTraining(keras.Model):
    """The generator and its critics; ``compute_loss`` sums what each of them minimises.

    The critics' share reaches only their own weights and the generator's share only the generator's: the
    generator is judged by critics whose weights are held constant, and the critics judge fakes through which no
    gradient flows. So one optimiser step on the sum trains both as two separate steps on the same batch would.

    Parameters
    ----------
    generator
        Made by ``build_generator``.
    colour_discriminator, texture_discriminator
        Made by the functions of ``discriminator``.
    config
        Loss, penalties and weights.
    paired
        Whether batches hold the after-picture of each patch.
    """

    def __init__(
        self,
        generator: keras.Model,
        colour_discriminator: keras.Model,
        texture_discriminator: keras.Model,
        config: TrainingConfig,
        paired: bool = False,
    ) -> None:
        super().__init__(name="adversarial_training")
        self.generator = generator
        self.colour = generator.get_layer("colour")
        self.texture = generator.get_layer("texture")
        self.colour_discriminator = colour_discriminator
        self.texture_discriminator = texture_discriminator
        self.config = config
        self.paired = paired
        self.adversarial_loss = adversarial_loss(config.loss)
        self.trackers = {name: keras.metrics.Mean(name=name) for name in LOSS_NAMES}

    def call(self, batch: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Return the fakes: toned small pictures, toned patches, their detail and their grain."""
        toned_view = self.colour([batch["colour_pixels"], batch["colour_radius"], batch["colour_thumbnail"]])
        toned = self.colour([batch["texture_pixels"], batch["texture_radius"], batch["texture_thumbnail"]])
        clipped = ops.clip(ops.stop_gradient(toned), 0.0, 1.0)
        detail, grain = self.texture([clipped, batch["texture_noise"]])
        return {"toned_view": toned_view, "toned": toned, "clipped": clipped, "detail": detail, "grain": grain}

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the sum of all losses of one batch."""
        x = {name: ops.convert_to_tensor(values) for name, values in x.items()}  # On torch they come as NumPy.
        detail, inner = y_pred["detail"], crop(y_pred["clipped"], HALO)
        losses = {}
        real = x["colour_real"]
        fake = ops.concatenate([y_pred["toned_view"], x["colour_radius"]], axis=-1)
        losses.update(self._judge("colour", real, fake, x["colour_perturbation"]))
        start = self.colour.get_layer("map").start(x["colour_pixels"])
        trust = 0.0 if self.paired else self.config.colour_trust
        losses["trust"] = trust * ops.mean(ops.square(y_pred["toned_view"] - start))
        real, fake = x["texture_real"], inner + detail + y_pred["grain"]
        views = texture_view(real, real), texture_view(fake, inner)
        losses.update(self._judge("texture", *views, x["texture_perturbation"]))
        losses["drift"] = self.config.low_pass_weight * drift(detail, y_pred["grain"])
        if self.paired:
            losses["pairs"] = self.config.paired_weight * self._pairs_loss(x, y_pred)
        for name, value in losses.items():
            self.trackers[name].update_state(value)
        return sum(value for name, value in losses.items() if not name.endswith("score"))

    def _judge(self, branch: str, real: Any, fake: Any, perturbation: Any) -> dict[str, Any]:
        """Return the losses of one critic and of the generator that it judges."""
        critic = self.colour_discriminator if branch == "colour" else self.texture_discriminator
        count = ops.shape(real)[0]
        scores = critic(ops.concatenate([real, ops.stop_gradient(fake), real + perturbation], axis=0))
        real_scores, fake_scores, perturbed_scores = scores[:count], scores[count:-count], scores[-count:]
        frozen = [ops.stop_gradient(weight.value) for weight in critic.trainable_variables]
        judged, _ = critic.stateless_call(frozen, [], fake)
        penalty = self.config.gradient_penalty * gradient_penalty(real_scores, perturbed_scores)
        critic_loss = self.adversarial_loss.discriminator(real_scores, fake_scores) + penalty
        return {
            f"{branch}_generator": self.adversarial_loss.generator(ops.stop_gradient(real_scores), judged),
            f"{branch}_discriminator": critic_loss,
            f"{branch}_real_score": ops.stop_gradient(ops.mean(real_scores)),
            f"{branch}_fake_score": ops.stop_gradient(ops.mean(fake_scores)),
        }

    def _pairs_loss(self, x: Any, y_pred: Any) -> Any:
        """Return the L1 distance to the after-pictures: of tone in the small, of tone and detail in the patches."""
        view = ops.mean(ops.abs(y_pred["toned_view"] - x["colour_target"]))
        tone = ops.mean(ops.abs(low_pass(y_pred["toned"]) - low_pass(x["texture_target"])))
        target = crop(x["texture_target"], HALO)
        detail = ops.mean(ops.abs(crop(y_pred["clipped"], HALO) + y_pred["detail"] - target))
        return view + tone + detail


def low_pass(pictures: Any) -> Any:
    """Return the mean over 7 x 7 px around each pixel that has them: (N, Y - 6, X - 6, C)."""
    return ops.average_pool(pictures, LOW_PASS_SIZE, 1, padding="valid")


def crop(pictures: Any, margin: int) -> Any:
    """Return pictures without their outermost ``margin`` pixels."""
    return pictures[:, margin:-margin, margin:-margin, :]


def drift(detail: Any, grain: Any) -> Any:
    """Return how much texture changes tone: squared means of detail over 16 x 16 px and of grain over a patch."""
    detail = ops.average_pool(detail, DRIFT_SIZE, DRIFT_SIZE, padding="valid")
    return ops.mean(ops.square(detail)) + ops.mean(ops.square(ops.mean(grain, axis=(1, 2))))


def texture_view(pictures: Any, toned: Any) -> Any:
    """Return what the texture critic sees: high-pass RGB and the luminance that it lies on, (N, Y - 6, X - 6, 4).

    Parameters
    ----------
    pictures
        (N, Y, X, 3), with their texture.
    toned
        The same before texture was added, so that no texture pays that changes the luminance; of real pictures
        the pictures themselves.
    """
    high = TEXTURE_GAIN * (crop(pictures, LOW_PASS_SIZE // 2) - low_pass(pictures))
    luminance = ops.convert_to_tensor(LUMINANCE, pictures.dtype)
    ground = ops.sum(low_pass(toned) * luminance, axis=-1, keepdims=True)
    return ops.concatenate([high, ground], axis=-1)

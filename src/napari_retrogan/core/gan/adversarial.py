"""The generator, the mapping network and their discriminators, in one model that one optimiser step trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.gan.keras_operations import KERAS, SeedSequence, StageLayer
from napari_retrogan.core.gan.losses import adversarial_loss, gradient_penalty, wait_for
from napari_retrogan.core.stages.chain import HALO
from napari_retrogan.core.stages.colour import COLOUR
from napari_retrogan.core.stages.softness import SOFTNESS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_retrogan.core.config import TrainingConfig
    from napari_retrogan.core.gan.generator import Generator

_LOW_PASS_SIZE = 7
_DRIFT_SIZE = 16
_TEXTURE_GAIN = 4.0
"""Brings high-pass intensities, a few hundredths wide, to the scale of the other inputs."""
_COLOUR_LOSSES = ("colour_generator", "colour_discriminator", "colour_real_score", "colour_fake_score", "trust")
_TEXTURE_LOSSES = ("texture_generator", "texture_discriminator", "texture_real_score", "texture_fake_score", "drift")
_STYLE_LOSSES = ("style_generator", "style_discriminator", "style_real_score", "style_fake_score")


class AdversarialTraining(keras.Model):
    """The generators and their discriminators; ``compute_loss`` sums what each of them minimises.

    The discriminators' share reaches only their own weights and the generator's share only the generator's: the
    generator is judged by discriminators whose weights are held constant, and the discriminators judge fakes through
    which no gradient flows. So one optimiser step on the sum trains both as two separate steps on the same batch would.

    Parameters
    ----------
    generator
        What is trained.
    discriminators
        By what they judge: ``"texture"`` and perhaps ``"colour"``, made by the functions of ``discriminator``, and
        ``"style"``, made by ``build_style_discriminator``. Without one of colour that branch is not trained.
    mapping
        Made by ``build_mapping``.
    config
        Loss, penalties and weights.
    paired
        Whether batches hold the after-picture of each patch.
    """

    def __init__(
        self,
        generator: Generator,
        discriminators: Mapping[str, keras.Model],
        mapping: keras.Model,
        config: TrainingConfig,
        paired: bool = False,
    ) -> None:
        super().__init__(name="adversarial_training")
        self.generator = generator
        self.colour = generator.colour
        self.discriminators = dict(discriminators)
        self.mapping = mapping
        self.config = config
        self.paired = paired
        self.adversarial_loss = adversarial_loss(config.loss)
        self.start = StageLayer(COLOUR, SeedSequence(0))
        for held, now in zip(self.start.weights, self.colour.weights, strict=True):
            held.assign(ops.convert_to_numpy(now))  # A copy: JAX would share the buffer, and gives it away.
        self.start.trainable = False
        self.colour.trainable = "colour" in discriminators
        names = [*_TEXTURE_LOSSES, *_STYLE_LOSSES, *(_COLOUR_LOSSES if "colour" in discriminators else ())]
        names += ["pairs"] if paired else []
        self.trackers = {name: keras.metrics.Mean(name=name) for name in names}

    def call(self, batch: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Return the fakes: toned small pictures, toned patches, their detail and their grain, and codes of styles."""
        toned_view = self.colour([batch["colour_pixels"], batch["colour_positions"], batch["colour_thumbnail"]])
        toned = self.colour([batch["texture_pixels"], batch["texture_positions"], batch["texture_thumbnail"]])
        clipped = ops.clip(ops.stop_gradient(toned), 0.0, 1.0)
        detail = self.generator.softness(clipped)
        grain = self.generator.grain([KERAS.crop(clipped, SOFTNESS.reach), batch["texture_noise"]])
        codes = self.mapping(batch["style_noise"])
        return {"toned_view": toned_view, "clipped": clipped, "detail": detail, "grain": grain, "codes": codes}

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the sum of all losses of one batch."""
        x = {name: ops.convert_to_tensor(values) for name, values in x.items()}  # On torch they come as NumPy.
        detail, inner = y_pred["detail"], KERAS.crop(y_pred["clipped"], HALO)
        real, fake = x["texture_real"], inner + detail + y_pred["grain"]
        losses = self._judge("texture", texture_view(real, real), texture_view(fake, inner), x["texture_perturbation"])
        losses["drift"] = self.config.low_pass_weight * drift(detail, y_pred["grain"])
        losses |= self._judge("style", x["style_real"], y_pred["codes"], x["style_perturbation"])
        if self.paired:
            target = KERAS.crop(x["texture_target"], HALO)
            losses["pairs"] = self.config.paired_weight * ops.mean(ops.abs(inner + detail - target))
        if "colour" in self.discriminators:
            fake = ops.concatenate([y_pred["toned_view"], x["colour_positions"][..., :1]], axis=-1)
            losses |= self._judge("colour", x["colour_real"], fake, x["colour_perturbation"])
            start = self.start([x["colour_pixels"], x["colour_positions"], x["colour_thumbnail"]])
            losses["trust"] = self.config.colour_trust * ops.mean(ops.square(y_pred["toned_view"] - start))
        for name, value in losses.items():
            self.trackers[name].update_state(value)
        return sum(value for name, value in losses.items() if not name.endswith("score"))

    def _judge(self, branch: str, real: Any, fake: Any, perturbation: Any) -> dict[str, Any]:
        """Return the losses of one discriminator and of what it judges."""
        discriminator = self.discriminators[branch]
        count = ops.shape(real)[0]
        scores = discriminator(ops.concatenate([real, ops.stop_gradient(fake), real + perturbation], axis=0))
        real_scores, fake_scores, perturbed_scores = scores[:count], scores[count:-count], scores[-count:]
        frozen = [ops.stop_gradient(weight.value) for weight in discriminator.trainable_variables]
        judged, _ = discriminator.stateless_call(frozen, [], fake)
        penalty = self.config.gradient_penalty * gradient_penalty(real_scores, perturbed_scores)
        discriminator_loss = wait_for(judged, self.adversarial_loss.discriminator(real_scores, fake_scores) + penalty)
        return {
            f"{branch}_generator": self.adversarial_loss.generator(ops.stop_gradient(real_scores), judged),
            f"{branch}_discriminator": discriminator_loss,
            f"{branch}_real_score": ops.stop_gradient(ops.mean(real_scores)),
            f"{branch}_fake_score": ops.stop_gradient(ops.mean(fake_scores)),
        }


def low_pass(pictures: Any) -> Any:
    """Return the mean over 7 x 7 px around each pixel that has them: (N, Y - 6, X - 6, C)."""
    return ops.average_pool(pictures, _LOW_PASS_SIZE, 1, padding="valid")


def drift(detail: Any, grain: Any) -> Any:
    """Return how much texture changes tone: squared means of detail over 16 x 16 px and of grain over a patch."""
    detail = ops.average_pool(detail, _DRIFT_SIZE, _DRIFT_SIZE, padding="valid")
    return ops.mean(ops.square(detail)) + ops.mean(ops.square(ops.mean(grain, axis=(1, 2))))


def texture_view(pictures: Any, toned: Any) -> Any:
    """Return what the texture discriminator sees, (N, Y - 6, X - 6, 4): high-pass RGB and the luminance below it.

    Parameters
    ----------
    pictures
        (N, Y, X, 3), with their texture.
    toned
        The same before texture was added, so that no texture pays that changes the luminance; of real pictures
        the pictures themselves.
    """
    high = _TEXTURE_GAIN * (KERAS.crop(pictures, _LOW_PASS_SIZE // 2) - low_pass(pictures))
    luminance = ops.convert_to_tensor(LUMINANCE, pictures.dtype)
    ground = ops.sum(low_pass(toned) * luminance, axis=-1, keepdims=True)
    return ops.concatenate([high, ground], axis=-1)

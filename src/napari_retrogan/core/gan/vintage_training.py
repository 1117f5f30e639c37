"""The training of the vintage generator, step by step."""

from __future__ import annotations

import math
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from napari_retrogan.core.backend import make_deterministic
from napari_retrogan.core.errors import TrainingDiverged
from napari_retrogan.core.gan.adversarial import AdversarialTraining
from napari_retrogan.core.gan.code_search import tell_look
from napari_retrogan.core.gan.discriminator import build_colour_discriminator, build_texture_discriminator
from napari_retrogan.core.gan.fixed_batch import Probe
from napari_retrogan.core.gan.generator import Generator, Weights, read_weights, write_weights
from napari_retrogan.core.gan.judgement import Judgement, describe_verdict, hold_out, part_of
from napari_retrogan.core.gan.keras_operations import SeedSequence
from napari_retrogan.core.gan.model_state import compile_model
from napari_retrogan.core.gan.pairs import fit_colour, fit_look
from napari_retrogan.core.gan.style_mapping import build_mapping, build_style_discriminator, read_mapping
from napari_retrogan.core.images.patch_sampler import PatchSampler
from napari_retrogan.core.images.training_images import training_image_of_view
from napari_retrogan.core.looks import texture_start
from napari_retrogan.core.looks.marks import describe_marks, measure_marks
from napari_retrogan.core.looks.one_tone import as_one_tone
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.looks.style_codes import CodeSpace
from napari_retrogan.core.looks.style_groups import describe_findings, separate_styles
from napari_retrogan.core.version import __version__
from napari_retrogan.core.vintage_generator import VintageGenerator

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_retrogan.core.config import TrainingConfig
    from napari_retrogan.core.images.training_image import TrainingImage
    from napari_retrogan.core.training.task import TrainingTask

_ADAM_MOMENTA = {"beta_1": 0.5, "beta_2": 0.99}


class VintageTraining:
    """The state of one training: networks, averaged weights and losses so far.

    Colour starts at what the look prior tells of the vintage pictures, or is fitted to pairs; grain and softness start
    at what is measured. The discriminators take it from there. What they did to colour is kept only if it brings the
    colours closer to those of the vintage pictures that were held out, what they did to grain, and of five pictures and
    more to softness, only if these come closer to the vintage pictures'; pairs and few pictures have no discriminator
    of colour.

    Parameters
    ----------
    task
        Pictures and settings.
    should_stop
        Asked while the start is looked for; the start is what is found by then.
    """

    def __init__(self, task: TrainingTask, should_stop: Callable[[], bool] = lambda: False) -> None:
        make_deterministic(keras.backend.backend())
        self.task = task
        config = task.config
        views = [image.view for image in task.vintage]
        self.groups = [list(range(len(views)))] if task.paired else separate_styles(views)
        self.code_space = CodeSpace.of(views, self.groups, config.seed)
        self._ordinary = _ordinary_images() if config.ordinary_photographs else ()
        vintage = [task.vintage[index] for index in self.groups[0]]
        held_out, shown = ([], vintage) if task.paired else hold_out(vintage)
        self.sampler = self._sampler(shown)
        self.generator = Generator(config.seed)
        self._set_start(should_stop)
        self.model = _compile(self.generator, config, task.paired, judge_colour=bool(held_out))
        self.average: Weights = read_weights(self.generator)
        self.history: list[dict[str, Any]] = []
        self.step = 0
        probe = Probe(self._sampler(held_out), self.generator) if held_out else None
        self._judgement = Judgement(self.average, probe)

    def advance(self) -> dict[str, float]:
        """Do one step and return its losses by name."""
        self.model.reset_metrics()
        logs = self.model.train_on_batch(self.sampler.batch(self.step), return_dict=True)
        losses = {name: float(value) for name, value in logs.items()}
        self.step += 1
        if not all(math.isfinite(value) for value in losses.values()):
            raise TrainingDiverged(
                f"The losses stopped being finite at step {self.step}. Lower the learning rates, or check the "
                "layers for extreme values, and start again."
            )
        decay = min(self.task.config.average_decay, self.step / (self.step + 10))
        for name, value in read_weights(self.generator).items():
            self.average[name] = (decay * self.average[name] + (1 - decay) * value).astype(np.float32)
        self.history.append({"step": self.step, **losses})
        return losses

    def snapshot(self) -> VintageGenerator:
        """Return the generator with the averaged weights as they stand, and the colours that judge best."""
        return self._generator_of(*self._judgement.of_colour(self.average))

    def result(self) -> VintageGenerator:
        """Return the generator with the averaged weights, and the colours, the grain and the softness that judge best.

        It also has the marks that were measured, and takes a few seconds more than a snapshot.
        """
        weights, verdict = self._judgement.of_colour(self.average)
        if self.step:
            details = [image.detail for image in self.task.photographs], [image.detail for image in self.task.vintage]
            weights, texture = self._judgement.of_texture(weights, *details)
            verdict |= texture
        weights = {**weights, **self._marks}
        notes = [*self.findings.get("notes", ()), *describe_marks(weights), *describe_verdict(verdict)]
        return self._generator_of(weights, {**verdict, "notes": notes})

    @cached_property
    def _marks(self) -> Weights:
        """The marks that the vintage pictures show. No step changes them, so they are looked for at the end alone."""
        vintage, photographs = ([image.detail for image in side] for side in (self.task.vintage, self.task.photographs))
        told = measure_marks(vintage, photographs)
        # A look without any is the same one, whatever is told of marks that there are none of.
        return {name: values * told.rate.any() for name, values in told.weights().items()}

    def _generator_of(self, weights: Weights, verdict: dict[str, Any]) -> VintageGenerator:
        """Return a generator with these weights, and what was judged in its provenance."""
        every = max(1, len(self.history) // 200)
        rows = [row for row in self.history if row["step"] % every == 0 or row is self.history[-1]]
        provenance = {
            "napari_retrogan": __version__,
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
            "photographs": len(self.task.photographs),
            "vintage": len(self.task.vintage),
            "paired": self.task.paired,
            "steps": self.step,
            **self.findings,
            **verdict,
        }
        views = [self.task.vintage[index].view for index in self.groups[0]]
        return VintageGenerator.from_weights(
            as_one_tone(weights, views),
            self.task.config,
            rows,
            provenance,
            styles=self.other_styles,
            mapping=self._mapping(),
        )

    def _sampler(self, models: list[TrainingImage]) -> PatchSampler:
        """Return a sampler whose colour view shows these vintage pictures."""
        task, codes = self.task, self.code_space.samples
        return PatchSampler(task.photographs, task.vintage, self._ordinary, models, codes, task.config, task.paired)

    def _set_start(self, should_stop: Callable[[], bool]) -> None:
        """Set the weights to begin with: what is known of the looks, or those of an earlier training."""
        task = self.task
        vintage = [image.view for image in task.vintage]
        self.other_styles: list[Weights] = []
        self.findings: dict[str, Any] = {}
        details = [image.detail for image in task.photographs], [image.detail for image in task.vintage]
        write_weights(self.generator, texture_start.texture(read_weights(self.generator), *details))
        if task.paired:
            pairs = task.photographs, task.vintage, task.config.seed, should_stop
            write_weights(self.generator, fit_look(*pairs))
            fit_colour(self.generator.colour, *pairs)
        else:
            told_by = [image.view for image in task.photographs], task.config.seed, should_stop
            looks = [tell_look([vintage[index] for index in group], *told_by) for group in self.groups]
            write_weights(self.generator, looks[0].weights)
            self.other_styles = [look.weights for look in looks[1:]]
            self.findings = describe_findings(looks, self.groups)
        if task.initial:
            write_weights(self.generator, task.initial)

    def _mapping(self) -> Weights:
        """Return the mapping network from noise to style codes."""
        return read_mapping(self.model.mapping, self.code_space)


@cache
def _ordinary_images() -> tuple[TrainingImage, ...]:
    """Return the ordinary photographs as a training samples them."""
    return tuple(training_image_of_view(view) for view in ordinary_photographs())


def _compile(generator: Generator, config: TrainingConfig, paired: bool, *, judge_colour: bool) -> AdversarialTraining:
    """Return the model that one ``train_on_batch`` trains, each network at its own rate."""
    seeds = SeedSequence(config.seed + 1)
    discriminators = {"texture": build_texture_discriminator(seeds), "style": build_style_discriminator(seeds)}
    if judge_colour:
        discriminators["colour"] = build_colour_discriminator(seeds)
    model = AdversarialTraining(generator, discriminators, build_mapping(seeds), config, paired)
    rates = {
        "colour": config.colour_learning_rate,
        "detail": config.detail_learning_rate,
        "grain": config.grain_learning_rate,
        "discriminators": config.discriminator_learning_rate,
    }
    optimizers = {name: keras.optimizers.Adam(rate, **_ADAM_MOMENTA) for name, rate in rates.items()}
    parts = {id(variable): part_of(name) for name, variable in generator.variables_by_name.items()}

    def choose(variable: keras.Variable) -> keras.optimizers.Optimizer:
        return optimizers[parts.get(id(variable), "discriminators")]

    compile_model(model, keras.optimizers.MultiOptimizer(choose), jit_compile=keras.backend.backend() == "jax")
    return model

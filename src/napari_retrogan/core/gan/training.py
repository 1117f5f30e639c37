"""The training of the vintage generator, step by step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from napari_retrogan import __version__
from napari_retrogan.core.errors import TrainingDiverged
from napari_retrogan.core.gan.adversarial import AdversarialTraining
from napari_retrogan.core.gan.discriminator import build_colour_discriminator, build_texture_discriminator
from napari_retrogan.core.gan.generator import (
    SeedSequence,
    Weights,
    build_generator,
    named_variables,
    read_weights,
    write_weights,
)
from napari_retrogan.core.gan.steps import follow_steps
from napari_retrogan.core.images.patches import PatchSampler
from napari_retrogan.core.images.stack import training_image_of_view
from napari_retrogan.core.looks import start
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.vintage_generator import VintageGenerator

if TYPE_CHECKING:
    from napari_retrogan.core.config import TrainingConfig
    from napari_retrogan.core.events import TrainingEvent
    from napari_retrogan.core.training_task import TrainingTask

Question = Callable[[], bool]

ADAM_MOMENTA = {"beta_1": 0.5, "beta_2": 0.99}


def train_events(task: TrainingTask, *, should_stop: Question, should_pause: Question) -> Iterator[TrainingEvent]:
    """Train on a task and yield what happens; the last event holds the generator.

    Parameters
    ----------
    task
        Pictures and settings.
    should_stop, should_pause
        Asked between steps.

    Raises
    ------
    TrainingDiverged
        If a loss stops being finite.
    """
    training = VintageTraining(task)
    yield from follow_steps(training, task.config.num_steps, task.config.preview_seconds, should_stop, should_pause)


class VintageTraining:
    """The state of one training: networks, averaged weights and losses so far.

    Parameters
    ----------
    task
        Pictures and settings.
    """

    def __init__(self, task: TrainingTask) -> None:
        self.task = task
        config = task.config
        ordinary = ordinary_photographs() if config.ordinary_photographs else ()
        self.sampler = PatchSampler(
            task.photographs,
            task.vintage,
            [training_image_of_view(view) for view in ordinary],
            config,
            task.paired,
        )
        self.generator = build_generator(config.seed)
        write_weights(self.generator, task.initial or self._start())
        self.model = _compile(self.generator, config, task.paired)
        self.average: Weights = read_weights(self.generator)
        self.history: list[dict[str, Any]] = []
        self.step = 0

    def _start(self) -> Weights:
        """Return what is known of the look in closed form: the map of colours and the grain."""
        photographs, vintage = self.task.photographs, self.task.vintage
        views = [image.view for image in vintage]
        if self.task.paired:
            colour = start.paired_colour([image.view for image in photographs], views)
        else:
            colour = start.unpaired_colour([image.view for image in self.sampler.content], views)
        details = [image.detail for image in photographs], [image.detail for image in vintage]
        return {**colour, **start.texture(read_weights(self.generator), *details)}

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
        """Return the generator with the averaged weights as they stand."""
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
        }
        return VintageGenerator.from_weights(self.average, self.task.config, rows, provenance)


def _compile(generator: keras.Model, config: TrainingConfig, paired: bool) -> AdversarialTraining:
    """Return the model that one ``train_on_batch`` trains, each network at its own rate."""
    seeds = SeedSequence(config.seed + 1)
    critics = build_colour_discriminator(seeds), build_texture_discriminator(seeds)
    model = AdversarialTraining(generator, *critics, config, paired)
    rates = {
        "colour": config.colour_learning_rate,
        "detail": config.detail_learning_rate,
        "grain": config.grain_learning_rate,
        "critics": config.discriminator_learning_rate,
    }
    optimizers = {name: keras.optimizers.Adam(rate, **ADAM_MOMENTA) for name, rate in rates.items()}
    parts = {id(variable): _part(name) for name, variable in named_variables(generator).items()}

    def choose(variable: keras.Variable) -> keras.optimizers.Optimizer:
        return optimizers[parts.get(id(variable), "critics")]

    model.compile(optimizer=keras.optimizers.MultiOptimizer(choose), jit_compile=keras.backend.backend() == "jax")
    return model


def _part(name: str) -> str:
    """Return which part of the generator a weight belongs to."""
    if not name.startswith("texture/"):
        return "colour"
    return "detail" if name.startswith("texture/detail") else "grain"

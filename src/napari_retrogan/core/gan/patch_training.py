"""The training of the plain GAN, step by step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from napari_retrogan.core.backend import make_deterministic
from napari_retrogan.core.errors import TrainingDiverged
from napari_retrogan.core.gan import dcgan
from napari_retrogan.core.gan.model_state import compile_model
from napari_retrogan.core.gan.training_loop import Training, follow_steps, start_event
from napari_retrogan.core.images.patch_sampler import random_patch
from napari_retrogan.core.patch_generator import PatchGenerator
from napari_retrogan.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_retrogan.core.training.events import TrainingEvent
    from napari_retrogan.core.training.run_task import Question
    from napari_retrogan.core.training.task import PatchTask

_BATCH_SIZE = 64
LEARNING_RATE = 2e-4
_PREVIEW_SECONDS = 2.0


def train_events(task: PatchTask, *, should_stop: Question, should_pause: Question) -> Iterator[TrainingEvent]:
    """Train on a task and yield what happens; the last event holds the generator.

    Raises
    ------
    TrainingDiverged
        If a loss stops being finite.
    """
    yield start_event(task.num_steps)
    yield from follow_steps(PatchTraining(task), task.num_steps, _PREVIEW_SECONDS, should_stop, should_pause)


class PatchTraining(Training):
    """The state of one training of the plain GAN.

    Parameters
    ----------
    task
        Pictures, steps and seed.
    """

    def __init__(self, task: PatchTask) -> None:
        make_deterministic(keras.backend.backend())
        self.task = task
        self.generator = dcgan.build_generator(task.seed)
        self.model = dcgan.PatchAdversarialTraining(self.generator, dcgan.build_discriminator(task.seed + 1))
        optimizer = keras.optimizers.Adam(LEARNING_RATE, beta_1=0.5)
        compile_model(self.model, optimizer, jit_compile=keras.backend.backend() == "jax")
        self.history: list[dict[str, Any]] = []
        self._step = 0

    @property
    def step(self) -> int:
        """Steps done so far."""
        return self._step

    def advance(self) -> dict[str, float]:
        """Do one step and return its losses by name."""
        self.model.reset_metrics()
        logs = self.model.train_on_batch(self._batch(), return_dict=True)
        losses = {name: float(value) for name, value in logs.items()}
        self._step += 1
        if not all(math.isfinite(value) for value in losses.values()):
            raise TrainingDiverged(f"The losses stopped being finite at step {self.step}; start again.")
        self.history.append({"step": self.step, **losses})
        return losses

    def snapshot(self) -> PatchGenerator:
        """Return the generator as it stands."""
        weights = {
            f"{layer.name}/{weight.name}": ops.convert_to_numpy(weight).copy()
            for layer in self.generator.layers
            for weight in layer.weights
        }
        provenance = {
            "napari_retrogan": __version__,
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
            "vintage": len(self.task.vintage),
            "steps": self.step,
        }
        return PatchGenerator.from_weights(weights, self.history, provenance)

    def _batch(self) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
        """Return noise (64, 100) and real patches (64, 32, 32, 3) in [-1, 1]."""
        random = np.random.Generator(np.random.Philox(key=[self.task.seed, self.step]))
        images = [self.task.vintage[int(random.integers(len(self.task.vintage)))] for _ in range(_BATCH_SIZE)]
        patches = [random_patch(image, dcgan.PATCH_SIZE, random) for image in images]
        noise = random.standard_normal((_BATCH_SIZE, dcgan.NOISE_SIZE), np.float32)
        return {"noise": noise, "real": 2 * np.stack(patches) - 1}

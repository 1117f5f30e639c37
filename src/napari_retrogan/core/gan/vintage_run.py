"""A whole training of the vintage generator, new or resumed, watched over and kept in checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from napari_retrogan.core.errors import InvalidCheckpoint
from napari_retrogan.core.gan.devices import on_devices
from napari_retrogan.core.gan.generator import write_weights
from napari_retrogan.core.gan.guarded_training import GuardedTraining
from napari_retrogan.core.gan.model_state import capture_model, restore_model, slow_down
from napari_retrogan.core.gan.training_loop import follow_steps, start_event
from napari_retrogan.core.gan.vintage_training import VintageTraining
from napari_retrogan.core.stages.grain import GRAIN
from napari_retrogan.core.training.checkpoint_writer import CheckpointWriter
from napari_retrogan.core.training.checkpoints import read_checkpoint
from napari_retrogan.core.training.events import PreviewReady
from napari_retrogan.core.training.task import TrainingState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_retrogan.core.training.events import TrainingEvent
    from napari_retrogan.core.training.run_task import Question
    from napari_retrogan.core.training.task import ResumeTask, TrainingTask

_AVERAGE = "average/"


def train_events(task: TrainingTask, *, should_stop: Question, should_pause: Question) -> Iterator[TrainingEvent]:
    """Train on a task and yield what happens; the last event holds the generator.

    Parameters
    ----------
    task
        Pictures and settings.
    should_stop, should_pause
        Asked between steps; the first one also while the start is looked for.
    """
    yield from _events(task, None, should_stop, should_pause)


def resume_events(task: ResumeTask, *, should_stop: Question, should_pause: Question) -> Iterator[TrainingEvent]:
    """Go on with an interrupted training as if it had never been interrupted.

    Raises
    ------
    InvalidCheckpoint
        If it can't be read.
    """
    yield from _events(*read_checkpoint(task.folder), should_stop, should_pause)


def _events(
    task: TrainingTask, state: TrainingState | None, should_stop: Question, should_pause: Question
) -> Iterator[TrainingEvent]:
    writer = CheckpointWriter(task, keras.backend.backend()) if task.checkpoints else None
    config = task.config
    done = 0 if state is None else state.step
    yield start_event(config.num_steps, step=done, config=config, checkpoint=task.checkpoints or None)
    recoverable = on_devices(lambda: RecoverableTraining(task, should_stop), task.devices, config)
    if config.num_steps and not done:
        yield PreviewReady(step=0, generator=recoverable.first_look())
    recoverable.search_looks(should_stop)
    training = GuardedTraining(recoverable, writer, state)
    yield from follow_steps(training, config.num_steps, config.preview_seconds, should_stop, should_pause)


class RecoverableTraining(VintageTraining):
    """A training whose whole state can be taken out and put back, and that can tell when it goes astray."""

    def capture(self) -> TrainingState:
        """Return a copy of the whole state."""
        if self.judgement is None:
            return TrainingState(step=self.step, arrays={})
        averages = {f"{_AVERAGE}{name}": self.average[name].copy() for name in GRAIN.weights}
        arrays = {**capture_model(self.model), **averages, **self.judgement.capture()}
        return TrainingState(step=self.step, arrays=arrays, history=tuple(self.history))

    def restore(self, state: TrainingState) -> None:
        """Go on from a state as if nothing had happened since.

        Raises
        ------
        InvalidCheckpoint
            If it is not a state of these networks.
        """
        average = {name: state.arrays.get(f"{_AVERAGE}{name}") for name in GRAIN.weights}
        for name, values in average.items():
            if self.judgement is None or values is None or values.shape != self.average[name].shape:
                raise InvalidCheckpoint(
                    f"The interrupted training lacks the average of {name}, so another version began it; start it anew."
                )
        assert self.judgement is not None  # noqa: S101 - there are averages
        restore_model(self.model, state.arrays)
        self.judgement.restore(state.arrays)
        self.average |= {name: values for name, values in average.items() if values is not None}
        self.history = [dict(row) for row in state.history]
        self.step = state.step

    def roll_back(self, state: TrainingState, rate: float) -> None:
        """Go on from a state's averaged weights at so many times the present learning rate."""
        self.average |= {name: state.arrays[f"{_AVERAGE}{name}"].copy() for name in GRAIN.weights}
        write_weights(self.generator, self.average)
        slow_down(self.model, rate)

    def fault(self) -> str:
        """Return in words what is wrong with the generator; empty if nothing is."""
        astray = self.judgement is not None and self.judgement.strays(self.average)
        return "the grain is farther from that of the vintage pictures than none would be" if astray else ""

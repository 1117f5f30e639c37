"""Going on with a training that was interrupted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_retrogan.core.errors import InvalidCheckpoint
from napari_retrogan.core.training.checkpoints import (
    Checkpoint,
    find_checkpoint,
    last_checkpoint,
    read_checkpoint,
)
from napari_retrogan.core.training.run_task import Run, last_generator, run_task
from napari_retrogan.core.training.task import ResumeTask

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from napari_retrogan.core.training.events import TrainingEvent
    from napari_retrogan.core.training.run_task import Engine, Question
    from napari_retrogan.core.vintage_generator import VintageGenerator

    AnyCheckpoint = Checkpoint | str | os.PathLike[str]


def resume_training(
    checkpoint: AnyCheckpoint | None = None,
    on_event: Callable[[TrainingEvent], None] | None = None,
    should_stop: Question | None = None,
    engine: Engine = "process",
    *,
    should_pause: Question | None = None,
    backend: str | None = None,
) -> VintageGenerator:
    """Go on with a training that was interrupted, with its own pictures and settings.

    On the same computer, software and backend the result equals, bit for bit on the CPU, that of a training which
    was never interrupted. The other parameters, and the errors, are those of `train`.

    Parameters
    ----------
    checkpoint
        One of `list_checkpoints`, or its folder; by default the one saved last.
    backend
        By default the Keras backend that the training ran on.

    Raises
    ------
    InvalidCheckpoint
        If there is none, or it can't be read.
    """
    run = Run(should_stop=should_stop, should_pause=should_pause, engine=engine, backend=backend)
    generator: VintageGenerator = last_generator(_resume(checkpoint, run), on_event)
    return generator


def iter_resume_training(
    checkpoint: AnyCheckpoint | None = None,
    *,
    should_stop: Question | None = None,
    should_pause: Question | None = None,
    engine: Engine = "process",
    backend: str | None = None,
) -> Iterator[TrainingEvent]:
    """Go on as `resume_training` does and yield each event, as `iter_train` does.

    Closing the iterator interrupts the training again; it can be resumed later.
    """
    return _resume(checkpoint, Run(should_stop=should_stop, should_pause=should_pause, engine=engine, backend=backend))


def _resume(checkpoint: AnyCheckpoint | None, run: Run) -> Iterator[TrainingEvent]:
    """Find the checkpoint at once, and return the iterator over the events."""
    found = _find(checkpoint)
    task = ResumeTask(str(found.folder))
    return run_task("vintage_run:resume_events", task, replace(run, backend=run.backend or found.backend), task.folder)


def _find(checkpoint: AnyCheckpoint | None) -> Checkpoint:
    """Return the checkpoint that is meant."""
    if checkpoint is None:
        return last_checkpoint()
    if isinstance(checkpoint, Checkpoint):
        return checkpoint
    folder = Path(checkpoint).expanduser()
    found = find_checkpoint(folder)
    if found is None:
        read_checkpoint(folder)  # It says what is wrong with it.
        raise InvalidCheckpoint(f"{folder} changed while it was read; try once more.")
    return found

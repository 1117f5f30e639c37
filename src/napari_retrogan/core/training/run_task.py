"""Runs a training in the training process or in this one, and says what is kept if it is cut short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from napari_retrogan.core.errors import EngineDied, InvalidConfig, TrainingDiscarded
from napari_retrogan.core.training.checkpoints import find_checkpoint
from napari_retrogan.core.training.events import TrainingEvent, TrainingFinished

if TYPE_CHECKING:
    from napari_retrogan.core.training.checkpoints import Checkpoint

Engine = Literal["process", "local"]
Question = Callable[[], bool]

_HOW_TO_RESUME = (
    "resume it by Resume last training in the Train widget, napari-retrogan train --resume, or "
    "napari_retrogan.resume_training()"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where a training runs, and what it asks between its steps; `train` tells more of each.

    Raises
    ------
    InvalidConfig
        If there is no such engine, or a number of devices makes no sense.
    """

    should_stop: Question | None = None
    should_pause: Question | None = None
    engine: Engine = "process"
    backend: str | None = None
    devices: int | None = None

    def __post_init__(self) -> None:
        if self.engine not in ("process", "local"):
            raise InvalidConfig(f"engine is {self.engine!r}; choose 'process' or 'local'.")
        if self.devices is not None and (not isinstance(self.devices, int) or self.devices < 1):
            raise InvalidConfig(f"devices is {self.devices!r}; expected a number from 1, or None for all accelerators.")

    def leave_if_stopped(self) -> bool:
        """Leave by an error where there is nothing to keep yet, else return false.

        Raises
        ------
        TrainingDiscarded
            If it is to stop.
        """
        if self.should_stop is not None and self.should_stop():
            raise TrainingDiscarded("It was stopped before it had begun to learn, so there is nothing to keep.")
        return False


def run_task(function: str, task: Any, run: Run, checkpoints: str = "") -> Iterator[TrainingEvent]:
    """Run a function of the networks' package and yield its events.

    Parameters
    ----------
    function
        ``"module:function"`` in ``core.gan``.
    task
        What to call it with.
    run
        Where, with which Keras backend, and what to ask between steps.
    checkpoints
        The folder that the training is kept in, named if the training process dies.

    Raises
    ------
    EngineDied
        If the training process dies; the message tells how to resume.
    """
    module, name = f"napari_retrogan.core.gan.{function}".split(":")
    if run.engine == "process":
        from napari_retrogan.core.engine.client import Task, stream

        events = stream(
            Task(f"{module}:{name}", task),
            backend=run.backend,
            should_stop=run.should_stop,
            should_pause=run.should_pause,
        )
        try:
            yield from events
        except EngineDied as error:
            raise _with_checkpoint(error, find_checkpoint(Path(checkpoints)) if checkpoints else None) from error
        return
    from importlib import import_module

    from napari_retrogan.core.backend import use_backend

    use_backend(run.backend)
    never: Question = bool
    train_events = getattr(import_module(module), name)
    yield from train_events(task, should_stop=run.should_stop or never, should_pause=run.should_pause or never)


def run_beside(function: str, task: Any, run: Run) -> Iterator[TrainingEvent]:
    """Run a function of this package that needs no Keras, beside any training, and yield its events.

    It has no steps after which something could be kept: whoever wants it to stop gets an error at once, and its process
    is ended.

    Parameters
    ----------
    function
        ``"module:function"`` in ``core``.
    task, run
        As for `run_task`.

    Raises
    ------
    TrainingDiscarded
        If it was stopped.
    """
    target = f"napari_retrogan.core.{function}"
    if run.engine == "process":
        from napari_retrogan.core.engine.client import Task, stream

        yield from stream(Task(target, task), should_stop=run.leave_if_stopped, grace_seconds=0.0, beside=True)
        return
    from importlib import import_module

    module, name = target.split(":")
    yield from getattr(import_module(module), name)(task, should_stop=bool, should_pause=bool)


def last_generator(events: Iterator[TrainingEvent], on_event: Callable[[TrainingEvent], None] | None) -> Any:
    """Follow events to the end and return the generator of the last."""
    for event in events:
        if on_event is not None:
            on_event(event)
        if isinstance(event, TrainingFinished):
            return event.generator
    raise TrainingDiscarded("Training ended without a generator; start it again.")


def _with_checkpoint(error: EngineDied, checkpoint: Checkpoint | None) -> EngineDied:
    """Add to the first line what is kept of the training."""
    if checkpoint is None:
        return error
    first, *others = str(error).splitlines()
    kept = f"Its {checkpoint} is kept in {checkpoint.folder}: {_HOW_TO_RESUME}."
    return EngineDied("\n".join([f"{first} {kept}", *others]))

"""Runs a training in the training process or in this one, and says what is kept if it is cut short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from napari_retrogan.core.errors import EngineDied, InvalidConfig, TrainingDiscarded
from napari_retrogan.core.training.checkpoints import find_checkpoint
from napari_retrogan.core.training.events import TrainingEvent, TrainingFinished

if TYPE_CHECKING:
    from napari_retrogan.core.training.checkpoints import Checkpoint

Engine = Literal["process", "local"]
Question = Callable[[], bool]

HOW_TO_RESUME = (
    "resume it by Resume last training in the Train widget, napari-retrogan train --resume, or "
    "napari_retrogan.resume_training()"
)


def run_task(
    function: str,
    task: Any,
    should_stop: Question | None,
    should_pause: Question | None,
    engine: Engine,
    backend: str | None,
    checkpoints: str = "",
) -> Iterator[TrainingEvent]:
    """Run a function of the networks' package and yield its events.

    Parameters
    ----------
    function
        ``"module:function"`` in ``core.gan``.
    task
        What to call it with.
    should_stop, should_pause
        Asked between steps.
    engine, backend
        Where, and with which Keras backend.
    checkpoints
        The folder that the training is kept in, named if the training process dies.

    Raises
    ------
    EngineDied
        If the training process dies; the message tells how to resume.
    """
    module, name = f"napari_retrogan.core.gan.{function}".split(":")
    if engine == "process":
        from napari_retrogan.core.engine.client import Task, stream

        events = stream(
            Task(f"{module}:{name}", task), backend=backend, should_stop=should_stop, should_pause=should_pause
        )
        try:
            yield from events
        except EngineDied as error:
            raise _with_checkpoint(error, find_checkpoint(Path(checkpoints)) if checkpoints else None) from error
        return
    from importlib import import_module

    from napari_retrogan.core.backend import use_backend

    use_backend(backend)
    never: Question = bool
    train_events = getattr(import_module(module), name)
    yield from train_events(task, should_stop=should_stop or never, should_pause=should_pause or never)


def check_engine(engine: str) -> None:
    """Check the name of an engine."""
    if engine not in ("process", "local"):
        raise InvalidConfig(f"engine is {engine!r}; choose 'process' or 'local'.")


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
    kept = f"Its {checkpoint} is kept in {checkpoint.folder}: {HOW_TO_RESUME}."
    return EngineDied("\n".join([f"{first} {kept}", *others]))

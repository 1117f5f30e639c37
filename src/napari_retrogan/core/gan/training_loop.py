"""The loop around every training: pause, stop, previews and the time that is left."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from napari_retrogan.core.training.events import PreviewReady, TrainingFinished, TrainingProgress, TrainingStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari_retrogan.core.training.events import AnyGenerator, TrainingEvent

_PAUSE_SECONDS = 0.05
JUDGE_STEPS = 20
"""Steps between two judgements of what a training is worth."""

SPEED_WINDOW = 20
"""Steps over which the speed is measured."""


class Training(Protocol):
    """What the loop drives."""

    given_up: str = ""
    """Why no further step makes sense, in words."""

    @property
    def settled(self) -> bool:
        """Whether it is complete with fewer steps, since more would gain nothing."""
        return False

    @property
    def step(self) -> int:
        """Steps done so far."""

    def advance(self) -> dict[str, float]:
        """Do one step and return its losses by name."""

    def snapshot(self) -> AnyGenerator:
        """Return the generator as it stands."""

    def tell(self) -> list[TrainingEvent]:
        """Return what has happened since the last call beside steps."""
        return []

    def finish(self, *, complete: bool) -> AnyGenerator:
        """Return the generator to keep; not complete if steps are left."""
        return self.snapshot()

    def leave(self) -> None:
        """Be told, between two steps, that nobody waits for the generator any more."""
        return


def start_event(num_steps: int, **details: Any) -> TrainingStarted:
    """Return the event that tells what the training runs on."""
    from keras import backend

    from napari_retrogan.core.backend import device_name

    name = backend.backend()
    return TrainingStarted(backend=name, device=device_name(name), num_steps=num_steps, **details)


def follow_steps(
    training: Training,
    num_steps: int,
    preview_seconds: float,
    should_stop: Callable[[], bool],
    should_pause: Callable[[], bool],
) -> Iterator[TrainingEvent]:
    """Drive a training to its end and yield what happens.

    Parameters
    ----------
    training
        What to drive.
    num_steps
        How many steps it takes at most; it is complete after them, or when it has settled.
    preview_seconds
        Least time between two previews; the first comes with the first step.
    should_stop, should_pause
        Asked between steps; a stopped training still finishes with its generator. Whatever they raise leaves the
        training, as closing this iterator does.
    """
    clock = _Clock(num_steps)
    last_preview = float("-inf")
    stopped = False
    try:
        while not (training.given_up or training.step >= num_steps):
            if stopped := _ask(should_stop, training):
                break
            if training.settled:
                break
            if _ask(should_pause, training):
                clock.forget()
                time.sleep(_PAUSE_SECONDS)
                continue
            losses = training.advance()
            yield clock.progress(training.step, losses)
            yield from training.tell()
            if training.step < num_steps and time.monotonic() - last_preview >= preview_seconds:
                yield PreviewReady(step=training.step, generator=training.snapshot())
                last_preview = time.monotonic()
    except GeneratorExit:
        training.leave()
        raise
    complete = training.step >= num_steps or not (stopped or training.given_up)
    generator = training.finish(complete=complete)
    yield from training.tell()
    yield TrainingFinished(generator=generator, stopped=not complete, reason=training.given_up)


def _ask(question: Callable[[], bool], training: Training) -> bool:
    """Ask a question; one that raises takes the training down between two steps, where its state is whole."""
    try:
        return question()
    except BaseException:
        training.leave()
        raise


class _Clock:
    """Measures the speed."""

    def __init__(self, num_steps: int) -> None:
        self._num_steps = num_steps
        self._times: deque[float] = deque(maxlen=SPEED_WINDOW + 1)

    def forget(self) -> None:
        """Leave out the time until the next step."""
        self._times.clear()

    def progress(self, step: int, losses: dict[str, float]) -> TrainingProgress:
        """Return the event of a step that has just been done."""
        times = self._times
        times.append(time.monotonic())
        speed = (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0
        left = (self._num_steps - step) / speed if speed else float("inf")
        return TrainingProgress(
            step=step, num_steps=self._num_steps, losses=losses, steps_per_second=speed, seconds_left=left
        )

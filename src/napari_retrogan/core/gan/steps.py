"""The loop around every training: pause, stop, previews and the time that is left."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

import keras

from napari_retrogan.core.backend import device_name
from napari_retrogan.core.events import (
    PreviewReady,
    TrainingEvent,
    TrainingFinished,
    TrainingProgress,
    TrainingStarted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari_retrogan.core.events import AnyGenerator

PAUSE_SECONDS = 0.05
SPEED_WINDOW = 20
"""Steps over which the speed is measured."""


class Training(Protocol):
    """What the loop drives."""

    def advance(self) -> dict[str, float]:
        """Do one step and return its losses by name."""

    def snapshot(self) -> AnyGenerator:
        """Return the generator as it stands."""


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
        Steps to do.
    preview_seconds
        Least time between two previews; the first comes with the first step.
    should_stop, should_pause
        Asked between steps; a stopped training still finishes with its generator.
    """
    backend = keras.backend.backend()
    yield TrainingStarted(backend=backend, device=device_name(backend), num_steps=num_steps)
    last_preview, step = float("-inf"), 0
    times: deque[float] = deque(maxlen=SPEED_WINDOW + 1)
    while step < num_steps and not should_stop():
        if should_pause():
            times.clear()
            time.sleep(PAUSE_SECONDS)
            continue
        losses = training.advance()
        step += 1
        times.append(time.monotonic())
        speed = (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0
        left = (num_steps - step) / speed if speed else float("inf")
        yield TrainingProgress(step=step, num_steps=num_steps, losses=losses, steps_per_second=speed, seconds_left=left)
        if step < num_steps and time.monotonic() - last_preview >= preview_seconds:
            yield PreviewReady(step=step, generator=training.snapshot())
            last_preview = time.monotonic()
    yield TrainingFinished(generator=training.snapshot(), stopped=step < num_steps)

"""A training without Keras in a real training process; imported by that process too."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from fake_training import make_generator

from napari_retrogan.core.engine.client import Task, stream
from napari_retrogan.core.events import PreviewReady, TrainingFinished, TrainingProgress, TrainingStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def train(payload: int, *, should_stop: Callable[[], bool], should_pause: Callable[[], bool]) -> Iterator[Any]:
    """Take as many steps as told, or fewer when stopped."""
    yield TrainingStarted(backend="none", device="CPU", num_steps=payload)
    step = 0
    while step < payload and not should_stop():
        step += 1
        time.sleep(0.01)
        losses = {"loss": 1 / step}
        yield TrainingProgress(
            step=step, num_steps=payload, losses=losses, steps_per_second=100.0, seconds_left=(payload - step) / 100
        )
        if step % 20 == 0:
            yield PreviewReady(step=step, generator=make_generator())
    yield TrainingFinished(generator=make_generator(), stopped=step < payload)


def silent(payload: int, *, should_stop: Callable[[], bool], should_pause: Callable[[], bool]) -> Iterator[Any]:
    """Be busy without a word, like an import that takes long."""
    time.sleep(60)
    yield payload


def iter_train(
    *_: Any,
    config: Any,
    should_stop: Callable[[], bool],
    should_pause: Callable[[], bool],
    function: str = "train",
    **__: Any,
) -> Iterator[Any]:
    """Stand for the core's function of that name."""
    task = Task(f"engine_training:{function}", config.num_steps)
    return stream(task, should_stop=should_stop, should_pause=should_pause, allowed="engine_training:")


def without_framework(
    payload: int, *, should_stop: Callable[[], bool], should_pause: Callable[[], bool]
) -> Iterator[Any]:
    """Fail as where the framework is missing or broken."""
    yield from ()
    raise ModuleNotFoundError("No module named 'keras'", name="keras")

"""A training that does what a test tells it to, in place of the engine."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.stages.chain import WEIGHT_SHAPES
from napari_retrogan.core.training.checkpoints import Checkpoint
from napari_retrogan.core.training.events import TrainingFinished, TrainingProgress, TrainingStarted
from napari_retrogan.core.vintage_generator import VintageGenerator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NUM_STEPS = 10
STARTED = TrainingStarted(backend="tensorflow", device="CPU", num_steps=NUM_STEPS)


def make_generator(red: float = 0.5) -> VintageGenerator:
    """Return a generator that keeps this share of red, as if pairs had taught it, and adds no texture."""
    weights = {name: np.zeros(shape, np.float32) for name, shape in WEIGHT_SHAPES.items()}
    weights["colour/map/matrix"] = np.diag([red, 1.0, 1.0]).astype(np.float32)
    weights["colour/map/amount"] = np.float32(1)
    return VintageGenerator.from_weights(weights, provenance={"paired": True})


def progress_at(step: int) -> TrainingProgress:
    return TrainingProgress(
        step=step,
        num_steps=NUM_STEPS,
        losses={"colour_generator": 1.0 / step, "drift": 0.1 * step},
        steps_per_second=2.0,
        seconds_left=(NUM_STEPS - step) / 2,
    )


class FakeTraining:
    """Stands for ``iter_train``: reads the pictures, yields or raises what is put into it, heeds stop and pause."""

    def __init__(self, generator: Any = None) -> None:
        self.generator = generator or make_generator()
        self.script: queue.Queue[Any] = queue.Queue()
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self.images: list[Any] = []
        self.may_read = threading.Event()
        self.may_read.set()
        self.paused = threading.Event()
        self.ended = threading.Event()

    def put(self, *events: Any) -> None:
        for event in events:
            self.script.put(event)

    def finish(self) -> None:
        self.put(TrainingFinished(generator=self.generator))

    def __call__(
        self, *sources: Any, should_stop: Callable[[], bool], should_pause: Callable[[], bool], **settings: Any
    ) -> Iterator[Any]:
        self.calls.append((sources, settings))
        self.ended.clear()
        self.may_read.wait(10)
        pictures = [source for source in sources if source is not None and not isinstance(source, Checkpoint)]
        self.images = [training_images(each, 0) for each in pictures]
        try:
            yield from self._events(should_stop, should_pause)
        finally:
            self.ended.set()

    def _events(self, should_stop: Callable[[], bool], should_pause: Callable[[], bool]) -> Iterator[Any]:
        while not should_stop():
            if should_pause():
                self.paused.set()
                continue
            self.paused.clear()
            try:
                event = self.script.get(timeout=0.005)
            except queue.Empty:
                continue
            if isinstance(event, Exception):
                raise event
            yield event
            if isinstance(event, TrainingFinished):
                return
        yield TrainingFinished(generator=self.generator, stopped=True)

"""Generators that do what a test needs: wait to be let on, or fail."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan import ApplyCancelled
from napari_retrogan.core.stages.chain import WEIGHT_SHAPES
from napari_retrogan.core.stages.particles import NO_PARTICLES

if TYPE_CHECKING:
    from collections.abc import Callable


WEIGHTS = {name: np.ones(shape, np.float32) for name, shape in WEIGHT_SHAPES.items()} | NO_PARTICLES.weights()


class SlowGenerator:
    """Applies the identity in tiles that pass one by one, when the test lets them."""

    id, num_styles, mapping, weights = "slow", 1, {}, WEIGHTS

    def __init__(self, num_tiles: int = 4) -> None:
        self.num_tiles = num_tiles
        self.tiles = threading.Semaphore(0)
        self.started = threading.Event()
        self.ended = threading.Event()

    def let_pass(self, number: int | None = None) -> None:
        for _ in range(self.num_tiles if number is None else number):
            self.tiles.release()

    def apply(
        self,
        image: Any,
        *,
        on_progress: Callable[[int, int], None],
        should_stop: Callable[[], bool],
        **_: Any,
    ) -> Any:
        self.started.set()
        try:
            for done in range(1, self.num_tiles + 1):
                while not self.tiles.acquire(timeout=0.01):
                    if should_stop():
                        raise ApplyCancelled("Stopped.")
                on_progress(done, self.num_tiles)
            return np.array(image)
        finally:
            self.ended.set()


class FailingGenerator:
    """Fails as it was told to."""

    id, num_styles, mapping, weights = "failing", 1, {}, WEIGHTS

    def __init__(self, error: Exception) -> None:
        self.error = error

    def apply(self, *_: Any, **__: Any) -> Any:
        raise self.error

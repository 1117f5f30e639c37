"""A progress bar with words."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, ProgressBar

from napari_retrogan.core.training.step_time import describe_pace
from napari_retrogan.plugin.shared.arrange import Room, words


class ProgressRow(Container[Any]):
    """How far a run has come: a bar and a line of words."""

    def __init__(self) -> None:
        self._bar = ProgressBar(min=0, max=1, value=0)
        self._words = words()
        super().__init__(widgets=[self._bar], labels=False)
        self.native.layout().addWidget(Room(self._words, 1))
        self.margins = (0, 0, 0, 0)

    @property
    def words(self) -> str:
        """What the line under the bar says."""
        return str(self._words.value)

    @property
    def step(self) -> int:
        """How many steps the bar shows as done."""
        return int(self._bar.value)

    def begin(self) -> None:
        """Show a run whose length is not known yet."""
        self._bar.max, self._bar.value = 0, 0
        self._words.value = ""

    def show_step(self, step: int, num_steps: int, steps_per_second: float, seconds_left: float) -> None:
        """Show how far the run is."""
        self._bar.max, self._bar.value = num_steps, step
        self._words.value = describe_pace(step, num_steps, steps_per_second, seconds_left)

    def end(self) -> None:
        """Keep what the bar shows, unless nothing is known: it would go on moving."""
        if self._bar.max == 0:
            self._bar.max = 1

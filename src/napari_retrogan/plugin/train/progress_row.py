"""A progress bar with words and the time that has passed."""

from __future__ import annotations

import time
from typing import Any

from magicgui.widgets import Container, Label, ProgressBar
from qtpy.QtCore import Qt, QTimer

from napari_retrogan.core.training.step_time import describe_pace
from napari_retrogan.plugin.language import tr, tr_core
from napari_retrogan.plugin.shared.arrange import Room, row, words

_LONGEST_TIME = "0:00:00"
_TICK_MILLISECONDS = 1000


class ProgressRow(Container[Any]):
    """How far a run has come: a bar, how long it has taken so far, and a line of words.

    The time goes on from the first second. Once there are steps it moves with them alone: each drawing costs a training
    on a machine without a graphics card.
    """

    def __init__(self) -> None:
        self._bar = ProgressBar(min=0, max=1, value=0)
        self.elapsed = Label(value="")
        self.elapsed.tooltip = tr("How long this training has taken so far.")
        self.elapsed.native.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._words = words()
        self._began = 0.0
        super().__init__(widgets=[row(self._bar, self.elapsed)], labels=False)
        self.native.layout().addWidget(Room(self._words, 2))
        self.margins = (0, 0, 0, 0)
        self.elapsed.native.setFixedWidth(self.elapsed.native.fontMetrics().horizontalAdvance(_LONGEST_TIME) + 8)
        self._clock = QTimer(self.native)
        self._clock.setInterval(_TICK_MILLISECONDS)
        self._clock.timeout.connect(self._show_elapsed)

    @property
    def words(self) -> str:
        """What the line under the bar says."""
        return str(self._words.value)

    @property
    def step(self) -> int:
        """How many steps the bar shows as done."""
        return int(self._bar.value)

    @property
    def seconds(self) -> float:
        """How long ago the run began."""
        return time.monotonic() - self._began

    def begin(self) -> None:
        """Show a run whose length is not known yet."""
        self._bar.max, self._bar.value = 0, 0
        self._words.value = ""
        self._began = time.monotonic()
        self._show_elapsed()
        self._clock.start()

    def show_step(self, step: int, num_steps: int, steps_per_second: float, seconds_left: float) -> None:
        """Show how far the run is."""
        self._bar.max, self._bar.value = num_steps, step
        self._words.value = tr_core(describe_pace(step, num_steps, seconds_left=seconds_left))
        self._words.tooltip = tr_core(describe_pace(step, num_steps, steps_per_second))
        self._show_elapsed()
        if step:
            self._clock.stop()

    def wait(self) -> None:
        """Let the time go on by itself: no steps come."""
        self._clock.start()

    def end(self, *, complete: bool) -> None:
        """Show a run that gave a look as complete; else keep what the bar shows, but where it would go on moving."""
        self._clock.stop()
        self._show_elapsed()
        if complete:
            self._words.value = (
                tr("Ended after step {step}", step=self.step) if self.step else tr("Ended without a step")
            )
            self._bar.max = self._bar.value = max(self.step, 1)
        elif self._bar.max == 0:
            self._bar.max = 1
        elif self.words:
            self._words.value = tr_core(describe_pace(self.step, int(self._bar.max)))

    def _show_elapsed(self) -> None:
        """Show how long the run has taken."""
        self.elapsed.value = as_clock(self.seconds)


def as_clock(seconds: float) -> str:
    """Return a duration as a clock shows it: minutes and seconds, and hours where there are any."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

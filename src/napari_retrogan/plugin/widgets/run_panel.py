"""Buttons, progress, words and curves of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from magicgui.widgets import Container, PushButton

from napari_retrogan.core.events import TrainingProgress, TrainingStarted
from napari_retrogan.plugin.widgets.arrange import row, words
from napari_retrogan.plugin.widgets.loss_plot import LossPlot
from napari_retrogan.plugin.widgets.progress_row import ProgressRow

if TYPE_CHECKING:
    from napari_retrogan.core.events import TrainingEvent

RunState = Literal["idle", "starting", "running", "paused", "ending"]


class RunPanel(Container[Any]):
    """Shows how a run stands, and offers what can be done to it in that state."""

    def __init__(self) -> None:
        self.start_button = PushButton(text="Start training", tooltip="Train a generator on what is chosen above.")
        self.pause_button = PushButton(text="Pause", tooltip="Wait after the present step, or go on.")
        self.keep_button = PushButton(text="Stop and keep", tooltip="End now and keep the generator as it is.")
        self.discard_button = PushButton(text="Discard", tooltip="End now and keep nothing.")
        self.status = words()
        self.progress = ProgressRow()
        self.plot = LossPlot()
        buttons = row(self.pause_button, self.keep_button, self.discard_button)
        super().__init__(widgets=[self.start_button, buttons, self.progress, self.status, self.plot], labels=False)
        self.margins = (0, 0, 0, 0)
        self._state: RunState = "idle"
        self._need = ""
        self._backend = ""
        self._enable()

    @property
    def state(self) -> RunState:
        """How the run stands."""
        return self._state

    def say(self, words: str) -> None:
        """Show a sentence."""
        self.status.value = words

    def set_need(self, need: str) -> None:
        """Say what is missing before a run can start; empty when nothing is."""
        if self._state == "idle" and (need or self.status.value == self._need):
            self.say(need)
        self._need = need
        self._enable()

    def begin(self, title: str) -> None:
        """Show a run that is starting."""
        self._backend = ""
        self.plot.clear_curves()
        self.progress.begin(title)
        self.say("Starting the training engine; the first time takes about 10 s.")
        self._set_state("starting")

    def set_paused(self, paused: bool) -> None:
        """Show a run that waits, or goes on."""
        self._set_state("paused" if paused else "running")
        self.say("Paused after the present step." if paused else self._backend)

    def set_ending(self, words: str) -> None:
        """Show a run that was asked to end."""
        self._set_state("ending")
        self.say(words)

    def end(self, words: str) -> None:
        """Show how a run ended."""
        self.progress.end()
        self._set_state("idle")
        self.say(words)

    def show_events(self, events: list[TrainingEvent]) -> None:
        """Show the backend, the latest progress and all losses."""
        latest = None
        for event in events:
            if isinstance(event, TrainingStarted):
                self._show_started(event)
            elif isinstance(event, TrainingProgress):
                self.plot.add(event.step, event.losses)
                latest = event
        if latest is not None:
            self.plot.draw()
            self.progress.show_step(latest.step, latest.num_steps, latest.steps_per_second, latest.seconds_left)

    def _show_started(self, event: TrainingStarted) -> None:
        """Say what the training runs on."""
        self._backend = f"Training with {event.backend} on {event.device}."
        if self._state == "starting":
            self._set_state("running")
            self.say(self._backend)

    def _set_state(self, state: RunState) -> None:
        """Enter a state."""
        self._state = state
        self._enable()

    def _enable(self) -> None:
        """Allow the buttons that make sense."""
        state = self._state
        self.start_button.enabled = state == "idle" and not self._need
        self.pause_button.enabled = state in ("running", "paused")
        self.pause_button.text = "Resume" if state == "paused" else "Pause"
        self.keep_button.enabled = state in ("running", "paused")
        self.discard_button.enabled = state in ("starting", "running", "paused")

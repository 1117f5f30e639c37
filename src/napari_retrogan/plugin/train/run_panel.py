"""Buttons, progress, words and curves of a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from magicgui.widgets import Container, PushButton
from psygnal import Signal
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QScrollArea, QSizePolicy

from napari_retrogan.core.training.events import CheckpointFailed, TrainingProgress, TrainingRecovered, TrainingStarted
from napari_retrogan.core.training.losses_in_words import LOSSES_EXPLAINED
from napari_retrogan.plugin.language import tr, tr_core
from napari_retrogan.plugin.shared.arrange import Room, drawn_once, row, stacked, words
from napari_retrogan.plugin.train.loss_plot import LossPlot
from napari_retrogan.plugin.train.progress_row import ProgressRow
from napari_retrogan.plugin.window.notices import as_text

if TYPE_CHECKING:
    from napari_retrogan.core.training.checkpoints import Checkpoint
    from napari_retrogan.core.training.events import TrainingEvent

_RunState = Literal["idle", "starting", "running", "paused", "ending"]

_STATUS_LINES = 3
_LAYOUT_MILLISECONDS = 50
_PAUSE, _GO_ON = "Pa&use", "Res&ume"
_POINTED_AT = "QPushButton { background-color: #3d85c6; color: white; border: 1px solid white; }"

STARTING = (
    "Starting the software that learns (TensorFlow, unless set otherwise); the first time takes about 10 seconds."
)
MEASURING = "First it measures the look, which takes longer for pairs; the first step follows."
PAUSED = "Paused after the present step. Resume goes on from there."
_FRAMEWORKS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


class RunPanel(Container[Any]):
    """Shows how a run stands, and offers what can be done to it in that state.

    Attributes
    ----------
    starting
        The buttons that begin a run, and how long it will take.
    steering
        How far it is, and the buttons that pause and end it.
    finishing
        What can be done with the look that was learnt. All three are for a place that is always in view. What is left
        is shown by the panel itself: what a run can be resumed from, what was learnt, and how.
    """

    state_changed = Signal(str)

    def __init__(self) -> None:
        self._make_buttons()
        self.interrupted = words()
        self.outcome = words()
        self.duration = words()
        self.status = words()
        self.explained = words()
        self.progress = ProgressRow()
        self.plot = LossPlot()
        self.starting = stacked(Room(self.duration, 1), row(self.start_button, self.resume_button))
        buttons = row(self.pause_button, self.keep_button, self.discard_button)
        self.steering = stacked(buttons, self.progress, Room(self.status, _STATUS_LINES))
        self.finishing = row(self.apply_button, self.save_button)
        super().__init__(widgets=[self.interrupted, self.outcome, self.explained, self.plot], labels=False)
        self.margins = (0, 0, 0, 0)
        self._reveal = QTimer(self.native)
        self._reveal.setSingleShot(True)
        self._reveal.setInterval(_LAYOUT_MILLISECONDS)
        self._reveal.timeout.connect(self._scroll_to_outcome)
        self._state: _RunState = "idle"
        self._need = self._words = ""
        self._runs_on = ""
        self._measuring = False
        self._checkpoint: Checkpoint | None = None
        self._enable()

    @property
    def state(self) -> _RunState:
        """How the run stands."""
        return self._state

    def say(self, words: str) -> None:
        """Show a sentence."""
        self.status.value = words

    def set_need(self, need: str, hint: str = "", duration: str = "") -> None:
        """Say what is missing before a run can start, else what to know before it does; empty when there is nothing."""
        self.duration.value = "" if need else duration
        words = need or hint
        if self._state == "idle" and words != self._words and (words or self.status.value == self._words):
            self.say(words)
        self._need, self._words = need, words
        self._enable()

    def set_checkpoint(self, checkpoint: Checkpoint | None) -> None:
        """Offer an interrupted training to be resumed, or none."""
        self._checkpoint = checkpoint
        self.interrupted.value = (
            "" if checkpoint is None else tr("Interrupted: {training}.", training=tr_core(str(checkpoint)))
        )
        self.resume_button.tooltip = (
            tr("No training was interrupted.")
            if checkpoint is None
            else as_text(
                tr("Go on with {training}, with its own pictures and settings.", training=tr_core(str(checkpoint)))
            )
        )
        self._enable()

    def point_at_start(self, words: str) -> None:
        """Lead the person to the button that starts, with a sentence."""
        self.say(words)
        self.start_button.native.setStyleSheet(_POINTED_AT)
        self.start_button.native.setFocus(Qt.FocusReason.OtherFocusReason)

    def begin(self) -> None:
        """Show a run that is starting."""
        self._runs_on = self.outcome.value = self.explained.value = ""
        self._measuring = False
        self.start_button.native.setStyleSheet("")
        self.plot.clear_curves()
        self.progress.begin()
        self.say(tr(STARTING))
        self._set_state("starting")

    def set_paused(self, paused: bool) -> None:
        """Show a run that waits, or goes on."""
        self._set_state("paused" if paused else "running")
        if paused:
            self.progress.wait()
        self.say(tr(PAUSED) if paused else self._running_words())

    def set_ending(self, words: str) -> None:
        """Show a run that was asked to end."""
        self._set_state("ending")
        self.progress.wait()
        self.say(words)

    def end(self, words: str, outcome: str = "") -> None:
        """Show how a run ended, and what was learnt."""
        self.progress.end(complete=bool(outcome))
        self._set_state("idle")
        self.outcome.value = outcome
        self.say(words)
        if outcome:
            self._reveal.start()

    def show_events(self, events: list[TrainingEvent]) -> None:
        """Show the backend, the latest progress, all losses, and what went wrong."""
        with drawn_once(self), drawn_once(self.steering):
            latest = None
            for event in events:
                if isinstance(event, TrainingStarted):
                    self._show_started(event)
                elif isinstance(event, TrainingProgress):
                    self.plot.add(event.step, event.losses)
                    latest = event
                elif isinstance(event, TrainingRecovered | CheckpointFailed):
                    self.say(tr_core(event.message))
            if latest is not None:
                self._end_measuring()
                self.progress.show_step(latest.step, latest.num_steps, latest.steps_per_second, latest.seconds_left)
                if self._state != "running":
                    self.progress.wait()
                self.explained.value = tr_core(LOSSES_EXPLAINED)
                self.plot.draw()

    def _make_buttons(self) -> None:
        """Make the buttons; a layer's name may be of any length, and must not push others aside."""
        self.start_button = PushButton(
            text=tr("Start trai&ning"), tooltip=tr("Learn the look of the ticked vintage pictures.")
        )
        self.resume_button = PushButton(text=tr("Resume last"))
        self.pause_button = PushButton(text=tr(_PAUSE), tooltip=tr("Wait after the present step, or go on."))
        self.keep_button = PushButton(text=tr("Stop and &keep"), tooltip=tr("End now and keep the look as it is."))
        self.discard_button = PushButton(text=tr("&Discard"), tooltip=tr("End now and keep nothing."))
        self.apply_button = PushButton(
            text=tr("&Apply the look"),
            enabled=False,
            tooltip=tr("Add a layer with the look that was learnt last, for each layer that is selected."),
        )
        self.save_button = PushButton(
            text=tr("Save look..."),
            enabled=False,
            tooltip=tr("Write the look learnt last to a file; your library has it too."),
        )
        self.apply_button.native.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.save_button.native.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def _scroll_to_outcome(self) -> None:
        """Let the person see what was learnt, once it has its place."""
        place = self.native.parentWidget()
        while place is not None and not isinstance(place, QScrollArea):
            place = place.parentWidget()
        if place is not None:
            place.ensureWidgetVisible(self.outcome.native)

    def _show_started(self, event: TrainingStarted) -> None:
        """Say what the training runs on."""
        resumed = [tr("It goes on after step {step}.", step=event.step)] if event.step else []
        on_cpu = event.device.upper().startswith("CPU")
        processor = tr("the processor (CPU)") if on_cpu else tr("the graphics ({device})", device=event.device)
        framework = _FRAMEWORKS.get(event.backend)
        runs_on = (
            tr("Learning on {processor} with {framework}.", processor=processor, framework=framework)
            if framework
            else tr("Learning on {processor}.", processor=processor)
        )
        self._runs_on = " ".join([runs_on, *resumed])
        if event.config is not None:
            self._measuring = True
        if self._state == "starting":
            self._set_state("running")
            self.say(self._running_words())
        if event.num_steps:
            self.progress.show_step(event.step, event.num_steps, 0.0, math.inf)

    def _running_words(self) -> str:
        """Say what the training runs on, and what it does before the first step."""
        return f"{self._runs_on} {tr(MEASURING)}" if self._measuring else self._runs_on

    def _end_measuring(self) -> None:
        """Stop saying what comes before the first step."""
        if self._measuring and self.status.value == self._running_words():
            self.say(self._runs_on)
        self._measuring = False

    def _set_state(self, state: _RunState) -> None:
        """Enter a state."""
        self._state = state
        self._enable()
        self.state_changed.emit(state)

    def _enable(self) -> None:
        """Allow the buttons that make sense."""
        state = self._state
        self.start_button.enabled = state == "idle" and not self._need
        self.resume_button.enabled = state == "idle" and self._checkpoint is not None
        self.pause_button.enabled = state in ("running", "paused")
        self.pause_button.text = tr(_GO_ON) if state == "paused" else tr(_PAUSE)
        self.keep_button.enabled = state in ("running", "paused")
        self.discard_button.enabled = state in ("starting", "running", "paused")

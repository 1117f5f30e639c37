"""One training under way: what the buttons of a window do to it."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol

from napari_retrogan.core.engine.client import set_idle_seconds, shut_down
from napari_retrogan.core.errors import TrainingDiscarded
from napari_retrogan.core.training.checkpoints import discard_checkpoint
from napari_retrogan.core.training.events import TrainingFinished, TrainingProgress, TrainingStarted
from napari_retrogan.core.training.step_time import note_steps
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.preferences import idle_minutes
from napari_retrogan.plugin.train.loss_plot import import_plotting
from napari_retrogan.plugin.window.drawing_pace import Pace
from napari_retrogan.plugin.window.jobs import Job, run_job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari_retrogan.core.config import TrainingConfig
    from napari_retrogan.core.training.events import TrainingEvent


UPDATE_MILLISECONDS = 1000
MOST_REST_SECONDS = 3.0
"""Between two updates: a bar, words and curves that change make Qt draw the whole window, at the training's cost."""


class OpensTraining(Protocol):
    """Begins a training, given the two questions that it asks between its steps."""

    def __call__(self, *, should_stop: Callable[[], bool], should_pause: Callable[[], bool]) -> Iterator[TrainingEvent]:
        """Return the iterator over the training's events."""


class TrainingRun:
    """A training in a worker, which can be paused, stopped with its result kept, or discarded.

    Parameters
    ----------
    open_training
        Called in the worker to begin.
    keep
        Gets the generator that was trained, in the worker. Where nobody waits for it any more it gets a finished one
        all the same, but none that was ended in the middle: that training can be resumed.
    on_events
        Gets the events since its last call, all but the last one, every one to three seconds.
    on_finished
        Gets the last event, with the generator to keep.
    on_error, on_end, on_quit
        As in `run_job`; a discarded run calls ``on_end`` alone.
    """

    def __init__(
        self,
        open_training: OpensTraining,
        *,
        keep: Callable[[Any], object] = bool,
        on_events: Callable[[list[Any]], None],
        on_finished: Callable[[TrainingFinished], None],
        on_error: Callable[[Exception], None],
        on_end: Callable[[], None],
        on_quit: Callable[[], None],
    ) -> None:
        self._stop = threading.Event()
        self._pause = threading.Event()
        self._forget = threading.Event()
        self._checkpoint: str | None = None
        self._keep = keep

        def quit_both() -> None:
            shut_down()
            on_quit()

        self._job = run_job(
            lambda job: self._follow(job, open_training),
            title=tr("training"),
            on_events=on_events,
            on_done=on_finished,
            on_error=on_error,
            on_end=on_end,
            on_quit=quit_both,
            update_milliseconds=UPDATE_MILLISECONDS,
            pace=Pace(MOST_REST_SECONDS),
        )

    @property
    def running(self) -> bool:
        """Whether the worker is still busy with it."""
        return self._job.running

    @property
    def paused(self) -> bool:
        """Whether it was asked to pause."""
        return self._pause.is_set()

    def toggle_pause(self) -> None:
        """Pause after the present step, or go on."""
        if self.paused:
            self._pause.clear()
        else:
            self._pause.set()

    def stop_and_keep(self) -> None:
        """End after the present step with the generator as it is then."""
        self._stop.set()

    def discard(self) -> None:
        """End after the present step without a result, and keep no checkpoint."""
        self._forget.set()
        self._job.cancel()

    def leave(self) -> None:
        """End after the present step without a result; the checkpoint stays, to be resumed from."""
        self._job.cancel()

    def abandon(self) -> None:
        """Discard and tell nothing any more, because the window is going away."""
        self._job.abandon()

    def _is_wanted(self, event: TrainingFinished, job: Job) -> bool:
        """Tell whether a generator is to outlive the session."""
        return not self._forget.is_set() and not (job.cancelled and event.stopped)

    def _follow(self, job: Job, open_training: OpensTraining) -> TrainingFinished:
        """Pass the events on until the training ends; in the worker's thread."""
        import_plotting()
        set_idle_seconds(60 * idle_minutes())
        training: Any = open_training(
            should_stop=lambda: self._stop.is_set() or job.should_stop(),
            should_pause=lambda: self._pause.is_set() and not self._stop.is_set() and not job.should_stop(),
        )
        config: TrainingConfig | None = None
        try:
            with closing(training):
                for event in training:
                    if isinstance(event, TrainingStarted):
                        self._checkpoint = event.checkpoint
                        config = event.config
                    if isinstance(event, TrainingProgress) and config is not None:
                        note_steps(config, event.step, event.steps_per_second)
                    if isinstance(event, TrainingFinished) and self._is_wanted(event, job):
                        self._keep(event.generator)
                    if job.cancelled:
                        break
                    if isinstance(event, TrainingFinished):
                        return event
                    job.report(event)
        finally:
            if self._forget.is_set() and self._checkpoint is not None:
                discard_checkpoint(self._checkpoint)
        raise TrainingDiscarded("The training ended without a generator; start it anew.")

"""A training that was started in the console, in napari's activity dock."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from napari.utils import cancelable_progress

from napari_retrogan.core.errors import TrainingDiscarded
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.state import state
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.notices import show_failure, show_words

if TYPE_CHECKING:
    from napari_retrogan.core.training.job import TrainingJob
    from napari_retrogan.core.vintage_generator import VintageGenerator

_LOOK_SECONDS = 0.25


def show_in_activity_dock(training: TrainingJob) -> None:
    """Show progress and a button that cancels until the training ends; call from the main thread.

    Its generator is offered to the widgets. If napari's window closes first, the training is left; it can be resumed.
    """
    _TrainingBar(training)


class _TrainingBar:
    """A bar of the activity dock; the job that follows the training holds it until the end."""

    def __init__(self, training: TrainingJob) -> None:
        self._training = training
        self._bar = cancelable_progress(
            total=0, desc=tr("Training {name}", name=training.name), disable=False, leave=False
        )
        self._job = run_job(
            self._follow,
            title=tr("training"),
            on_events=self._show,
            on_done=self._offer,
            on_error=self._tell_failure,
            on_end=self._bar.close,
            on_quit=training.cancel,
        )

    def _follow(self, job: Job) -> VintageGenerator | None:
        """Report until the training ends; in a worker's thread."""
        while not job.should_stop():
            with suppress(TimeoutError):
                return self._training.wait(_LOOK_SECONDS)
            job.report(self._training.progress)
        return None

    def _show(self, reports: list[Any]) -> None:
        """Show the last step, and cancel if the person has said so."""
        if self._bar.is_canceled:
            self._training.cancel()
        elif reports[-1] is not None:
            if self._bar.total != reports[-1].num_steps:
                self._bar.total = reports[-1].num_steps
            self._bar.update(reports[-1].step - self._bar.n)

    def _offer(self, generator: VintageGenerator) -> None:
        """Offer the generator to the widgets."""
        entry = state().add_generator(self._training.name, generator)
        show_words(tr("Training is done: the look {name} is ready.", name=repr(entry.name)))

    def _tell_failure(self, error: Exception) -> None:
        """Say why there is no generator, unless the person wanted none."""
        if not isinstance(error, TrainingDiscarded):
            show_failure(error)

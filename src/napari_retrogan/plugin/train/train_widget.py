"""The widget that trains a generator on the layers that are open."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container

from napari_retrogan.core.foreign.values import shown
from napari_retrogan.core.library.card import summary
from napari_retrogan.core.training.checkpoints import list_checkpoints
from napari_retrogan.core.training.events import PreviewReady, TrainingFinished
from napari_retrogan.core.training.resume import iter_resume_training
from napari_retrogan.core.training.train import iter_train, iter_train_patch_gan
from napari_retrogan.plugin.language import tr, tr_core
from napari_retrogan.plugin.layers import unwrap
from napari_retrogan.plugin.preferences import keras_backend
from napari_retrogan.plugin.shared.arrange import column, fill_page, order_tabs
from napari_retrogan.plugin.shared.collapsible import Collapsible
from napari_retrogan.plugin.state import keep_in_library, state
from napari_retrogan.plugin.train.discard_question import DiscardQuestion
from napari_retrogan.plugin.train.first_run import SAMPLES_TICKED, open_samples
from napari_retrogan.plugin.train.learnt_look import LearntLook
from napari_retrogan.plugin.train.live_preview import LivePreview, first_to_show
from napari_retrogan.plugin.train.patch_mosaic import add_patches
from napari_retrogan.plugin.train.patch_section import PatchSection
from napari_retrogan.plugin.train.run_panel import RunPanel
from napari_retrogan.plugin.train.training_form import TrainingForm
from napari_retrogan.plugin.train.training_run import OpensTraining, TrainingRun
from napari_retrogan.plugin.window.dock_watch import DockWatch
from napari_retrogan.plugin.window.notices import sentence, show_failure, show_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import napari.viewer

    from napari_retrogan.core.training.events import TrainingEvent
    from napari_retrogan.plugin.window.jobs import Job

_DONE = "Done: the look {name} is ready, here and in the tab Looks."
_STOPPED = "Stopped early: the look {name} is ready, here and in the tab Looks."
_DISCARDED = "Discarded; nothing was kept."
_LEFT = (
    "The training ended because its dock was closed; what it has learnt so far is kept. Resume last training, in the "
    "tab Train, goes on with it."
)
_MOST_LETTERS = 2000


class TrainWidget(Container[Any]):
    """Choose photographs and vintage pictures, train, watch, keep the look and have it applied.

    Parameters
    ----------
    napari_viewer
        Whose layers are offered and that shows the live preview.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        self._viewer: napari.viewer.Viewer = unwrap(napari_viewer)
        self._run: TrainingRun | None = None
        self._preview: LivePreview | None = None
        self._side_job: Job | None = None
        self._last_words = ""
        self._outcome: str | None = None
        self.form = TrainingForm(self._viewer)
        self.panel = RunPanel()
        self.save_button = save_button = self.panel.save_button
        self.patches = PatchSection()
        patches = Collapsible(tr("Vintage patches"), self.patches)
        super().__init__(labels=False)
        self.learnt = LearntLook(self._viewer, self.panel.apply_button, save_button, self.panel.say, self.end_preview)
        self._question = DiscardQuestion(self.native, self.discard)
        self._body = column(self.form, patches, self.panel)
        self._footer = column(self.panel.starting, self.panel.finishing)
        fill_page(self, self._body, self._footer)
        self.place_steering()
        self._connect()
        self._refresh()
        self._offer_resume()

    @property
    def running(self) -> bool:
        """Whether a training is under way in this widget."""
        return self._run is not None

    @property
    def preview(self) -> LivePreview | None:
        """The preview of the training under way, or of the look that was learnt last."""
        return self._preview

    def place_steering(self) -> None:
        """Take what steers a training to the foot of this widget, where it is always in view."""
        self._footer.native.layout().insertWidget(1, self.panel.steering.native)
        order_tabs(self._footer.native)
        self.panel.steering.native.show()

    def reset_choices(self, *_: object) -> None:
        """Offer the layers that there are now."""
        self._body.reset_choices()
        self.learnt.refresh()

    def start(self) -> None:
        """Train on what is chosen; layers and settings are captured now."""
        chosen = None if self.running else self.form.capture(self.panel.say)
        if chosen is None or chosen[0].need:
            return
        request, photographs, vintage = chosen
        options: dict[str, Any] = {"config": request.config, "paired": request.paired, "backend": keras_backend()}
        self._learn(partial(iter_train, photographs or None, vintage, **options), request.title)

    def resume(self) -> None:
        """Go on with the training that was interrupted last, with its own pictures and settings."""
        checkpoints = list_checkpoints()
        if self.running or not checkpoints:
            self._offer_resume()
            return
        last = checkpoints[0]
        self._learn(partial(iter_resume_training, last), last.title or "resumed look")

    def start_patches(self) -> None:
        """Train the plain GAN on the chosen vintage pictures, then add a layer of sampled patches."""
        chosen = None if self.running else self.form.capture(self.panel.say)
        if chosen is None or not chosen[0].vintage:
            return
        request, _, vintage = chosen
        self._close_preview()
        self._begin(
            partial(
                iter_train_patch_gan,
                vintage,
                num_steps=self.patches.num_steps.value,
                seed=request.config.seed,
                backend=keras_backend(),
            ),
            partial(self._add_patches, request.title, self.patches.number.value, request.config.seed),
        )

    def toggle_pause(self) -> None:
        """Pause the training after its present step, or go on."""
        if self._run is not None:
            self._run.toggle_pause()
            self.panel.set_paused(self._run.paused)

    def stop_and_keep(self) -> None:
        """End the training after its present step and keep the generator."""
        if self._run is not None:
            self._run.stop_and_keep()
            self.panel.set_ending(tr("Stopping after the present step..."))

    def discard(self) -> None:
        """End the training and keep nothing."""
        if self._run is not None:
            self._last_words = tr(_DISCARDED)
            self._run.discard()
            self._close_preview()
            self.panel.set_ending(tr("Discarding..."))

    def leave(self) -> None:
        """End the training because the dock was closed; it can be resumed."""
        if self._run is not None:
            self._last_words = words = tr(_LEFT)
            self._run.leave()
            self.panel.set_ending(words)
            show_words(words)
        self._close_preview()

    def save(self, file: str | Path) -> None:
        """Write the generator trained last to a file; the ending is added where it is missing."""
        self.learnt.save(file)

    def end_preview(self) -> None:
        """Remove a preview that has stayed from the last training."""
        if not self.running:
            self._close_preview()

    def open_samples(self) -> None:
        """Open the sample pictures, tick them and lead to the start."""
        self.panel.say(tr("Opening samples..."))

        def tick(photographs: list[Any], prints: list[Any]) -> None:
            self.form.photographs.chosen, self.form.vintage.chosen = photographs, prints
            self._viewer.layers.selection.active = photographs[0]
            if not self.running:
                self.panel.point_at_start(tr(SAMPLES_TICKED))

        self._side_job = open_samples(self._viewer, tick, partial(show_failure, say=self.panel.say))

    def _connect(self) -> None:
        """Listen to the fields and buttons, and to the end of the dock and of the window."""
        self.form.changed_request.connect(self._refresh)
        self.form.samples_button.changed.connect(self.open_samples)
        self.panel.start_button.changed.connect(self.start)
        self.panel.resume_button.changed.connect(self.resume)
        self.panel.pause_button.changed.connect(self.toggle_pause)
        self.panel.keep_button.changed.connect(self.stop_and_keep)
        self.panel.discard_button.changed.connect(lambda: self._question.ask(self.panel.progress.step))
        self.patches.start_button.changed.connect(self.start_patches)
        self._watch = DockWatch(self.native, on_undocked=self.leave, on_destroyed=self._detach)

    def _refresh(self) -> None:
        """Say what is missing and allow what can be started."""
        request = self.form.request
        self.panel.set_need(request.need, request.hint, request.duration)
        self.patches.start_button.enabled = not self.running and bool(request.vintage)

    def _learn(self, open_training: OpensTraining, title: str) -> None:
        """Run a training of a look, and show what is learnt meanwhile."""
        self._open_preview()
        self._begin(open_training, partial(self._keep_generator, title), keep=partial(keep_in_library, title))

    def _begin(
        self,
        open_training: OpensTraining,
        on_finished: Callable[[TrainingFinished], None],
        keep: Callable[[Any], object] = bool,
    ) -> None:
        """Run a training and follow it."""
        self._last_words, self._outcome = "", None
        self.panel.begin()
        self._run = TrainingRun(
            open_training,
            keep=keep,
            on_events=self._show_events,
            on_finished=on_finished,
            on_error=self._tell_failure,
            on_end=self._end_run,
            on_quit=self._detach,
        )
        self._refresh()

    def _show_events(self, events: list[TrainingEvent]) -> None:
        """Hand what has happened to the panel and to the preview."""
        previews = [event for event in events if isinstance(event, PreviewReady)]
        if previews and self._preview is not None:
            generator: Any = previews[-1].generator
            self._preview.show(generator)
        self.panel.show_events(events)

    def _keep_generator(self, title: str, event: TrainingFinished) -> None:
        """Offer the look, here and in the other tabs, and go on showing it."""
        generator: Any = event.generator
        entry = state().add_generator(title, generator)
        self.learnt.offer(entry)
        if self._preview is not None:
            self._preview.show(generator)
        ended = tr(_STOPPED if event.stopped else _DONE, name=repr(entry.name))
        self._last_words = f"{tr_core(event.reason)} {ended}".strip()
        self._outcome = shown(tr_core(summary(generator)), _MOST_LETTERS)

    def _add_patches(self, title: str, number: int, seed: int, event: TrainingFinished) -> None:
        """Draw patches from the plain GAN and show them as a layer."""
        self._last_words = tr("Drawing patches...")
        self._side_job = add_patches(self._viewer, event.generator, title, number, seed, self.panel.say)

    def _tell_failure(self, error: Exception) -> None:
        """Say why there is no generator; earlier ones stay."""
        show_failure(error)
        self._last_words = sentence(error).splitlines()[0]

    def _end_run(self) -> None:
        """Allow the next run; the look that was learnt stays in view if the person looks at it."""
        self._run = None
        self._question.close()
        if self._outcome is None or not self.native.isVisibleTo(self.native.window()):
            self._close_preview()
        self.panel.end(self._last_words or tr(_DISCARDED), self._outcome or "")
        self._refresh()
        self._offer_resume()

    def _offer_resume(self) -> None:
        """Offer the training that was interrupted last."""
        self.panel.set_checkpoint(next(iter(list_checkpoints()), None))

    def _open_preview(self) -> None:
        """Show what is learnt on a layer, and then on whichever is active."""
        self._close_preview()
        first = first_to_show(self._viewer, self.form.photographs.chosen, self.form.vintage.chosen)
        self._preview = LivePreview(self._viewer, first)

    def _close_preview(self) -> None:
        """Remove the preview layer."""
        if self._preview is not None:
            self._preview.close()
            self._preview = None

    def _detach(self) -> None:
        """End what runs and touch no widget any more, because the window is gone."""
        if self._run is not None:
            self._run.abandon()
        if self._preview is not None:
            self._preview.abandon()
        if self._side_job is not None:
            self._side_job.abandon()
        self.learnt.detach()
        self.form.detach()
        self._run = self._preview = None

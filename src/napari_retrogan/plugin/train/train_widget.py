"""The widget that trains a generator on the layers that are open."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, PushButton

from napari_retrogan.core.foreign.values import shown
from napari_retrogan.core.library.card import summary
from napari_retrogan.core.training.checkpoints import list_checkpoints
from napari_retrogan.core.training.events import PreviewReady, TrainingFinished
from napari_retrogan.core.training.resume import iter_resume_training
from napari_retrogan.core.training.train import iter_train, iter_train_patch_gan
from napari_retrogan.plugin.layers import unique_name, unwrap
from napari_retrogan.plugin.preferences import keras_backend
from napari_retrogan.plugin.shared.arrange import column, fill_page, order_tabs
from napari_retrogan.plugin.shared.collapsible import Collapsible
from napari_retrogan.plugin.shared.look_choice import ask_where_to_save, save_entry
from napari_retrogan.plugin.state import GeneratorEntry, keep_in_library, state
from napari_retrogan.plugin.train.live_preview import LivePreview
from napari_retrogan.plugin.train.patch_mosaic import mosaic
from napari_retrogan.plugin.train.patch_section import PatchSection
from napari_retrogan.plugin.train.run_panel import RunPanel
from napari_retrogan.plugin.train.training_form import TrainingForm
from napari_retrogan.plugin.train.training_run import OpensTraining, TrainingRun
from napari_retrogan.plugin.window.dock_watch import DockWatch
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.notices import sentence, show_failure, show_words

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari.viewer

    from napari_retrogan.core.training.events import TrainingEvent

_DISCARDED = "Discarded; nothing was kept."
_LEFT = "The training ended because its dock was closed. Resume last training, in a new Train widget, goes on with it."


class TrainWidget(Container[Any]):
    """Choose photographs and vintage pictures, train, watch, and keep the generator.

    Parameters
    ----------
    napari_viewer
        Whose layers are offered and that shows the live preview.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        self._viewer: napari.viewer.Viewer = unwrap(napari_viewer)
        self._run: TrainingRun | None = None
        self._preview: LivePreview | None = None
        self._trained: GeneratorEntry | None = None
        self._side_job: Job | None = None
        self._last_words = ""
        self.form = TrainingForm(self._viewer)
        self.panel = RunPanel()
        self.save_button = PushButton(
            text="Save generator...", enabled=False, tooltip="Write the generator trained last to a file."
        )
        self.patches = PatchSection()
        patches = Collapsible("Vintage patches", self.patches)
        super().__init__(labels=False)
        self._body = column(self.form, self.save_button, patches, self.panel)
        self._footer = column(self.panel.starting)
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
        """The live preview of the training under way."""
        return self._preview

    def place_steering(self) -> None:
        """Take what steers a training to the foot of this widget, where it is always in view."""
        self._footer.native.layout().addWidget(self.panel.steering.native)
        order_tabs(self._footer.native)
        self.panel.steering.native.show()

    def reset_choices(self, *_: object) -> None:
        """Offer the layers that there are now."""
        self._body.reset_choices()
        self._refresh()

    def start(self) -> None:
        """Train on what is chosen; layers and settings are captured now."""
        chosen = None if self.running else self.form.capture(self.panel.say)
        if chosen is None or chosen[0].need:
            return
        request, photographs, vintage = chosen
        photograph = request.first_photograph
        self._preview = None if photograph is None else LivePreview(self._viewer, photograph)
        self._begin(
            partial(
                iter_train,
                photographs or None,
                vintage,
                config=request.config,
                paired=request.paired,
                backend=keras_backend(),
            ),
            partial(self._keep_generator, request.title),
            keep=partial(keep_in_library, request.title),
        )

    def resume(self) -> None:
        """Go on with the training that was interrupted last, with its own pictures and settings."""
        checkpoints = list_checkpoints()
        if self.running or not checkpoints:
            self._offer_resume()
            return
        chosen = (source for source in self.form.photographs.chosen if not isinstance(source, Path))
        photograph = next(chosen, None)
        self._preview = None if photograph is None else LivePreview(self._viewer, photograph)
        last = checkpoints[0]
        self._begin(
            partial(iter_resume_training, last),
            partial(self._keep_generator, last.title or "resumed look"),
            keep=partial(keep_in_library, last.title or "resumed look"),
        )

    def start_patches(self) -> None:
        """Train the plain GAN on the chosen vintage pictures, then add a layer of sampled patches."""
        chosen = None if self.running else self.form.capture(self.panel.say)
        if chosen is None or not chosen[0].vintage:
            return
        request, _, vintage = chosen
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
            self.panel.set_ending("Stopping after the present step...")

    def discard(self) -> None:
        """End the training and keep nothing."""
        if self._run is not None:
            self._last_words = _DISCARDED
            self._run.discard()
            self._close_preview()
            self.panel.set_ending("Discarding...")

    def leave(self) -> None:
        """End the training because the dock was closed; it can be resumed."""
        if self._run is not None:
            self._last_words = _LEFT
            self._run.leave()
            self._close_preview()
            self.panel.set_ending(_LEFT)
            show_words(_LEFT)

    def save(self, file: str | Path) -> None:
        """Write the generator trained last to a file; the ending is added where it is missing."""
        if self._trained is not None:
            self._side_job = save_entry(self._trained, file, self.panel.say)

    def _connect(self) -> None:
        """Listen to the fields and buttons, and to the end of the dock and of the window."""
        self.form.changed_request.connect(self._refresh)
        self.panel.start_button.changed.connect(self.start)
        self.panel.resume_button.changed.connect(self.resume)
        self.panel.pause_button.changed.connect(self.toggle_pause)
        self.panel.keep_button.changed.connect(self.stop_and_keep)
        self.panel.discard_button.changed.connect(self.discard)
        self.patches.start_button.changed.connect(self.start_patches)
        self.save_button.changed.connect(self._ask_and_save)
        self._watch = DockWatch(self.native, on_undocked=self.leave, on_destroyed=self._detach)

    def _refresh(self) -> None:
        """Say what is missing and allow what can be started."""
        request = self.form.request
        self.panel.set_need(request.need, request.hint, request.duration)
        self.patches.start_button.enabled = not self.running and bool(request.vintage)

    def _begin(
        self,
        open_training: OpensTraining,
        on_finished: Callable[[TrainingFinished], None],
        keep: Callable[[Any], None] | None = None,
    ) -> None:
        """Run a training and follow it."""
        self._last_words = ""
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
        """Offer the generator to the other widgets."""
        generator: Any = event.generator
        self._trained = state().add_generator(title, generator)
        self.save_button.enabled = True
        ended = "Stopped early" if event.stopped else "Done"
        ready = f"the generator {self._trained.name!r} is ready in Apply vintage style."
        self._last_words = f"{event.reason} {ended}: {ready} {shown(summary(generator), 2000)}".strip()

    def _add_patches(self, title: str, number: int, seed: int, event: TrainingFinished) -> None:
        """Draw patches from the plain GAN and show them as a layer."""
        generator: Any = event.generator
        self._last_words = "Drawing patches..."

        def add(picture: Any) -> None:
            name = unique_name(f"{title} (patches)", (layer.name for layer in self._viewer.layers))
            self._viewer.add_image(picture, name=name, rgb=True, contrast_limits=(0, 1))
            self.panel.say(f"Done: {name!r} shows {number} patches drawn from noise.")

        self._side_job = run_job(
            lambda _: mosaic(generator.sample(number, seed)),
            title="drawing patches",
            on_done=add,
            on_error=partial(show_failure, say=self.panel.say),
        )

    def _tell_failure(self, error: Exception) -> None:
        """Say why there is no generator; earlier ones stay."""
        show_failure(error)
        self._last_words = sentence(error).splitlines()[0]

    def _end_run(self) -> None:
        """Allow the next run."""
        self._run = None
        self._close_preview()
        self.panel.end(self._last_words or _DISCARDED)
        self._refresh()
        self._offer_resume()

    def _offer_resume(self) -> None:
        """Offer the training that was interrupted last."""
        self.panel.set_checkpoint(next(iter(list_checkpoints()), None))

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
        self._run = self._preview = None

    def _ask_and_save(self) -> None:
        """Let the user choose a file to write."""
        file = self._trained and ask_where_to_save(self._trained, self.native)
        if file:
            self.save(file)

"""The widget that gives whole folders of files a generator's look."""

from __future__ import annotations

import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.types import FileDialogMode
from magicgui.widgets import CheckBox, Container, ProgressBar, PushButton, SpinBox

from napari_retrogan.core.foreign.values import shown
from napari_retrogan.plugin.files.example_picture import ExamplePicture
from napari_retrogan.plugin.files.failure_list import FailureList
from napari_retrogan.plugin.files.files_run import FilesRequest, outcome_words, style_files
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import image_layers, unwrap
from napari_retrogan.plugin.shared.arrange import Room, captioned, fill_page, labelled, path_edit, row, stacked, words
from napari_retrogan.plugin.shared.brightness_menu import BrightnessMenu
from napari_retrogan.plugin.shared.collapsible import Collapsible
from napari_retrogan.plugin.shared.estimate_line import EstimateLine
from napari_retrogan.plugin.shared.grain_over_time import grain_over_time_menu
from napari_retrogan.plugin.shared.look_choice import LookChoice
from napari_retrogan.plugin.shared.style_choice import StyleChoice
from napari_retrogan.plugin.shared.taste_controls import TasteControls
from napari_retrogan.plugin.window.dock_watch import DockWatch
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.notices import show_failure
from napari_retrogan.plugin.window.preview_layer import is_preview

if TYPE_CHECKING:
    import napari.viewer
    from magicgui.widgets import FileEdit
    from napari.layers import Image

    from napari_retrogan.core.output.batch import BatchResult

_LARGEST_SEED = 2**31 - 1
_ESTIMATE_LINES, _STATUS_LINES = 2, 3
NO_LOOK = "No look yet: choose one, train one or load a file."
NO_SOURCE = "Choose a folder of pictures, or type a pattern such as scans/**/*.tif."
NO_OUTPUT = "Choose a folder for the results."


class BatchWidget(Container[Any]):
    """Choose a generator, a folder or pattern and where results go; they are written in a worker.

    Parameters
    ----------
    napari_viewer
        Whose window this is docked in; its layers aren't touched.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        self._job: Job | None = None
        self._stop = threading.Event()
        self._last: tuple[Path, Path] | None = None
        self._words = ""
        self._left = self._ready = False
        self._place = 0, 1
        self.status = words()
        self._viewer: napari.viewer.Viewer = unwrap(napari_viewer)
        self.generator = LookChoice(self._viewer, self._say, self._refresh)
        self.example = ExamplePicture(self.generator.show_on)
        folder = FileDialogMode.EXISTING_DIRECTORY
        self.source = path_edit(folder, tr("A folder of pictures and films, a file, or a pattern."))
        self.output = path_edit(folder, tr("Results go here, under the names of their sources."))
        self.style = StyleChoice(self._pictures, on_change=self._refresh, files=True)
        self.brightness = BrightnessMenu()
        self.controls = TasteControls("amounts_of_files")
        self.seed = SpinBox(value=0, min=0, max=_LARGEST_SEED, tooltip=tr("One seed gives one pattern of grain."))
        self.film_grain = grain_over_time_menu()
        self.overwrite = CheckBox(text=tr("Replace results that exist"), value=False)
        self.start_button = PushButton(
            text=tr("&Apply to files"), tooltip=tr("Write the results; the window stays usable.")
        )
        self.stop_button = PushButton(
            text=tr("Stop"), tooltip=tr("End now; results that are written stay, and a film ends where it is.")
        )
        self.estimate = EstimateLine()
        self.progress_bar = ProgressBar(min=0, max=1000, value=0)
        self.failures = FailureList()
        super().__init__(labels=False)
        self._arrange()
        self._connect()
        self._ready = True
        self._refresh()

    @property
    def running(self) -> bool:
        """Whether files are being worked on."""
        return self._job is not None

    def reset_choices(self, *_: object) -> None:
        """Offer the generators and layers that there are now."""
        if not self._left:
            self.style.reset_choices()
            self._refresh()

    def start(self) -> None:
        """Start on what is chosen now."""
        sources, folder = _path(self.source), _path(self.output)
        if sources is not None and folder is not None:
            self._begin(sources, folder)

    def retry(self) -> None:
        """Try those again that failed the last time, into the same folder, with what is chosen now."""
        if self._last is not None and self.failures.failed:
            self._begin(*self._last, only=self.failures.failed)

    def _begin(self, sources: Path, folder: Path, only: frozenset[Path] | None = None) -> None:
        """Give files the look that is chosen, in a worker."""
        entry = self.generator.entry
        if self.running or entry is None or self.style.missing:
            return
        chosen = {"brightness": self.brightness.brightness, "grain_over_time": self.film_grain.value}
        request = FilesRequest(
            generator=entry.generator,
            sources=sources,
            folder=folder,
            overwrite=self.overwrite.value,
            style=self.style.style,
            options={**asdict(self.controls.taste), "seed": self.seed.value, **chosen},
            only=only,
        )
        self._last = sources, folder
        self._stop = stop = threading.Event()
        self._job = run_job(
            lambda job: style_files(request, job.report, lambda: stop.is_set() or job.should_stop()),
            title=tr("applying {look} to files", look=entry.name),
            on_events=self._show_events,
            on_done=self._tell_done,
            on_error=self._tell_failure,
            on_end=self._end,
        )
        self.failures.clear()
        self.progress_bar.value = 0
        self._say(tr("Looking for pictures..."))

    def stop(self) -> None:
        """End within a tile; what is written stays."""
        if self.running:
            self._stop.set()
            self._say(tr("Stopping..."))

    def _arrange(self) -> None:
        """Put everything from top to bottom."""
        files = row(self.generator.load_button, self.generator.save_button, self.generator.actions.undo_button)
        for label, field in {
            tr("Pictures"): self.source,
            tr("Results"): self.output,
            tr("Seed"): self.seed,
            tr("Film grain"): self.film_grain,
            tr("Style"): self.style.box,
        }.items():
            field.label = label
        amounts = stacked(labelled(*self.controls.sliders.values()), self.controls.reset_button)
        body = stacked(
            captioned(self.source),
            captioned(self.output),
            self.overwrite,
            labelled(self.brightness, self.seed, self.film_grain, self.style.box),
            Collapsible(tr("How much of the look"), amounts),
            files,
            self.generator.grid,
        )
        footer = stacked(
            self.failures.box,
            Room(self.estimate.text, _ESTIMATE_LINES),
            row(self.start_button, self.stop_button),
            self.progress_bar,
            Room(self.status, _STATUS_LINES),
        )
        fill_page(self, body, footer)

    def _connect(self) -> None:
        """Listen to the buttons, and to the end of the window."""
        self.start_button.changed.connect(self.start)
        self.stop_button.changed.connect(self.stop)
        self.failures.retry_button.changed.connect(self.retry)
        self.generator.grid.shown.connect(self._follow_example)
        self.source.changed.connect(self._refresh)
        self.output.changed.connect(self._refresh)
        self.controls.changed.connect(self._refresh)
        self._watch = DockWatch(self.native, on_undocked=self.leave, on_destroyed=self._detach)

    def _show_events(self, events: list[Any]) -> None:
        """Move the bar, name the present file and list what failed."""
        from napari_retrogan.core.output.file_events import FileDone, FileFailed, FileProgress, FileStarted

        for event in events:
            match event:
                case FileStarted(source=source, number=number, total=total):
                    self._place = number - 1, total
                    self.progress_bar.value = round(1000 * (number - 1) / total)
                    if not self._stop.is_set():
                        self._say(
                            tr("{file}, {number} of {total}...", file=shown(source.name), number=number, total=total)
                        )
                case FileProgress(done=done, total=total):
                    number, files = self._place
                    self.progress_bar.value = round(1000 * (number + done / total) / files)
                case FileFailed(source=source, reason=reason):
                    self.failures.add_failure(source, reason)
                case FileDone(source=source, remarks=remarks):
                    for remark in remarks:
                        self.failures.add_remark(source, remark)
        self._refresh()

    def _tell_done(self, result: BatchResult) -> None:
        """Say what became of the files."""
        if not result.stopped:
            self.progress_bar.value = self.progress_bar.max
        self._say(outcome_words(result))

    def _tell_failure(self, error: Exception) -> None:
        """Say what went wrong, here and as a notification."""
        show_failure(error, self._say)

    def _end(self) -> None:
        """Make the widget ready for the next run."""
        self._job = None
        self._refresh()

    def _missing(self) -> str | None:
        """Say what is still to be chosen."""
        if self.generator.entry is None:
            return tr(NO_LOOK)
        if _path(self.source) is None:
            return tr(NO_SOURCE)
        return tr(NO_OUTPUT) if _path(self.output) is None else self.style.missing

    def _say(self, message: str) -> None:
        """Show a sentence and allow what can be done now."""
        self._words = message
        self._refresh()

    def _refresh(self, *_: object) -> None:
        """Allow what can be done now, and say what is missing beside the disabled button."""
        if not self._ready or self._left:
            return
        self.style.follow(None if self.generator.entry is None else self.generator.entry.generator, None)
        self.failures.allow(running=self.running)
        missing = self._missing()
        self.start_button.enabled = missing is None and not self.running
        self.stop_button.enabled = self.running and not self._stop.is_set()
        self.status.value = "\n".join(text for text in (self._words, missing) if text)
        self._follow_estimate()
        self._follow_example()

    def _pictures(self) -> list[Image]:
        """Return the layers whose style can be taken."""
        return [layer for layer in image_layers(self._viewer.layers) if not is_preview(layer)]

    def _follow_example(self) -> None:
        """Show the looks on the first of the chosen pictures, once they are seen."""
        if self.generator.grid.isVisible() and not self._left:
            self.example.follow(_path(self.source))

    def _follow_estimate(self) -> None:
        """Say what the chosen pictures will take."""
        sources, folder = _path(self.source), _path(self.output)
        if sources is None or self._left:
            self.estimate.follow(None, None)
            return
        taste = asdict(self.controls.taste)

        def find() -> object:
            from napari_retrogan.core.inference.settings import ApplySettings
            from napari_retrogan.core.output.batch_estimate import estimate_files
            from napari_retrogan.core.output.file_plan import plan_files

            return estimate_files(plan_files(sources, folder)[0], ApplySettings(**taste))

        self.estimate.follow((sources, folder, tuple(map(bool, taste.values()))), find)

    def leave(self) -> None:
        """End with the dock: napari keeps a closed dock's widget without a parent, and goes on calling it."""
        self.stop()
        self._left = True
        self.native.deleteLater()

    def _detach(self) -> None:
        """Let go of everything that outlives the window."""
        self._left = True
        self._stop.set()
        if self._job is not None:
            self._job.abandon()
        self.generator.detach()
        self.example.detach()
        self.style.detach()
        self.estimate.detach()


def _path(field: FileEdit) -> Path | None:
    """Return the path in a field, or None if nothing is chosen."""
    value = field.value
    return value if isinstance(value, Path) and str(value) not in ("", ".") else None

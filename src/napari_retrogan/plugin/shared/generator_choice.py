"""Choosing one of the session's generators, and reading and writing their files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox, PushButton, show_file_dialog

from napari_retrogan.core.foreign.values import MAX_NAME, shown
from napari_retrogan.plugin.state import GeneratorEntry, state
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.notices import show_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget

    from napari_retrogan.core.vintage_generator import VintageGenerator
    from napari_retrogan.plugin.shared.built_in_looks import Look

_FILES = "Generators (*.retrogan)"
_SUFFIX = ".retrogan"


class GeneratorChoice:
    """The list of generators with its two buttons, for a widget to arrange.

    It follows the session's generators and chooses each new one.

    Parameters
    ----------
    say
        Gets a sentence about what has happened.
    on_change
        Called when another generator, or none, is chosen, and when the buttons have changed.
    """

    def __init__(self, say: Callable[[str], None], on_change: Callable[[], None]) -> None:
        self._say, self._on_change = say, on_change
        self._job: Job | None = None
        self._look_job: Job | None = None
        self.combo = ComboBox(
            choices=lambda _: [entry.name for entry in state().generators],
            tooltip="Looks chosen above, and generators trained in this session or loaded from a file.",
        )
        self.load_button = PushButton(text="Load...", tooltip="Read a generator from a .retrogan file.")
        self.save_button = PushButton(text="Save...", tooltip="Write the chosen generator to a .retrogan file.")
        last = state().last
        if last is not None:
            self.combo.value = last.name
        self.combo.changed.connect(self._refresh)
        self.load_button.changed.connect(self._ask_and_load)
        self.save_button.changed.connect(self._ask_and_save)
        state().generator_added.connect(self._offer)
        state().generator_removed.connect(self._withdraw)
        self._allow()

    @property
    def entry(self) -> GeneratorEntry | None:
        """The chosen generator."""
        name = self.combo.value
        return None if name is None else state().find(name)

    def load(self, file: str | Path) -> None:
        """Read a generator in a worker and offer it."""
        path = Path(file)
        message = f"Loading {path.name}..."
        self._job = run_job(
            lambda _: _read(path),
            title=message,
            on_done=lambda generator: state().add_generator(shown(path.stem, MAX_NAME), generator, path),
            on_error=partial(show_failure, say=self._say),
            on_end=self._end,
        )
        self._say(message)
        self._refresh()

    def save(self, file: str | Path) -> None:
        """Write the chosen generator in a worker; the ending is added where it is missing."""
        if self.entry is not None:
            self._job = save_entry(self.entry, file, self._say, on_end=self._end)
            self._refresh()

    def choose_look(self, look: Look, load: Callable[[str], VintageGenerator]) -> None:
        """Choose a look that comes with the package; it is read in a worker the first time."""
        if self._look_job is not None:
            self._look_job.abandon()
        known = state().find_look(look.name)
        if known is not None:
            self.combo.value = known.name
            return

        def add(generator: VintageGenerator) -> None:
            state().add_generator(look.title, generator, look=look.name)

        self._look_job = run_job(
            lambda _: load(look.name),
            title=f"reading {look.title}",
            on_done=add,
            on_error=partial(show_failure, say=self._say),
        )

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        for job in (self._job, self._look_job):
            if job is not None:
                job.abandon()
        state().generator_added.disconnect(self._offer, missing_ok=True)
        state().generator_removed.disconnect(self._withdraw, missing_ok=True)

    def _end(self) -> None:
        """Allow the next file."""
        self._job = None
        self._refresh()

    def _ask_and_load(self) -> None:
        """Let the user choose a file to read."""
        file = show_file_dialog("r", "Load generator", filter=_FILES, parent=self.combo.native)
        if file:
            self.load(file)

    def _ask_and_save(self) -> None:
        """Let the user choose a file to write."""
        file = self.entry and ask_where_to_save(self.entry, self.combo.native)
        if file:
            self.save(file)

    def _offer(self, entry: GeneratorEntry) -> None:
        """List a generator that has just been trained or loaded, and choose it."""
        self.combo.reset_choices()
        self.combo.value = entry.name
        self._say(f"Generator {entry.name} is ready.")

    def _withdraw(self, _: GeneratorEntry) -> None:
        """List a generator no more."""
        self.combo.reset_choices()
        self._refresh()

    def _refresh(self, *_: object) -> None:
        """Allow what can be done now and pass the change on."""
        self._allow()
        self._on_change()

    def _allow(self) -> None:
        """Disable the buttons that have nothing to do, or that are at it."""
        self.load_button.enabled = self._job is None
        self.save_button.enabled = self._job is None and self.entry is not None


def ask_where_to_save(entry: GeneratorEntry, parent: QWidget) -> str | Path | None:
    """Let the user choose a file to write a generator to; None if there shall be none."""
    start = f"{entry.name}{_SUFFIX}"
    file: str | Path | None = show_file_dialog("w", "Save generator", start_path=start, filter=_FILES, parent=parent)
    return file


def save_entry(
    entry: GeneratorEntry,
    file: str | Path,
    say: Callable[[str], None],
    on_end: Callable[[], None] | None = None,
) -> Job:
    """Write a generator of the session in a worker, and remember where it went.

    Parameters
    ----------
    entry
        The generator.
    file
        Where to; the ending is added where it is missing.
    say
        Gets sentences about what happens.
    on_end
        Called last in every case.
    """
    path = Path(file)
    path = path if path.suffix else path.with_suffix(_SUFFIX)

    def remember(_: Any) -> None:
        state().mark_saved(entry, path)
        say(f"Saved {entry.name} as {path.name}.")

    message = f"Saving {path.name}..."
    say(message)
    return run_job(
        lambda _: entry.generator.save(path, overwrite=True),
        title=message,
        on_done=remember,
        on_error=partial(show_failure, say=say),
        on_end=on_end,
    )


def _read(path: Path) -> VintageGenerator:
    """Read a generator; ONNX Runtime is imported by the first one."""
    from napari_retrogan.core.vintage_generator import load_generator

    return load_generator(path)

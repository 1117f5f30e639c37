"""Looks in files of their own: read into the library, and written."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import show_file_dialog

from napari_retrogan.plugin.state import GeneratorEntry, keep_in_library, state
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.notices import show_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget

    from napari_retrogan.core.vintage_generator import VintageGenerator

LOOK_FILES = "Looks (*.retrogan)"
LOOK_SUFFIX = ".retrogan"


def ask_where_to_save(entry: GeneratorEntry, parent: QWidget) -> str | Path | None:
    """Let the user choose a file to write a generator to; None if there shall be none."""
    start = f"{entry.name}{LOOK_SUFFIX}"
    file: str | Path | None = show_file_dialog("w", "Save look", start_path=start, filter=LOOK_FILES, parent=parent)
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
    path = path if path.suffix else path.with_suffix(LOOK_SUFFIX)

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


def read_look(path: Path, name: str) -> VintageGenerator:
    """Read a generator and keep it in the library; the first one imports ONNX Runtime."""
    from napari_retrogan.core.vintage_generator import load_generator

    generator = load_generator(path)
    keep_in_library(name, generator)
    return generator

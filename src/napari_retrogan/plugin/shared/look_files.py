"""Files of looks: which kind they are, and writing the session's to them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import show_file_dialog

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.state import GeneratorEntry, state
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.notices import show_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget

LOOK_SUFFIX = ".retrogan"


def ask_what_to_load(parent: QWidget) -> str | Path | None:
    """Let the user choose a file to read; None if none shall be read."""
    file: str | Path | None = show_file_dialog("r", tr("Load look"), filter=_kind(), parent=parent)
    return file


def ask_where_to_save(entry: GeneratorEntry, parent: QWidget) -> str | Path | None:
    """Let the user choose a file to write a generator to; None if there shall be none."""
    start = f"{entry.name}{LOOK_SUFFIX}"
    file: str | Path | None = show_file_dialog("w", tr("Save look"), start_path=start, filter=_kind(), parent=parent)
    return file


def _kind() -> str:
    """Return the kind of files that looks are kept in."""
    return f"{tr('Looks')} (*{LOOK_SUFFIX})"


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
        say(tr("Saved {look} as {file}.", look=entry.name, file=path.name))

    message = tr("Saving {file}...", file=path.name)
    say(message)
    return run_job(
        lambda _: entry.generator.save(path, overwrite=True),
        title=message,
        on_done=remember,
        on_error=partial(show_failure, say=say),
        on_end=on_end,
    )

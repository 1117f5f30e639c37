"""Looks that are opened in napari or dropped on it: they go to the library, and are chosen in the dock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def look_reader(path: str | Sequence[str]) -> Callable[[Any], list[tuple[None]]]:
    """Return what reads one or several ``.retrogan`` files."""
    return _read_looks


def _read_looks(path: str | Sequence[str]) -> list[tuple[None]]:
    """Add looks to the library and offer them; there is no layer to show.

    Raises
    ------
    InvalidGeneratorFile
        If a file is no look.
    LibraryUnavailable
        If it can't be kept; it is offered all the same.
    """
    from napari_retrogan.core.foreign.values import MAX_NAME, shown
    from napari_retrogan.core.vintage_generator import load_generator
    from napari_retrogan.plugin.language import tr
    from napari_retrogan.plugin.preferences import library
    from napari_retrogan.plugin.state import state
    from napari_retrogan.plugin.window.notices import show_words

    for each in [path] if isinstance(path, str | Path) else path:
        generator, name = load_generator(each), shown(Path(each).stem, MAX_NAME)
        state().add_generator(name, generator, each)
        entry = library().add(generator, name)
        show_words(tr("{name} is in your library of looks: Plugins > Studio (RetroGAN) > Looks.", name=entry.name))
    return [(None,)]

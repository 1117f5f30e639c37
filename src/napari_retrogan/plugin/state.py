"""What the widgets and commands of one napari session share: the generators at hand."""

from __future__ import annotations

import html
import threading
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from psygnal import Signal

from napari_retrogan.core.errors import RetroGANError
from napari_retrogan.plugin.language import tr, tr_core
from napari_retrogan.plugin.layers import unique_name
from napari_retrogan.plugin.preferences import library

if TYPE_CHECKING:
    from napari_retrogan.core.vintage_generator import VintageGenerator


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeneratorEntry:
    """A generator under the name that the widgets show.

    ``file`` is None until it is saved; ``look`` is the name of a look that comes with the package, or the id that it
    has in the library, if it was chosen as one of these.
    """

    name: str
    generator: VintageGenerator
    file: Path | None = None
    look: str | None = None

    def __str__(self) -> str:
        return self.name


class _SessionState:
    """The generators of this session, oldest first, with signals for whoever shows them.

    Change it from the main thread only: what listens to the signals are widgets.
    """

    generator_added = Signal(GeneratorEntry)
    generator_removed = Signal(GeneratorEntry)
    generator_saved = Signal(GeneratorEntry)

    def __init__(self) -> None:
        self._entries: dict[str, GeneratorEntry] = {}

    @property
    def generators(self) -> tuple[GeneratorEntry, ...]:
        """Every generator at hand, oldest first."""
        return tuple(self._entries.values())

    @property
    def last(self) -> GeneratorEntry | None:
        """The generator that was trained or loaded last."""
        return self.generators[-1] if self._entries else None

    def find(self, name: str) -> GeneratorEntry | None:
        """Return the entry of that name, if there is one."""
        return self._entries.get(name)

    def add_generator(
        self, name: str, generator: VintageGenerator, file: str | Path | None = None, look: str | None = None
    ) -> GeneratorEntry:
        """Offer a generator to the widgets; its name is numbered where it is taken already."""
        _require_main_thread()
        free = unique_name(name, self._entries)
        entry = GeneratorEntry(name=free, generator=generator, file=None if file is None else Path(file), look=look)
        self._entries[free] = entry
        self.generator_added.emit(entry)
        return entry

    def mark_saved(self, entry: GeneratorEntry, file: str | Path) -> None:
        """Remember the file that a generator was written to."""
        _require_main_thread()
        if entry.name in self._entries:
            saved = replace(entry, file=Path(file))
            self._entries[entry.name] = saved
            self.generator_saved.emit(saved)

    def remove(self, entry: GeneratorEntry) -> None:
        """Offer a generator no more."""
        _require_main_thread()
        removed = self._entries.pop(entry.name, None)
        if removed is not None:
            self.generator_removed.emit(removed)


@cache
def state() -> _SessionState:
    """Return the one state of this process."""
    return _SessionState()


def keep_in_library(name: str, generator: VintageGenerator) -> None:
    """Keep a generator beyond this session, in any thread; where that can't be, a notification of napari's says why."""
    try:
        library().add(generator, name)
    except RetroGANError as error:
        from napari.utils.notifications import show_warning

        words = tr(
            "{name} is there until napari ends, and not in your library: save it to a file to keep it. {reason}",
            name=name,
            reason=tr_core(str(error)),
        )
        show_warning(html.escape(words, quote=False))


def _require_main_thread() -> None:
    """Refuse a change from a worker: its listeners would touch widgets from there."""
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("The session's generators changed in a worker thread; change them in the main thread.")

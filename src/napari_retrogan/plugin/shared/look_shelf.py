"""The looks at hand: those of the person's library and of this session, and those that come with the package."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from psygnal import Signal
from qtpy.QtCore import QTimer

from napari_retrogan.core.errors import RetroGANError
from napari_retrogan.plugin import preferences
from napari_retrogan.plugin.language import tr, tr_core
from napari_retrogan.plugin.remembered import keep, recall
from napari_retrogan.plugin.shared import look_thumbnails
from napari_retrogan.plugin.shared.look_list import Tile
from napari_retrogan.plugin.state import GeneratorEntry, state
from napari_retrogan.plugin.window.jobs import Job, run_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_retrogan.core.library.entry import LookEntry
    from napari_retrogan.core.library.library import Library
    from napari_retrogan.core.vintage_generator import VintageGenerator

_LOOK_MILLISECONDS = 250
_SESSION = "session:"
_FAVOURITES = "favourites"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShelfLook:
    """A look that can be chosen.

    ``key`` tells it from others: the name of one that comes with the package, the library's id, or that of the
    session. ``load`` reads it, in any thread; ``group`` is empty for the person's own; ``stored`` is what the library
    says of it, if it is there.
    """

    key: str
    title: str
    description: str
    load: Callable[[], VintageGenerator]
    group: str = ""
    favourite: bool = False
    stored: LookEntry | None = None

    @property
    def tile(self) -> Tile:
        """What the grid shows."""
        return Tile(key=self.key, title=self.title, description=self.description, favourite=self.favourite)


class LookShelf:
    """Lists the looks, and follows the library and the session; ``changed`` is emitted in the main thread.

    The library is read in a worker. Where it can't be, the looks of this session are there all the same.
    """

    changed = Signal()

    def __init__(self) -> None:
        self._catalogue = look_thumbnails.catalogue()
        self._library = _library()
        self._stored: tuple[LookEntry, ...] = ()
        self._known: dict[str, VintageGenerator] = {}
        self._job: Job | None = None
        self._stale = threading.Event()
        self._timer = QTimer()
        self._timer.setInterval(_LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        if self._library is not None:
            self._library.changed.connect(self._note_change)
        state().generator_added.connect(self._follow_session)
        state().generator_removed.connect(self._follow_session)
        self._read_library()

    @property
    def library(self) -> Library | None:
        """Where own looks are kept, if they can be."""
        return self._library

    def own(self) -> list[ShelfLook]:
        """Return the person's own looks, the newest first."""
        stored = {entry.generator_id for entry in self._stored}
        session = [
            ShelfLook(key=_SESSION + entry.name, title=entry.name, description="", load=partial(_itself, entry))
            for entry in reversed(state().generators)
            if entry.look is None and entry.generator.id not in stored
        ]
        return [*session, *(self._shelved(entry) for entry in self._stored if not entry.broken)]

    def built_in(self) -> list[ShelfLook]:
        """Return the looks that come with the package."""
        favourites: list[str] = recall(_FAVOURITES, [])
        return [
            ShelfLook(
                key=look.name,
                title=tr_core(look.title),
                description=tr_core(look.description),
                load=partial(self._load, look.name, partial(self._catalogue.load, look.name)),
                group=look.group,
                favourite=look.name in favourites,
            )
            for look in self._catalogue.looks()
        ]

    def looks(self) -> dict[str, ShelfLook]:
        """Return every look by its key."""
        return {look.key: look for look in (*self.own(), *self.built_in())}

    def find(self, generator_id: str, title: str) -> str | None:
        """Return the key of the look that a generator's id tells, or else a title."""
        known = next((each for each in reversed(state().generators) if each.generator.id == generator_id), None)
        if known is not None:
            return self.key_of(known)
        looks = self.looks().values()
        same = (look.key for look in looks if look.stored is not None and look.stored.generator_id == generator_id)
        titles = {title, tr_core(title)} - {""}  # The layer may have been made in another language.
        return next(same, None) or next((look.key for look in looks if look.title in titles), None)

    def key_of(self, entry: GeneratorEntry | None) -> str | None:
        """Return the key of the look that a generator of the session is."""
        if entry is None or entry.look is not None:
            return None if entry is None else entry.look
        same = [each.id for each in self._stored if each.generator_id == entry.generator.id and not each.broken]
        return min(same, default=_SESSION + entry.name)

    def entry_of(self, look: ShelfLook) -> GeneratorEntry | None:
        """Return the generator of the session that a look is, if it was chosen, trained or loaded before."""
        return next((entry for entry in reversed(state().generators) if self.key_of(entry) == look.key), None)

    def star(self, look: ShelfLook) -> None:
        """Make a look a favourite, or one no more."""
        if look.stored is None:
            favourites: list[str] = recall(_FAVOURITES, [])
            others = [name for name in favourites if name != look.key]
            keep(_FAVOURITES, others if look.favourite else [*others, look.key])
            self.changed.emit()
        elif self._library is not None:
            self._library.set_favourite(look.stored.id, not look.favourite)

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        if self._job is not None:
            self._job.abandon()
        self._timer.stop()
        if self._library is not None:
            self._library.changed.disconnect(self._note_change, missing_ok=True)
        state().generator_added.disconnect(self._follow_session, missing_ok=True)
        state().generator_removed.disconnect(self._follow_session, missing_ok=True)

    def _shelved(self, entry: LookEntry) -> ShelfLook:
        """Return a look of the library."""
        library = self._library
        assert library is not None  # noqa: S101 - what is stored came from it
        words = "\n".join(
            filter(None, (entry.notes, *(tr_core(f"{heading}: {words}") for heading, words in entry.card)))
        )
        return ShelfLook(
            key=entry.id,
            title=entry.name,
            description=words,
            load=partial(self._load, entry.id, partial(library.load, entry.id)),
            favourite=entry.favourite,
            stored=entry,
        )

    def _load(self, key: str, read: Callable[[], VintageGenerator]) -> VintageGenerator:
        """Read a look once; in any thread."""
        if key not in self._known:
            self._known[key] = read()
        return self._known[key]

    def _follow_session(self, _: object) -> None:
        """Tell that the session has other generators now."""
        self.changed.emit()

    def _note_change(self) -> None:
        """Remember that the library has changed; in any thread, so no signal of Qt's may be emitted here."""
        self._stale.set()

    def _look(self) -> None:
        """List the library's looks anew if it has changed."""
        if self._stale.is_set() and self._job is None:
            self._stale.clear()
            self._read_library()

    def _read_library(self) -> None:
        """List the library's looks, in a worker."""
        library = self._library
        if library is None:
            return

        def show(entries: tuple[LookEntry, ...]) -> None:
            self._stored = entries
            self.changed.emit()

        def end() -> None:
            self._job = None

        self._job = run_job(lambda _: library.entries(), title=tr("listing looks"), on_done=show, on_end=end)


def _library() -> Library | None:
    """Return the library, if there can be one."""
    try:
        return preferences.library()
    except RetroGANError:
        return None


def _itself(entry: GeneratorEntry) -> VintageGenerator:
    """Return a generator that is read already."""
    return entry.generator

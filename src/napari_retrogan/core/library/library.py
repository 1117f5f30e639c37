"""The library of looks: what is in it, and all that can be done with it."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_retrogan.core.errors import LibraryUnavailable
from napari_retrogan.core.generator_file.file import write_generator_file
from napari_retrogan.core.library.card import look_facts
from napari_retrogan.core.library.entry import (
    GENERATOR_FILE,
    IDS,
    LookEntry,
    check_notes,
    free_name,
    read_entry,
    remove_folder,
    write_card,
    write_notes,
)
from napari_retrogan.core.library.folder import alone, in_words, library_folder
from napari_retrogan.core.library.presets import read_presets, write_preset
from napari_retrogan.core.library.trash import (
    DeletedLook,
    clear_away,
    folders,
    in_trash,
    list_trash,
    new_folder,
    throw_away,
)
from napari_retrogan.core.pretrained import no_such_look
from napari_retrogan.core.vintage_generator import VintageGenerator, load_generator

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping


class Library:
    """Looks that outlive a session, in a folder that several processes may use at once.

    Each look has a folder of its own, which appears and goes whole; nothing that is there is ever written over. All
    methods may be called in any thread and raise `LibraryUnavailable`, in words, where the folder can't be read or
    written. Make one by `open_library`.

    Parameters
    ----------
    folder
        Where; it is made with the first look.
    """

    changed = Signal()
    """Emitted, in the thread that did it, when this process has changed something."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def entries(self) -> tuple[LookEntry, ...]:
        """Return all looks, the newest first; those that can't be used say why in ``broken``.

        Each file is read once and then only where it has changed: a few milliseconds a look.
        """
        with in_words(self.folder):
            found = []
            for path in folders(self.folder, IDS):
                with suppress(OSError):  # Deleted by another process just now.
                    found.append(read_entry(path))
        return tuple(sorted(found, key=lambda entry: (entry.added, entry.id), reverse=True))

    def entry(self, look: str) -> LookEntry:
        """Return the look of an id or, if none has it, of a name.

        Raises
        ------
        InvalidConfig
            If there is none; it says which name is meant perhaps.
        """
        entries = self.entries()
        found = {entry.name: entry for entry in entries} | {entry.id: entry for entry in entries}
        if look not in found:
            raise no_such_look(look, [entry.name for entry in entries])
        return found[look]

    def load(self, look: str) -> VintageGenerator:
        """Return the generator of a look, by its id or name.

        Raises
        ------
        InvalidConfig, InvalidGeneratorFile
            If there is no such look, or its file is broken.
        """
        return load_generator(self.file(look))

    def file(self, look: str) -> Path:
        """Return the ``.retrogan`` file of a look, by its id or name.

        Raises
        ------
        InvalidConfig
            If there is no such look.
        """
        return self._path(self.entry(look).id) / GENERATOR_FILE

    def add(self, generator: VintageGenerator, name: str, notes: str = "") -> LookEntry:
        """Keep a generator under a name, which is numbered where it is taken.

        A generator whose weights are in the library already is not added again: its entry is returned as it is.
        """
        with self._writing():
            twin = next(
                (each for each in self.entries() if each.generator_id == generator.id and not each.broken), None
            )
            return twin or self._make(generator, name, notes, look_facts(generator))

    def add_file(self, path: str | os.PathLike[str]) -> LookEntry:
        """Keep a copy of a ``.retrogan`` file under its name.

        Raises
        ------
        InvalidGeneratorFile
            If it is no generator.
        """
        return self.add(load_generator(path), Path(path).stem)

    def duplicate(self, look: str) -> LookEntry:
        """Keep a look once more, to have notes and a name of its own."""
        with self._writing():
            entry = self.entry(look)
            return self._make(self.load(entry.id), f"{entry.name} copy", entry.notes, entry.facts)

    def rename(self, look: str, name: str) -> LookEntry:
        """Give a look another name, which is numbered where another look has it."""
        return self._change(
            look, lambda entry, others: replace(entry, name=free_name(name, [each.name for each in others]))
        )

    def set_favourite(self, look: str, favourite: bool) -> LookEntry:
        """Mark a look, or mark it no more."""
        return self._change(look, lambda entry, _: replace(entry, favourite=bool(favourite)))

    def set_notes(self, look: str, notes: str) -> LookEntry:
        """Write down what the person notes of a look.

        Raises
        ------
        InvalidConfig
            If it is more than 10,000 letters.
        """
        check_notes(notes)
        with self._writing():
            entry = self._usable(look)
            write_notes(self._path(entry.id), notes)
            return read_entry(self._path(entry.id))

    def delete(self, look: str) -> DeletedLook:
        """Move a look, also a broken one, to the trash, where it stays for 30 days."""
        with self._writing():
            key = throw_away(self.folder, self._path(self.entry(look).id))
        return next(each for each in self.deleted() if each.key == key)

    def deleted(self) -> tuple[DeletedLook, ...]:
        """Return what lies in the trash, the last deleted first."""
        with in_words(self.folder):
            return tuple(list_trash(self.folder))

    def restore(self, deleted: DeletedLook | str) -> LookEntry:
        """Take a look back from the trash, with all that it had.

        Raises
        ------
        InvalidConfig
            If it is no longer there.
        """
        key = deleted if isinstance(deleted, str) else deleted.key
        with self._writing():
            source, look_id = in_trash(self.folder, key)
            home = self._free_folder(look_id.partition("-")[0])
            taken = [each.name for each in self.entries()]
            source.rename(home)
            entry = read_entry(home)
            if entry.name in taken and not entry.broken:
                write_card(home, replace(entry, name=free_name(entry.name, taken)))
            return read_entry(home)

    def export(self, look: str, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write a look to a ``.retrogan``, ``.cube`` or ``.onnx`` file, by the name's ending, and return its path.

        Raises
        ------
        InvalidConfig, InvalidGeneratorFile
            If the ending is another one, or the file exists and may not be replaced, or can't be written.
        """
        generator = self.load(look)
        if Path(path).suffix.lower() == ".retrogan":
            return generator.save(path, overwrite=overwrite)
        return generator.export(path, overwrite=overwrite)

    def presets(self) -> dict[str, dict[str, Any]]:
        """Return slider settings by the names that they are kept under: some of those of `ApplySettings`."""
        with in_words(self.folder):
            return read_presets(self.folder)

    def save_preset(self, name: str, settings: Mapping[str, Any], *, overwrite: bool = False) -> str:
        """Keep slider settings under a name, which is numbered where it is taken and may not be replaced; return it.

        Raises
        ------
        InvalidConfig
            If a setting is unknown or lies outside its range.
        """
        with self._writing():
            name = free_name(name, () if overwrite else read_presets(self.folder))
            write_preset(self.folder, name, settings)
        return name

    def delete_preset(self, name: str) -> None:
        """Forget slider settings; a name that isn't known is passed over."""
        with self._writing():
            write_preset(self.folder, name, None)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Change the library alone, clear away what is past, and tell of it."""
        with in_words(self.folder), alone(self.folder):
            clear_away(self.folder)
            yield
        self.changed.emit()

    def _make(self, generator: VintageGenerator, name: str, notes: str, facts: Mapping[str, Any]) -> LookEntry:
        """Make a look's folder aside and move it to its place once it is whole."""
        check_notes(notes)
        name = free_name(name, [each.name for each in self.entries()])
        new = new_folder(self.folder)
        try:
            write_generator_file(new / GENERATOR_FILE, generator)
            write_card(new, LookEntry(id=generator.id, name=name, added=datetime.now(UTC), facts=facts))
            if notes:
                write_notes(new, notes)
            home = self._free_folder(generator.id)
            new.rename(home)
        finally:
            remove_folder(new)
        return read_entry(home)

    def _change(self, look: str, change: Callable[[LookEntry, list[LookEntry]], LookEntry]) -> LookEntry:
        """Write the card that ``change`` makes of a look's entry and those of all others."""
        with self._writing():
            entry = self._usable(look)
            changed = change(entry, [each for each in self.entries() if each.id != entry.id])
            write_card(self._path(entry.id), changed)
        return changed

    def _usable(self, look: str) -> LookEntry:
        """Return a look that can be changed."""
        entry = self.entry(look)
        if entry.broken:
            raise LibraryUnavailable(f"This look can't be changed, only deleted. {entry.broken}")
        return entry

    def _path(self, look_id: str) -> Path:
        return self.folder / look_id

    def _free_folder(self, generator_id: str) -> Path:
        """Return a look's folder that isn't there yet."""
        names = chain([generator_id], (f"{generator_id}-{number}" for number in count(2)))
        return next(path for path in map(self._path, names) if not path.exists())


def open_library(folder: str | os.PathLike[str] | None = None) -> Library:
    """Return the library of a folder, in one process always the same one, so that all hear of its changes.

    Parameters
    ----------
    folder
        The folder that is preferred; `library_folder` tells what comes before it and what stands in for it.

    Raises
    ------
    LibraryUnavailable
        If no folder can be told.
    """
    return _library(library_folder(folder))


@cache
def _library(folder: Path) -> Library:
    return Library(folder)

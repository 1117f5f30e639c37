"""One look of the library: a folder that holds the generator's file, a card in JSON and, if there are any, notes."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.atomic_file import replacing
from napari_retrogan.core.errors import InvalidConfig, InvalidGeneratorFile
from napari_retrogan.core.foreign.values import MAX_BYTES, MAX_NAME, read_json, shown
from napari_retrogan.core.generator_file.file import read_generator_file
from napari_retrogan.core.library.card import describe_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

GENERATOR_FILE, _CARD_FILE, _NOTES_FILE = "look.retrogan", "card.json", "notes.txt"
_OWN_FILES = (GENERATOR_FILE, _CARD_FILE, _NOTES_FILE, ".[0-9]*-????????.part*")
"""All that is ever written into a look's folder; the last is what a process that was killed leaves."""
_MAX_NOTES = 10_000
"""Letters."""
IDS = re.compile(r"[0-9a-f]{12}(-[0-9]{1,6})?")
_NAMELESS = "Look without a name"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookEntry:
    """A look in the library.

    Attributes
    ----------
    id
        By which the library is asked for it.
    name
        What the person calls it; no two looks of a library have the same one.
    added
        When, in local time.
    notes
        The person's own.
    favourite
        Whether they marked it.
    facts
        What is told of the generator, as plain values: `core.library.card.look_facts`.
    broken
        In a sentence why it can't be used; empty if it can.
    """

    id: str
    name: str
    added: datetime
    notes: str = ""
    favourite: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    broken: str = ""

    @property
    def generator_id(self) -> str:
        """The id of its generator, which a duplicate shares."""
        return self.id.partition("-")[0]

    @property
    def card(self) -> tuple[tuple[str, str], ...]:
        """What it learnt, from what and how surely, as pairs of a heading and words."""
        return describe_facts(self.facts)


def read_entry(folder: Path) -> LookEntry:
    """Return what a look's folder holds; whatever is wrong with it stands in ``broken``.

    Raises
    ------
    OSError
        If there is no such folder.
    """
    changed = datetime.fromtimestamp(folder.stat().st_mtime, UTC).astimezone()
    entry = LookEntry(id=folder.name, name=f"{_NAMELESS} ({folder.name})", added=changed, notes=_read_notes(folder))
    try:
        entry = _with_card(entry, read_json(_read_file(folder / _CARD_FILE, MAX_BYTES)))
    except (OSError, ValueError) as error:
        return replace(entry, broken=f"Its card {folder / _CARD_FILE} can't be read: {shown(error)}.")
    return replace(entry, broken=_fault_of(folder / GENERATOR_FILE, entry.generator_id))


def write_card(folder: Path, entry: LookEntry) -> None:
    """Write the card of a look, whole or not at all.

    Raises
    ------
    OSError
        If it can't be written.
    """
    card = {
        "name": entry.name,
        "added": entry.added.isoformat(),
        "favourite": entry.favourite,
        "facts": dict(entry.facts),
    }
    with replacing(folder / _CARD_FILE) as partial:
        partial.write_text(json.dumps(card, indent=1), encoding="utf-8")


def write_notes(folder: Path, notes: str) -> None:
    """Write the notes of a look, whole or not at all.

    Raises
    ------
    OSError
        If they can't be written.
    """
    with replacing(folder / _NOTES_FILE) as partial:
        partial.write_text(notes, encoding="utf-8", newline="\n")


def remove_folder(folder: Path) -> None:
    """Remove a look's folder for good, but for files that this package did not put there; what can't be, stays."""
    with suppress(OSError):
        for pattern in _OWN_FILES:
            for path in folder.glob(pattern):
                path.unlink(missing_ok=True)
        folder.rmdir()


def _with_card(entry: LookEntry, card: Any) -> LookEntry:
    """Return an entry with what its card says.

    Raises
    ------
    ValueError
        If the card lacks something or holds something else there.
    """
    kinds = {"name": str, "added": str, "favourite": bool, "facts": dict}
    wrong = [name for name, kind in kinds.items() if not (isinstance(card, dict) and type(card.get(name)) is kind)]
    if wrong:
        raise ValueError(f"it lacks {wrong[0]!r}, or holds something else there")
    return replace(
        entry,
        name=shown(card["name"].strip(), MAX_NAME) or entry.name,
        added=datetime.fromisoformat(card["added"]).astimezone(),
        favourite=card["favourite"],
        facts=card["facts"],
    )


def _read_notes(folder: Path) -> str:
    """Return the person's notes, or none if they can't be read."""
    try:
        data = _read_file(folder / _NOTES_FILE, 4 * _MAX_NOTES)
    except (OSError, ValueError):
        return ""
    return shown(data.decode("utf-8", "replace"), _MAX_NOTES, keep="\n\t")


def _read_file(path: Path, most: int) -> bytes:
    """Return the bytes of a plain file of bounded size.

    Raises
    ------
    OSError, ValueError
        If it can't be read, or is no plain file, or a larger one.
    """
    if not path.is_file():
        raise ValueError("there is no such file")
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it takes more than {most} bytes")
    return data


def _fault_of(path: Path, generator_id: str) -> str:
    """Say in a sentence why a generator's file can't be used, or nothing."""
    try:
        state = path.stat()
    except OSError as error:
        return f"Its file {path} can't be read ({error.strerror})."
    return _checked_fault(path, generator_id, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4096)
def _checked_fault(path: Path, generator_id: str, *_state: int) -> str:
    """Read a file once in each of its states: a few milliseconds each."""
    try:
        contents = read_generator_file(path)
    except InvalidGeneratorFile as error:
        return str(error)
    if contents.id != generator_id:
        return f"{path} holds another look than the one that was kept there; see what has replaced it."
    return ""


def check_notes(notes: str) -> None:
    """Refuse notes of more letters than are kept."""
    if len(notes) > _MAX_NOTES:
        raise InvalidConfig(f"The notes have {len(notes)} letters; at most {_MAX_NOTES} are kept.")


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a name on one line, numbered as ``"name (2)"`` where another one differs in capitals at most.

    Raises
    ------
    InvalidConfig
        If there is nothing of it.
    """
    name = shown(" ".join(name.split()), MAX_NAME)
    if not name:
        raise InvalidConfig("A name is empty; give one of at least one letter.")
    known = {each.casefold() for each in taken}
    numbered = chain([name], (f"{name[: MAX_NAME - 10]} ({number})" for number in count(2)))
    return next(each for each in numbered if each.casefold() not in known)

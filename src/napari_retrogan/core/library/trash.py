"""Looks that were deleted, and folders of which only a part was made: kept for a while, then removed for good."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.library.entry import IDS, read_entry, remove_folder

if TYPE_CHECKING:
    from pathlib import Path

_TRASH = "trash"
_KEPT = timedelta(days=30)
_TRASHED = re.compile(rf"([0-9]{{8}}-[0-9]{{6}})-[0-9a-f]{{8}}-({IDS.pattern})")
_TIME = "%Y%m%d-%H%M%S"
_NEW = re.compile(r"\.new-[0-9a-f]{16}")
_LONGEST_MAKING = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedLook:
    """A look in the trash: ``key`` is what `Library.restore` takes."""

    key: str
    name: str
    deleted: datetime


def folders(parent: Path, names: re.Pattern[str]) -> list[Path]:
    """Return the folders in a folder, which need not exist, whose whole names suit; links aren't followed."""
    try:
        return [
            path for path in parent.iterdir() if names.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
        ]
    except FileNotFoundError:
        return []


def new_folder(library: Path) -> Path:
    """Make a folder in which a look is made, to be moved to its place once it is whole."""
    new = library / f".new-{secrets.token_hex(8)}"
    new.mkdir()
    return new


def throw_away(library: Path, look: Path) -> str:
    """Move a look's folder to the trash and return its key there."""
    key = f"{datetime.now(UTC):{_TIME}}-{secrets.token_hex(4)}-{look.name}"
    (library / _TRASH).mkdir(exist_ok=True)
    look.rename(library / _TRASH / key)
    return key


def in_trash(library: Path, key: str) -> tuple[Path, str]:
    """Return the folder of a look in the trash, and the id that it had.

    Raises
    ------
    InvalidConfig
        If it is no longer there.
    """
    match = _TRASHED.fullmatch(key)
    if match is None or not (library / _TRASH / key).is_dir():
        raise InvalidConfig(f"That look is no longer in the trash; looks are kept there for {_KEPT.days} days.")
    return library / _TRASH / key, match[2]


def list_trash(library: Path) -> list[DeletedLook]:
    """Return what lies in the trash, the last deleted first."""
    found = []
    for path in folders(library / _TRASH, _TRASHED):
        with suppress(OSError):  # Taken back by another process just now.
            deleted = _deleted_at(path.name).astimezone()
            found.append(DeletedLook(key=path.name, name=read_entry(path).name, deleted=deleted))
    return sorted(found, key=lambda look: look.key, reverse=True)


def clear_away(library: Path) -> None:
    """Remove for good what lies in the trash for longer than 30 days, and what killed processes left a day ago."""
    now = datetime.now(UTC)
    for path in folders(library / _TRASH, _TRASHED):
        if now - _deleted_at(path.name) > _KEPT:
            remove_folder(path)
    for path in folders(library, _NEW):
        with suppress(OSError):
            if now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > _LONGEST_MAKING:
                remove_folder(path)


def _deleted_at(key: str) -> datetime:
    """Return when a look was moved to the trash; a day that never was is today."""
    try:
        return datetime.strptime("-".join(key.split("-")[:2]), _TIME).replace(tzinfo=UTC)
    except ValueError:
        return datetime.now(UTC)

"""Files that appear whole or not at all: written beside their place, then moved there."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from napari_retrogan.core.errors import InvalidGeneratorFile, OutputExists, RetroGANError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PARTIAL = re.compile(r"\.(?P<process>\d{1,18})-(?P<machine>[0-9a-f]{8})-[0-9a-f]{8}\.part(?:\.[^.]*)?")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a block the path of a new file to write, and move it to its place once the block ends without an error.

    Whatever happens meanwhile, even the loss of power, ``path`` holds the old file or the new one, whole. A link
    stays a link: the file that it leads to is replaced. The new file's name is short and of its own, so that long
    names, threads and processes don't get in each other's way; it keeps the ending, by which some writers choose
    their format.

    Parameters
    ----------
    path
        Where the file is to be; its folder must exist.

    Yields
    ------
    pathlib.Path
        A file in the same folder, which does not exist yet; the block must write it.

    Raises
    ------
    OSError
        If the file can't be written or moved; nothing is left beside ``path`` then.
    """
    target = Path(os.path.realpath(path))
    partial = target.with_name(f".{os.getpid()}-{_this_machine()}-{secrets.token_hex(4)}.part{target.suffix}")
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def remove_abandoned(folder: Path) -> None:
    """Remove new files of processes of this machine that ended, killed, before they could move them to their place."""
    with suppress(OSError):
        for entry in os.scandir(folder):
            name = _PARTIAL.fullmatch(entry.name)
            if name is None or name["machine"] != _this_machine() or psutil.pid_exists(int(name["process"])):
                continue
            if entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    os.unlink(entry)


def _this_machine() -> str:
    """Return what tells processes of this machine from those of others that share a folder with it."""
    return hashlib.blake2b(platform.node().encode(), digest_size=4).hexdigest()


def _write_whole(path: Path, data: bytes) -> None:
    """Write bytes to a file that appears whole or not at all.

    Raises
    ------
    OSError
        If it can't be written; a file that was there before is still as it was.
    """
    with replacing(path) as partial:
        partial.write_bytes(data)


def write_file(path: Path, data: bytes) -> Path:
    """Write a file whole or not at all, and return its path.

    Raises
    ------
    InvalidGeneratorFile
        If it can't be written.
    """
    try:
        _write_whole(path, data)
    except OSError as error:
        raise InvalidGeneratorFile(f"{path} can't be written ({error}); choose another folder.") from error
    return path


def refuse_existing(path: Path, error: type[RetroGANError] = OutputExists, *, overwrite: bool) -> None:
    """Raise an error if something is there already that may not be replaced."""
    if path.exists() and not overwrite:
        raise error(
            f"{path} exists already; allow it to be replaced (overwrite=True, --overwrite) or choose another name."
        )


def new_file(path: str | os.PathLike[str], example: str, *, overwrite: bool) -> Path:
    """Return the path of a file to write, with ``~`` as the home folder.

    Raises
    ------
    InvalidGeneratorFile
        If there is no such folder, or something that may not be replaced.
    """
    path = Path(path).expanduser()
    try:
        if not path.parent.is_dir():
            raise InvalidGeneratorFile(f"The folder {path.parent} does not exist; make it first or choose another one.")
        if path.is_dir():
            raise InvalidGeneratorFile(f"{path} is a folder; pass the name of a file, such as {path / example}.")
        refuse_existing(path, InvalidGeneratorFile, overwrite=overwrite)
    except OSError as error:
        raise InvalidGeneratorFile(f"{path} can't be written ({error}); choose another name.") from error
    return path

"""Where the library of looks lies, one writer at a time, and what the system refuses told in words."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from napari_retrogan.core.errors import InvalidGeneratorFile, LibraryUnavailable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER_VARIABLE = "NAPARI_RETROGAN_LIBRARY"
_LOCK = ".lock"
_PATIENCE_SECONDS = 10.0
_WAIT_SECONDS = 0.02
_WHAT_TO_DO = (
    "Free some space or allow writing there, or choose another folder for the library under File > Preferences > "
    f"RetroGAN or by the variable {FOLDER_VARIABLE}."
)


def library_folder(preferred: str | os.PathLike[str] | None = None) -> Path:
    """Return where looks are kept; it need not exist.

    It is the folder that the variable ``NAPARI_RETROGAN_LIBRARY`` names, else the preferred one, else ``looks`` in this
    package's folder among the person's application data.

    Raises
    ------
    LibraryUnavailable
        If it can't be told, for there is no home or current folder.
    """
    from platformdirs import user_data_path

    named = os.environ.get(FOLDER_VARIABLE) or preferred
    try:
        folder = Path(named) if named else user_data_path("napari-retrogan", appauthor=False) / "looks"
        return folder.expanduser().absolute()
    except (OSError, RuntimeError) as error:
        raise LibraryUnavailable(
            f"There is no place for a library of looks ({error}); name a folder by {FOLDER_VARIABLE}, with its full "
            "path."
        ) from error


@contextmanager
def in_words(folder: Path) -> Iterator[None]:
    """Turn what the system says of a folder that can't be read or written into one error.

    Raises
    ------
    LibraryUnavailable
        With the reason, and what to do.
    """
    try:
        yield
    except LibraryUnavailable:
        raise
    except (OSError, InvalidGeneratorFile) as error:
        reason = error if isinstance(error, OSError) else error.__cause__
        if not isinstance(reason, OSError):
            raise
        raise LibraryUnavailable(
            f"The library of looks in {folder} can't be used ({reason.strerror or reason}). {_WHAT_TO_DO}"
        ) from error


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Make the folder where there is none, and keep every other process and thread from changing it meanwhile.

    The system lets go of the lock when a process ends, however it ends.

    Raises
    ------
    OSError
        If the folder can't be written to.
    LibraryUnavailable
        If another process holds it for longer than ten seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("a+b") as file:
        locked = _lock(file.fileno(), folder)
        try:
            yield
        finally:
            if locked:
                _unlock(file.fileno())


def _lock(descriptor: int, folder: Path) -> bool:
    """Wait for the lock and tell whether there is one: some file systems have none."""
    patience = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            if sys.platform == "win32":
                os.lseek(descriptor, 0, os.SEEK_SET)
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            if time.monotonic() > patience:
                raise LibraryUnavailable(
                    f"Another program has been writing to the library of looks in {folder} for ten seconds; end it, or "
                    "try again later."
                ) from None
            time.sleep(_WAIT_SECONDS)
        except OSError:
            return False
        else:
            return True


def _unlock(descriptor: int) -> None:
    """Let others in."""
    with suppress(OSError):
        if sys.platform == "win32":
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

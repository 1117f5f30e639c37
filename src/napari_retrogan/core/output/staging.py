"""What is finished of a half-written result: a file beside it, one line a part."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.errors import OutputExists

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_WHOLE = "whole"
"""What the journal says once all parts are in the thing that is to be put in the result's place."""


class Staging:
    """The half-written form of a result, ``.name.part``, and the journal of its finished parts.

    The journal's first line says of what the parts are, the others name one finished part each; a line is written
    after its part, so a part that is named is whole. A last line that was cut short counts for nothing.

    Parameters
    ----------
    path
        Where the result is to be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = path.with_name(f".{path.name}.part")
        self.journal = path.with_name(f".{path.name}.part.jsonl")
        self.tiff = path.with_name(f".{path.name}.part.tif")
        self._old = path.with_name(f".{path.name}.old")
        self._lock_file = path.with_name(f".{path.name}.part.lock")
        self._finished: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other run, of this process or another, away from the same result, and mend what a killed one left.

        Raises
        ------
        OutputExists
            If another run is at it.
        """
        descriptor = self._take_lock()
        try:
            self._mend()
            yield
        finally:
            if sys.platform == "win32":
                os.close(descriptor)
            with suppress(OSError):
                self._lock_file.unlink()
            if sys.platform != "win32":
                os.close(descriptor)

    def open(self, identity: Mapping[str, Any], make_store: Callable[[], object], *, resume: bool) -> None:
        """Find what an earlier run left to go on with; otherwise make an empty store and begin a new journal.

        Parameters
        ----------
        identity
            What the parts depend on, as JSON holds it.
        make_store
            Makes the empty store.
        resume
            Whether to go on; if not, what is there of an earlier run is deleted.

        Raises
        ------
        OutputExists
            If what is there was made of something else.
        """
        lines = self._read() if resume and self.store.exists() else []
        if lines:
            if lines[0] != json.loads(json.dumps(identity)):
                raise OutputExists(
                    f"{self.store} is a half-written result of another generator, picture or settings. Pass "
                    "resume=False to delete it and start anew, or choose another output."
                )
            self._finished = {line for line in lines[1:] if isinstance(line, str)}
            self._end_last_line()
            return
        self.discard()
        self._finished = set()
        make_store()
        self.journal.write_text(json.dumps(identity) + "\n", encoding="utf-8")

    def is_finished(self, name: str) -> bool:
        """Tell whether a part is written."""
        return name in self._finished

    def mark(self, name: str) -> None:
        """Note that a part is written; safe in any thread."""
        with self._lock:
            self._finished.add(name)
            with self.journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(name) + "\n")

    def put_in_place(self, whole: Path) -> None:
        """Move the whole result to its place; of two folders the old one stands beside until that is done."""
        self.mark(_WHOLE)
        if not self.path.is_dir():
            whole.replace(self.path)
            return
        self.path.rename(self._old)
        try:
            whole.rename(self.path)
        except OSError:
            self._old.rename(self.path)
            raise
        shutil.rmtree(self._old)

    def discard(self) -> None:
        """Delete the half-written result and its journal."""
        if self.store.exists():
            shutil.rmtree(self.store)
        self.journal.unlink(missing_ok=True)

    def _take_lock(self) -> int:
        """Return an open file that nobody else has locked; the system lets go of it when this process ends."""
        while True:
            descriptor = os.open(self._lock_file, os.O_CREAT | os.O_RDWR, 0o666)
            try:
                if sys.platform == "win32":
                    msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
                else:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                os.close(descriptor)
                raise OutputExists(
                    f"{self.path} is being written by another run; wait for its end, or choose another output."
                ) from None
            except OSError:
                return descriptor  # A file system without locks.
            if self._is_there(descriptor):
                return descriptor
            os.close(descriptor)

    def _is_there(self, descriptor: int) -> bool:
        """Tell whether a lock's file is still the one of that name: a run that ends removes it."""
        with suppress(OSError):
            return os.path.samestat(os.fstat(descriptor), self._lock_file.stat())
        return False

    def _mend(self) -> None:
        """Do what a run that was killed while it put its result in place has left undone."""
        if self._old.exists():
            if self.path.exists():
                shutil.rmtree(self._old)
            else:
                self._old.rename(self.path)
        if _WHOLE in self._read() and not (self.tiff if self.path.is_file() else self.store).exists():
            self.discard()

    def _read(self) -> list[Any]:
        """Return the lines of the journal that are whole."""
        if not self.journal.exists():
            return []
        lines = []
        for text in self.journal.read_text(encoding="utf-8").split("\n")[:-1]:
            try:
                lines.append(json.loads(text))
            except ValueError:
                continue
        return lines

    def _end_last_line(self) -> None:
        """Make sure that what is appended starts a line of its own."""
        with self.journal.open("a", encoding="utf-8") as file:
            file.write("\n")

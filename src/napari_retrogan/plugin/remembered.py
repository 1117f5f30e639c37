"""What people have set in the dock, kept from one start of napari to the next in one small file."""

from __future__ import annotations

import atexit
import json
import os
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import platformdirs

from napari_retrogan.core.atomic_file import replacing
from napari_retrogan.core.foreign.values import MAX_BYTES, check_values, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER_VARIABLE = "NAPARI_RETROGAN_SETTINGS"
"""Names a folder for the file in the place of the platform's."""

_FILE = "dock.json"
_WRITE_SECONDS = 0.5
"""After a change: a slider that is dragged changes often, and to write makes a window wait."""
_Kind = TypeVar("_Kind")


def recall(name: str, default: _Kind) -> _Kind:
    """Return what was kept under a name; the default if nothing was, or something of another kind."""
    value = _settings().values.get(name, default)
    return value if isinstance(value, type(default)) else default


def keep(name: str, value: Any) -> None:
    """Keep a plain value under a name; where the file can't be written it is kept for this session alone.

    What is larger than is ever read is not kept. The file is written a moment later, by a thread of its own, and when
    the process ends; what other processes have kept meanwhile under other names stays.
    """
    with suppress(ValueError):
        check_values(value)
        _settings().keep(name, value)


@atexit.register
def forget() -> None:
    """Write what is kept, and read the file anew, as the next start of napari does."""
    if _settings.cache_info().currsize:
        _settings().write()
        _settings.cache_clear()


class _Settings:
    """The values of one file, and those of them that are still to be written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.values = _read(path)
        self._new: dict[str, Any] = {}
        self._timer: threading.Timer | None = None
        self._lock, self._writing = threading.Lock(), threading.Lock()

    def keep(self, name: str, value: Any) -> None:
        """Take a value, and write it soon."""
        with self._lock:
            if name in self.values and self.values[name] == value:
                return
            self.values[name] = self._new[name] = value
            if self._timer is None:
                self._timer = threading.Timer(_WRITE_SECONDS, self.write)
                self._timer.daemon = True
                self._timer.start()

    def write(self) -> None:
        """Write what is new, after whoever is writing; a file that would be larger than is read stays as it is."""
        with self._writing, suppress(OSError):
            with self._lock:
                timer, self._timer = self._timer, None
                new, self._new = self._new, {}
            if timer is not None:
                timer.cancel()
            data = json.dumps({**_read(self._path), **new}, indent=1).encode()
            if new and len(data) <= MAX_BYTES:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with replacing(self._path) as partial:
                    partial.write_bytes(data)


@cache
def _settings() -> _Settings:
    """Return what is kept in this session."""
    folder = os.environ.get(FOLDER_VARIABLE) or platformdirs.user_config_dir("napari-retrogan", appauthor=False)
    return _Settings(Path(folder) / _FILE)


def _read(path: Path) -> dict[str, Any]:
    """Return what a file holds; one that can't be read counts as empty."""
    values: Mapping[str, Any] | Any = {}
    with suppress(OSError, ValueError), path.open("rb") as file:
        values = read_json(file.read(MAX_BYTES + 1))
    return dict(values) if isinstance(values, dict) else {}

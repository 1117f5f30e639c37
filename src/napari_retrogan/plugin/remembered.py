"""What people have set in the dock, kept from one start of napari to the next in one small file."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import platformdirs

from napari_retrogan.core.atomic_file import replacing
from napari_retrogan.core.foreign.values import MAX_BYTES, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER_VARIABLE = "NAPARI_RETROGAN_SETTINGS"
"""Names a folder for the file in the place of the platform's."""

_FILE = "dock.json"
_Kind = TypeVar("_Kind")


def recall(name: str, default: _Kind) -> _Kind:
    """Return what was kept under a name; the default if nothing was, or something of another kind."""
    value = _kept().get(name, default)
    return value if isinstance(value, type(default)) else default


def keep(name: str, value: Any) -> None:
    """Keep a plain value under a name; where the file can't be written it is kept for this session alone."""
    kept = _kept()
    if kept.get(name) == value:
        return
    kept[name] = value
    with suppress(OSError):
        _path().parent.mkdir(parents=True, exist_ok=True)
        with replacing(_path()) as partial:
            partial.write_text(json.dumps(kept, indent=1), encoding="utf-8")


def forget() -> None:
    """Read the file anew, as the next start of napari does."""
    _kept.cache_clear()


@cache
def _kept() -> dict[str, Any]:
    """Return all that is kept; a file that can't be read counts as none."""
    values: Mapping[str, Any] | Any = {}
    with suppress(OSError, ValueError), _path().open("rb") as file:
        values = read_json(file.read(MAX_BYTES + 1))
    return dict(values) if isinstance(values, dict) else {}


def _path() -> Path:
    """Return where the file is."""
    folder = os.environ.get(FOLDER_VARIABLE) or platformdirs.user_config_dir("napari-retrogan", appauthor=False)
    return Path(folder) / _FILE

"""Slider settings under names, kept in one small file of the library."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.atomic_file import replacing
from napari_retrogan.core.errors import InvalidConfig, LibraryUnavailable
from napari_retrogan.core.foreign.values import MAX_BYTES, read_json
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.setting_hints import from_names, hints

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILE = "presets.json"


def read_presets(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the settings of each preset by its name; one with settings that this version doesn't know is left out.

    Raises
    ------
    OSError, LibraryUnavailable
        If the file is there and can't be read.
    """
    return {name: dict(settings) for name, settings in _read(folder).items() if _suits(settings)}


def write_preset(folder: Path, name: str, settings: Mapping[str, Any] | None) -> None:
    """Keep settings under a name, or forget the name where there are none.

    Raises
    ------
    InvalidConfig
        If a setting is unknown or lies outside its range.
    OSError, LibraryUnavailable
        If the file can't be read or written.
    """
    presets = _read(folder)
    presets.pop(name, None)
    if settings is not None:
        presets[name] = checked_settings(settings)
    text = json.dumps(presets, indent=1)
    if len(text) > MAX_BYTES:
        raise InvalidConfig("There are more presets than are ever read; delete some that you no longer use.")
    with replacing(folder / _FILE) as partial:
        partial.write_text(text, encoding="utf-8")


def checked_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return some of the settings of `ApplySettings` that have hints, as plain values.

    Raises
    ------
    InvalidConfig
        If one is unknown or lies outside its range.
    """
    allowed = hints(ApplySettings)
    unknown = sorted(set(settings) - set(allowed))
    if unknown:
        raise InvalidConfig(f"Setting {unknown[0]!r} is unknown; a preset holds some of {', '.join(allowed)}.")
    full = from_names(ApplySettings, settings)
    return {name: getattr(full, name) for name in settings}


def _suits(settings: Any) -> bool:
    try:
        return isinstance(settings, dict) and checked_settings(settings) is not None
    except InvalidConfig:
        return False


def _read(folder: Path) -> dict[str, Any]:
    """Return all that the file holds, also what this version doesn't know."""
    path = folder / _FILE
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    try:
        presets = read_json(data)
        if not isinstance(presets, dict):
            raise ValueError("it holds no settings by name")
    except ValueError as error:
        raise LibraryUnavailable(f"The presets in {path} can't be read: {error}. Move that file away.") from error
    return presets

"""The metadata of a ``.retrogan`` file: plain JSON within the bounds of `core.foreign.values`, checked by a schema."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any

import numpy as np

from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.foreign.values import MAX_NAME, read_json

FIELDS: Mapping[str, tuple[type, ...]] = {
    "format_version": (int,),
    "versions": (dict,),
    "config": (dict, NoneType),
    "history": (list,),
    "provenance": (dict,),
    "sha256": (dict,),
}


def write_metadata(metadata: Mapping[str, Any]) -> bytes:
    """Return metadata as JSON, the same for the same values; numbers that aren't finite become null.

    Raises
    ------
    InvalidGeneratorFile
        If they hold something that isn't a plain value, or more of it than is ever read.
    """
    try:
        text = json.dumps(_plain(metadata), indent=1, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidGeneratorFile(
            f"History or provenance hold what JSON can't ({error}); use plain values."
        ) from error
    return text.encode()


def read_metadata(data: bytes) -> dict[str, Any]:
    """Return the metadata of a file, of any version, with the fields that every version has.

    Raises
    ------
    InvalidGeneratorFile
        If they aren't JSON, hold more than `read_json` reads, or lack a field.
    """
    try:
        metadata = read_json(data)
    except ValueError as error:
        raise InvalidGeneratorFile(f"its metadata can't be read: {error}.") from error
    if not isinstance(metadata, dict) or type(metadata.get("format_version")) is not int:
        raise InvalidGeneratorFile("its metadata name no format version.")
    return metadata


def check_metadata(metadata: Mapping[str, Any]) -> None:
    """Check the fields that the files of every known version have; hashes are compared with the parts themselves.

    Raises
    ------
    InvalidGeneratorFile
        If a field is missing or of another kind.
    """
    for name, kinds in FIELDS.items():
        if name not in metadata or type(metadata[name]) not in kinds:
            raise InvalidGeneratorFile(f"its metadata lack {name!r}, or hold something else there.")
    for name, value in (metadata["config"] or {}).items():
        if type(value) not in (bool, int, float, str) or len(f"{name}{value}") > MAX_NAME:
            raise InvalidGeneratorFile("its settings hold something else than numbers, words and truth values.")
    for name, value in metadata["versions"].items():
        if type(value) is not str or len(name + value) > MAX_NAME:
            raise InvalidGeneratorFile("its versions hold something else than short words.")
    if not all(isinstance(entry, dict) and _is_record(entry) for entry in metadata["history"]):
        raise InvalidGeneratorFile("its history holds something else than numbers by name.")


def _is_record(entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry of the history holds numbers, the step a whole one."""
    return all(type(value) in (int, float, NoneType) for value in entry.values()) and (
        type(entry.get("step", 0)) is int
    )


def _plain(value: Any) -> Any:
    """Return NumPy's numbers as Python's own and numbers that aren't finite as None, throughout."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(each) for each in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value

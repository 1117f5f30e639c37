"""Named arrays and plain metadata in one safetensors file: written whole or not at all, and checked before any use."""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.atomic_file import replacing
from napari_retrogan.core.errors import InvalidCheckpoint
from napari_retrogan.core.foreign.values import read_json
from napari_retrogan.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

FORMAT_VERSION = 8
_MAX_BYTES = 2 * 2**30
_MAX_HEADER_BYTES = 4 * 2**20
_MAX_ARRAYS = 10_000
_TEXT, _HASH = "metadata", "sha256"
"""What the file's header holds beside the arrays: metadata as JSON, and the hash of that text."""
_NAME = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)*")
_TYPES = {"<f2": "F16", "<f4": "F32", "<f8": "F64", "<i4": "I32", "<i8": "I64"}


def write_arrays(path: Path, metadata: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> str:
    """Write a file whose folder exists; an older one of its name is replaced.

    Parameters
    ----------
    path
        Where to.
    metadata
        Plain values that JSON can hold.
    arrays
        Whole or real numbers by name; names are words and slashes.

    Returns
    -------
    str
        The digest of all arrays.

    Raises
    ------
    OSError
        If it can't be written; what was there before is still there.
    """
    plain = {name: _plain(name, values) for name, values in arrays.items()}
    digest = _digest(plain)
    described = {**metadata, "format_version": FORMAT_VERSION, "version": __version__, "arrays": digest}
    header = _header(json.dumps(described), plain)
    # The library's own writers copy all arrays first, or leave files behind when they are killed.
    with replacing(path) as partial, partial.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for values in plain.values():
            file.write(_bytes(values))
    _settle(path.parent)
    return digest


def read_metadata(path: Path) -> dict[str, Any]:
    """Return a file's metadata alone; ``"arrays"`` is the digest of all arrays.

    Raises
    ------
    InvalidCheckpoint
        If the file is missing, damaged or of another version.
    """
    return _read(path, with_arrays=False)[0]


def read_arrays(path: Path) -> tuple[dict[str, Any], Arrays]:
    """Return a file's metadata, and its arrays, which match their digest.

    Raises
    ------
    InvalidCheckpoint
        If the file is missing, damaged, too large or of another version.
    """
    return _read(path, with_arrays=True)


def is_array_file(path: Path) -> bool:
    """Tell whether a file is one of these, of whatever version, by its header alone."""
    from safetensors import SafetensorError

    try:
        with _open(path) as file:
            return set(file.metadata() or ()) == {_TEXT, _HASH}
    except (OSError, SafetensorError, InvalidCheckpoint):
        return False


def _read(path: Path, *, with_arrays: bool) -> tuple[dict[str, Any], Arrays]:
    from safetensors import SafetensorError

    try:
        with _open(path) as file:
            metadata = _metadata(file.metadata() or {})
            digest, arrays = metadata["arrays"], _arrays(file) if with_arrays else {}
        if with_arrays and digest != _digest(arrays):
            raise InvalidCheckpoint("its arrays do not match their hash.")
    except InvalidCheckpoint as error:
        raise InvalidCheckpoint(f"{path} can't be resumed from: {error}") from None
    except (OSError, SafetensorError, ValueError, KeyError, RecursionError) as error:
        raise InvalidCheckpoint(f"{path} can't be resumed from, as it is damaged or missing ({error}).") from error
    return metadata, arrays


def _open(path: Path) -> Any:
    """Open a file, and nothing else, whose size, and that of its header, is bounded; its header fits its size."""
    from safetensors import safe_open

    if not path.is_file():
        raise OSError("there is no such file")
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
        size = file.seek(0, os.SEEK_END)
    if size > _MAX_BYTES or header > _MAX_HEADER_BYTES:
        raise InvalidCheckpoint(f"it is damaged, or larger than {_MAX_BYTES} bytes.")
    return safe_open(path, framework="numpy")


def _metadata(header: Mapping[str, str]) -> dict[str, Any]:
    """Return what the header tells beside the arrays."""
    text = header.get(_TEXT, "")
    if header.get(_HASH) != _hash(text):
        raise InvalidCheckpoint("its metadata are damaged.")
    metadata = read_json(text.encode(), most_entries=_MAX_ARRAYS)
    version = metadata.get("format_version") if isinstance(metadata, dict) else None
    if version != FORMAT_VERSION:
        raise InvalidCheckpoint(
            f"it has format version {version!r} and this version of napari-retrogan reads {FORMAT_VERSION}; resume it "
            "with the version that began it, or start a new training."
        )
    return dict(metadata)


def _arrays(file: Any) -> Arrays:
    """Return all arrays of an open file."""
    names = list(file.keys())
    if len(names) > _MAX_ARRAYS:
        raise InvalidCheckpoint(f"it holds more than {_MAX_ARRAYS} arrays.")
    if not all(_NAME.fullmatch(name) for name in names):
        raise InvalidCheckpoint("it names a part in a way that this package does not.")
    if not all(file.get_slice(name).get_dtype() in _TYPES.values() for name in names):
        raise InvalidCheckpoint("it holds numbers of a type that this package does not write.")
    return {name: file.get_tensor(name) for name in names}


def _header(text: str, arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the header of a file in which these arrays lie one after another."""
    header: dict[str, Any] = {"__metadata__": {_TEXT: text, _HASH: _hash(text)}}
    end = 0
    for name, values in arrays.items():
        begin, end = end, end + values.nbytes
        header[name] = {"dtype": _TYPES[values.dtype.str], "shape": values.shape, "data_offsets": (begin, end)}
    return json.dumps(header).encode()


def _plain(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """Return an array as it lies in the file."""
    values = np.asarray(values)
    if values.dtype.newbyteorder("<").str not in _TYPES or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} holds {values.dtype}, which a checkpoint does not")
    return np.ascontiguousarray(values, values.dtype.newbyteorder("<")).reshape(values.shape)


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return one hash of all names, types, shapes and values."""
    sha256 = hashlib.sha256()
    for name, values in sorted(arrays.items()):
        sha256.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
        sha256.update(_bytes(values))
    return sha256.hexdigest()


def _bytes(values: NDArray[Any]) -> memoryview:
    return values.reshape(-1).view(np.uint8).data


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _settle(folder: Path) -> None:
    """Have a folder's new entry survive a loss of power, where the system can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

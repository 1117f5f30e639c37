"""Named arrays and plain metadata in one file: written whole or not at all, and checked before any of it is used.

It is a zip without compression of ``NAME.npy`` and ``metadata.json``; nothing in it is executed or unpickled.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import zipfile
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.atomic_file import replacing
from napari_retrogan.core.errors import InvalidCheckpoint
from napari_retrogan.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

FORMAT_VERSION = 3
MAX_BYTES = 2 * 2**30
MAX_MEMBERS = 10_000
MAX_METADATA_BYTES = 4 * 2**20
METADATA = "metadata.json"
_NAME = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)*")
_TYPES = frozenset({"<f2", "<f4", "<f8", "<i4", "<i8"})
_FAILURES = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, KeyError, RecursionError)


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
    with replacing(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        hashes = {name: _write_array(archive, name, values) for name, values in arrays.items()}
        described = {**metadata, "format_version": FORMAT_VERSION, "version": __version__, "sha256": hashes}
        archive.writestr(METADATA, json.dumps(described))
    _settle(path.parent)
    return digest(described)


def read_metadata(path: Path) -> dict[str, Any]:
    """Return a file's metadata alone.

    Raises
    ------
    InvalidCheckpoint
        If the file is missing, damaged or of another version.
    """
    return _read(path, with_arrays=False)[0]


def is_array_file(path: Path) -> bool:
    """Tell whether a file is one of these, of whatever version, by its list of parts alone."""
    try:
        with zipfile.ZipFile(path) as archive:
            return METADATA in archive.namelist()
    except (OSError, *_FAILURES):
        return False


def digest(metadata: Mapping[str, Any]) -> str:
    """Return one hash of all arrays of the file that metadata were read from."""
    return hashlib.sha256(json.dumps(metadata["sha256"], sort_keys=True).encode()).hexdigest()


def read_arrays(path: Path) -> tuple[dict[str, Any], Arrays, str]:
    """Return a file's metadata, its arrays, all of which match their hashes, and the digest of all.

    Raises
    ------
    InvalidCheckpoint
        If the file is missing, damaged, too large or of another version.
    """
    return _read(path, with_arrays=True)


def _read(path: Path, *, with_arrays: bool) -> tuple[dict[str, Any], Arrays, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _entries(archive)
            metadata = _metadata(archive, entries.pop(METADATA))
            if sorted(metadata["sha256"]) != sorted(entries):
                raise InvalidCheckpoint("its parts are not those that it lists.")
            arrays = {}
            for name, entry in entries.items() if with_arrays else ():
                arrays[name] = _read_array(archive, entry, metadata["sha256"][name])
            return metadata, arrays, digest(metadata)
    except InvalidCheckpoint as error:
        raise InvalidCheckpoint(f"{path} can't be resumed from: {error}") from None
    except (OSError, *_FAILURES) as error:
        raise InvalidCheckpoint(f"{path} can't be resumed from, as it is damaged or missing ({error}).") from error


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the directory by the arrays' names, after a look at names and sizes."""
    found = archive.infolist()
    if len(found) > MAX_MEMBERS or sum(entry.file_size for entry in found) > MAX_BYTES:
        raise InvalidCheckpoint(f"it holds more than {MAX_MEMBERS} parts or {MAX_BYTES} bytes.")
    if any(entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size for entry in found):
        raise InvalidCheckpoint("it is compressed.")
    entries = {entry.filename.removesuffix(".npy"): entry for entry in found}
    if len(entries) != len(found) or METADATA not in entries:
        raise InvalidCheckpoint("it repeats a part or lacks its metadata.")
    if any(not _NAME.fullmatch(name) for name in entries if name != METADATA):
        raise InvalidCheckpoint("it names a part in a way that this package does not.")
    return entries


def _metadata(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> dict[str, Any]:
    if entry.file_size > MAX_METADATA_BYTES:
        raise InvalidCheckpoint("its metadata are too long.")
    metadata = json.loads(archive.read(entry))
    version = metadata.get("format_version") if isinstance(metadata, dict) else None
    if version != FORMAT_VERSION:
        raise InvalidCheckpoint(
            f"it has format version {version!r} and this version of napari-retrogan reads {FORMAT_VERSION}; resume it "
            "with the version that began it, or start a new training."
        )
    if not isinstance(metadata.get("sha256"), dict):
        raise InvalidCheckpoint("its metadata lack hashes.")
    return dict(metadata)


def _write_array(archive: zipfile.ZipFile, name: str, values: NDArray[Any]) -> str:
    """Write one array and return its hash."""
    values = np.asarray(values)
    values = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).reshape(values.shape)
    if values.dtype.str not in _TYPES or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} holds {values.dtype}, which a checkpoint does not")
    npy: Any = np.lib.format  # NumPy leaves it untyped in some versions.
    entry = zipfile.ZipInfo(f"{name}.npy")
    with archive.open(entry, "w", force_zip64=values.nbytes > MAX_BYTES // 2) as part:
        target = _Hashing(part)
        npy.write_array(target, values, version=(1, 0), allow_pickle=False)
    return target.sha256.hexdigest()


def _read_array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, expected: str) -> NDArray[Any]:
    """Return one array, for which room is made only once its header fits its size."""
    npy: Any = np.lib.format
    with archive.open(entry) as part:
        source = _Hashing(part)
        if npy.read_magic(source) != (1, 0):
            raise InvalidCheckpoint(f"{entry.filename} is stored in an unknown way.")
        shape, in_columns, dtype = npy.read_array_header_1_0(source)
        size = math.prod(shape) * dtype.itemsize
        if dtype.str not in _TYPES or (in_columns and len(shape) > 1) or source.count + size != entry.file_size:
            raise InvalidCheckpoint(f"{entry.filename} does not hold what it says.")
        data = source.read(size)
    if source.sha256.hexdigest() != expected:
        raise InvalidCheckpoint(f"{entry.filename} does not match its hash.")
    return np.frombuffer(bytearray(data), dtype).reshape(shape)


class _Hashing:
    """A file that hashes what passes through it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()
        self.count = 0

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return self._file.write(data)

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.sha256.update(data)
        self.count += len(data)
        return data


def _settle(folder: Path) -> None:
    """Have a folder's new entry survive a loss of power, where the system can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

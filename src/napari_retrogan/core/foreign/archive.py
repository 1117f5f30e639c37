"""A zip from anywhere, held in memory and read part by part: no part takes more memory than its reader allows."""

from __future__ import annotations

import io
import os
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from napari_retrogan.core.errors import InvalidGeneratorFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAX_FILE_BYTES = 64 * 2**20
_MAX_MEMBERS = 4096
_DIRECTORY_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 1
_MAX_WORDS = 200
"""Letters of an error that are repeated: it may quote a part's name, which a file can make 65,535 long."""


class SafeArchive:
    """The parts of a zip by their names, none of which is ever used as a path.

    Parameters
    ----------
    data
        The whole file.

    Raises
    ------
    InvalidGeneratorFile
        If it isn't a zip, repeats a part, or holds more parts than any generator.
    """

    def __init__(self, data: bytes) -> None:
        if data.count(_DIRECTORY_ENTRY) > _MAX_MEMBERS:
            raise InvalidGeneratorFile(f"it lists more than {_MAX_MEMBERS} parts.")
        with _in_words():
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self._entries = {entry.filename: entry for entry in self._zip.infolist()}
        if len(self._entries) != len(self._zip.infolist()):
            raise InvalidGeneratorFile("it repeats a part. Use a file that napari-retrogan saved.")

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all parts."""
        return frozenset(self._entries)

    def read(self, name: str, most: int) -> bytes:
        """Return a part, of which at most ``most`` bytes are ever unpacked, whatever the zip says of its size.

        Raises
        ------
        InvalidGeneratorFile
            If the part is missing, larger than that, damaged, encrypted or packed in an unknown way.
        """
        if name not in self._entries:
            raise InvalidGeneratorFile(f"it lacks {name!r}. Use a file that napari-retrogan saved.")
        entry = self._entries[name]
        if entry.file_size > most:
            raise InvalidGeneratorFile(
                f"its part {name!r} would take {entry.file_size} bytes; at most {most} are read."
            )
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & _ENCRYPTED:
            raise InvalidGeneratorFile(f"its part {name!r} is packed in an unknown way.")
        with _in_words(), self._zip.open(entry) as part:
            data = part.read(entry.file_size + 1)
        if len(data) != entry.file_size:
            raise InvalidGeneratorFile(f"its part {name!r} is cut short.")
        return data


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes, unless there are too many.

    Raises
    ------
    InvalidGeneratorFile
        If the file is larger than ``_MAX_FILE_BYTES``.
    OSError
        If it can't be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > _MAX_FILE_BYTES:
            raise InvalidGeneratorFile(f"{path} is larger than {_MAX_FILE_BYTES} bytes, the most that is read.")
        return file.read(size)


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn whatever a damaged zip makes the standard library raise into one error."""
    try:
        yield
    except Exception as error:
        words = str(error)[:_MAX_WORDS]
        raise InvalidGeneratorFile(f"it is damaged or no .retrogan file ({words}); save or copy it again.") from error

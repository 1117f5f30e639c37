"""Film files: which there are, opened by PyAV, and whether they are whole."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.errors import InvalidImage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMATS = {".m4v": "mp4", ".mkv": "matroska", ".mov": "mov", ".mp4": "mp4", ".webm": "webm"}
"""FFmpeg's names of the formats that are read and written, by ending."""

FILM_SUFFIXES = frozenset(FORMATS)

_BOXES = {b"free", b"ftyp", b"mdat", b"moof", b"moov", b"skip", b"udta", b"wide"}
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


def is_film(path: Path) -> bool:
    """Tell by its name whether a file is a film."""
    return path.suffix.lower() in FILM_SUFFIXES


def pyav() -> Any:
    """Return the package that films are read and written by.

    Raises
    ------
    InvalidImage
        If it isn't installed.
    """
    try:
        import av
    except ImportError as error:
        raise InvalidImage(
            "films need the package av; install it with: pip install 'napari-retrogan[photo]'"
        ) from error
    return av


@contextmanager
def in_words(failure: str, advice: str = "look at it in a player, or export it again") -> Iterator[None]:
    """Turn what FFmpeg raises into a sentence.

    Raises
    ------
    InvalidImage
        That tells the failure, FFmpeg's reason and the advice.
    """
    av = pyav()
    try:
        yield
    except (av.error.FFmpegError, EOFError) as error:
        raise InvalidImage(f"{failure} ({getattr(error, 'strerror', None) or error}); {advice}.") from error


def open_film_file(path: Path) -> Any:
    """Open a film for reading.

    Raises
    ------
    InvalidImage
        If it isn't there, isn't whole, or is no film.
    """
    av = pyav()
    if not path.is_file():
        raise InvalidImage(f"{path} does not exist; expected a film.")
    _check_whole(path)
    with in_words(f"{path} can't be read as a film"):
        return av.open(os.fspath(path))


def _check_whole(path: Path) -> None:
    """Refuse a file that is shorter than its own parts say, as one half copied is."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        start = file.read(4)
        file.seek(0)
        end = _matroska_end(file) if start == _EBML else _boxes_end(file, size)
    if end > size:
        raise InvalidImage(f"{path} isn't whole: it ends after {size:,} of {end:,} bytes; copy it again, or repair it.")


def _boxes_end(file: Any, size: int) -> int:
    """Return where the boxes of an MP4 or MOV file end by what they tell."""
    offset = 0
    while offset + 8 <= size:
        file.seek(offset)
        header = file.read(16)
        length = int.from_bytes(header[:4], "big")
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if header[4:8] not in _BOXES or length < 8:
            return offset
        offset += length
    return offset


def _matroska_end(file: Any) -> int:
    """Return where the segment of a Matroska file ends by what it tells, or 0 if it leaves that open."""
    file.seek(len(_EBML))
    file.seek(_matroska_number(file), os.SEEK_CUR)
    if file.read(len(_SEGMENT)) != _SEGMENT:
        return 0
    length = _matroska_number(file)
    return int(file.tell() + length) if length else 0


def _matroska_number(file: Any) -> int:
    """Read a number whose leading zeros tell its bytes; 0 if it stands for an unknown size."""
    first = int.from_bytes(file.read(1), "big")
    more = 8 - first.bit_length()
    number = int.from_bytes(bytes([first & ((1 << (7 - more)) - 1 if more < 8 else 0)]) + file.read(more), "big")
    return 0 if number == 2 ** (7 * (more + 1)) - 1 else number

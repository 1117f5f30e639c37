"""Reading a picture file by what is in it, whatever its name says."""

from __future__ import annotations

import logging
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tifffile
from PIL import Image, UnidentifiedImageError

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.picture_files import modern, raster
from napari_retrogan.core.picture_files.containers import PNG_SIGNATURE
from napari_retrogan.core.picture_files.limits import check_bytes, check_size, check_stated
from napari_retrogan.core.picture_files.notes import Notes
from napari_retrogan.core.picture_files.page import PictureFile, page_of
from napari_retrogan.core.picture_files.png import read_png
from napari_retrogan.core.picture_files.raw import RAW_SUFFIXES, read_raw
from napari_retrogan.core.picture_files.tiff import holds_raw, read_tiff
from napari_retrogan.core.picture_files.tiff_opening import open_tiff

if TYPE_CHECKING:
    from collections.abc import Callable

TIFF_SUFFIXES = frozenset({".tif", ".tiff"})
READABLE_SUFFIXES = (
    TIFF_SUFFIXES
    | RAW_SUFFIXES
    | {".apng", ".avif", ".bmp", ".dib", ".exr", ".gif", ".hdr", ".heic", ".heif", ".hif", ".j2k", ".jfif", ".jp2"}
    | {".jpe", ".jpeg", ".jpg", ".jpx", ".jxl", ".jxr", ".mpo", ".pbm", ".pcx", ".pgm", ".png", ".pnm", ".ppm", ".qoi"}
    | {".tga", ".webp"}
)
_UNAWARE = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, UnicodeError, struct.error)
"""How decoders fail at what nobody has thought of: their words are for programmers."""
DECODING_ERRORS = (
    *_UNAWARE,
    EOFError,
    Image.DecompressionBombError,
    OSError,
    RuntimeError,
    SyntaxError,
    ValueError,
    tifffile.TiffFileError,
)
"""What decoders raise on damaged files."""
_NAMED_NUMBER = re.compile(r"<\w+\.(\w+): \d+>")

_MOST_HEADER = 4096

_TIFF_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_RAW_MARKS = (
    b"FUJIFILMCCD-RAW",
    b"FOVb",
    b"\0MRM",
    b"IIRO",
    b"IIRS",
    b"MMOR",
    b"IIU\0",
    b"IIT\0",
    b"II\x1a\0\0\0HEAPCCDR",
)
_AVIF_BRANDS, _HEIC_BRANDS = (
    (b"avif", b"avis"),
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"),
)

# What tifffile thinks of damaged files is said once, as an error in words; whoever listens to its log still hears it.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def read_picture_file(path: str | Path) -> PictureFile:
    """Read everything that is in a picture file.

    Colours are upright and in the space that the file says; integers reach white at the largest value of their type,
    however few bits they had. Only one picture is read at a time, whole.

    Raises
    ------
    InvalidImage
        If the file is not there, can't be decoded, is too large for the memory, or needs a package that isn't
        installed.
    """
    path = Path(path).expanduser()
    try:
        return _read(path)
    except FileNotFoundError:
        raise InvalidImage(f"{path} does not exist; expected a picture file.") from None
    except InvalidImage as error:
        raise InvalidImage(f"{path} cannot be read as a picture: {error}.") from error
    except MemoryError:
        raise InvalidImage(f"{path} cannot be read as a picture: the memory is too small for it; shrink it.") from None
    except UnidentifiedImageError as error:
        raise InvalidImage(
            f"{path} cannot be read as a picture: no format that is known here was found in it; save it as TIFF or PNG."
        ) from error
    except DECODING_ERRORS as error:
        raise InvalidImage(
            f"{path} cannot be read as a picture ({_reason(error)}); save it again as TIFF or PNG."
        ) from error


def _reason(error: Exception) -> str:
    """Return what a decoder says of a file."""
    words = _NAMED_NUMBER.sub(r"\1", " ".join(str(error).split()))[:300]
    if isinstance(error, _UNAWARE) or "unpack" in words or not words:
        return "it is damaged"
    return words


def _read(path: Path) -> PictureFile:
    if path.exists() and not path.is_file():
        raise InvalidImage("it is no file but a folder, a pipe or a device")
    with path.open("rb") as file:
        start = file.read(64)
    suffix = path.suffix.lower()
    if start.startswith(_TIFF_MARKS):
        with open_tiff(path) as tiff:
            is_raw = (suffix in RAW_SUFFIXES) or (bool(tiff.pages) and holds_raw(tiff))
        return read_raw(path.read_bytes()) if is_raw else read_tiff(path)
    check_bytes(path.stat().st_size)
    data = path.read_bytes()
    check_stated(data)
    return _reader(start, suffix)(data)


def _reader(start: bytes, suffix: str) -> Callable[[bytes], PictureFile]:
    """Return what reads a file that starts with these bytes."""
    brands = {start[at : at + 4] for at in (8, *range(16, len(start) - 3, 4))} if start[4:8] == b"ftyp" else set()
    if start.startswith(b"\xff\xd8"):
        return _read_any_jpeg
    if start.startswith(PNG_SIGNATURE):
        return read_png
    if brands & {*_AVIF_BRANDS}:
        return modern.read_avif
    if brands & {*_HEIC_BRANDS}:
        return modern.read_heic
    if start[4:12] == b"ftypcrx " or any(mark in start[:32] for mark in _RAW_MARKS) or suffix in RAW_SUFFIXES:
        return read_raw
    if start.startswith(b"\xff\x0a") or start[4:8] == b"JXL ":
        return modern.read_jpeg_xl
    if start.startswith(b"\xff\x4f\xff\x51") or start[4:8] == b"jP  ":
        return modern.read_jpeg_2000
    if start.startswith(b"\x76\x2f\x31\x01"):
        return modern.read_exr
    if start.startswith((b"#?RADIANCE", b"#?RGBE")):
        return modern.read_radiance
    if start.startswith((b"P5", b"P6")):
        return _read_pnm
    if start.startswith(b"II\xbc"):
        return modern.decoder("jpegxr")
    return raster.read_with_pillow


def _read_any_jpeg(data: bytes) -> PictureFile:
    """Read a JPEG, also one of 12 bits or lossless, which Pillow doesn't know."""
    try:
        return raster.read_jpeg(data)
    except UnidentifiedImageError:
        pass
    import imagecodecs

    array = np.asarray(imagecodecs.jpeg_decode(data))
    if array.dtype == np.uint16:
        array = (array.astype(np.uint32) * 65535 // 4095).clip(0, 65535).astype(np.uint16)
    return PictureFile(kind="other", pages=(page_of(array, raster.jpeg_notes(data)),))


def _read_pnm(data: bytes) -> PictureFile:
    """Read a PGM or PPM, whose header tells what white is."""
    fields: list[int] = []
    at = 2
    while len(fields) < 3 and at < min(len(data), _MOST_HEADER):
        if data[at : at + 1] == b"#":
            at = data.find(b"\n", at)
            at = len(data) if at < 0 else at
        elif data[at : at + 1].isdigit():
            stop = at
            while stop < _MOST_HEADER and data[stop : stop + 1].isdigit():
                stop += 1
            fields.append(int(data[at:stop]))
            at = stop - 1
        at += 1
    if len(fields) < 3:
        raise InvalidImage("its header is cut off")
    width, height, top = fields
    if top <= 255:
        return raster.read_with_pillow(data)
    channels = 3 if data.startswith(b"P6") else 1
    check_size(width, height, channels, 2)
    count = width * height * channels
    if len(data) < at + 1 + 2 * count:
        raise InvalidImage("it is cut off")
    array = np.frombuffer(data, ">u2", count, at + 1).reshape(height, width, channels)
    array = (np.minimum(array, top).astype(np.uint32) * 65535 // top).astype(np.uint16)
    return PictureFile(kind="other", pages=(page_of(array, Notes()),))

"""What an encoded picture says of its size before anything of it is unpacked.

The layouts are those of ITU-T T.81 (JPEG), T.800 (JPEG 2000) and T.832 (JPEG XR), ISO/IEC 18181-1 (JPEG XL), the PNG
specification, CompuServe's GIF89a and Radiance's own.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

from napari_retrogan.core.picture_files.containers import PNG_SIGNATURE, boxes, jpeg_segments
from napari_retrogan.core.picture_files.exif import Exif
from napari_retrogan.core.picture_files.jpegxl_header import JPEGXLHeader

_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_2000_START, _JPEG_XR_START, _JPEG_XR_MARK = b"\xff\x4f\xff\x51", b"II\xbc", b"WMPHOTO\0"
_JPEG_XR_OFFSET = 0xBCC0
_RADIANCE = re.compile(rb"\n\n[-+][XY] +(\d{1,12}) +[-+][XY] +(\d{1,12})\s")
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_HEADER_BYTES = 2**16
_GIF_IMAGE, _GIF_EXTENSION = 0x2C, 0x21


class StatedSize(NamedTuple):
    """Pixels across and down, and values a pixel."""

    width: int
    height: int
    channels: int


def stated_size(data: bytes) -> StatedSize | None:
    """Return what a JPEG, JPEG 2000, JPEG XL, JPEG XR, PNG or Radiance picture says; None where it says nothing."""
    if data.startswith(b"\xff\xd8"):
        return _of_jpeg(data)
    if data.startswith(_JPEG_2000_START):
        return _of_jpeg_2000(data)
    if data[4:8] == b"jP  ":
        return _of_jpeg_2000(next((content for kind, content in boxes(data) if kind == b"jp2c"), b""))
    if data.startswith(b"\xff\x0a"):
        header = JPEGXLHeader.read(data)
        return StatedSize(header.width, header.height, 3)
    if data.startswith(PNG_SIGNATURE) and len(data) >= 26:
        width, height, _, kind = struct.unpack_from(">IIBB", data, 16)
        return StatedSize(width, height, _PNG_CHANNELS.get(kind, 4))
    if data.startswith(b"#?"):
        found = _RADIANCE.search(data[:_HEADER_BYTES])
        return StatedSize(int(found[1]), int(found[2]), 3) if found else None
    return _of_jpeg_xr(data) if data.startswith(_JPEG_XR_START) else None


def _of_jpeg(data: bytes) -> StatedSize | None:
    for marker, content in jpeg_segments(data):
        if marker in _FRAMES and len(content) >= 6:
            height, width, channels = struct.unpack_from(">HHB", content, 1)
            return StatedSize(width, height, channels)
    return None


def _of_jpeg_2000(data: bytes) -> StatedSize | None:
    if not data.startswith(_JPEG_2000_START) or len(data) < 42:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", data, 8)
    (channels,) = struct.unpack_from(">H", data, 40)
    return StatedSize(max(right - left, 0), max(bottom - top, 0), channels)


def _of_jpeg_xr(data: bytes) -> StatedSize | None:
    offset = Exif.from_block(b"II*\0" + data[4:]).numbers(_JPEG_XR_OFFSET)
    at = int(offset[0]) if offset else 0
    if data[at : at + 8] != _JPEG_XR_MARK or len(data) < at + 20:
        return None
    is_short = data[at + 10] & 0x80
    width, height = struct.unpack_from(">HH" if is_short else ">II", data, at + 12)
    return StatedSize(width + 1, height + 1, 4)


def gif_extent(data: bytes, most: int) -> tuple[int, int, int]:
    """Return how many frames a GIF has, counted up to so many and one, and how wide and high these make it."""
    if len(data) < 13:
        return 0, 0, 0
    number, (width, height) = 0, struct.unpack_from("<HH", data, 6)
    at = 13 + _palette_bytes(data[10])
    while at < len(data) and number <= most:
        if data[at] == _GIF_EXTENSION:
            at += 2
        elif data[at] == _GIF_IMAGE and at + 10 < len(data):
            left, top, across, down = struct.unpack_from("<4H", data, at + 1)
            width, height = max(width, left + across), max(height, top + down)
            number += 1
            at += 11 + _palette_bytes(data[at + 9])
        else:
            break
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1
    return number, width, height


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0

"""The parts that picture files are made of: segments of a JPEG, chunks of a PNG, boxes of HEIC, AVIF and JPEG 2000."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN, _END = 0xDA, 0xD9
_JFIF_SIZE = 20
_PNG_HEADER_SIZE = 33
_NESTED = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"jp2h": 0, b"res ": 0}
_MOST_TEXT = 2**24


def jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the marker and content of a JPEG's segments up to its first scan."""
    for marker, start, stop in _jpeg_segments(data):
        if marker not in (_SCAN, _END):
            yield marker, data[start:stop]


def count_scans(data: bytes) -> int:
    """Return how often a JPEG goes over its pixels; of several in one file, the first."""
    for marker, start, _ in _jpeg_segments(data):
        if marker == _SCAN:
            end = data.find(bytes([0xFF, _END]), start)
            return 1 + data.count(bytes([0xFF, _SCAN]), start, end if end >= 0 else len(data))
    return 0


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the marker of a JPEG's segments, and where their contents start and stop, up to and with its first scan."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:  # Decoders go on at the next marker too.
            at = data.find(b"\xff", at)
            if at < 0:
                return
            continue
        marker = data[at + 1]
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        (size,) = struct.unpack_from(">H", data, at + 2)
        yield marker, at + 4, at + 2 + size
        if marker in (_SCAN, _END):
            return
        at += 2 + size


def jpeg_with(data: bytes, segments: Iterable[tuple[int, bytes]], resolution: tuple[int, int, int]) -> bytes:
    """Return a JPEG as Pillow writes it, with segments put in behind its first and a density in that.

    Parameters
    ----------
    data
        Of the JPEG.
    segments
        Marker and content.
    resolution
        The unit as JFIF numbers it, and pixels across and down.
    """
    added = b"".join(struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content for marker, content in segments)
    if data[6:11] != b"JFIF\0":
        return data[:2] + added + data[2:]
    return data[:13] + struct.pack(">BHH", *resolution) + data[18:_JFIF_SIZE] + added + data[_JFIF_SIZE:]


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and content of a PNG's chunks."""
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += 12 + size


def png_with(data: bytes, chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return a PNG with chunks put in behind its header, where all of them may stand."""
    added = b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
    return data[:_PNG_HEADER_SIZE] + added + data[_PNG_HEADER_SIZE:]


def png_without(data: bytes, kinds: frozenset[bytes]) -> bytes:
    """Return a PNG without chunks of some kinds."""
    at = len(PNG_SIGNATURE)
    kept = [data[:at]]
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] not in kinds:
            kept.append(data[at:end])
        at = end
    return b"".join(kept) if len(kept) > 1 else data


def inflate(data: bytes) -> bytes:
    """Unpack a text of a PNG; nothing if it is broken or absurdly long."""
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(data, _MOST_TEXT)
    except zlib.error:
        return b""
    return b"" if unpacker.unconsumed_tail else content


def png_text(kind: bytes, content: bytes) -> tuple[bytes, bytes]:
    """Return keyword and text of a tEXt, zTXt or iTXt chunk."""
    keyword, _, rest = content.partition(b"\0")
    if kind == b"zTXt":
        return keyword, inflate(rest[1:])
    if kind == b"iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:]
        rest = rest.partition(b"\0")[2].partition(b"\0")[2]
        return keyword, inflate(rest) if packed else rest
    return keyword, rest


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and content of boxes, and of those inside the ones that tell how pixels are meant."""
    at, end = start, len(data) if end is None else end
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and at + 16 <= end:
            (size,), head = struct.unpack_from(">Q", data, at + 8), 16
        stop = end if size == 0 else min(at + size, end)
        if stop < at + head:
            return
        if kind in _NESTED:
            yield from boxes(data, at + head + _NESTED[kind], stop)
        else:
            yield kind, data[at + head : stop]
        at = stop

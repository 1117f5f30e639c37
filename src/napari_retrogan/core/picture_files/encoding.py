"""Pictures in memory as JPEG, PNG, WebP and BMP, with all notes that these hold; what they don't is said in words."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from napari_retrogan.core.picture_files.containers import jpeg_with, png_chunks, png_with
from napari_retrogan.core.picture_files.exif import CAMERA, MAKER_NOTE
from napari_retrogan.core.picture_files.notes import COLOUR_CHUNKS, INCH, NO_UNIT, Notes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.picture_files.page import Page, PictureFile

_PNG_START = 33
_MOST_SEGMENT, _MOST_PROFILE_PART = 65533, 65519
_INCHES_A_METRE, _CENTIMETRES_A_METRE, _MOST_DOTS = 39.3701, 100, 2**31 - 1
# Full chroma resolution: colour noise in grain does not survive 4:2:0.
_JPEG_OPTIONS: dict[str, Any] = {"quality": 95, "subsampling": 0}


def encode_jpeg(picture: PictureFile, remarks: list[str]) -> bytes:
    """Return a JPEG, or several side by side."""
    encoded = [_one_jpeg(page, remarks) for page in picture.pages]
    if len(encoded) == 1:
        return encoded[0]
    return _side_by_side(encoded)


def _one_jpeg(page: Page, remarks: list[str]) -> bytes:
    notes, buffer = page.notes[0], io.BytesIO()
    Image.fromarray(page.colours).save(buffer, "JPEG", **_JPEG_OPTIONS)
    segments: list[tuple[int, bytes]] = []

    def add(marker: int, head: bytes, content: bytes | None, what: str) -> None:
        if content and len(head + content) > _MOST_SEGMENT:
            remarks.append(f"{what} is too long for a JPEG and left out")
        elif content:
            segments.append((marker, head + content))

    exif = notes.exif
    if len(exif.block()) > _MOST_SEGMENT - 6:
        exif = exif.without(MAKER_NOTE, CAMERA)
        remarks.append("the camera maker's own note is too long for a JPEG and left out")
    add(0xE1, b"Exif\0\0", exif.block(), "Exif")
    add(0xE1, b"http://ns.adobe.com/xap/1.0/\0", notes.xmp, "XMP")
    add(0xED, b"Photoshop 3.0\0", notes.photoshop, "the caption (IPTC)")
    profile = page.profile or b""
    parts = [profile[at : at + _MOST_PROFILE_PART] for at in range(0, len(profile), _MOST_PROFILE_PART)]
    if len(parts) < 256:
        segments += [(0xE2, b"ICC_PROFILE\0" + bytes([n, len(parts)]) + part) for n, part in enumerate(parts, 1)]
    for comment in notes.comments:
        add(0xFE, b"", comment, "a comment")
    return jpeg_with(buffer.getvalue(), segments, _density(notes))


def _density(notes: Notes) -> tuple[int, int, int]:
    """Return unit, across and down as JFIF takes them."""
    if notes.resolution is not None:
        across, down, unit = (round(value) for value in notes.resolution)
        if 0 < across < 2**16 and 0 < down < 2**16:
            return unit - 1, across, down
    return 0, 1, 1


def _side_by_side(encoded: list[bytes]) -> bytes:
    """Return a multi-picture file (CIPA DC-007): pictures in a row, and a table of them in the first one."""
    size = 8 + 2 + 3 * 12 + 4 + 16 * len(encoded)
    at = encoded[0].index(b"\xff\xdb")
    head, rest = encoded[0][:at], encoded[0][at:]
    base = len(head) + 8
    sizes = [len(encoded[0]) + size + 8, *map(len, encoded[1:])]
    table = b"II*\0" + struct.pack("<IH", 8, 3)
    table += struct.pack("<HHI4s", 0xB000, 7, 4, b"0100") + struct.pack("<HHII", 0xB001, 4, 1, len(encoded))
    table += struct.pack("<HHIII", 0xB002, 7, 16 * len(encoded), 50, 0)
    start = 0
    for number, length in enumerate(sizes):
        table += struct.pack(
            "<IIIHH", 0x20000000 | 0x030000 if not number else 0x020002, length, start - base if number else 0, 0, 0
        )
        start += length
    content = b"MPF\0" + table
    segment = struct.pack(">BBH", 0xFF, 0xE2, len(content) + 2) + content
    return b"".join([head, segment, rest, *encoded[1:]])


def encode_png(picture: PictureFile, remarks: list[str]) -> bytes:
    """Return a PNG of 8 or 16 bits, or one of frames."""
    page = picture.pages[0]
    notes, channels = page.notes[0], _channels(page)
    if picture.is_film:
        data = _moving_png(picture, channels)
    else:
        import imagecodecs

        data = bytes(imagecodecs.png_encode(np.ascontiguousarray(channels)))
    chunks: list[tuple[bytes, bytes]] = []
    says_colours = any(kind in COLOUR_CHUNKS for kind, _ in notes.chunks)
    if page.profile and not says_colours:
        chunks.append((b"iCCP", b"ICC Profile\0\0" + zlib.compress(page.profile)))
    if notes.resolution is not None:
        across, down, unit = notes.resolution
        factor = {NO_UNIT: 1.0, INCH: _INCHES_A_METRE}.get(unit, _CENTIMETRES_A_METRE)
        dots = round(across * factor), round(down * factor)
        if min(dots) > 0 and max(dots) <= _MOST_DOTS:
            chunks.append((b"pHYs", struct.pack(">IIB", *dots, unit != NO_UNIT)))
        else:
            remarks.append("its resolution is beyond what a PNG can say and left out")
    block = notes.exif.block()
    if block:
        chunks.append((b"eXIf", block))
    if notes.xmp:
        chunks.append((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + notes.xmp))
    if notes.photoshop:
        remarks.append("its caption and keywords (IPTC) can't be kept in a PNG")
    chunks += [(b"tEXt", b"Comment\0" + comment.replace(b"\0", b"")) for comment in notes.comments]
    return png_with(data, [*chunks, *notes.chunks])


def encode_webp(picture: PictureFile, remarks: list[str]) -> bytes:
    """Return a WebP without loss, or one of frames."""
    page = picture.pages[0]
    notes, channels = page.notes[0], _channels(page)
    options: dict[str, Any] = {"icc_profile": page.profile, "exif": notes.exif.block(), "xmp": notes.xmp}
    options = {name: value for name, value in options.items() if value} | {"lossless": True, "exact": True}
    frames = [Image.fromarray(frame) for frame in (channels if picture.is_film else channels[None])]
    if picture.is_film:
        options |= {"save_all": True, "append_images": frames[1:], "loop": picture.loop}
        options["duration"] = [round(time) for time in picture.milliseconds]
    buffer = io.BytesIO()
    frames[0].save(buffer, "WEBP", **options)
    return buffer.getvalue()


def encode_bmp(picture: PictureFile, remarks: list[str]) -> bytes:
    """Return a BMP."""
    page, buffer = picture.pages[0], io.BytesIO()
    dots = page.notes[0].dots_an_inch()
    Image.fromarray(page.colours).save(buffer, "BMP", **({"dpi": dots} if dots and max(dots) < 2**25 else {}))
    return buffer.getvalue()


def _moving_png(picture: PictureFile, frames: NDArray[Any]) -> bytes:
    """Return a PNG of frames (N, Y, X[, C]), each a whole picture that replaces the one before."""
    import imagecodecs

    number, height, width = frames.shape[:3]
    start, order = b"", 0
    body: list[tuple[bytes, bytes]] = []
    for index, frame in enumerate(frames):
        encoded = bytes(imagecodecs.png_encode(np.ascontiguousarray(frame)))
        start = start or encoded[:_PNG_START]
        control = struct.pack(">5I2H2B", order, width, height, 0, 0, *_fraction(picture.milliseconds[index]), 0, 0)
        body.append((b"fcTL", control))
        order += 1
        for kind, content in png_chunks(encoded):
            if kind == b"IDAT" and index:
                body.append((b"fdAT", struct.pack(">I", order) + content))
                order += 1
            elif kind == b"IDAT":
                body.append((kind, content))
    head = (b"acTL", struct.pack(">II", number, picture.loop))
    return png_with(start, [head, *body, (b"IEND", b"")])


def _fraction(milliseconds: float) -> tuple[int, int]:
    """Return a time in seconds as two numbers of 16 bits."""
    seconds = Fraction(milliseconds / 1000).limit_denominator(1000)
    return (seconds.numerator, seconds.denominator) if seconds.numerator < 2**16 else (2**16 - 1, 1)


def _channels(page: Page) -> NDArray[Any]:
    """Return what PNG and WebP take: without an axis of one channel."""
    channels = page.channels()
    return channels[..., 0] if channels.shape[-1] == 1 else channels

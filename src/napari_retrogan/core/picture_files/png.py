"""PNG: pixels by their codec at their depth, and what its chunks say."""

from __future__ import annotations

import io
import struct
from contextlib import suppress

import numpy as np

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.picture_files import colour
from napari_retrogan.core.picture_files.containers import inflate, png_chunks, png_text, png_without
from napari_retrogan.core.picture_files.exif import Exif
from napari_retrogan.core.picture_files.limits import check_packing, check_size
from napari_retrogan.core.picture_files.notes import COLOUR_CHUNKS, EXIF_HEAD, INCH, NO_UNIT, XMP_HEAD, Notes
from napari_retrogan.core.picture_files.page import PictureFile, page_of
from napari_retrogan.core.picture_files.raster import opened, read_film

_XMP_KEYWORD, _RAW_XMP = b"XML:com.adobe.xmp", b"Raw profile type xmp"
_RAW_EXIF = (b"Raw profile type exif", b"Raw profile type APP1")
_NOTE_KEYWORDS = frozenset({_XMP_KEYWORD, _RAW_XMP, *_RAW_EXIF})
_KEPT_CHUNKS = COLOUR_CHUNKS | {b"tEXt", b"zTXt", b"iTXt", b"tIME"}
_PACKED_CHUNKS = frozenset({b"zTXt", b"iTXt", b"iCCP"})
_PNG_CHANNELS = {0: 1, 2: 3, 3: 4, 4: 2, 6: 4}
_MOST_GROWTH = 2
"""What can't be packed takes a little more than it did."""
_INCHES_A_METRE = 39.3701


def read_png(data: bytes) -> PictureFile:
    """Read a PNG at its depth, or the frames of a moving one."""
    chunks = list(png_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) < 13:
        raise InvalidImage("its header is broken")
    width, height, bits, kind = struct.unpack_from(">IIBB", chunks[0][1])
    kinds = {each for each, _ in chunks}
    packed = sum(len(content) for each, content in chunks if each in (b"IDAT", b"fdAT"))
    channels = _PNG_CHANNELS.get(kind, 4)
    check_size(width, height, channels, bits // 8 or 1)
    check_packing(width * height * channels * bits // 8, packed)
    if b"acTL" not in kinds and packed > _MOST_GROWTH * height * (width * channels * bits // 8 + 2) + 2**16:
        raise InvalidImage("there is more in it than it says")
    notes, profile = _png_notes(chunks)
    if b"acTL" in kinds:
        with opened(io.BytesIO(data), len(data)) as picture:
            return read_film(picture, notes, profile)
    import imagecodecs

    pixels = png_without(data, _PACKED_CHUNKS)  # The decoder unpacks what it has no use for.
    return PictureFile(kind="png", pages=(page_of(np.asarray(imagecodecs.png_decode(pixels)), notes, profile=profile),))


def _png_notes(chunks: list[tuple[bytes, bytes]]) -> tuple[Notes, bytes | None]:
    """Return what the chunks of a PNG say, and the profile of its colours.

    Of several ways to tell the colours' space the one of the highest rank holds: cICP, iCCP, sRGB, gAMA with cHRM.
    """
    first: dict[bytes, bytes] = {}
    for kind, content in chunks:
        first.setdefault(kind, content)
    exif, kept = first.get(b"eXIf", b""), []
    told: dict[bytes, bytes] = {}
    for kind, content in chunks:
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            keyword = content.partition(b"\0")[0]
            if keyword in _NOTE_KEYWORDS:
                if keyword not in told:  # Each is unpacked once, however often it is there.
                    told[keyword] = png_text(kind, content)[1]
                continue
        if kind in _KEPT_CHUNKS:
            kept.append((kind, content))
    xmp = told.get(_XMP_KEYWORD) or _raw_profile(told.get(_RAW_XMP, b"")) or None
    for keyword in _RAW_EXIF:
        exif = exif or _raw_profile(told.get(keyword, b""))
    if exif.startswith(XMP_HEAD):
        xmp, exif = exif[len(XMP_HEAD) :], b""
    resolution = None
    if len(first.get(b"pHYs", b"")) == 9:
        across, down, unit = struct.unpack(">IIB", first[b"pHYs"])
        factor = _INCHES_A_METRE if unit == 1 else 1.0
        resolution = (across / factor, down / factor, INCH if unit == 1 else NO_UNIT) if across and down else None
    profile = _png_profile(first)
    if profile and _has_own_profile(first):
        # Beside it the other chunks are for readers without profiles; alone they would tell another space.
        kept = [(kind, content) for kind, content in kept if kind not in COLOUR_CHUNKS]
    notes = Notes(Exif.from_block(exif), xmp, None, (), resolution, tuple(kept))
    return notes, profile or (colour.adobe_rgb() if not _tells_colours(first) and notes.is_adobe_rgb else None)


def _tells_colours(first: dict[bytes, bytes]) -> bool:
    return bool(first.keys() & {b"cICP", b"iCCP", b"sRGB", b"gAMA"})


def _has_own_profile(first: dict[bytes, bytes]) -> bool:
    """Return whether the colours are those of a profile in the file, and no cICP goes before it."""
    return b"iCCP" in first and len(first.get(b"cICP", b"")) < 2


def _png_profile(first: dict[bytes, bytes]) -> bytes | None:
    """Return the profile that a PNG's chunks say, None for sRGB."""
    if len(first.get(b"cICP", b"")) >= 2:
        return colour.profile_of_tags(first[b"cICP"][0], first[b"cICP"][1])
    if _has_own_profile(first):
        return inflate(first[b"iCCP"].partition(b"\0")[2][1:]) or None
    if b"sRGB" in first or len(first.get(b"gAMA", b"")) < 4:
        return None
    (stored,) = struct.unpack(">I", first[b"gAMA"][:4])
    if not 1000 <= stored <= 1_000_000:
        return None
    corners = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
    if len(first.get(b"cHRM", b"")) >= 32:
        corners = tuple(value / 100_000 for value in struct.unpack(">8I", first[b"cHRM"][:32]))
    if abs(stored - 45455) < 100 and np.allclose(
        corners, (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06), atol=2e-3
    ):
        return None  # As every program writes that means sRGB.
    try:
        return colour.make_profile(corners[2:], 100_000 / stored, (corners[0], corners[1]))
    except (np.linalg.LinAlgError, ZeroDivisionError, struct.error):
        return None


def _raw_profile(text: bytes) -> bytes:
    """Return the block that ImageMagick writes as hexadecimal digits behind its name and length."""
    digits = b"".join(text.split(b"\n", 3)[3:]).translate(None, b" \n\r\t")
    with suppress(ValueError):
        return bytes.fromhex(digits.decode("ascii", "replace")).removeprefix(EXIF_HEAD)
    return b""

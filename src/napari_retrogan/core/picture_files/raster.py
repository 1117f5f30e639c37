"""JPEG and what else Pillow reads: pixels by its codecs, notes as they stand."""

from __future__ import annotations

import io
import struct
import warnings
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import Image, ImageSequence

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.picture_files import colour
from napari_retrogan.core.picture_files.containers import jpeg_segments
from napari_retrogan.core.picture_files.exif import Exif
from napari_retrogan.core.picture_files.limits import (
    MOST_PICTURES,
    check_number,
    check_packing,
    check_size,
    most_pixels,
)
from napari_retrogan.core.picture_files.notes import EXIF_HEAD, INCH, XMP_HEAD, Notes
from napari_retrogan.core.picture_files.page import Kind, Page, PictureFile, page_of
from napari_retrogan.core.picture_files.stated_size import gif_extent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_PHOTOSHOP_HEAD = b"Photoshop 3.0\0"
_KINDS: dict[str, Kind] = {"JPEG": "jpeg", "MPO": "jpeg", "PNG": "png", "WEBP": "webp", "BMP": "bmp", "DIB": "bmp"}
# Others that Pillow opens run programs (EPS) or are no pictures that people keep.
_FORMATS = ["AVIF", "BMP", "DIB", "GIF", "JPEG", "JPEG2000", "PCX", "PNG", "PPM", "QOI", "TGA", "WEBP"]
_BITS_OF_MODES = {"1": 1, "I": 4, "F": 4}
_PREVIEW_TYPES, _MPO_ENTRIES = ("Large Thumbnail",), 0xB002
_GAIN_MAP_REMARK = "the gain map or film that lies beside the picture is left out, with the notes that announce it"


def read_jpeg(data: bytes) -> PictureFile:
    """Read a JPEG, or the pictures that a multi-picture file (MPO) holds side by side."""
    notes = jpeg_notes(data)
    with opened(io.BytesIO(data), len(data)) as picture:
        pages = [_page(picture, notes)]
        remarks: tuple[str, ...] = (_GAIN_MAP_REMARK,) if notes.announces_companions else ()
        if picture.format == "MPO" and not notes.announces_companions:
            base = int(picture.info.get("mpoffset", 0))
            total = _num_frames(picture)
            check_number(total)
            for number in range(1, total):
                picture.seek(number)
                check_size(*picture.size, 3, 1, total)
                part = jpeg_notes(_of_mpo(data, picture, number, base))
                if _is_companion(picture, part, number):
                    remarks += (f"the preview or gain map that is its picture {number + 1} is left out",)
                else:
                    pages.append(_page(picture, part))
        remarks += _ink_remarks(picture)
    return PictureFile(kind="jpeg", pages=tuple(pages), remarks=remarks)


def jpeg_notes(data: bytes) -> Notes:
    """Return what the segments of a JPEG say; Exif may go on over several of them."""
    exif, photoshop, xmp, comments, density = bytearray(), bytearray(), None, [], None
    for marker, content in jpeg_segments(data):
        if marker == 0xE1 and content.startswith(EXIF_HEAD):
            exif += content[len(EXIF_HEAD) :]
        elif marker == 0xE1 and content.startswith(XMP_HEAD):
            xmp = content[len(XMP_HEAD) :]
        elif marker == 0xED and content.startswith(_PHOTOSHOP_HEAD):
            photoshop += content[len(_PHOTOSHOP_HEAD) :]
        elif marker == 0xFE:
            comments.append(content)
        elif marker == 0xE0 and content.startswith(b"JFIF\0") and len(content) >= 12:
            density = struct.unpack_from(">BHH", content, 7)
    resolution = None
    if density is not None and density[0] in (0, 1, 2) and density[1] > 1 and density[2] > 1:
        resolution = (float(density[1]), float(density[2]), density[0] + 1)
    return Notes(Exif.from_block(bytes(exif)), xmp, bytes(photoshop) or None, tuple(comments), resolution)


def read_with_pillow(data: bytes) -> PictureFile:
    """Read whatever Pillow knows: one picture, or frames with their times."""
    with opened(io.BytesIO(data), len(data)) as picture:
        info = picture.info
        exif = info.get("exif")
        comment = info.get("comment")
        resolution = info.get("dpi")
        with suppress(TypeError, ValueError, OverflowError):
            resolution = None if resolution is None else (float(resolution[0]), float(resolution[1]), INCH)
        is_own = picture.format != "JPEG2000"
        notes = Notes(
            Exif.from_block(exif if isinstance(exif, bytes) else b""),
            info.get("xmp") if isinstance(info.get("xmp"), bytes) else None,
            comments=(comment,) if isinstance(comment, bytes) and is_own else (),
            resolution=resolution if resolution and 0 < min(resolution) < max(resolution[:2]) + 1 < 1e6 else None,
        )
        profile = info.get("icc_profile") or (colour.adobe_rgb() if notes.is_adobe_rgb else None)
        if picture.format == "GIF":
            _check_gif(data)
        if _num_frames(picture) > 1 and picture.format in ("GIF", "WEBP", "AVIF"):
            return read_film(picture, notes, profile)
        page = _page(picture, notes, profile)
        return PictureFile(kind=_KINDS.get(str(picture.format), "other"), pages=(page,), remarks=_ink_remarks(picture))


def _check_gif(data: bytes) -> None:
    """Refuse a GIF that has too many frames, or whose frames make it too large."""
    number, width, height = gif_extent(data, MOST_PICTURES)
    check_number(number)
    check_size(width, height, 4, 1, max(number, 1))


@contextmanager
def opened(file: BinaryIO, packed: int) -> Iterator[Image.Image]:
    """Open a picture of so many bytes with Pillow, whose own limit of pixels is ours instead."""
    most, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, most_pixels() // 2  # It refuses the double.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Odd notes are dropped without a word, and sizes are judged below.
            with Image.open(file, formats=_FORMATS) as picture:
                width, height = picture.size
                channels = len(picture.getbands())
                check_size(width, height, channels, _BITS_OF_MODES.get(picture.mode, 1))
                check_packing(width * height * channels // (8 if picture.mode == "1" else 1), packed)
                yield picture
    except Image.DecompressionBombError:
        raise InvalidImage("it says that it holds more pixels than fit into the memory; divide or shrink it") from None
    finally:
        Image.MAX_IMAGE_PIXELS = most


def _num_frames(picture: Image.Image) -> int:
    return int(getattr(picture, "n_frames", 1))


def _of_mpo(data: bytes, picture: Any, number: int, base: int) -> bytes:
    """Return a part of a multi-picture file and what follows it."""
    return data[picture.mpinfo[_MPO_ENTRIES][number]["DataOffset"] + base :]


def _is_companion(picture: Any, notes: Notes, number: int) -> bool:
    """Tell whether a further picture of a file is a preview, or what brightens the first one."""
    entries = (picture.mpinfo or {}).get(_MPO_ENTRIES) or []
    kind = str(entries[number]["Attribute"].get("MPType", "")) if number < len(entries) else ""
    return kind.startswith(_PREVIEW_TYPES) or notes.announces_companions or b"hdrgainmap" in (notes.xmp or b"")


def _page(picture: Image.Image, notes: Notes, profile: bytes | None = None) -> Page:
    """Return the present frame of an open picture."""
    profile = profile or picture.info.get("icc_profile") or (colour.adobe_rgb() if notes.is_adobe_rgb else None)
    if picture.mode == "CMYK":
        inks, _ = colour.inks_to_srgb(np.asarray(picture), picture.info.get("icc_profile"))
        return page_of(inks, replace(notes, exif=notes.exif.in_srgb()))
    return page_of(_values(picture), notes, profile=profile)


def _ink_remarks(picture: Image.Image) -> tuple[str, ...]:
    if picture.mode != "CMYK":
        return ()
    return (ink_remark(picture.info.get("icc_profile")),)


def ink_remark(profile: bytes | None) -> str:
    """Say what became of printer's inks."""
    by = "their profile" if profile and profile[16:20] == b"CMYK" else "arithmetic, since they have no profile"
    return f"printer's inks (CMYK) are written as RGB, converted by {by}"


def _values(picture: Image.Image) -> NDArray[Any]:
    """Return the pixels of an open picture as grey, grey with alpha, RGB or RGBA."""
    mode = picture.mode
    if mode.startswith("I"):
        return np.clip(np.asarray(picture), 0, 65535).astype(np.uint16)
    if (mode in ("1", "L") and "transparency" in picture.info) or mode in {"LA", "La"}:
        picture = picture.convert("LA")
    elif mode == "1":
        picture = picture.convert("L")
    elif mode in {"PA", "RGBa"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    elif mode not in {"L", "RGB", "RGBA", "F"}:
        picture = picture.convert("RGB")
    return np.array(picture)


def read_film(picture: Image.Image, notes: Notes, profile: bytes | None) -> PictureFile:
    """Return all frames of an open picture, as they are seen one after the other."""
    number = _num_frames(picture)
    check_number(number)
    check_size(*picture.size, 4, 1, number)
    frames, times = [], []
    for index, frame in enumerate(ImageSequence.Iterator(picture)):
        if not index and frame.info.get("default_image"):
            continue  # It is shown by programs that don't know moving PNGs, instead of them.
        frames.append(np.asarray(frame.convert("RGBA")))
        times.append(float(frame.info.get("duration", 0) or 0))  # WebP's is known once the frame is read.
    height, width = (max(frame.shape[axis] for frame in frames) for axis in (0, 1))
    frames = [np.pad(each, ((0, height - each.shape[0]), (0, width - each.shape[1]), (0, 0))) for each in frames]
    stack = np.stack(frames)
    if (stack[..., 3] == 255).all():
        stack = np.ascontiguousarray(stack[..., :3])
    kind = _KINDS.get(str(picture.format), "other")
    page = page_of(stack, notes, profile=profile)
    loop = int(picture.info.get("loop", 1) or 0)
    return PictureFile(kind=kind, pages=(page,), is_film=True, milliseconds=tuple(times), loop=loop)

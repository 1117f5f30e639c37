"""What picture files say beside their pixels, from file to file: profile, camera's notes, resolution, texts."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import ExifTags, Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_CAMERA, _PLACE = int(ExifTags.IFD.Exif), int(ExifTags.IFD.GPSInfo)
_XMP_TAG, _PROFILE_TAG, _INTEROPERABILITY_TAG = 700, 34675, 40965
_RESOLUTION_TAGS = (282, 283, 296)
_SIZE_TAGS = (40962, 40963)
# How pixels are stored, which way up they were, small copies of them, and what is kept in other ways.
_STORAGE_TAGS = frozenset(
    {*range(254, 270), *range(273, 282), 284, *range(288, 294), 297, 301, 317, *range(320, 348), *range(512, 533)}
    | {_XMP_TAG, _PROFILE_TAG, _CAMERA, _PLACE, 33723, 34377, 34675, 37724, 50838, 50839}
)
_CENTIMETRES_AN_INCH = 2.54
_INCHES_A_METRE = 39.37007874
_CHANNELS_OF_SPACES = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 0}
_DESCRIPTION_TAG = 270
_STRUCTURED = ("<?xml", "ImageJ=", '{"shape"')


@dataclass(frozen=True, slots=True)
class Notes:
    """What goes with a picture.

    Attributes
    ----------
    tags, camera, place
        EXIF by number: of the picture, of how it was taken and of where.
    profile
        ICC profile.
    resolution
        Pixels an inch, across and down.
    texts
        Of a PNG, by keyword.
    xmp
        Adobe's notes, as they stand.
    """

    tags: Mapping[int, Any] = field(default_factory=dict)
    camera: Mapping[int, Any] = field(default_factory=dict)
    place: Mapping[int, Any] = field(default_factory=dict)
    profile: bytes | None = None
    resolution: tuple[float, float] | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    xmp: bytes | None = None

    def exif(self, shape: tuple[int, ...]) -> bytes | None:
        """Return the EXIF block of a picture of (rows, columns), upright."""
        exif = Image.Exif()
        exif.update({tag: _as_stored(value) for tag, value in self.tags.items()})
        for group, values in self.groups(shape):
            exif.get_ifd(group).update({tag: _as_stored(value) for tag, value in values.items()})
        return exif.tobytes() if self.tags or self.camera or self.place else None

    def profile_for(self, channels: int) -> bytes | None:
        """Return the profile if it is one for so many channels; inks that became RGB have lost theirs."""
        if self.profile is None:
            return None
        wanted = _CHANNELS_OF_SPACES.get(self.profile[16:20])
        return self.profile if wanted in (None, min(channels, 3)) else None

    def groups(self, shape: tuple[int, ...]) -> list[tuple[int, Mapping[int, Any]]]:
        """Return the EXIF tags that have directories of their own, of a picture of (rows, columns)."""
        sizes = dict(zip(_SIZE_TAGS, (shape[1], shape[0]), strict=True))
        camera = {tag: sizes.get(tag, value) for tag, value in self.camera.items() if tag != _INTEROPERABILITY_TAG}
        return [(group, values) for group, values in ((_CAMERA, camera), (_PLACE, self.place)) if values]


def read_notes(path: Path, *, tiff: bool) -> Notes:
    """Read what goes with a picture.

    Parameters
    ----------
    path
        Of the picture.
    tiff
        Whether it is a TIFF file, of which Pillow need not know the pixels.
    """
    if tiff:
        with path.open("rb") as file:
            exif = Image.Exif()
            exif.load_from_fp(file)
            tags = dict(exif)
            return _from_exif(
                exif, profile=tags.get(_PROFILE_TAG), resolution=_resolution(tags), xmp=tags.get(_XMP_TAG)
            )
    with Image.open(path) as picture:
        info = picture.info
        texts = {key: str(text) for key, text in getattr(picture, "text", {}).items() if not key.startswith("XML:")}
        resolution = info.get("dpi")
        return _from_exif(
            picture.getexif(),
            profile=info.get("icc_profile"),
            resolution=None if resolution is None else (float(resolution[0]), float(resolution[1])),
            texts=texts,
            xmp=info.get("xmp"),
        )


def save_options(notes: Notes, suffix: str, shape: tuple[int, ...]) -> dict[str, Any]:
    """Return the notes as Pillow's ``save`` takes them.

    Parameters
    ----------
    notes
        Of the source.
    suffix
        Of the new file, in small letters.
    shape
        Of its array.
    """
    if suffix == ".bmp":
        return {"dpi": notes.resolution} if notes.resolution else {}
    options: dict[str, Any] = {
        "icc_profile": notes.profile_for(_channels(shape)),
        "exif": notes.exif(shape),
        "xmp": notes.xmp,
    }
    if suffix == ".png":
        options["pnginfo"] = _png_texts(notes)
    if suffix != ".webp":
        options["dpi"] = notes.resolution
    return {name: value for name, value in options.items() if value}


def png_with_notes(data: bytes, notes: Notes, shape: tuple[int, ...]) -> bytes:
    """Return an encoded PNG with notes put in after its header."""
    chunks = []
    profile, exif = notes.profile_for(_channels(shape)), notes.exif(shape)
    if profile:
        chunks.append((b"iCCP", b"ICC Profile\0\0" + zlib.compress(profile)))
    if notes.resolution:
        across, down = (round(dots * _INCHES_A_METRE) for dots in notes.resolution)
        chunks.append((b"pHYs", struct.pack(">IIB", across, down, 1)))
    if exif:
        chunks.append((b"eXIf", exif.removeprefix(b"Exif\0\0")))
    chunks += [(kind, values) for kind, values, _ in _png_texts(notes).chunks]
    after_header = 33
    added = b"".join(
        struct.pack(">I", len(values)) + kind + values + struct.pack(">I", zlib.crc32(kind + values))
        for kind, values in chunks
    )
    return data[:after_header] + added + data[after_header:]


def tiff_options(notes: Notes, channels: int) -> dict[str, Any]:
    """Return the notes as ``tifffile.imwrite`` takes them, but for those of `add_camera_notes`."""
    extra: list[tuple[int, int | str, int, Any, bool]] = []
    for tag, value in sorted(notes.tags.items()):
        if isinstance(value, str) and tag not in (_DESCRIPTION_TAG, 305):
            extra.append((tag, "s", 0, _as_stored(value), True))
        elif isinstance(value, int) and tag not in _RESOLUTION_TAGS:
            extra.append((tag, "H" if 0 <= value < 2**16 else "I", 1, value, True))
    if notes.xmp:
        extra.append((_XMP_TAG, "B", len(notes.xmp), notes.xmp, True))
    options: dict[str, Any] = {"iccprofile": notes.profile_for(channels), "extratags": extra}
    if notes.resolution:
        options |= {"resolution": notes.resolution, "resolutionunit": "INCH"}
    for name, tag in (("description", _DESCRIPTION_TAG), ("software", 305)):
        text = notes.tags.get(tag)
        if isinstance(text, str) and not text.startswith(_STRUCTURED):
            options[name] = _as_stored(text)
    return options


def add_camera_notes(path: Path, notes: Notes, shape: tuple[int, ...]) -> None:
    """Append the camera's notes to a little-endian TIFF file, whose first directory moves to its end.

    A BigTIFF is left as it is.
    """
    groups = notes.groups(shape)
    with path.open("r+b") as file:
        if not groups or file.read(4) != b"II*\0":
            return
        file.seek(*struct.unpack("<I", file.read(4)))
        (count,) = struct.unpack("<H", file.read(2))
        entries = [file.read(12) for _ in range(count)]
        following = file.read(4)
        for group, values in groups:
            directory = TiffImagePlugin.ImageFileDirectory_v2(b"II*\0\0\0\0\0", group=group)
            for tag, value in values.items():
                directory[tag] = _as_stored(value)
            start = _even_end(file)
            file.write(directory.tobytes(start))
            entries.append(struct.pack("<HHII", group, 4, 1, start))
        entries.sort(key=lambda entry: struct.unpack("<H", entry[:2]))
        start = _even_end(file)
        file.write(struct.pack("<H", len(entries)) + b"".join(entries) + following)
        file.seek(4)
        file.write(struct.pack("<I", start))


def _even_end(file: Any) -> int:
    """Go to the end of a file, made even as TIFF wants it, and return where that is."""
    end: int = file.seek(0, 2)
    return end + int(file.write(b"\0" * (end % 2)))


def _as_stored(value: Any) -> Any:
    """Return a text as the bytes that it was read from: Pillow reads them as Latin-1 but writes ASCII alone."""
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("latin-1") if max(value) < "\u0100" else value.encode()


def _from_exif(exif: Image.Exif, **others: Any) -> Notes:
    """Return notes with all that EXIF says and that still holds."""
    tags = {tag: value for tag, value in exif.items() if tag not in _STORAGE_TAGS}
    camera, place = dict(exif.get_ifd(_CAMERA)), dict(exif.get_ifd(_PLACE))
    return Notes(tags=tags, camera=camera, place=place, **others)


def _resolution(tags: Mapping[int, Any]) -> tuple[float, float] | None:
    """Return pixels an inch, if the tags of a TIFF file say them."""
    across, down, unit = (tags.get(tag) for tag in _RESOLUTION_TAGS)
    if not across or not down or unit not in (2, 3):
        return None
    factor = _CENTIMETRES_AN_INCH if unit == 3 else 1.0
    return float(across) * factor, float(down) * factor


def _png_texts(notes: Notes) -> PngInfo:
    """Return the texts of a PNG."""
    info = PngInfo()
    for key, text in notes.texts.items():
        info.add_itxt(key, text)
    if notes.xmp:
        info.add_itxt("XML:com.adobe.xmp", notes.xmp.decode("utf-8", "replace"))
    return info


def _channels(shape: tuple[int, ...]) -> int:
    """Return the number of channels of an array (Y, X) or (Y, X, C)."""
    return 1 if len(shape) == 2 else shape[-1]

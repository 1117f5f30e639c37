"""TIFF as its source was: the same pages with the same entries, and directories of Exif behind them."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import tifffile

from napari_retrogan.core.picture_files.exif import CAMERA, IMAGE, PLACE, RATIONALS, Entry, Exif
from napari_retrogan.core.picture_files.notes import INCH, Notes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_retrogan.core.picture_files.page import Page

_DESCRIPTION, _XMP, _PHOTOSHOP = 270, 700, 34377
_RESOLUTION = (282, 283, 296)
_IMAGEJ = (50838, 50839)
_STRUCTURED = (b"<?xml", b"<OME", b"ImageJ=", b'{"shape"', b'{"axes"')
_CLASSIC_BYTES = 2**32 - 2**25


def write_tiff(path: Path, pages: Sequence[Page], *, is_described: bool) -> None:
    """Write pages, each as it is.

    Parameters
    ----------
    path
        The new file.
    pages
        Stacks become as many pages, in order.
    is_described
        Whether the description that tells of axes still holds.
    """
    size = sum(page.channels().nbytes if page.extras is not None else page.colours.nbytes for page in pages)
    pointers = []
    big = size > _CLASSIC_BYTES
    with tifffile.TiffWriter(path, bigtiff=big, byteorder="<", ome=False, imagej=False) as file:
        for page in pages:
            planes = page.channels() if page.extras is not None else page.colours
            planes = planes.reshape(-1, *planes.shape[len(page.leading) :])
            for number, plane in enumerate(planes):
                notes = page.notes[number] if number < len(page.notes) else Notes()
                notes = replace(notes, exif=notes.exif.in_order("<"))
                keeps_description = is_described and page is pages[0]
                options = tiff_options(notes, page.profile, described=keeps_description, big=big)
                file.write(plane, **_layout(page), **options)
                pointers.append(notes.exif)
    add_directories(path, pointers)


def tiff_options(notes: Notes, profile: bytes | None, *, described: bool = False, big: bool = False) -> dict[str, Any]:
    """Return notes in little-endian order as ``TiffWriter.write`` takes them; Exif's directories lead nowhere yet."""
    entries = dict(notes.exif.groups.get(IMAGE, {}))
    description = entries.get(_DESCRIPTION)
    if not described:
        if description is not None and description.data.startswith(_STRUCTURED):
            del entries[_DESCRIPTION]
        entries = {tag: entry for tag, entry in entries.items() if tag not in _IMAGEJ}
    extra: list[tuple[int, int, int, bytes | tuple[int, ...], bool]] = [
        (tag, entry.kind, entry.count, _value(entry), True)
        for tag, entry in sorted(entries.items())
        if tag not in _RESOLUTION and tag + 1 not in (CAMERA, PLACE)
    ]
    if notes.xmp:
        extra.append((_XMP, 1, len(notes.xmp), notes.xmp, True))
    if notes.photoshop:
        extra.append((_PHOTOSHOP, 1, len(notes.photoshop), notes.photoshop, True))
    # tifffile writes no pointers to directories, so the number below each keeps their place.
    kind, size = (16, 8) if big else (4, 4)
    extra += [(group - 1, kind, 1, bytes(size), True) for group in (CAMERA, PLACE) if notes.exif.groups.get(group)]
    options: dict[str, Any] = {"metadata": None, "software": False, "iccprofile": profile, "extratags": extra}
    if notes.resolution:
        across, down, unit = notes.resolution
        options |= {"resolution": (across, down), "resolutionunit": unit or INCH}
    return options


def _value(entry: Entry) -> bytes | tuple[int, ...]:
    """Return the value of an entry as tifffile takes it: it counts bytes of fractions wrongly, so these are numbers."""
    code = RATIONALS.get(entry.kind)
    return entry.data if code is None else struct.unpack(f"<{entry.count * code}", entry.data)


def _layout(page: Page) -> dict[str, Any]:
    extras = list(page.extra_kinds)
    return {
        "photometric": "rgb" if page.is_rgb else "minisblack",
        "planarconfig": "contig" if page.is_rgb or extras else None,
        "extrasamples": extras or None,
        "compression": "zlib",
        "contiguous": False,
    }


def add_directories(path: Path, exifs: Sequence[Exif]) -> None:
    """Append the directories of Exif, in little-endian order, and let the pages' pointers lead to them."""
    if not any(exif.groups.get(group) for exif in exifs for group in (CAMERA, PLACE)):
        return
    with tifffile.TiffFile(path, mode="r+") as file:
        handle, big = file.filehandle, file.is_bigtiff
        for number, exif in enumerate(exifs):
            for group in (CAMERA, PLACE):
                if not exif.groups.get(group):
                    continue
                end = handle.seek(0, 2)
                start = end + end % 2
                handle.write(bytes(start - end) + exif.directory(group, start, big=big))
                entry = _entry(handle, file.pages[number].aspage().offset, group - 1, big=big)
                handle.seek(entry)
                handle.write(
                    struct.pack("<HHQQ", group, 16, 1, start) if big else struct.pack("<HHII", group, 4, 1, start)
                )


def _entry(handle: tifffile.FileHandle, directory: int, tag: int, *, big: bool) -> int:
    """Return where an entry of a directory stands."""
    code, size = ("<Q", 20) if big else ("<H", 12)
    first = struct.calcsize(code)
    handle.seek(directory)
    (count,) = struct.unpack(code, handle.read(first))
    tags = [struct.unpack("<H", handle.read(size)[:2])[0] for _ in range(count)]
    return directory + first + size * tags.index(tag)

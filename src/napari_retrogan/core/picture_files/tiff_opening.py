"""Opening a TIFF file, which may name others that its pictures lie in, and say of itself what can't be true."""

from __future__ import annotations

import html
import re
from contextlib import suppress
from math import prod
from typing import TYPE_CHECKING

import tifffile

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.picture_files.limits import (
    MOST_PICTURES,
    check_number,
    check_packing,
    check_part,
    check_part_size,
)
from napari_retrogan.core.picture_files.stated_size import stated_size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_NAMED = re.compile(r"""\bFileName\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_STACKS, _SIZE = re.compile(r"<(?:\w+:)?Pixels\b[^>]*"), re.compile(r"""\bSize[CZT]\s*=\s*["'](\d{1,20})["']""")
_MOST_PLANES, _MOST_DESCRIPTION = 2**20, 2**25
_Codecs = tifffile.COMPRESSION
_CODECS_WITH_SIZE = frozenset(
    {_Codecs.JPEG, _Codecs.ALT_JPEG, _Codecs.JPEGXR, _Codecs.JPEGXR_NDPI, _Codecs.JPEG_2000_LOSSY}
    | {_Codecs.JPEG2000, _Codecs.APERIO_JP2000_YCBC, _Codecs.APERIO_JP2000_RGB, _Codecs.JPEGXL, _Codecs.JPEGXL_DNG}
    | {_Codecs.PNG}
)
_HEADER_BYTES = 2**16


def open_tiff(path: Path) -> tifffile.TiffFile:
    """Open a TIFF file; others that it names are read with it only if they are files that lie beside it.

    A path that leads elsewhere, a pipe or a device is never opened: the file is then read by itself, page by page.

    Raises
    ------
    InvalidImage
        If it says that it holds more pictures than can be.
    """
    file = tifffile.TiffFile(path)
    try:
        _check_number(file)
    except BaseException:
        file.close()
        raise
    named = [html.unescape(first or second) for first, second in _NAMED.findall(file.ome_metadata or "")]
    beside = [each.name for each in path.parent.glob("*_MMStack*")] if file.is_mmstack else []
    if all(_may_be_read(path.parent, name) for name in {*named, *beside}):
        return file
    file.close()
    return tifffile.TiffFile(path, is_ome=False, is_mmstack=False)


def check_plausible(file: tifffile.TiffFile) -> None:
    """Refuse an open TIFF that says that it holds far more than is in it.

    Raises
    ------
    InvalidImage
        If so.
    """
    for series in file.series:
        check_pages([page for page in series.pages if page is not None], series.nbytes)


def check_pages(pages: Sequence[tifffile.TiffPage | tifffile.TiffFrame], unpacked: int) -> None:
    """Refuse pages that say that they hold far more than is in them; their parts may lie in one place.

    Raises
    ------
    InvalidImage
        If so.
    """
    there = sum({page.parent.filehandle.name: page.parent.filehandle.size for page in pages}.values())
    check_packing(unpacked, min(sum(sum(page.databytecounts) for page in pages), there))
    for page in pages:
        _check_parts(page)


def _check_parts(page: tifffile.TiffPage | tifffile.TiffFrame) -> None:
    """Refuse a page whose strips or tiles say by themselves that they are far larger than they can be."""
    room = prod(page.chunks) or 1
    check_part_size(room, page.size)
    if page.compression not in _CODECS_WITH_SIZE:
        return
    handle = page.parent.filehandle
    for offset, size in zip(page.dataoffsets, page.databytecounts, strict=False):
        handle.seek(offset)
        data = handle.read(min(size, _HEADER_BYTES))
        if size > len(data) and stated_size(data) is None:
            data += handle.read(size - len(data))
        check_part(data, room)


def _check_number(file: tifffile.TiffFile) -> None:
    """Refuse a file of too many pages, or whose OME description speaks of too many."""
    described = file.ome_metadata or ""
    planes = sum(prod(int(size) for size in _SIZE.findall(stack)) for stack in _STACKS.findall(described))
    if planes > _MOST_PLANES or len(described) > _MOST_DESCRIPTION:
        raise InvalidImage("its OME description speaks of more pictures than can be in it")
    if not file.pages:
        return
    check_number(len(file.pages.first.subifds or ()))
    most = _MOST_PLANES if described or file.is_imagej or file.is_shaped else MOST_PICTURES
    with suppress(IndexError):
        file.pages.get(most, aspage=False)  # Pages that lead back to one another have no end, so they aren't counted.
        check_number(most + 1)


def _may_be_read(folder: Path, name: str) -> bool:
    """Tell whether a name is that of a file in a folder, or of nothing."""
    place = folder / name
    return place.name == name and "\\" not in name and (place.is_file() or not place.exists())

"""Opening a TIFF file, which may name others that its pictures lie in."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import tifffile

if TYPE_CHECKING:
    from pathlib import Path

_NAMED = re.compile(r"""\bFileName\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def open_tiff(path: Path) -> tifffile.TiffFile:
    """Open a TIFF file; others that it names are read with it only if they are files that lie beside it.

    A path that leads elsewhere, a pipe or a device is never opened: the file is then read by itself, page by page.
    """
    file = tifffile.TiffFile(path)
    named = [html.unescape(first or second) for first, second in _NAMED.findall(file.ome_metadata or "")]
    beside = [each.name for each in path.parent.glob("*_MMStack*")] if file.is_mmstack else []
    if all(_may_be_read(path.parent, name) for name in {*named, *beside}):
        return file
    file.close()
    return tifffile.TiffFile(path, is_ome=False, is_mmstack=False)


def _may_be_read(folder: Path, name: str) -> bool:
    """Tell whether a name is that of a file in a folder, or of nothing."""
    place = folder / name
    return place.name == name and "\\" not in name and (place.is_file() or not place.exists())

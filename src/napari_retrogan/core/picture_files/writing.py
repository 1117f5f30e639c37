"""Writing a picture file: in its own format where that holds it, else as PNG or TIFF, with its notes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.atomic_file import replacing
from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.picture_files.encoding import encode_bmp, encode_jpeg, encode_png, encode_webp
from napari_retrogan.core.picture_files.reading import TIFF_SUFFIXES
from napari_retrogan.core.picture_files.tiff_writing import write_tiff

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.picture_files.page import Kind, Page, PictureFile

JPEG_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"})
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(TIFF_SUFFIXES, "tiff"),
    **dict.fromkeys(JPEG_SUFFIXES, "jpeg"),
    ".png": "png",
    ".apng": "png",
    ".webp": "webp",
    ".bmp": "bmp",
    ".dib": "bmp",
}
WRITABLE_SUFFIXES = frozenset(_KINDS)
_SUFFIXES: dict[Kind, str] = {"tiff": ".tif", "jpeg": ".jpg", "png": ".png", "webp": ".webp", "bmp": ".bmp"}
_MOST_SIDE = {"jpeg": 65535, "webp": 16383}
_ENCODERS = {"jpeg": encode_jpeg, "png": encode_png, "webp": encode_webp, "bmp": encode_bmp}


def suffix_for(picture: PictureFile, suffix: str) -> str:
    """Return the ending of the file that holds a picture: the one given where that is its format, else another's.

    Parameters
    ----------
    picture
        What is to be written.
    suffix
        Of its source.
    """
    kind = picture.kind
    if kind != "other" and _holds(kind, picture):
        return suffix if _KINDS.get(suffix.lower()) == kind else _SUFFIXES[kind]
    return ".png" if _holds("png", picture) else ".tif"


def fitted(picture: PictureFile, path: Path) -> PictureFile:
    """Return a picture as the format that a path's ending names holds it: sixteen bits become eight if need be.

    Raises
    ------
    InvalidImage
        If it can't hold the picture.
    """
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        *others, last = sorted(WRITABLE_SUFFIXES)
        raise InvalidImage(f"{path} cannot be written; expected a name ending in {', '.join(others)} or {last}.")
    if kind not in ("tiff", "png"):
        pages = [in_eight_bits(page) if page.colours.dtype == np.uint16 else page for page in picture.pages]
        picture = replace(picture, pages=tuple(pages))
    if not _holds(kind, picture):
        raise InvalidImage(
            f"{path} can't hold {_described(picture)}; write {'PNG' if _holds('png', picture) else 'TIFF'} instead."
        )
    return picture


def write_picture_file(path: Path, picture: PictureFile) -> tuple[str, ...]:
    """Write a picture in the format of the path's ending, whole or not at all.

    Parameters
    ----------
    path
        Where to write, ending as `suffix_for` says; an existing file is replaced.
    picture
        What to write.

    Returns
    -------
    tuple of str
        What couldn't be kept, in words.
    """
    kind = _KINDS[path.suffix.lower()]
    if kind == "tiff":
        with replacing(path) as partial:
            write_tiff(Path(partial), picture.pages, is_described=picture.is_described)
        return ()
    remarks: list[str] = []
    data = _ENCODERS[kind](picture, remarks)
    with replacing(path) as partial:
        Path(partial).write_bytes(data)
    return tuple(dict.fromkeys(remarks))


def _holds(kind: Kind, picture: PictureFile) -> bool:
    """Tell whether a format can hold a picture without loss beyond its own."""
    if kind == "tiff":
        return not picture.is_film
    page = picture.pages[0]
    dtype, extras = page.colours.dtype, page.extra_kinds
    if kind == "png" and dtype == np.uint16:
        dtype = np.dtype(np.uint8)
    stacked = bool(page.leading) and not picture.is_film
    most = max(page.size)
    return (
        dtype == np.uint8
        and not stacked
        and (len(picture.pages) == 1 or (kind == "jpeg" and all(_fits_jpeg(each) for each in picture.pages)))
        and (extras == () or (extras == ("unassalpha",) and kind in ("png", "webp")))
        and (not picture.is_film or kind in ("png", "webp"))
        and most <= _MOST_SIDE.get(kind, most)
    )


def _described(picture: PictureFile) -> str:
    """Say what a picture is like."""
    page = picture.pages[0]
    number = len(picture.pages) * int(np.prod(page.leading))
    pictures = "a picture" if number == 1 else f"{number} {'frames' if picture.is_film else 'pictures'}"
    return f"{pictures} of type {page.colours.dtype}{', with transparency or the like' if page.extra_kinds else ''}"


def _fits_jpeg(page: Page) -> bool:
    return page.colours.dtype == np.uint8 and not page.leading and not page.extra_kinds


def in_eight_bits(page: Page) -> Page:
    """Return a page of 16 bits in 8."""

    def halved(values: NDArray[Any]) -> NDArray[Any]:
        return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)

    return replace(page, colours=halved(page.colours), extras=None if page.extras is None else halved(page.extras))

"""Picture files and films: which there are, their pixels as arrays, and arrays as files of the same kind."""

from __future__ import annotations

import glob
import os
from dataclasses import replace
from itertools import dropwhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.films.container import FILM_SUFFIXES
from napari_retrogan.core.picture_files.colour import srgb
from napari_retrogan.core.picture_files.page import Page, PictureFile
from napari_retrogan.core.picture_files.reading import READABLE_SUFFIXES, TIFF_SUFFIXES, read_picture_file
from napari_retrogan.core.picture_files.writing import (
    JPEG_SUFFIXES,
    WRITABLE_SUFFIXES,
    in_eight_bits,
    write_picture_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

_OPAQUE_SUFFIXES = JPEG_SUFFIXES | {".bmp", ".dib"}
_SOFTWARE = 305
_DEEP_SUFFIXES = TIFF_SUFFIXES | {".png", ".apng"}


def picture_paths(path: str | Path) -> list[Path]:
    """Return the picture files and films that a path stands for, sorted.

    Parameters
    ----------
    path
        A file, which is returned as it is; a folder, whose pictures are returned (not those of its
        subfolders, nor hidden ones); or a pattern such as ``scans/**/*.tif``.

    Raises
    ------
    InvalidImage
        If nothing is there, or nothing that is a picture by its name.
    """
    path = Path(path).expanduser()
    try:
        is_file = path.is_file()
    except OSError as error:
        raise InvalidImage(
            f"{str(path)[:200]} can't be looked for ({error.strerror}); its name may be too long."
        ) from error
    if is_file:
        return [path]
    try:
        if path.is_dir():
            found: Iterable[str] = (entry.path for entry in os.scandir(path))
        elif glob.has_magic(str(path)):
            found = _matching(path)
        elif path.exists():
            raise InvalidImage(f"{path} is no file but a pipe or a device; give a picture or a folder of pictures.")
        else:
            raise InvalidImage(
                f"{path} does not exist; give a picture, a folder of pictures or a pattern like '*.jpg'."
            )
        # Paths are made of those alone that are pictures: a folder may hold a hundred thousand files.
        pictures = [Path(each) for each in sorted({*filter(_is_picture, found)}, key=lambda each: each.split(os.sep))]
    except OSError as error:
        raise InvalidImage(f"{path} can't be looked into ({error.strerror}); check its permissions.") from error
    if not pictures:
        raise InvalidImage(f"{path} holds no pictures; expected files ending in {_listed(READABLE_SUFFIXES)}.")
    return pictures


def read_picture(path: str | Path) -> NDArray[Any]:
    """Read the pixels of a picture upright, at its full depth, in its own colours.

    Palettes, CMYK and the like become RGB; a picture with transparency has four channels. A file of several pages of
    one size is a stack; of pages of different sizes, the first is read.

    Returns
    -------
    Array (Y, X) or (Y, X, 3 | 4), with leading axes for a stack: uint8, uint16 or, from TIFF, any
    numeric type.

    Raises
    ------
    InvalidImage
        If the file is not there or cannot be decoded.
    """
    return as_array(read_picture_file(path).pages)


def as_array(pages: Sequence[Page]) -> NDArray[Any]:
    """Return alike pages as one stack, else the first, as `read_picture` does."""
    arrays = [_as_array(page) for page in pages]
    return np.stack(arrays) if len(arrays) > 1 and all(page.is_like(pages[0]) for page in pages) else arrays[0]


def write_picture(
    path: str | Path, array: NDArray[Any], like: str | Path | None = None, *, made_by: str | None = None
) -> None:
    """Write an array as the kind of picture that the path's ending names.

    The file appears whole or not at all. Sixteen bits become eight where the format holds no more.

    Parameters
    ----------
    path
        Where to write; an existing file is replaced.
    array
        As :func:`read_picture` returns it.
    like
        The picture that this one was made from: its colour profile, camera's notes, resolution and texts are
        carried over as far as the format holds them, less the orientation, which is in the pixels by now.
    made_by
        What made the array of `like`, in words. It is in sRGB then, whatever space that picture was in, and says so.

    Raises
    ------
    InvalidImage
        If the format cannot hold the array.
    """
    path = Path(path).expanduser()
    suffix = path.suffix.lower()
    if suffix not in WRITABLE_SUFFIXES:
        raise InvalidImage(f"{path} cannot be written; expected a name ending in {_listed(WRITABLE_SUFFIXES)}.")
    page = _page(array)
    if like is not None:
        page = _noted(page, Path(like))
    if made_by is not None:
        page = _signed(page, made_by)
    if suffix not in TIFF_SUFFIXES:
        page = _displayable(page, array, path)
    write_picture_file(path, PictureFile(kind="other", pages=(page,)))


def _matching(pattern: Path) -> Iterator[str]:
    """Yield what a pattern stands for; ``**`` is any number of folders, each looked into once, whatever leads to it."""
    if "**" not in pattern.parts:
        yield from glob.iglob(str(pattern))
        return
    number = pattern.parts.index("**")
    start, rest = Path(*pattern.parts[:number]), [*dropwhile("**".__eq__, pattern.parts[number:])]
    for top in _matching(start) if glob.has_magic(str(start)) else [start]:
        for folder in _folders(Path(top)):
            yield from _matching(Path(glob.escape(str(folder)), *(rest or "*")))


def _folders(top: Path) -> Iterator[Path]:
    """Yield a folder and all inside it, but for hidden ones; links are followed last and lead to each folder once."""
    known, waiting, links = set(), [top], list[Path]()
    while waiting or links:
        folder = waiting.pop() if waiting else links.pop()
        try:
            told, entries = folder.stat(), list(os.scandir(folder))
        except OSError:
            continue
        if (told.st_dev, told.st_ino) in known:
            continue
        known.add((told.st_dev, told.st_ino))
        yield folder
        for entry in entries:
            if not entry.name.startswith(".") and os.path.isdir(entry):
                (links if entry.is_symlink() else waiting).append(folder / entry.name)


def _is_picture(path: str) -> bool:
    """Tell whether a path is that of a file, by its name a picture and not hidden."""
    name = os.path.basename(path)
    suffix = os.path.splitext(name)[1].lower()
    return not name.startswith(".") and suffix in READABLE_SUFFIXES | FILM_SUFFIXES and os.path.isfile(path)


def _listed(suffixes: frozenset[str]) -> str:
    *others, last = sorted(suffixes)
    return f"{', '.join(others)} or {last}"


def _as_array(page: Page) -> NDArray[Any]:
    """Return a page as grey, RGB or, with transparency or a fourth channel, RGBA."""
    alpha = page.alpha if page.alpha is not None or page.extras is None else page.extras[..., 0]
    if alpha is None or (page.alpha is None and not page.is_rgb):
        return page.colours
    colours = page.colours if page.is_rgb else np.repeat(page.colours[..., None], 3, -1)
    return np.concatenate([colours, alpha[..., None]], -1)


def _page(array: NDArray[Any]) -> Page:
    """Return an array as a page."""
    if array.ndim > 2 and array.shape[-1] in {3, 4}:
        extras = array[..., 3:] if array.shape[-1] == 4 else None
        return Page(
            colours=np.ascontiguousarray(array[..., :3]),
            is_rgb=True,
            extras=extras,
            extra_kinds=() if extras is None else ("unassalpha",),
        )
    return Page(colours=array, is_rgb=False)


def _noted(page: Page, like: Path) -> Page:
    """Return a page with what goes with another picture; with nothing where that can't be read."""
    try:
        source = read_picture_file(like).pages[0]
    except InvalidImage:
        return page
    notes = source.notes[0]
    return replace(
        page,
        profile=source.profile if source.is_rgb == page.is_rgb else None,
        notes=(replace(notes.upright(*page.size), resolution=notes.resolution),),
    )


def _signed(page: Page, made_by: str) -> Page:
    """Return a page that says that it is in sRGB and what made it."""
    notes = page.notes[0]
    notes = replace(notes, exif=notes.exif.in_srgb().with_text(_SOFTWARE, made_by), chunks=notes.texts)
    return replace(page, profile=srgb() if page.is_rgb else None, notes=(notes,))


def _displayable(page: Page, array: NDArray[Any], path: Path) -> Page:
    """Return a page as 8 or 16 bits that the path's format can hold."""
    suffix, dtype = path.suffix.lower(), page.colours.dtype
    if page.leading or array.ndim not in {2, 3}:
        raise InvalidImage(f"{path} holds one picture, not an array of shape {array.shape}; write TIFF instead.")
    if page.extras is not None and suffix in _OPAQUE_SUFFIXES:
        raise InvalidImage(f"{path} holds no transparency; write PNG or TIFF instead.")
    if dtype == np.bool_:
        return replace(page, colours=page.colours.astype(np.uint8) * np.uint8(255))
    if dtype == np.uint16 and suffix not in _DEEP_SUFFIXES:
        return in_eight_bits(page)
    if dtype not in (np.uint8, np.uint16):
        raise InvalidImage(f"{path} holds 8 or 16 bits, not {dtype}; write TIFF instead.")
    return page

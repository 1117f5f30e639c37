"""The pictures of layers, arrays, files and folders one by one, of which few decoded files are in memory at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.errors import InvalidImage, PictureLeftOut
from napari_retrogan.core.films.container import is_film
from napari_retrogan.core.films.lazy import open_film
from napari_retrogan.core.images.arrays import read_source
from napari_retrogan.core.images.even_choice import choose_evenly
from napari_retrogan.core.images.files import picture_paths
from napari_retrogan.core.images.layout import colours_only, read_layout
from napari_retrogan.core.images.srgb_view import SRGBView
from napari_retrogan.core.picture_files.reading import read_picture_file

if TYPE_CHECKING:
    from collections.abc import Callable

Planes = list[tuple[Any, Any]]
"""Each picture as its plane (Y, X) or (Y, X, 3), perhaps lazy, and its limits or None."""

MAX_PICTURES = 500
"""Of a longer stack or folder, this many are taken at even distances."""

_KEPT_BYTES = 100 * 2**20
"""Of decoded files, which need not be read once more if there turn out to be more pictures than files."""


class SourcePlanes:
    """The pictures of some sources, to go through as often as need be.

    How many a file holds is known once it is read; until then it counts as one.

    Parameters
    ----------
    sources
        One or a sequence of image layers, array-likes (stacks are taken apart), files or folders of pictures and
        films, of which frames are taken at even distances. A file that can't be read is left out, with a warning, as
        long as others can.
    every
        Whether no file may be left out.
    before_each
        Called before each source or file is read; what it raises ends the reading.

    Raises
    ------
    InvalidImage
        If a source cannot be read as photographs, also later, while its turn comes.
    """

    def __init__(self, sources: Any, *, every: bool = False, before_each: Callable[[], object] = bool) -> None:
        self._sources = list(_taken_apart(sources))
        self._every, self._before_each = every, before_each
        self._failures: dict[int, InvalidImage] = {}
        self._kept: dict[int, Planes] = {}
        self._bytes = 0
        self._counts: dict[int, int] = {}
        self._taken: list[tuple[int, int]] = []
        for number, source in enumerate(self._sources):
            if not _is_decoded(source):
                self._planes(number)

    def __len__(self) -> int:
        """Return how many pictures are taken, as far as is known."""
        return min(MAX_PICTURES, sum(map(self._count, range(len(self._sources)))))

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        self._taken = []
        for number, group in groupby(self._chosen(), lambda each: each[0]):
            planes = self._planes(number)
            for _, index in group:
                if index < len(planes):
                    self._taken.append((number, index))
                    yield planes[index]

    def settled(self) -> bool:
        """Tell whether the last time through were the pictures to take, now that more is known of files."""
        if len(self) == MAX_PICTURES and any(count != 1 for count in self._counts.values()):
            for number in range(len(self._sources)):
                if number not in self._counts:
                    self._planes(number)
        return self._taken == self._chosen()

    def warn(self) -> None:
        """Warn of files that were left out.

        Raises
        ------
        InvalidImage
            If no other is there.
        """
        if self._failures and not len(self):
            raise next(iter(self._failures.values()))
        for failure in self._failures.values():
            warnings.warn(f"Left out: {failure}", PictureLeftOut, stacklevel=2)

    def _count(self, number: int) -> int:
        return self._counts.get(number, 1)

    def _chosen(self) -> list[tuple[int, int]]:
        """Return which pictures to take, by the number of their source and their own."""
        every = [(number, index) for number in range(len(self._sources)) for index in range(self._count(number))]
        return choose_evenly(every, MAX_PICTURES)

    def _planes(self, number: int) -> Planes:
        """Return the pictures of one source, and remember how many they are."""
        if number in self._kept:
            return self._kept[number]
        self._before_each()
        source = self._sources[number]
        try:
            planes = list(_planes_of(source))
        except InvalidImage as error:
            if self._every or not isinstance(source, Path):
                raise
            self._failures[number], planes = error, []
        self._counts[number] = len(planes)
        size = sum(plane.nbytes for plane, _ in planes) if _is_decoded(source) else 0
        if self._bytes + size <= _KEPT_BYTES:
            self._kept[number] = planes
            self._bytes += size
        return planes


def as_sequence(sources: Any) -> list[Any]:
    """Return one or several pictures as a list: a single layer, array or path stands for itself."""
    if isinstance(sources, (str, Path)) or hasattr(sources, "shape") or hasattr(sources, "rgb"):
        return [sources]
    if not isinstance(sources, Mapping) and hasattr(sources, "__iter__"):
        return list(sources)
    raise InvalidImage(f"A {type(sources).__name__} was given; expected image layers, arrays or paths of pictures.")


def _taken_apart(sources: Any) -> Iterator[Any]:
    """Yield layers and arrays as they are, and paths as those of single files."""
    for source in as_sequence(sources):
        if isinstance(source, str | Path):
            yield from picture_paths(source)
        else:
            yield source


def _is_decoded(source: Any) -> bool:
    """Tell whether a source is a file whose pictures are in memory once it is read; those of films are not."""
    return isinstance(source, Path) and not is_film(source)


def _planes_of(source: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the pictures of one source."""
    if isinstance(source, Path) and is_film(source):
        film = open_film(source)
        yield from ((film.frames[number], None) for number in film.spread(MAX_PICTURES))
        return
    if isinstance(source, Path):
        for page in read_picture_file(source).pages:
            view = SRGBView.of(page)
            layout = read_layout(view.pixels.shape, page.is_rgb)
            yield from ((view.pixels[index], view.limits) for index in layout.plane_indices())
        return
    array, rgb = read_source(source)
    layout = read_layout(array.shape, rgb)
    limits = None if layout.channels else getattr(source, "contrast_limits", None)
    for index in layout.plane_indices():
        yield colours_only(array[index], layout), limits

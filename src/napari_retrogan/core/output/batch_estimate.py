"""How long a batch of files will take, and how much memory and disk, told from their headers before it starts."""

from __future__ import annotations

import math
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_retrogan.core.architecture import TILE_SIZE
from napari_retrogan.core.errors import RetroGANError
from napari_retrogan.core.films.container import is_film
from napari_retrogan.core.films.reading import Film
from napari_retrogan.core.images.files import read_picture, write_picture
from napari_retrogan.core.images.layout import Layout, read_layout
from napari_retrogan.core.inference.estimate import Estimate, estimate_tiles, fields_of, tiles_of
from napari_retrogan.core.output.open_source import is_store, open_source
from napari_retrogan.core.picture_files.raster import opened
from napari_retrogan.core.picture_files.reading import DECODING_ERRORS, TIFF_SUFFIXES
from napari_retrogan.core.picture_files.tiff_opening import open_tiff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_retrogan.core.inference.settings import ApplySettings
    from napari_retrogan.core.output.file_plan import FilePlan

MOST_HEADERS = 300
"""Of more files than these so many are looked into, evenly spread, and stand for the others."""

_LOSSY_SUFFIXES = frozenset({".jpg", ".jpeg", ".webp"})
_GROWTH = 4
_COPIES = 3
_FRAMES_HELD = 25
_FILM_BYTES = 0.2
"""A pixel of a film with strong grain, as it is encoded."""

_FAILURES = (RetroGANError, MemoryError, *DECODING_ERRORS)


@dataclass(frozen=True, slots=True)
class _Header:
    """What a file's header tells."""

    layout: Layout
    itemsize: int
    planes_held: float

    @property
    def pixels(self) -> int:
        return self.layout.num_planes * self.layout.height * self.layout.width

    @property
    def num_bytes(self) -> int:
        return self.pixels * max(self.layout.channels, 1) * self.itemsize

    @property
    def bytes_held(self) -> float:
        """How much of it is in memory at once."""
        return self.num_bytes * min(self.planes_held / self.layout.num_planes, 1)


def estimate_files(plans: Sequence[FilePlan], settings: ApplySettings) -> Estimate | None:
    """Return what `run_plans` will take, or None if no header can be read.

    Parameters
    ----------
    plans
        Which files become which; of their pixels none is read.
    settings
        How they are styled.
    """
    chosen = plans[:: max(-(-len(plans) // MOST_HEADERS), 1)]
    known = [(plan, header) for plan in chosen if (header := _read_header(plan.source)) is not None]
    if not known:
        return None
    scale = len(plans) / len(chosen)
    tiles = sum(tiles_of([header.layout]) for _, header in known)
    coding = sum(header.pixels * _coding_seconds(plan.result.suffix.lower()) for plan, header in known)
    fields = max(fields_of([header.layout]) for _, header in known)
    styled = estimate_tiles(round(tiles * scale), settings, fields=fields)
    largest = max(header.bytes_held for _, header in known)
    return Estimate(
        seconds=styled.seconds + coding * scale,
        memory_bytes=styled.memory_bytes + _COPIES * largest,
        disk_bytes=scale * sum(_disk_bytes(plan, header) for plan, header in known),
    )


def _read_header(path: Path) -> _Header | None:
    """Return what a file holds, or None if that can't be told without reading it."""
    try:
        if is_film(path):
            with Film(path) as film:
                itemsize = np.dtype(film.colours.dtype).itemsize
                return _Header(Layout((film.num_frames,), *film.size, 3), itemsize, _FRAMES_HELD / _COPIES)
        if is_store(path):
            with closing(open_source(path)) as source:
                first = source.levels[0]
                return _Header(first.layout, first.dtype.itemsize, 0)
        if path.suffix.lower() in TIFF_SUFFIXES:
            with open_tiff(path) as file:
                series = file.series[0]
                sizes = [size for size, axis in zip(series.shape, series.axes, strict=True) if axis != "S"]
                colours = "S" in series.axes
                layout = read_layout((*sizes, 3) if colours else tuple(sizes), colours)
                return _Header(layout, series.dtype.itemsize, math.inf)
        with path.open("rb") as stream, opened(stream, path.stat().st_size) as picture:
            width, height = picture.size
            return _Header(Layout((), height, width, 3 if len(picture.getbands()) > 1 else 0), 1, math.inf)
    except _FAILURES:
        return None


def _disk_bytes(plan: FilePlan, header: _Header) -> float:
    """Return the most that a result is likely to take: grain makes a compressed picture larger than its source."""
    if is_film(plan.source):
        return max(_FILM_BYTES * header.pixels, _GROWTH * plan.source.stat().st_size)
    if plan.result.suffix.lower() in _LOSSY_SUFFIXES and plan.source.suffix.lower() in _LOSSY_SUFFIXES:
        return min(header.num_bytes, _GROWTH * plan.source.stat().st_size)
    return header.num_bytes


@lru_cache(maxsize=64)
def _coding_seconds(suffix: str) -> float:
    """Return how long writing and reading a pixel takes, measured once with a small picture; 0 for stores."""
    picture = np.random.default_rng(0).integers(0, 256, (TILE_SIZE, TILE_SIZE, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"measured{suffix}"
        try:
            write_picture(path, picture)
            start = time.perf_counter()
            write_picture(path, picture)
            read_picture(path)
        except _FAILURES:
            return 0.0
        return (time.perf_counter() - start) / picture[..., 0].size

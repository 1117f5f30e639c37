"""How long an application will take and how much memory and disk, told before it starts.

A tile's arithmetic is the same for every generator, so some warm tiles are timed once in a process for each
way of applying (with or without grain and softness, and so on), in as many threads as will work at once, since
those share the memory's bandwidth; the rest is counting tiles. A tile is timed with grain that is made for it: where
that is met again (`grain_fields`), a tile takes about as long as one without grain.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import THUMBNAIL_SIZE, TILE_SIZE
from napari_retrogan.core.images.arrays import is_lazy, read_levels, read_source
from napari_retrogan.core.images.layout import read_layout
from napari_retrogan.core.inference.grain_fields import FIELD_BYTES, TILES_A_PLANE
from napari_retrogan.core.inference.in_words import in_bytes, in_time
from napari_retrogan.core.inference.pool import default_threads, run_jobs
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.taste import Taste
from napari_retrogan.core.inference.tiling import Region, Tile, count_tiles
from napari_retrogan.core.setting_hints import hints
from napari_retrogan.core.stages.chain import NAMES_OF_VERSION_4, NAMES_OF_VERSION_7, NAMES_OF_VERSION_9, WEIGHT_SHAPES
from napari_retrogan.core.stages.marks import USUAL_MARKS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_retrogan.core.images.layout import Layout

TILE_BYTES = 32_000_000
"""What styling one tile takes, with the memory that ONNX Runtime keeps for the next."""

_MOST_FIELDS = 2 * TILES_A_PLANE
"""How many fields of grain a process keeps at most."""

_TILES_A_THREAD = 5
_measured: dict[tuple[Any, ...], float] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What an application will take.

    Attributes
    ----------
    seconds
        From its start to its end, if nothing else keeps the machine busy.
    memory_bytes
        Beyond what is in memory already: the result, unless that goes to disk, the tiles at work and grain that is
        kept.
    disk_bytes
        At most, of what is written.
    lazy
        Whether nothing is computed before it is looked at; the figures are then those of all of it.
    """

    seconds: float
    memory_bytes: float
    disk_bytes: float = 0
    lazy: bool = False

    def __str__(self) -> str:
        time, memory = in_time(self.seconds), in_bytes(self.memory_bytes)
        listed = (
            f"{time}, {memory} of memory and up to {in_bytes(self.disk_bytes)} of disk"
            if self.disk_bytes
            else f"{time} and {memory} of memory"
        )
        if self.lazy:
            return f"Computed where you look; all of it would take {listed}."
        return f"Takes {listed}."


def estimate_apply(
    image: Any, settings: ApplySettings | None = None, *, rgb: bool | None = None, multiscale: bool | None = None
) -> Estimate:
    """Return what ``generator.apply`` of an image will take.

    Parameters
    ----------
    image, rgb, multiscale
        As for ``generator.apply``; none of its pixels is read.
    settings
        By default those of ``generator.apply``.

    Raises
    ------
    InvalidImage
        If the image can't be read as photographs.
    """
    levels, rgb = read_levels(image, rgb, multiscale)
    if not levels:
        array, rgb = read_source(image, rgb)
        levels = [array]
    layouts = [read_layout(level.shape, rgb) for level in levels]
    lazy = any(is_lazy(level) for level in levels)
    result = sum(np.dtype(level.dtype).itemsize * float(np.prod(level.shape, dtype=float)) for level in levels)
    memory = 0 if lazy else result
    return estimate_tiles(tiles_of(layouts), settings, fields=fields_of(layouts), memory_bytes=memory, lazy=lazy)


def estimate_tiles(
    number: int,
    settings: ApplySettings | None = None,
    *,
    fields: int | None = None,
    memory_bytes: float = 0,
    disk_bytes: float = 0,
    lazy: bool = False,
) -> Estimate:
    """Return what styling a number of tiles will take.

    Parameters
    ----------
    number
        Of all tiles.
    settings
        How they are styled.
    fields
        For how many of them grain is made; for the others it is met again. By default for all.
    memory_bytes
        What is kept in memory besides the tiles at work.
    disk_bytes, lazy
        As in `Estimate`.
    """
    settings = settings or ApplySettings()
    threads = min(default_threads(), max(number, 1))
    fields = number if fields is None else min(fields, number)
    seconds = 0.0
    if not settings.changes_nothing:
        seconds = fields * tile_seconds(settings) + (number - fields) * tile_seconds(_without_grain(settings))
    kept = min(fields, _MOST_FIELDS) * FIELD_BYTES if settings.strength and settings.grain else 0
    return Estimate(
        seconds=seconds / threads,
        memory_bytes=memory_bytes + threads * TILE_BYTES + kept,
        disk_bytes=disk_bytes,
        lazy=lazy,
    )


def tiles_of(layouts: Iterable[Layout]) -> int:
    """Return how many tiles pictures of some layouts have."""
    return sum(layout.num_planes * count_tiles(layout.plane_shape) for layout in layouts)


def fields_of(layouts: Iterable[Layout]) -> int:
    """Return for how many tiles of pictures of some layouts grain is made, if no two of them take the same."""
    return sum(layout.num_planes * min(count_tiles(layout.plane_shape), TILES_A_PLANE) for layout in layouts)


def tile_seconds(settings: ApplySettings) -> float:
    """Return how long a warm tile takes while all threads work: measured at the first call, in part of a second."""
    with _lock:
        for each in (settings, _without_grain(settings)):
            if _kind(each) not in _measured:
                _measured[_kind(each)] = _measure(each)
        return _measured[_kind(settings)]


def is_measured(settings: ApplySettings) -> bool:
    """Tell whether an estimate for such settings takes no measurement."""
    return settings.changes_nothing or _kind(settings) in _measured


def _without_grain(settings: ApplySettings) -> ApplySettings:
    """Return settings for a tile whose grain is there already: what it adds is little beside the rest."""
    return replace(settings, grain=0) if settings.strength else settings


def _kind(settings: ApplySettings) -> tuple[Any, ...]:
    """Return what the time of a tile depends on: which amounts are wanted at all, and where it is computed."""
    return *(bool(getattr(settings, name)) for name in hints(Taste)), settings.providers


def _measure(settings: ApplySettings) -> float:
    """Time tiles of a look that is made up."""
    from napari_retrogan.core.generator_file.contents import GeneratorContents
    from napari_retrogan.core.inference.graph_choice import graph_for
    from napari_retrogan.core.inference.session import open_session
    from napari_retrogan.core.inference.style_tile import Plane, style_tile

    weights = {name: np.full(shape, 0.01, np.float32) for name, shape in WEIGHT_SHAPES.items()}
    absent = (*NAMES_OF_VERSION_4, *NAMES_OF_VERSION_7, *NAMES_OF_VERSION_9)
    nothing = {name: np.zeros_like(weights[name]) for name in absent}
    made_up = GeneratorContents(weights | nothing | USUAL_MARKS.weights())
    settings = settings.for_look(made_up.weights)
    session = open_session(graph_for(made_up, settings), settings.providers)
    size = TILE_SIZE, TILE_SIZE
    values = (np.arange(TILE_SIZE * TILE_SIZE * 3) % 251).astype(np.uint8).reshape(*size, 3)
    plane = Plane(values, size, (0, 0), 0, (0, 255), np.full((THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3), 0.5, np.float32))
    tile = Tile(0, 0, TILE_SIZE, Region(0, 0, *size))

    def style(numbers: range) -> None:
        """Style the tile in pictures that differ by their number, and so by their grain."""
        planes = [replace(plane, index=number) for number in numbers]
        run_jobs([partial(style_tile, session, each, tile, settings) for each in planes], len(planes))

    threads = default_threads()
    style(range(threads))
    start = time.perf_counter()
    style(range(threads, threads + threads * _TILES_A_THREAD))
    return (time.perf_counter() - start) / _TILES_A_THREAD

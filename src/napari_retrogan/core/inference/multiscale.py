"""Applies a generator to every level of a pyramid, so that zooming does not change the look.

All levels share one thumbnail and one range of values, read from the coarsest level with at least as many pixels
as the thumbnail has points. Grain and softness belong to the full-size picture: what a coarser level
shows of them is what remains when the styled full-size picture is shrunk, see `coarser_weights`. At
half size its noise is the full-size noise, averaged, so each grain stays in its place; further out,
where that would cost more than the look itself and a grain is far smaller than a pixel, a level's noise is its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.images.arrays import as_lazy, is_lazy, plain
from napari_retrogan.core.images.layout import Layout, read_layout
from napari_retrogan.core.images.thumbnail import NUM_POINTS
from napari_retrogan.core.inference.graph_choice import carried_colours, graph_for
from napari_retrogan.core.inference.noise import NUMBERS_A_LEVEL, NoiseGrid
from napari_retrogan.core.inference.picture_records import StackRecords, plane_numbers
from napari_retrogan.core.inference.pool import UNWATCHED, Progress
from napari_retrogan.core.inference.tiling import count_tiles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from napari_retrogan.core.generator_file.contents import GeneratorContents
    from napari_retrogan.core.inference.settings import ApplySettings

_LARGEST_NOISE_BLOCK = 2


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a pyramid.

    Attributes
    ----------
    image
        NumPy or Dask array.
    layout
        Which of its axes are rows, columns and channels.
    factors
        Height and width of its pixels in pixels of the finest level.
    depth
        How many pictures of the finest level's stack one of these stands for.
    """

    image: Any
    layout: Layout
    factors: tuple[float, float]
    depth: float

    @property
    def full_size(self) -> bool:
        """Whether pixels and stack are those of the finest level."""
        return self.factors == (1, 1) and self.depth == 1


def plan_levels(images: Sequence[Any], rgb: bool | None) -> list[Level]:
    """Return the levels of a pyramid, given from the finest to the coarsest.

    Raises
    ------
    InvalidImage
        If the arrays have different numbers of axes or channels, or one is larger than the one before.
    """
    finest = read_layout(images[0].shape, rgb)
    levels: list[Level] = []
    for image in images:
        layout = read_layout(image.shape, bool(finest.channels))
        sizes, before = image.shape, levels[-1].image.shape if levels else image.shape
        if len(sizes) != len(before) or any(size > last for size, last in zip(sizes, before, strict=True)):
            raise InvalidImage(
                f"A level of shape {sizes} follows one of {before}; give a picture's levels from the finest to the "
                "coarsest, with the same axes, or pass multiscale=False if they are pictures of their own."
            )
        if layout.channels != finest.channels:
            raise InvalidImage(f"Levels have {finest.channels} and {layout.channels} channels; give all the same.")
        depth = finest.num_planes / layout.num_planes
        levels.append(Level(image, layout, (finest.height / layout.height, finest.width / layout.width), depth))
    return levels


def apply_to_levels(
    generator: GeneratorContents,
    graph: bytes,
    images: Sequence[Any],
    rgb: bool | None,
    settings: ApplySettings,
    progress: Progress = UNWATCHED,
) -> list[Any]:
    """Return the styled levels of a pyramid: NumPy arrays, or Dask arrays if any level is lazy.

    Parameters
    ----------
    generator
        The look.
    graph
        The generator's, for the finest level.
    images
        The levels from the finest, as `read_levels` returns them.
    rgb
        Whether the last axis holds colours.
    settings
        Amounts and seed; the time axis counted from 0.
    progress
        Of the tiles of all levels; not for lazy arrays.

    Raises
    ------
    InvalidImage
        If the levels don't make a pyramid or a picture's values exceed every known range.
    ApplyCancelled
        If it was stopped.
    """
    lazy = any(is_lazy(image) for image in images)
    levels = plan_levels([as_lazy(image) for image in images] if lazy else images, rgb)
    grids = [noise_grid(levels, number, settings) for number in range(len(levels))]
    graphs = [
        graph if level.full_size else graph_for(generator, settings, level.factors, level.depth) for level in levels
    ]
    if lazy:
        return _apply_lazily(graphs, levels, grids, settings)
    return _apply_eagerly(graphs, levels, grids, settings, progress)


def record_level(levels: Sequence[Level]) -> Level:
    """Return the coarsest level that has a pixel for each of the thumbnail's points, else the finest."""
    large = [level for level in levels if min(level.layout.plane_shape) >= NUM_POINTS]
    return large[-1] if large else levels[0]


def noise_grid(levels: Sequence[Level], number: int, settings: ApplySettings) -> NoiseGrid:
    """Return which noise the pictures of a level take."""
    finest, level, pixel_size = levels[0].layout, levels[number].layout, levels[number].factors
    numbers = plane_numbers(finest.leading, settings)
    for axis, (size, length) in enumerate(zip(level.leading, finest.leading, strict=True)):
        numbers = numbers.take(_nearest(size, length), axis)
    rows, columns = (_block(length, size) for length, size in zip(finest.plane_shape, level.plane_shape, strict=True))
    if rows and columns:
        return NoiseGrid(numbers, (rows, columns), pixel_size)
    return NoiseGrid(numbers + NUMBERS_A_LEVEL * number, pixel_size=pixel_size)


def _apply_eagerly(
    graphs: Sequence[bytes],
    levels: Sequence[Level],
    grids: Sequence[NoiseGrid],
    settings: ApplySettings,
    progress: Progress,
) -> list[NDArray[Any]]:
    """Style arrays in memory, one level after the other."""
    from napari_retrogan.core.inference.eager import apply_to_array

    source = record_level(levels)
    records = StackRecords(plain(source.image), source.layout, settings, carried_colours(graphs[0]))
    counts = [level.layout.num_planes * count_tiles(level.layout.plane_shape) for level in levels]
    results = []
    for number, level in enumerate(levels):
        results.append(
            apply_to_array(
                graphs[number],
                level.image,
                level.layout,
                settings,
                records=at_level(records, source.layout.leading, level.layout.leading),
                noise=grids[number],
                progress=progress.after(sum(counts[:number]), sum(counts)),
            )
        )
    return results


def _apply_lazily(
    graphs: Sequence[bytes], levels: Sequence[Level], grids: Sequence[NoiseGrid], settings: ApplySettings
) -> list[Any]:
    """Style Dask arrays, which share their records."""
    from napari_retrogan.core.inference.lazy import apply_to_dask
    from napari_retrogan.core.inference.lazy_picture_records import lazy_records

    source = record_level(levels)
    records = lazy_records(source.image, source.layout, settings, carried_colours(graphs[0]))
    results = []
    for graph, level, grid in zip(graphs, levels, grids, strict=True):
        own = records
        for axis, size in enumerate(level.layout.leading):
            if size != own.shape[axis]:
                own = own.rechunk({axis: 1})[(slice(None),) * axis + (_nearest(size, own.shape[axis]),)]
        results.append(apply_to_dask(graph, level.image, level.layout, settings, records=own, noise=grid))
    return results


def at_level(records: StackRecords, recorded: tuple[int, ...], level: tuple[int, ...]) -> Callable[..., NDArray[Any]]:
    """Return what gives a level's pictures the records of those that stand where they do."""
    nearest = [_nearest(size, length).tolist() for size, length in zip(level, recorded, strict=True)]
    return lambda index: records(tuple(numbers[i] for numbers, i in zip(nearest, index, strict=True)))


def _nearest(size: int, length: int) -> NDArray[np.int64]:
    """Return which of ``length`` pictures along an axis lie at the middles of ``size`` equal parts of it."""
    return (2 * np.arange(size, dtype=np.int64) + 1) * length // (2 * size)


def _block(length: int, size: int) -> int:
    """Return how many full-size pixels make one of a level, or 0 if that is no small whole number."""
    block = round(length / size)
    return block if block <= _LARGEST_NOISE_BLOCK and size in (length // block, -(-length // block)) else 0

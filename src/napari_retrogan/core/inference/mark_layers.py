"""The marks of pictures as layers of their own: transparent but where a mark lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.images.arrays import is_lazy, read_levels, read_source
from napari_retrogan.core.images.layout import Layout, read_layout
from napari_retrogan.core.inference.mark_plane import MarkPlane
from napari_retrogan.core.inference.multiscale import noise_grid, plan_levels
from napari_retrogan.core.inference.noise import NoiseGrid
from napari_retrogan.core.inference.picture_records import plane_numbers
from napari_retrogan.core.inference.region_blend import blend_inside
from napari_retrogan.core.inference.styled_array import in_words
from napari_retrogan.core.inference.tiling import Region, plan_tiles
from napari_retrogan.core.stages.marks import MarkStatistics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_retrogan.core.inference.region_mask import FeatheredMask
    from napari_retrogan.core.inference.settings import ApplySettings

_CHANNELS = 4
_CHUNK = 1024


def draw_mark_layers(
    weights: Mapping[str, NDArray[Any]],
    image: Any,
    settings: ApplySettings,
    *,
    rgb: bool | None = None,
    multiscale: bool | None = None,
) -> Any:
    """Do the work of `VintageGenerator.draw_marks` with checked settings and the weights of a look."""
    settings = settings.for_look(weights)
    if not settings.marks:
        raise InvalidConfig(
            "There are no marks to draw: this look has none, or marks is 0. Train on pictures that show some, or pass "
            "marks=1."
        )
    statistics = MarkStatistics.of(weights).to_bytes()
    levels, rgb = read_levels(image, rgb, multiscale)
    if levels:
        settings = settings.for_layout(read_layout(levels[0].shape, rgb))
        planned = plan_levels(levels, rgb)
        lazy = any(is_lazy(level.image) for level in planned)
        return [
            _draw(statistics, level.layout, noise_grid(planned, number, settings), settings, lazy=lazy)
            for number, level in enumerate(planned)
        ]
    array, rgb = read_source(image, rgb)
    layout = read_layout(array.shape, rgb)
    settings = settings.for_layout(layout)
    numbers = NoiseGrid(plane_numbers(layout.leading, settings))
    return _draw(statistics, layout, numbers, settings, lazy=is_lazy(array))


def marks_inside(drawn: Any, region: FeatheredMask) -> Any:
    """Return marks as `draw_mark_layers` gives them, transparent outside a region."""
    levels = drawn if isinstance(drawn, list) else [drawn]
    opacities = [level[..., 3] + np.uint8(0) for level in levels]
    kept = blend_inside([0 * each for each in opacities], opacities, region, rgb=False, multiscale=True)
    joined = [np.concatenate([level[..., :3], each[..., None]], -1) for level, each in zip(levels, kept, strict=True)]
    return joined if isinstance(drawn, list) else joined[0]


def _draw(statistics: bytes, layout: Layout, noise: NoiseGrid, settings: ApplySettings, *, lazy: bool) -> Any:
    """Return the marks (..., Y, X, 4) of a stack."""

    def part(numbers: NDArray[np.int64], region: Region) -> NDArray[np.uint8]:
        drawn = np.zeros((*numbers.shape, region.height, region.width, _CHANNELS), np.uint8)
        for index in np.ndindex(*numbers.shape):
            plane = MarkPlane.of(statistics, settings, int(numbers[index]), noise.pixel_size)
            for tile in plan_tiles(layout.plane_shape, region):
                _put(drawn[index][tile.kept.within(region.top, region.left)], plane, tile.kept)
        return drawn

    if not lazy:
        return part(noise.numbers, Region(0, 0, *layout.plane_shape))

    import dask.array as da

    def block(block_info: Any = None) -> NDArray[np.uint8]:
        *stack, rows, columns, _ = (slice(*span) for span in block_info[None]["array-location"])
        region = Region(rows.start, columns.start, rows.stop - rows.start, columns.stop - columns.start)
        return part(noise.numbers[tuple(stack)], region)

    shape = (*layout.leading, *layout.plane_shape, _CHANNELS)
    sizes = (*(1 for _ in layout.leading), _CHUNK, _CHUNK, _CHANNELS)
    chunks = da.core.normalize_chunks(sizes, shape)
    return in_words(da.map_blocks(block, chunks=chunks, dtype=np.uint8, meta=np.empty((0,) * len(shape), np.uint8)))


def _put(drawn: NDArray[np.uint8], plane: MarkPlane, region: Region) -> None:
    """Write what lies in a region into that part of a layer, with colours that aren't premultiplied."""
    layer = plane.layer(region)
    if layer is None:
        return
    shown = layer.opacity > 0
    share = layer.opacity[shown]
    for channel in range(3):
        drawn[..., channel][shown] = np.rint(255 * np.minimum(layer.colours[channel][shown] / share, 1)).astype(
            np.uint8
        )
    drawn[..., 3][shown] = np.rint(255 * share).astype(np.uint8)

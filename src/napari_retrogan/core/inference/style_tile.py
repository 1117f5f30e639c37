"""One picture of a stack, and how a tile of it is read, styled and returned in the picture's own type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import NOISE_CHANNELS
from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.images.intensity import ValueRange, from_unit, luminance, to_unit
from napari_retrogan.core.images.pixel_positions import pixel_positions
from napari_retrogan.core.inference.brightness import lifted
from napari_retrogan.core.inference.exposure import exposed
from napari_retrogan.core.inference.grain_fields import grain_field, kept_fields, takes_field
from napari_retrogan.core.inference.graph_choice import MARK_STATISTICS, PARTICLE_BYTES, SCREEN_WEIGHTS
from napari_retrogan.core.inference.low_memory import SMALLEST_TILE, retry_in_less_memory
from napari_retrogan.core.inference.mark_cells import kept_cells
from napari_retrogan.core.inference.mark_plane import MarkPlane, marked
from napari_retrogan.core.inference.noise import noise_field
from napari_retrogan.core.inference.particle_fields import ParticlePlane, kept_blocks
from napari_retrogan.core.inference.screen_dots import ScreenPlane
from napari_retrogan.core.inference.session import carried_graph, is_for_tiles, run_session
from napari_retrogan.core.inference.taste import adjust, blend
from napari_retrogan.core.inference.tiling import Region, Tile, reflected_indices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.inference.settings import ApplySettings

_STEP = 8
"""Heights and widths of what is evaluated are multiples of it, for textures that come in blocks of rows."""


@dataclass(frozen=True, slots=True)
class Plane:
    """A picture, whole or in part.

    Attributes
    ----------
    values
        (y, x), (y, x, 3) or (y, x, 4) of any image type: the whole picture, or the part that the tiles and
        their halos need.
    shape
        Height and width of the whole picture.
    origin
        Row and column of the first of ``values`` in the whole picture.
    index
        The picture's number in its stack, by which its grain differs from that of the others.
    limits
        The values of black and white.
    thumbnail
        (64, 64, 3) of the whole picture.
    lift
        By how many stops it is bent before the look sees it.
    block
        How many rows and columns of noise each pixel averages.
    pixel_size
        Height and width of a pixel in pixels of full size.
    """

    values: NDArray[Any]
    shape: tuple[int, int]
    origin: tuple[int, int]
    index: int
    limits: ValueRange
    thumbnail: NDArray[np.float32]
    lift: float = 0.0
    block: tuple[int, int] = (1, 1)
    pixel_size: tuple[float, float] = (1.0, 1.0)

    def stored(self, region: Region) -> NDArray[Any]:
        """Return the values of a region of the picture."""
        return self.values[region.within(*self.origin)]

    def unit_picture(self, region: Region) -> NDArray[np.float32]:
        """Return a region (1, 3, y, x) in [0, 1], reflected where it reaches beyond the picture."""
        picture = np.empty((3, region.height, region.width), np.float32)
        inside = region.cut_to(self.shape)
        stored, part = self.stored(inside), picture[(slice(None), *inside.within(region.top, region.left))]
        if stored.ndim == 2:
            part[:] = to_unit(stored, self.limits)
        else:
            for channel in range(3):
                part[channel] = to_unit(stored[..., channel], self.limits)
        for turned, start, length in (
            (picture.swapaxes(1, 2), region.top, self.shape[0]),
            (picture, region.left, self.shape[1]),
        ):
            sources = reflected_indices(start, turned.shape[2], length) - start
            # What lies farther out reaches no kept pixel, but graphs multiply it by zero: it must be a number.
            sources = np.clip(sources, 0, len(sources) - 1)
            beyond = np.flatnonzero(sources != np.arange(len(sources)))
            turned[..., beyond] = turned[..., sources[beyond]]
        return picture[None]

    def wanted_cell(self, tile: Tile) -> Region:
        """Return a cell without most of what lies beyond the picture.

        The picture alone tells it, so that the shape at a position is the same whatever part was asked for.
        """
        ends = (length - start for length, start in zip(self.shape, (tile.top, tile.left), strict=True))
        height, width = (min(max(-(-end // _STEP) * _STEP, SMALLEST_TILE), tile.size) for end in ends)
        return Region(tile.top, tile.left, height, width)

    def positions(self, region: Region) -> NDArray[np.float32]:
        """Return where the pixels of a region lie in the picture, (height, width, 3), as `pixel_positions` does."""
        rows, columns = np.arange(region.height) + region.top + 0.5, np.arange(region.width) + region.left + 0.5
        return pixel_positions(self.shape, rows, columns)

    def in_own_type(self, unit: NDArray[np.float32], original: NDArray[Any]) -> NDArray[Any]:
        """Return a result (3, y, x) in [0, 1] in the type and with the channels of the values it stands for."""
        if original.ndim == 2:
            return from_unit(luminance(np.moveaxis(unit, 0, -1)), original, self.limits)
        result = np.empty(original.shape, original.dtype)
        for channel in range(3):
            result[..., channel] = from_unit(unit[channel], original[..., channel], self.limits)
        result[..., 3:] = original[..., 3:]
        return result


def style_tile(session: Any, plane: Plane, tile: Tile, settings: ApplySettings) -> NDArray[Any]:
    """Return the pixels that a tile keeps, styled, in the type and with the channels of the plane.

    Raises
    ------
    InvalidGeneratorFile
        If the graph returns another shape than a generator's.
    OutOfMemory
        If not even a small part of the tile fits into memory.
    """
    return retry_in_less_memory(lambda part: _style_or_make_room(session, plane, part, settings), tile)


def _style_or_make_room(session: Any, plane: Plane, tile: Tile, settings: ApplySettings) -> NDArray[Any]:
    """Style a tile at once; where there is too little memory, give back what is kept before another attempt."""
    try:
        return _style_whole(session, plane, tile, settings)
    except MemoryError:
        kept_fields.clear()
        kept_cells.clear()
        kept_blocks.clear()
        raise


def _style_whole(session: Any, plane: Plane, tile: Tile, settings: ApplySettings) -> NDArray[Any]:
    """Style a tile at once."""
    # Other processors than a CPU prepare for each shape anew, which takes longer than what it saves.
    cell = plane.wanted_cell(tile) if is_for_tiles(session) else tile.cell
    image = plane.unit_picture(cell.widened(settings.outer_halo))
    unit = _style(session, plane, tile, cell, image, settings) if settings.strength else image[0]
    if settings.strength and settings.grain and (told := carried_graph(session, PARTICLE_BYTES)):
        particles = ParticlePlane.of(told, settings, plane.index, plane.pixel_size)
        unit = particles.laid_on(unit, cell, settings.strength * settings.grain)
    if settings.strength and settings.screen and (weights := carried_graph(session, SCREEN_WEIGHTS)):
        screen = ScreenPlane.of(weights, settings, plane.index, plane.pixel_size)
        unit = screen.laid_on(unit, screen.thresholds(cell), settings.strength * settings.screen)
    if settings.adjusts:
        unit = adjust(unit, plane.positions(cell)[..., 0], settings)
    if settings.marks:
        statistics = carried_graph(session, MARK_STATISTICS)
        unit = marked(unit, MarkPlane.of(statistics, settings, plane.index, plane.pixel_size).layer(cell))
    kept = (slice(None), *tile.kept.within(cell.top, cell.left))
    return plane.in_own_type(unit[kept], plane.stored(tile.kept))


def _style(
    session: Any, plane: Plane, tile: Tile, cell: Region, image: NDArray[np.float32], settings: ApplySettings
) -> NDArray[np.float32]:
    """Return the look (3, Y, X) of a part of a tile, given that part of the photograph with its outer halo."""
    region, photograph = cell.widened(settings.halo), image
    if settings.exposures:
        image = exposed(session, image, plane.positions(cell.widened(settings.outer_halo)), plane.shape, settings)
    if takes_field(session):
        field = grain_field(session, settings.seed, plane.index, tile, plane.block)
        feeds = _common_feeds(image, plane, region, settings)
        feeds["field"] = np.ascontiguousarray(field[:, :, : cell.height, : cell.width])
    else:
        feeds = graph_feeds(image, plane, region, settings)
    result = run_session(session, "result", feeds)
    if result.shape != (1, 3, cell.height, cell.width):
        raise InvalidGeneratorFile(f"The generator's graph returned {result.shape}, which isn't a tile.")
    look: NDArray[np.float32] = result[0]
    if _sees_another(plane, settings) and settings.strength != 1:
        inner = slice(settings.outer_halo, -settings.outer_halo or None)
        return blend(look, photograph[0, :, inner, inner], settings.strength)
    return look


def graph_feeds(image: NDArray[np.float32], plane: Plane, region: Region, settings: ApplySettings) -> dict[str, Any]:
    """Return the inputs of the graph for one region (1, 3, y, x) with its halo; without grain no noise is drawn."""
    size = region.height, region.width
    if settings.grain:
        noise = _channels_first(noise_field(settings.seed, plane.index, region.top, region.left, *size, plane.block))
    else:
        noise = np.zeros((1, NOISE_CHANNELS, *size), np.float32)
    return {**_common_feeds(image, plane, region, settings), "noise": noise}


def _sees_another(plane: Plane, settings: ApplySettings) -> bool:
    """Tell whether the look sees another picture than the photograph itself."""
    return bool(plane.lift) or bool(settings.exposures)


def _common_feeds(image: NDArray[np.float32], plane: Plane, region: Region, settings: ApplySettings) -> dict[str, Any]:
    """Return the inputs of every graph; where the look sees another picture, the photograph is blended afterwards."""
    return {
        "image": lifted(image, plane.lift),
        "place": _channels_first(plane.positions(region)),
        "thumbnail": _channels_first(lifted(plane.thumbnail, plane.lift)),
        "strength": np.array(1 if _sees_another(plane, settings) else settings.strength, np.float32),
        "grain": np.array(settings.grain, np.float32),
        "softness": np.array(settings.softness, np.float32),
    }


def _channels_first(values: NDArray[Any]) -> NDArray[Any]:
    """Return (Y, X, C) as (1, C, Y, X)."""
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])

"""Gives a picture its look inside a region, and keeps the picture's very values outside."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from napari_retrogan.core.errors import ApplyCancelled
from napari_retrogan.core.images.arrays import as_lazy, is_lazy, read_levels, read_source
from napari_retrogan.core.images.intensity import mix
from napari_retrogan.core.images.layout import read_layout
from napari_retrogan.core.inference.pool import UNWATCHED, Progress
from napari_retrogan.core.inference.region_mask import PixelGrid
from napari_retrogan.core.inference.styled_array import in_words
from napari_retrogan.core.inference.tiling import Region, plan_tiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.images.layout import Layout
    from napari_retrogan.core.inference.region_mask import FeatheredMask


def blend_inside(
    picture: Any,
    styled: Any,
    region: FeatheredMask,
    *,
    rgb: bool | None = None,
    multiscale: bool | None = None,
    progress: Progress = UNWATCHED,
) -> Any:
    """Return a styled picture that is styled inside a region alone.

    Between the two it goes as with `Taste.strength`: by the values that displays take, which those of the picture are
    but for a factor.

    Parameters
    ----------
    picture
        What `VintageGenerator.apply` was given: an array, a lazy one, or a pyramid.
    styled
        What it returned; arrays in memory are written to.
    region
        In pixels of full size; planes of a stack have regions of their own where its mask says so.
    rgb, multiscale
        As for `VintageGenerator.apply`.
    progress
        Who may end the work between tiles; not for lazy arrays.

    Returns
    -------
    numpy.ndarray, dask.array.Array or list
        As ``styled``: of the picture's shape and type, its alpha and what isn't finite unchanged; outside the region
        and its feather the picture's own bits, inside the styled ones. Of a lazy array nothing is computed.

    Raises
    ------
    InvalidImage
        If the picture can't be read as photographs.
    ApplyCancelled
        If it was stopped.
    """
    levels, rgb = read_levels(picture, rgb, multiscale)
    if any(is_lazy(each) for each in (styled if levels else [styled])):
        region = region.apart()
    if levels:
        finest = read_layout(levels[0].shape, rgb)
        layouts = [read_layout(level.shape, bool(finest.channels)) for level in levels]
        return [_blend(*each, finest, region, progress) for each in zip(levels, styled, layouts, strict=True)]
    array, rgb = read_source(picture, rgb)
    layout = read_layout(array.shape, rgb)
    return _blend(array, styled, layout, layout, region, progress)


def blend_window(
    plane: NDArray[Any],
    styled: NDArray[Any],
    region: FeatheredMask,
    grid: PixelGrid,
    leading: tuple[float, ...],
    window: Region,
    progress: Progress = UNWATCHED,
) -> None:
    """Put the values of a picture's window into those of the styled one, as far as they are not in a region.

    Parameters
    ----------
    plane, styled
        The window's values (y, x) or (y, x, channels).
    region
        In pixels of full size.
    grid, leading
        Where the picture's pixels lie, and where in the stack.
    window
        Which part of the picture it is.
    progress
        Who may end the work between tiles.
    """
    for tile in plan_tiles(grid.shape, window):
        if progress.stopped:
            raise ApplyCancelled("Applying was stopped before the end; apply again for a result.")
        part = tile.kept.within(window.top, window.left)
        shares = region.shares(grid, leading, tile.kept)
        outside, between = shares <= 0, (shares > 0) & (shares < 1)
        before, after = plane[part], styled[part]
        after[outside] = before[outside]
        if between.any():
            after[between] = mix(before[between], after[between], shares[between])


def _blend(image: Any, styled: Any, layout: Layout, finest: Layout, region: FeatheredMask, progress: Progress) -> Any:
    """Blend one level."""
    grid, stack = PixelGrid.of_level(layout, finest), len(layout.leading)
    if is_lazy(styled):
        # A part has all channels, and is the same part of both.
        styled = styled.rechunk(dict.fromkeys(range(stack + 2, styled.ndim), -1))
        blended = (
            as_lazy(image)
            .rechunk(styled.chunks)
            .map_blocks(
                partial(_blend_block, grid=grid, region=region),
                styled,
                dtype=styled.dtype,
                meta=np.empty((0,) * styled.ndim, styled.dtype),
                name=f"blend-inside-{uuid4().hex}",
            )
        )
        return in_words(blended)
    before, after = np.asarray(image), np.asarray(styled)
    whole = Region(0, 0, *grid.shape)
    for index in np.ndindex(*layout.leading):
        blend_window(before[index], after[index], region, grid, grid.position(index), whole, progress)
    return styled


def _blend_block(
    values: NDArray[Any], styled: NDArray[Any], *, grid: PixelGrid, region: FeatheredMask, block_info: Any
) -> NDArray[Any]:
    """Return a part of a lazy picture, styled inside a region."""
    *leading, (top, bottom), (left, right) = block_info[0]["array-location"][: len(grid.depths) + 2]
    window, blended = Region(top, left, bottom - top, right - left), np.array(styled)
    for index in np.ndindex(*(stop - start for start, stop in leading)):
        numbers = [start + number for (start, _), number in zip(leading, index, strict=True)]
        blend_window(values[index], blended[index], region, grid, grid.position(numbers), window)
    return blended

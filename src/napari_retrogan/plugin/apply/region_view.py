"""What is in view, styled inside a region alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.images.layout import read_layout
from napari_retrogan.core.inference.region_blend import blend_window
from napari_retrogan.core.inference.region_mask import FeatheredMask, PixelGrid
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.plugin.window.preview_layer import plane_in_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.plugin.layers import LayerSnapshot
    from napari_retrogan.plugin.window.preview_layer import View


def blend_view(styled: NDArray[Any], snapshot: LayerSnapshot, view: View, region: FeatheredMask | None) -> NDArray[Any]:
    """Return the styled pixels of a view, outside a region as they are in the layer; everywhere where there is none."""
    if region is None:
        return styled
    plane, (top, left, height, width) = plane_in_view(snapshot, view)
    before = np.asarray(plane[top : top + height, left : left + width])
    return blend_part(before, styled, snapshot, view, region, (top, left), view.stride)


def blend_part(
    before: NDArray[Any],
    styled: NDArray[Any],
    snapshot: LayerSnapshot,
    view: View,
    region: FeatheredMask,
    corner: tuple[int, int],
    stride: int = 1,
) -> NDArray[Any]:
    """Do so for a part of a view's plane that begins at a corner, of which every so many pixels are taken."""
    level, finest = (read_layout(snapshot.levels[number].shape, snapshot.rgb) for number in (view.level, 0))
    grid, blended = PixelGrid.of_level(level, finest, stride), np.array(styled)
    window = Region(*corner, *before.shape[:2])
    blend_window(before, blended, region, grid, grid.position(view.leading), window)
    return blended

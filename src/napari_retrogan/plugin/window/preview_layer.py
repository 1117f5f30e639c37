"""A layer that shows what a generator makes of what is in view."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image

from napari_retrogan.plugin.layers import METADATA_KEY, LayerSnapshot, unique_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari.layers import Layer
    from napari.viewer import Viewer

QUICK_SIZE, SCREEN_SIZE = 512, 1400
"""Pixels a side: of what is shown at once, and of what a screen shows of it."""
_MARK = "preview"


def is_preview(layer: Layer) -> bool:
    """Tell whether a layer is a live preview, which is no picture to train with."""
    mark = layer.metadata.get(METADATA_KEY)
    return isinstance(mark, dict) and bool(mark.get(_MARK))


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The part of a picture that is in view, thinned out to a size that is fast to compute.

    ``level`` counts the levels of a multiscale layer, ``leading`` holds the position on the axes before
    the last two, ``rows`` and ``columns`` the region of the plane in steps of ``stride`` pixels, and
    ``affine`` places that region's pixels in the world.
    """

    level: int
    leading: tuple[int, ...]
    rows: tuple[int, int]
    columns: tuple[int, int]
    stride: int
    affine: tuple[tuple[float, ...], ...]


def visible_view(layer: Image, viewer: Viewer, most: int = QUICK_SIZE) -> View:
    """Return what the viewer shows of a layer's last two axes, of about so many pixels; all when nothing is in view."""
    level = int(layer.data_level) if layer.multiscale else 0
    shape = (layer.data[level] if layer.multiscale else layer.data).shape[: layer.ndim]
    factors = layer.downsample_factors[level][: layer.ndim] if layer.multiscale else np.ones(layer.ndim)
    corners = np.asarray(layer.corner_pixels)[:, -2:]
    start = np.clip(corners[0], 0, shape[-2:])
    stop = np.clip(corners[1] + 1, 0, shape[-2:])
    if np.any(stop - start <= 1):
        start, stop = np.zeros(2, int), np.asarray(shape[-2:])
    leading = leading_position(layer, viewer, level)
    stride = max(1, round(float((stop - start).max()) / most))
    first, last = start // stride, -(-stop // stride)
    origin = np.concatenate([leading, first * stride]) * factors
    return View(
        level=level,
        leading=leading,
        rows=(int(first[0]), int(last[0])),
        columns=(int(first[1]), int(last[1])),
        stride=stride,
        affine=_affine(layer, origin, stride * factors[-2:]),
    )


def leading_position(layer: Image, viewer: Viewer, level: int = 0) -> tuple[int, ...]:
    """Return the indices of the plane that the viewer shows, on the axes before the last two of a level."""
    shape = (layer.data[level] if layer.multiscale else layer.data).shape[: layer.ndim]
    factors = layer.downsample_factors[level][: layer.ndim] if layer.multiscale else np.ones(layer.ndim)
    position = np.asarray(layer.world_to_data(viewer.dims.point), float) / factors
    leading = np.clip(np.round(position[:-2]), 0, np.subtract(shape[:-2], 1)).astype(int)
    return tuple(int(index) for index in leading)


def plane_in_view(snapshot: LayerSnapshot, view: View) -> tuple[Any, tuple[int, int, int, int]]:
    """Return the plane that a view is of, thinned out like it, and the region of it that is in view."""
    plane = snapshot.levels[view.level][view.leading]
    if view.stride > 1:
        plane = np.asarray(plane[:: view.stride, :: view.stride])
    (top, bottom), (left, right) = view.rows, view.columns
    return plane, (top, left, bottom - top, right - left)


def pixel_size(snapshot: LayerSnapshot, view: View) -> tuple[float, float]:
    """Return height and width of a view's pixels in pixels of the finest level."""
    rows, columns = (-3, -2) if snapshot.rgb else (-2, -1)
    fine, coarse = snapshot.levels[0].shape, snapshot.levels[view.level].shape
    return (
        max(view.stride * fine[rows] / coarse[rows], 1.0),
        max(view.stride * fine[columns] / coarse[columns], 1.0),
    )


@contextmanager
def kept_selection(viewer: Viewer) -> Iterator[None]:
    """Leave the selection as it is while a layer is added, which napari would select alone."""
    selected, active = set(viewer.layers.selection), viewer.layers.selection.active
    yield
    viewer.layers.selection = selected
    viewer.layers.selection.active = active


class PreviewLayer:
    """The layer that shows previews of a source, exactly over it; there is none before the first.

    Parameters
    ----------
    viewer
        Gets the layer; its selection stays as it is.
    snapshot
        Of the source.
    title
        What the layer's name says that it shows.
    """

    def __init__(self, viewer: Viewer, snapshot: LayerSnapshot, title: str = "preview") -> None:
        self._viewer, self._snapshot, self._title = viewer, snapshot, title
        self.layer: Image | None = None

    @property
    def removed(self) -> bool:
        """Whether the user has removed it."""
        return self.layer is not None and self.layer not in self._viewer.layers

    def put(self, picture: np.ndarray[Any, Any], view: View) -> None:
        """Show a picture in place of the last one; a layer that the user has removed does not come back."""
        affine = np.asarray(view.affine)
        if self.layer is None:
            self._add(picture, affine)
        elif not self.removed:
            self.layer.data = picture
            self.layer.affine = affine

    def remove(self) -> None:
        """Remove the layer if it is still there."""
        if self.layer is not None and not self.removed:
            self._viewer.layers.remove(self.layer)
        self.layer = None

    def _add(self, picture: np.ndarray[Any, Any], affine: np.ndarray[Any, Any]) -> None:
        """Add the preview layer, below what is drawn over the pictures, and leave the user's selection as it is."""
        names = [layer.name for layer in self._viewer.layers]
        pictures = [number for number, layer in enumerate(self._viewer.layers) if isinstance(layer, Image)]
        with kept_selection(self._viewer):
            self.layer = self._viewer.add_image(
                picture,
                name=unique_name(f"{self._snapshot.name} ({self._title})", names),
                rgb=self._snapshot.rgb,
                contrast_limits=self._snapshot.contrast_limits,
                affine=affine,
                metadata={METADATA_KEY: {_MARK: True}},
                **{key: value for key, value in self._snapshot.appearance.items() if key in ("gamma", "colormap")},
            )
            place = pictures[-1] + 1 if pictures else 0
            if place < len(names):
                self._viewer.layers.move(len(names), place)


def _affine(layer: Image, origin: np.ndarray[Any, Any], pixel: np.ndarray[Any, Any]) -> tuple[tuple[float, ...], ...]:
    """Return the matrix from a region's pixels to the world's last two axes."""

    def world(position: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray(layer.data_to_world(position))[-2:]

    offset = world(origin)
    columns = []
    for axis, size in zip((-2, -1), pixel, strict=True):
        step = np.zeros(layer.ndim)
        step[axis] = 1
        columns.append((world(origin + step) - offset) * size)
    matrix = np.eye(3)
    matrix[:2] = np.column_stack([*columns, offset])
    return tuple(tuple(float(value) for value in row) for row in matrix)

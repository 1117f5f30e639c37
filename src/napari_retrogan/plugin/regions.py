"""Parts of a layer that people draw: Shapes and Labels layers, in their own place in space, and masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels, Shapes
from napari.layers.base import Layer

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.inference.region_mask import ArrayMask, FeatheredMask, Mask, Outline, OutlineMask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari.layers import Image
    from numpy.typing import NDArray

_CORNERS_OF_ELLIPSE = 720
_CLOSED = ("ellipse", "polygon", "rectangle")
_FAR = 2.0**16
"""Pixels over which a step is measured: the longer, the less rounding counts."""


def region_layers(layers: Iterable[Layer]) -> list[Layer]:
    """Return those of the layers that can tell a region, in their order."""
    return [layer for layer in layers if isinstance(layer, Labels | Shapes)]


def region_of(given: Any, image: Image, feather: float) -> FeatheredMask:
    """Return a region of an image layer: shapes that are drawn and layers that are moved later don't change it.

    The values of labels and arrays are those at the time when they are looked at.

    Parameters
    ----------
    given
        A Shapes layer, of which what its rectangles, ellipses and polygons enclose counts; a Labels layer, of which
        every label counts; or an array of the layer's rows and columns, with or without axes before them, in which
        what is not 0 counts. A layer lies where it is in space. A layer or array with fewer axes than the picture
        counts in all of its planes.
    image
        The layer that the region is of.
    feather
        Pixels over which the look fades out.

    Raises
    ------
    InvalidImage
        If it tells no region.
    InvalidConfig
        If the feather is no number from 0 to 1000.
    """
    if isinstance(given, Shapes):
        return FeatheredMask(_outlines(given, image), feather, given.name)
    if isinstance(given, Labels):
        values = given.data[0] if given.multiscale else given.data
        known = _mapping(image, given)[max(given.ndim - image.ndim, 0) :]
        return FeatheredMask(ArrayMask(values, known), feather, given.name)
    if isinstance(given, Layer):
        kind = type(given).__name__
        raise InvalidImage(f"{given.name!r} is a {kind} layer; a region is a Shapes or Labels layer, or an array.")
    return FeatheredMask(_array_mask(given, image), feather)


def _array_mask(given: Any, image: Image) -> Mask:
    """Return the region that an array of a picture's own pixels marks."""
    values = given if hasattr(given, "shape") and hasattr(given, "ndim") else np.asarray(given)
    sizes = (image.data[0] if image.multiscale else image.data).shape[: image.ndim]
    if not 2 <= values.ndim <= image.ndim or tuple(values.shape) != tuple(sizes[image.ndim - values.ndim :]):
        raise InvalidImage(
            f"The region is an array of shape {tuple(values.shape)}, but {image.name!r} has the shape {tuple(sizes)}; "
            "give an array of its rows and columns."
        )
    return ArrayMask(values, np.eye(image.ndim, image.ndim + 1)[image.ndim - values.ndim :])


def _outlines(shapes: Shapes, image: Image) -> Mask:
    """Return what the shapes of a layer enclose in the planes of a picture."""
    matrix = _mapping(shapes, image)
    shared = min(shapes.ndim, image.ndim)
    outlines = []
    for kind, corners in zip(shapes.shape_type, shapes.data, strict=True):
        if str(kind) not in _CLOSED:
            continue
        drawn = _ellipse(corners) if str(kind) == "ellipse" else np.asarray(corners, float)
        placed = drawn @ matrix[:, :-1].T + matrix[:, -1]
        planes = np.floor(placed[:, :-2] + 0.5).astype(int)
        own = planes[:, image.ndim - shared :]
        if (own == own[:1]).all():  # What is drawn across the planes encloses nothing in any of them.
            leading = (*[None] * (image.ndim - shared), *own[0].tolist())
            outlines.append(Outline(placed[:, -2:], leading))
    if not outlines:
        raise InvalidImage(f"{shapes.name!r} encloses nothing: draw a rectangle, an ellipse or a polygon in it.")
    return OutlineMask(tuple(outlines))


def _ellipse(corners: Any) -> NDArray[np.float64]:
    """Return many corners of an ellipse that touches the sides of a rectangle with these four."""
    corners = np.asarray(corners, float)
    angles = np.linspace(0, 2 * np.pi, _CORNERS_OF_ELLIPSE, endpoint=False)[:, None]
    half, other_half = (corners[1] - corners[0]) / 2, (corners[2] - corners[1]) / 2
    ellipse: NDArray[np.float64] = corners.mean(axis=0) + np.cos(angles) * half + np.sin(angles) * other_half
    return ellipse


def _mapping(layer: Layer, other: Layer) -> NDArray[np.float64]:
    """Return the matrix that leads from a layer's indices, and 1, to those of another: napari aligns last axes."""
    start = np.zeros(layer.ndim)

    def place(position: NDArray[np.float64]) -> NDArray[np.float64]:
        world = np.asarray(layer.data_to_world(position), float)
        return np.asarray(other.world_to_data(world), float)

    origin = place(start)
    columns = []
    for axis in range(layer.ndim):
        far = start.copy()
        far[axis] = _FAR
        columns.append((place(far) - origin) / _FAR)
    return np.column_stack([*columns, origin])

"""How much of each pixel the shape of a mark covers.

What is computed of a pixel takes sums, products and square roots of two numbers at a time, which have the same bits in
any rectangle.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.inference.mark_shapes import Shape
    from napari_retrogan.core.inference.tiling import Region

_LARGE = 12
"""Discs of a larger radius are drawn one by one."""

_MANY = 64
"""More discs than that are drawn in groups of one size."""


def cover(
    covered: NDArray[np.float32], shape: Shape, region: Region, pixel_size: tuple[float, float]
) -> NDArray[np.int64] | None:
    """Raise what is covered of a region's pixels, one after the other, to a shape's; return which those are."""
    points, radii, soft = shape.points, shape.radii, shape.soft
    if pixel_size != (1.0, 1.0):
        # Positions stay those in the whole picture: a difference to another origin would be rounded otherwise.
        scale = math.sqrt(pixel_size[0] * pixel_size[1])
        points, radii, soft = points / np.array(pixel_size), radii / scale, max(soft / scale, 1.0)
    # What is thinner than a pixel covers no more of it than its thickness.
    strengths = shape.strengths * np.minimum(2 * radii, 1)
    radii = np.maximum(radii, 0.5)
    # A disc covers pixels whose middle is less than its radius and a half away.
    down, right = points.T
    near = (down > region.top - radii) & (down < region.bottom + radii)
    near &= (right > region.left - radii) & (right < region.right + radii)
    discs = _Discs(points, radii, strengths, soft).where(near)
    if not len(discs.radii):
        return None
    if radii.max() > _LARGE:
        return _cover_by_large(covered, discs, region)
    if len(discs.radii) <= _MANY:
        return _cover_by_small(covered, discs, region)
    # The squares of many small discs need not be as large as that of the largest among them.
    sizes = np.ceil(discs.radii)
    return np.concatenate([_cover_by_small(covered, discs.where(sizes == each), region) for each in np.unique(sizes)])


class _Discs(NamedTuple):
    """Discs in pixels of a picture, as in `Shape`."""

    points: NDArray[np.float64]
    radii: NDArray[np.float64]
    strengths: NDArray[np.float64]
    soft: float

    def where(self, chosen: NDArray[np.bool_]) -> _Discs:
        """Return some of them."""
        return _Discs(self.points[chosen], self.radii[chosen], self.strengths[chosen], self.soft)


def _cover_by_small(covered: NDArray[np.float32], discs: _Discs, region: Region) -> NDArray[np.int64]:
    """Do so for all discs at once."""
    size = math.ceil(discs.radii.max())
    offsets = np.arange(-size, size + 1)
    middles = np.floor(discs.points).astype(np.int64)
    rows, columns = middles[:, :1] + offsets, middles[:, 1:] + offsets
    down, right = rows + 0.5 - discs.points[:, :1], columns + 0.5 - discs.points[:, 1:]
    distance = np.sqrt((down * down)[:, :, None] + (right * right)[:, None, :])
    share = np.minimum((discs.radii[:, None, None] + 0.5 - distance) / discs.soft, 1) * discs.strengths[:, None, None]
    inside = share > 0
    inside &= ((rows >= region.top) & (rows < region.bottom))[:, :, None]
    inside &= ((columns >= region.left) & (columns < region.right))[:, None, :]
    flat = ((rows - region.top) * region.width)[:, :, None] + (columns - region.left)[:, None, :]
    chosen = np.flatnonzero(inside)
    touched: NDArray[np.int64] = flat.take(chosen)
    np.maximum.at(covered, touched, share.take(chosen).astype(np.float32))
    return touched


def _cover_by_large(covered: NDArray[np.float32], discs: _Discs, region: Region) -> NDArray[np.int64]:
    """Do so for each disc within its own square."""
    touched = [np.zeros(0, np.int64)]
    plane = covered.reshape(region.height, region.width)
    for (down, right), radius, strength in zip(discs.points, discs.radii, discs.strengths, strict=True):
        rows = np.arange(max(math.floor(down - radius), region.top), min(math.ceil(down + radius), region.bottom))
        columns = np.arange(max(math.floor(right - radius), region.left), min(math.ceil(right + radius), region.right))
        if not (len(rows) and len(columns)):
            continue
        away, aside = rows + 0.5 - down, columns + 0.5 - right
        distance = np.sqrt((away * away)[:, None] + (aside * aside)[None, :])
        share = np.minimum((radius + 0.5 - distance) / discs.soft, 1) * strength
        part = plane[rows[0] - region.top :, columns[0] - region.left :][: len(rows), : len(columns)]
        np.maximum(part, np.maximum(share, 0).astype(np.float32), out=part)
        touched.append(((rows - region.top)[:, None] * region.width + (columns - region.left)[None, :])[share > 0])
    return np.concatenate(touched)

"""A page of a picture file as the network takes it: its colours in sRGB, free of alpha, and back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.images.files import as_array
from napari_retrogan.core.images.intensity import ValueRange, value_range
from napari_retrogan.core.picture_files.colour import from_srgb, is_managed, linear_srgb, to_srgb
from napari_retrogan.core.picture_files.limits import check_floats
from napari_retrogan.core.picture_files.reading import read_picture_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_retrogan.core.picture_files.page import Extra, Page


_LEAST_WITHIN, _WHITE_QUANTILE = 0.1, 0.99
_STEP = 2**23
"""Values that are brought back at a time, so that little memory is needed."""

_ROUNDING = 1e-6
"""By which light may miss black or white and is it all the same."""


@dataclass(frozen=True, slots=True)
class SRGBView:
    """What to style of a page.

    Attributes
    ----------
    page
        As it was read.
    pixels
        (..., Y, X) or (..., Y, X, 3): the page's own values where they are sRGB's already, else floats in sRGB, white
        at 1, of which those outside the screen's colours lie outside [0, 1].
    limits
        The values that mean black and white, or None where they are those of the type.
    """

    page: Page
    pixels: NDArray[Any]
    limits: ValueRange | None
    _source_limits: ValueRange

    @classmethod
    def of(cls, page: Page, limits: ValueRange | None = None) -> SRGBView:
        """Return the view of a page.

        Parameters
        ----------
        page
            As it was read.
        limits
            The values that mean black and white, where the caller knows them.

        Raises
        ------
        InvalidImage
            If that can't be told of its values, or if there isn't the memory.
        """
        managed, associated = is_managed(page.profile, is_rgb=page.is_rgb), "assocalpha" in page.extra_kinds
        if not managed and not associated:
            return cls(page, page.colours, limits, (0.0, 1.0))
        check_floats(page.colours.size)
        known = limits or _limits(page)
        if managed and not associated and limits is None and page.colours.dtype in (np.uint8, np.uint16):
            return cls(page, to_srgb(page.colours, page.profile or b"", is_rgb=page.is_rgb), (0.0, 1.0), known)
        unit = (page.colours.astype(np.float32) - np.float32(known[0])) / np.float32(known[1] - known[0])
        if associated:
            unit = _divided(unit, _opacity(page, known))
        if managed and page.profile is not None:
            unit = to_srgb(unit, page.profile, is_rgb=page.is_rgb)
        return cls(page, unit, (0.0, 1.0), known)

    def styled(self, pixels: NDArray[Any]) -> Page:
        """Return the page with other pixels, which are like `pixels`; values that stayed the same keep their bits."""
        page = self.page
        if self.pixels is page.colours:
            return replace(page, colours=pixels)
        colours = np.empty_like(page.colours)
        step = max(1, _STEP * len(colours) // max(colours.size, 1))
        for start in range(0, len(colours), step):
            rows = slice(start, start + step)
            colours[rows] = self._in_its_space(rows, pixels[rows])
        return replace(page, colours=colours)

    def _in_its_space(self, rows: slice, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return styled rows, or pictures of a stack, as the page holds them."""
        page = self.page
        unit, source, before = pixels.astype(np.float32), page.colours[rows], self.pixels[rows]
        if page.profile is not None and is_managed(page.profile, is_rgb=page.is_rgb):
            within = source.dtype.kind == "u" and "assocalpha" not in page.extra_kinds
            unit = from_srgb(unit, page.profile, is_rgb=page.is_rgb, within=within)
        if page.extras is not None and "assocalpha" in page.extra_kinds:
            opacity = _opacity(replace(page, extras=page.extras[rows]), self._source_limits)
            unit *= opacity[..., None] if page.is_rgb else opacity
        low, high = self._source_limits
        values = unit * np.float32(high - low) + np.float32(low)
        if source.dtype.kind in "ui":
            info = np.iinfo(source.dtype)
            values = values if source.dtype.itemsize <= 2 else values.astype(np.float64)
            values = np.clip(np.rint(values), info.min, info.max)
        same = pixels == before
        if page.is_rgb:
            same = same.all(-1, keepdims=True)
        return np.where(same | ~np.isfinite(before), source, values.astype(source.dtype))


def read_srgb(path: str | Path) -> NDArray[Any]:
    """Read the pixels of a picture upright and in sRGB, as `read_picture` does otherwise."""
    return as_array([in_srgb(page) for page in read_picture_file(path).pages])


def read_srgb_pages(path: str | Path) -> list[tuple[NDArray[Any], bool]]:
    """Read the pictures of a file upright and in sRGB, alike ones as one stack, and whether each is in colour."""
    pages = [in_srgb(page) for page in read_picture_file(path).pages]
    groups = [pages] if all(page.is_like(pages[0]) for page in pages) else [[page] for page in pages]
    arrays = [as_array(group) for group in groups]
    return [(array, group[0].is_rgb or group[0].alpha is not None) for array, group in zip(arrays, groups, strict=True)]


def in_srgb(page: Page) -> Page:
    """Return a page in sRGB, of its own type: integers hold what a screen shows of it."""
    view = SRGBView.of(page)
    if view.pixels is page.colours:
        return page
    dtype = page.colours.dtype
    pixels = view.pixels
    if dtype.kind in "ui":
        top = np.iinfo(dtype).max
        pixels = np.rint(np.clip(pixels.astype(np.float64), 0, 1) * top)
    kinds: tuple[Extra, ...] = tuple("unassalpha" if kind == "assocalpha" else kind for kind in page.extra_kinds)
    return replace(page, colours=pixels.astype(dtype), profile=None, extra_kinds=kinds)


def _limits(page: Page) -> ValueRange:
    """Return the values that mean black and white; of light too bright for a white of 1, almost the brightest."""
    if page.profile == linear_srgb() and page.colours.dtype.kind == "f":
        lit = page.colours[page.colours > _ROUNDING]
        lit = lit[np.isfinite(lit)]
        if lit.size and np.mean(lit <= 1 + _ROUNDING) < _LEAST_WITHIN:
            return 0.0, float(np.quantile(lit, _WHITE_QUANTILE))
        return 0.0, 1.0
    return value_range(page.colours.dtype, page.colours)


def _opacity(page: Page, limits: ValueRange) -> NDArray[np.float32]:
    """Return (..., Y, X) the alpha that colours are multiplied by, opaque at 1."""
    assert page.extras is not None  # noqa: S101 - the caller has looked
    alpha = page.extras[..., page.extra_kinds.index("assocalpha")]
    top = limits[1] if alpha.dtype.kind == "f" else np.iinfo(alpha.dtype).max
    return alpha.astype(np.float32) / np.float32(top)


def _divided(unit: NDArray[np.float32], opacity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return colours that were multiplied by alpha as they were before; where nothing is seen, as they are."""
    opacity = opacity[..., None] if unit.ndim > opacity.ndim else opacity
    return np.divide(unit, opacity, out=unit.copy(), where=opacity > 0)

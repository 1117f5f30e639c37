"""A pyramid of a lazy picture that has none, so that looking at the whole of it does not need each of its pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import ApplyCancelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_retrogan.core.images.layout import Layout

_LARGEST_VIEW = 2048
"""A plane up to this many pixels a side is shown as it is, and kept in memory where it is a level."""
_SMALLEST_SIDE = 512


def lazy_levels(array: Any, layout: Layout, stopped: Callable[[], bool] = lambda: False) -> list[Any]:
    """Return a Dask array and its coarser levels, each pixel the mean of four, until the longer side is 512 px.

    Parameters
    ----------
    array
        A Dask array. Of a single plane the levels that fit a screen are computed here, in one pass over its chunks;
        those of a stack stay lazy.
    layout
        Which of its axes are rows, columns and channels.
    stopped
        Asked before each of Dask's tasks; true ends the work.

    Returns
    -------
    list
        From the finest; the array alone where its planes are small.

    Raises
    ------
    ApplyCancelled
        If it was stopped.
    """
    import dask

    rows = len(layout.leading)
    levels = [array]
    if max(layout.plane_shape) <= _LARGEST_VIEW:
        return levels
    while max(levels[-1].shape[rows : rows + 2]) > _SMALLEST_SIDE and min(levels[-1].shape[rows : rows + 2]) > 1:
        levels.append(_halved(levels[-1], rows))
    if layout.leading:
        return levels
    large = [level for level in levels if max(level.shape[:2]) > _LARGEST_VIEW]

    def look(*_: object) -> None:
        if stopped():
            raise ApplyCancelled("Applying was stopped before the first tile; apply again for a result.")

    return [*large, *dask.compute(*levels[len(large) :], callbacks=[(None, None, look, None, None)])]


def _halved(array: Any, rows: int) -> Any:
    """Return the means of 2 x 2 pixels in the array's own type."""
    import dask.array as da

    small = da.coarsen(np.mean, array, {rows: 2, rows + 1: 2}, trim_excess=True)
    if array.dtype.kind == "b":
        return small >= 0.5
    return (da.rint(small) if array.dtype.kind in "ui" else small).astype(array.dtype)

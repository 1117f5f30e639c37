"""Where memory runs out: no room for a result is told at once, and tiles go on one at a time, then in smaller ones."""

from __future__ import annotations

import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage, LowMemoryWarning, OutOfMemory
from napari_retrogan.core.inference.tiling import Region, Tile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    StyleTile = Callable[[Tile], NDArray[Any]]

SMALLEST_TILE = 32


def copy_that_fits(values: NDArray[Any]) -> NDArray[Any]:
    """Return a copy of an array, unless it is larger than the machine's memory.

    A system may promise more memory than it has, and end the process once it is filled.

    Raises
    ------
    InvalidImage
        If there is no room.
    """
    import psutil

    try:
        if values.nbytes > psutil.virtual_memory().total:
            raise MemoryError
        return values.copy()
    except MemoryError:
        raise InvalidImage(
            f"The result would take {values.nbytes / 2**30:.1f} GiB, for which there is no memory. Pass a Dask array, "
            "such as dask.array.from_array(image), and get a lazy one, or a region."
        ) from None


class _Turns:
    """Lets callers run beside each other, or one of them alone once the others have ended."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._taken = False

    @contextmanager
    def beside_others(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._taken)
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._taken)
            self._taken = True
            self._changed.wait_for(lambda: not self._running)
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()


_turns = _Turns()


def retry_in_less_memory(style: StyleTile, tile: Tile) -> NDArray[Any]:
    """Return a styled tile, whatever memory there is.

    A tile that runs out of memory is tried again while no other runs, which changes no bit. If it fails then too,
    its quarters are styled one after the other. Convolutions sum in another order there, so these
    pixels are equal to the usual ones but for rounding.

    Parameters
    ----------
    style
        Returns the pixels that a tile keeps.
    tile
        A cell of the grid.

    Raises
    ------
    OutOfMemory
        If a tile of 32 px is too large.

    Warns
    -----
    LowMemoryWarning
        In either case, in words.
    """
    try:
        with _turns.beside_others():
            return style(tile)
    except MemoryError:
        pass
    _warn("There was too little memory for several tiles at once, so some are styled alone: slower, the same pixels.")
    with _turns.alone():
        return _halving(style, tile)


def _halving(style: StyleTile, tile: Tile) -> NDArray[Any]:
    """Return a styled tile, in quarters if need be."""
    try:
        return style(tile)
    except MemoryError:
        if tile.size <= SMALLEST_TILE:
            raise OutOfMemory(
                f"There is no memory for {tile.size} x {tile.size} pixels; close other programs or open pictures, and "
                "apply again."
            ) from None
    _warn(
        f"There was too little memory for a tile of {tile.size} px, so it was styled in tiles of {tile.size // 2} px: "
        "their pixels are the usual ones but for rounding."
    )
    parts = [(part.kept, _halving(style, part)) for part in quarters(tile)]
    first = parts[0][1]
    whole = np.empty((tile.kept.height, tile.kept.width, *first.shape[2:]), first.dtype)
    for kept, values in parts:
        whole[kept.within(tile.kept.top, tile.kept.left)] = values
    return whole


def quarters(tile: Tile) -> Iterator[Tile]:
    """Yield the parts of a tile, half as high and wide, that keep any of what it keeps."""
    half, kept = tile.size // 2, tile.kept
    for top in (tile.top, tile.top + half):
        for left in (tile.left, tile.left + half):
            first_row, first_column = max(top, kept.top), max(left, kept.left)
            height = min(top + half, kept.bottom) - first_row
            width = min(left + half, kept.right) - first_column
            if height > 0 and width > 0:
                yield Tile(top, left, half, Region(first_row, first_column, height, width))


def _warn(message: str) -> None:
    """Say what was done instead."""
    warnings.warn(message, LowMemoryWarning, stacklevel=3)

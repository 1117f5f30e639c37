"""A Dask array that says in words what of it can't be computed, such as where a file that it reads is broken."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np

from napari_retrogan.core.images.arrays import reading


class StyledArray(da.Array):  # type: ignore[misc]
    """A styled picture, or a part of it as napari shows it: like any Dask array but for the error.

    What `dask.compute`, a persisted array or other arrays made of it raise is their own source's.
    """

    __slots__ = ()
    _part = ""

    def compute(self, **options: Any) -> Any:
        """Return the pixels.

        Raises
        ------
        InvalidImage
            If reading the picture or computing on the way to it failed; the cause is what was raised there.
        """
        whole = f"A lazy picture of shape {self.shape}"
        with reading(f"The part {self._part} of a lazy picture" if self._part else whole):
            return super().compute(**options)

    def __getitem__(self, index: Any) -> Any:
        part = super().__getitem__(index)
        return part if part is self else in_words(part, self._part + _written(index))


def in_words(array: Any, part: str = "") -> Any:
    """Return a new Dask array, which nobody else holds yet, as one that says in words what can't be computed.

    Parameters
    ----------
    array
        Becomes a `StyledArray`: both kinds that Dask has, of graphs and of expressions, can be made into one so.
    part
        How it was cut from the whole.
    """
    array.__class__ = StyledArray
    array._part = part
    return array


def _written(index: Any) -> str:
    """Return an index as people write it, without the values of arrays."""
    return f"[{', '.join(map(_one, index if isinstance(index, tuple) else (index,)))}]"


def _one(index: Any) -> str:
    if isinstance(index, slice):
        start, stop = ("" if end is None else str(end) for end in (index.start, index.stop))
        return f"{start}:{stop}" + (f":{index.step}" if index.step not in (None, 1) else "")
    return "..." if index is Ellipsis or np.ndim(index) else str(index)

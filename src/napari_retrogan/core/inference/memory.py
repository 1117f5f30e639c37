"""Room for results: asked for before any of it is filled."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.errors import InvalidImage

if TYPE_CHECKING:
    from numpy.typing import NDArray


def copy_that_fits(values: NDArray[Any]) -> NDArray[Any]:
    """Return a copy of an array, unless it is larger than the machine's memory.

    A system may promise more memory than it has, and end the process once it is filled.

    Raises
    ------
    InvalidImage
        If there is no room.
    """
    try:
        if values.nbytes > physical_bytes():
            raise MemoryError
        return values.copy()
    except MemoryError:
        raise InvalidImage(
            f"The result would take {values.nbytes / 2**30:.1f} GiB, for which there is no memory. Pass a Dask array, "
            "such as dask.array.from_array(image), and get a lazy one, or a region."
        ) from None


def physical_bytes() -> float:
    """Return the machine's memory, or infinity where the system doesn't tell."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return float("inf")

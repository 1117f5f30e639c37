"""What is too large to be read: told from a header, before anything is unpacked."""

from __future__ import annotations

import psutil

from napari_retrogan.core.errors import InvalidImage

_WORKING_BYTES = 8
"""A value takes so many more while it is styled: as a float before and after."""
_SHARE = 0.8
_MOST_PACKED = 3000
"""No lossless codec of the formats read here packs more bytes than these into one; a drawing may reach a third."""


def check_size(width: int, height: int, channels: int, itemsize: int = 1, number: int = 1) -> None:
    """Refuse a picture that won't fit in the memory that is free now.

    Raises
    ------
    InvalidImage
        If there are no pixels, or too many.
    """
    if min(width, height, channels, number) < 1:
        raise InvalidImage(f"it says that it is {width} x {height} pixels, which is no picture")
    needed = width * height * channels * number * (itemsize + _WORKING_BYTES)
    free = psutil.virtual_memory().available
    if needed > _SHARE * free:
        pictures = "" if number == 1 else f"{number} pictures of "
        raise InvalidImage(
            f"it says that it is {pictures}{width} x {height} pixels, for which {needed / 1e9:.0f} GB of memory are "
            f"needed and {free / 1e9:.0f} GB are free; divide or shrink it first"
        )


def most_pixels() -> int:
    """Return how many pixels in colour fit in the memory that is free now."""
    return int(_SHARE * psutil.virtual_memory().available / (3 * (1 + _WORKING_BYTES)))


def check_packing(unpacked: int, packed: int) -> None:
    """Refuse a file that says that it holds far more than could be packed into it.

    Raises
    ------
    InvalidImage
        If so.
    """
    if unpacked > 2**28 and unpacked > _MOST_PACKED * max(packed, 1):
        raise InvalidImage(
            f"it says that it holds {unpacked / 1e9:.1f} GB of pixels in {packed} bytes, which can't be true"
        )

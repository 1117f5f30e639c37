"""What is too large to be read: told from a header, before anything is unpacked."""

from __future__ import annotations

import psutil

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.picture_files.containers import count_scans
from napari_retrogan.core.picture_files.stated_size import stated_size

_WORKING_BYTES = 8
"""A value takes so many more while it is styled: as a float before and after."""
_FLOAT_BYTES = 13
"""As 32-bit floats before and after, as integers again, and something for the parts that are under way."""
_SHARE = 0.8
_MOST_PACKED = 3000
"""No lossless codec of the formats read here packs more bytes than these into one; a drawing may reach a third."""

_MOST_SCANS = 100
"""Encoders refine a JPEG in about ten; each goes over all of its pixels and may take a few bytes."""

_LEAST_PART, _PART_GROWTH = 2**23, 4
"""Parts at the edges may be larger than what is seen of them."""

MOST_PICTURES = 20_000
"""Frames or pages that aren't one stack by their description."""


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


def check_floats(number: int) -> None:
    """Refuse so many values to be brought to sRGB and back as floats, if the memory that is free won't hold them.

    Raises
    ------
    InvalidImage
        If so.
    """
    needed, free = number * _FLOAT_BYTES, psutil.virtual_memory().available
    if needed > _SHARE * free:
        raise InvalidImage(
            f"To bring its {number} values from their own space to sRGB and back takes {needed / 1e9:.1f} GB of memory "
            f"and {free / 1e9:.1f} GB are free; divide or shrink the picture, or save it in sRGB."
        )


def check_number(number: int) -> None:
    """Refuse a file of more frames or pages than anyone looks at.

    Raises
    ------
    InvalidImage
        If so.
    """
    if number > MOST_PICTURES:
        raise InvalidImage(f"it holds more than {MOST_PICTURES} pictures; divide it")


def check_bytes(size: int) -> None:
    """Refuse a file that is itself too large for the memory that is free now.

    Raises
    ------
    InvalidImage
        If so.
    """
    free = psutil.virtual_memory().available
    if size > _SHARE * free:
        raise InvalidImage(f"it takes {size / 1e9:.0f} GB and {free / 1e9:.0f} GB of memory are free; shrink it first")


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


def check_stated(data: bytes) -> None:
    """Refuse a picture that says of itself that it won't fit, or can't.

    Raises
    ------
    InvalidImage
        If so.
    """
    size = stated_size(data)
    if size is not None:
        check_size(*size)
        check_packing(size.width * size.height * size.channels, len(data))
        _check_scans(data)


def check_part(data: bytes, pixels: int) -> None:
    """Refuse a part of a picture that says that it holds far more pixels than have room there.

    Raises
    ------
    InvalidImage
        If so.
    """
    size = stated_size(data)
    if size is not None:
        check_part_size(size.width * size.height, pixels)
        _check_scans(data)


def check_part_size(size: int, room: int) -> None:
    """Refuse a part of a picture of so many pixels or values that there is far less room for.

    Raises
    ------
    InvalidImage
        If so.
    """
    if size > max(_LEAST_PART, _PART_GROWTH * room):
        raise InvalidImage(f"a part of it says that it holds {size} pixels where there is room for {room}")


def _check_scans(data: bytes) -> None:
    """Refuse a JPEG that goes over its pixels far more often than any encoder writes."""
    scans = count_scans(data) if data.startswith(b"\xff\xd8") else 0
    if scans > _MOST_SCANS:
        raise InvalidImage(f"it goes over its pixels {scans} times, where pictures do so about ten times")

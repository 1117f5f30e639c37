"""Measures several pictures at once: filters of images let other threads run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from napari_retrogan.core.backend import num_cpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
Picture = TypeVar("Picture")

_MOST_THREADS = 4
"""Each holds planes of a picture in double precision, up to 84 MB of one of 1024 x 1024 px."""


def measure_each(measure: Callable[[Picture], T], pictures: Iterable[Picture]) -> list[T]:
    """Return what is measured of each picture, in their order; it is the same whatever the number of threads.

    Parameters
    ----------
    measure
        Called in several threads at a time; it may not call this itself.
    pictures
        Pictures, or what tells of them.
    """
    with ThreadPoolExecutor(min(num_cpus(), _MOST_THREADS), thread_name_prefix="retrogan-measure") as pool:
        return list(pool.map(measure, pictures))

"""Keeps what was made, within a bound of memory: whether something was kept changes nothing but the time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable


class _Sized(Protocol):
    @property
    def nbytes(self) -> int:
        """How much memory it takes."""


T = TypeVar("T", bound=_Sized)


class Kept(Generic[T]):
    """Things by key, in two parts of equal size; the least recently used of each make room.

    A new one comes into the first part, and into the second once it is asked for again. So the planes of a stack,
    each of which has grain of its own and is met once, pass through the first and leave the second as it is.

    Parameters
    ----------
    most_bytes
        Of each part.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._once: OrderedDict[Hashable, T] = OrderedDict()
        self._again: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def num_bytes(self) -> int:
        """How much memory all of them take."""
        with self._lock:
            return _bytes_of(self._once) + _bytes_of(self._again)

    def find(self, key: Hashable) -> T | None:
        """Return a thing, if it is kept."""
        with self._lock:
            if key in self._again:
                self._again.move_to_end(key)
                return self._again[key]
            thing = self._once.pop(key, None)
            if thing is not None:
                self._again[key] = thing
                self._once.update(self._take_surplus(self._again))
                self._take_surplus(self._once)
            return thing

    def keep(self, key: Hashable, thing: T) -> None:
        """Take a thing in; another thread may have made the same one meanwhile."""
        with self._lock:
            if key not in self._again:
                self._once[key] = thing
                self._take_surplus(self._once)

    def clear(self) -> None:
        """Give all memory back."""
        with self._lock:
            self._once.clear()
            self._again.clear()

    def _take_surplus(self, part: OrderedDict[Hashable, T]) -> OrderedDict[Hashable, T]:
        """Take out of a part those that are too many, and return them."""
        surplus: OrderedDict[Hashable, T] = OrderedDict()
        excess = _bytes_of(part) - self._most_bytes
        while excess > 0:
            key, thing = part.popitem(last=False)
            surplus[key] = thing
            excess -= thing.nbytes
        return surplus


def _bytes_of(part: OrderedDict[Hashable, T]) -> int:
    """Return how much memory a part takes."""
    return sum(thing.nbytes for thing in part.values())

"""A part of a sequence, taken at even distances."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

Item = TypeVar("Item")


def choose_evenly(items: Sequence[Item], most: int) -> list[Item]:
    """Return at most so many of the items, in their order, the first and the last among them."""
    chosen = np.linspace(0, len(items) - 1, min(len(items), most)).round().astype(int)
    return [items[index] for index in chosen]

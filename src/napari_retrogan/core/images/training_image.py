"""A picture as training needs it: seen whole and small, and in part at full resolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VIEW_SIZE = 96
"""Long side of the small view in pixels."""


@dataclass(frozen=True, slots=True)
class TrainingImage:
    """One picture.

    Attributes
    ----------
    view
        (Y, X, 3) float32 in [0, 1], the whole picture with a long side of at most 96 px.
    thumbnail
        (64, 64, 3) float32, as the generator sees it when it is applied.
    detail
        (Y, X, 3) float16 in [0, 1], a part at full resolution.
    origin
        Row and column of that part's first pixel in the whole picture.
    shape
        Height and width of the whole picture.
    """

    view: NDArray[np.float32]
    thumbnail: NDArray[np.float32]
    detail: NDArray[np.float16]
    origin: tuple[int, int]
    shape: tuple[int, int]

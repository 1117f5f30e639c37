"""Patches of pictures at full resolution, drawn at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from napari_retrogan.core.images.training_image import TrainingImage

_Patch = NDArray[np.float32]


def random_patch(image: TrainingImage, size: int, random: np.random.Generator) -> _Patch:
    """Return a flipped square (P, P, 3) at full resolution; a picture smaller than it is continued by reflection."""
    missing = [(0, max(0, size - extent)) for extent in image.detail.shape[:2]]
    detail = np.pad(image.detail, [*missing, (0, 0)], mode="symmetric") if any(sum(missing, ())) else image.detail
    top, left = (int(random.integers(extent - size + 1)) for extent in detail.shape[:2])
    return orient(detail[top : top + size, left : left + size].astype(np.float32), int(random.integers(8)))


def orient(patch: _Patch, orientation: int) -> _Patch:
    """Return one of a square's eight orientations: four turns, each with its mirror image."""
    turned = np.rot90(patch, orientation % 4)
    return turned[:, ::-1] if orientation >= 4 else turned

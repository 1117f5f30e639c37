"""Patches laid out as one picture."""

from __future__ import annotations

import numpy as np

from napari_retrogan.plugin.train.patch_mosaic import mosaic


def test_patches_stand_in_reading_order_with_gaps_between() -> None:
    patches = np.arange(1, 4, dtype=np.uint8)[:, None, None, None] * np.ones((3, 2, 2, 3), np.uint8)
    picture = mosaic(patches, gap=1)
    np.testing.assert_array_equal(
        picture[..., 0], [[1, 1, 0, 2, 2], [1, 1, 0, 2, 2], [0, 0, 0, 0, 0], [3, 3, 0, 0, 0], [3, 3, 0, 0, 0]]
    )
    assert picture.dtype == np.uint8

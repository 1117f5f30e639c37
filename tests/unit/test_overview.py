"""Small pictures of whole planes."""

import dask.array as da
import numpy as np
import pytest

from napari_retrogan.core.images.overview import MAX_LAZY_SIZE, overview


@pytest.mark.parametrize("shape", [(400, 600, 3), (97, 5000), (30, 40, 4), (1, 1), (5000, 1)])
def test_the_size_is_as_asked_where_there_are_pixels(shape):
    small = overview(np.full(shape, 51, np.uint8), 96)
    assert small.ndim == (2 if len(shape) == 2 else 3)
    assert small.shape[2:] in ((), (3,))
    assert min(96, *(max(shape[:2]),)) <= max(small.shape[:2]) < 192
    assert np.allclose(small, 0.2, atol=1e-6)


def test_it_shows_the_whole_plane_averaged():
    plane = np.zeros((400, 400))
    plane[:, 200:] = 1
    plane[::2, :200] = 0.5
    small = overview(plane, 100)
    assert np.allclose(small[:, :50], 0.25)
    assert np.allclose(small[:, 50:], 1)
    assert np.allclose(overview(plane, 100, (0, 2)), small / 2)


def test_a_large_lazy_plane_is_read_in_the_middle_only():
    read = []

    def look(block, block_info=None):
        if block_info:
            read.append(block_info[0]["array-location"])
        return block

    side = 3 * MAX_LAZY_SIZE
    plane = da.zeros((side, side), chunks=1024, dtype=np.uint8)
    overview(plane.map_blocks(look, dtype=np.uint8, meta=np.empty((0, 0), np.uint8)), 96)
    assert len(read) == (MAX_LAZY_SIZE // 1024) ** 2
    assert all(MAX_LAZY_SIZE <= start < 2 * MAX_LAZY_SIZE for place in read for start, _ in place)

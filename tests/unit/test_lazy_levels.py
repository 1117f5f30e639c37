"""Coarser levels of a lazy picture that has none."""

import dask.array as da
import numpy as np
import pytest

from napari_retrogan.core.errors import ApplyCancelled
from napari_retrogan.core.images.layout import read_layout
from napari_retrogan.core.images.lazy_levels import lazy_levels


def levels_of(array, rgb, **options):
    return lazy_levels(da.from_array(array, chunks=-1), read_layout(array.shape, rgb), **options)


def test_small_pictures_and_stacks_of_small_ones_stay_alone():
    for shape, rgb in (((2048, 100), False), ((9, 300, 400), False), ((100, 90, 3), True)):
        (level,) = levels_of(np.zeros(shape, np.uint8), rgb)
        assert level.shape == shape


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, bool])
def test_each_pixel_is_the_mean_of_four_in_the_same_type(dtype):
    picture = (np.random.default_rng(0).random((7, 2100)) * (1 if dtype in (bool, np.float32) else 200)).astype(dtype)
    finest, *coarser = levels_of(picture, False)
    assert isinstance(finest, da.Array)
    assert [level.shape for level in coarser] == [(3, 1050), (1, 525)]
    assert all(isinstance(level, np.ndarray) and level.dtype == dtype for level in coarser)
    means = picture[:6].astype(np.float64).reshape(3, 2, 1050, 2).mean((1, 3))
    wanted = means >= 0.5 if dtype is bool else means if dtype is np.float32 else np.rint(means)
    np.testing.assert_allclose(coarser[0].astype(np.float64), wanted, atol=1e-6)


def test_levels_of_a_stack_stay_lazy():
    levels = levels_of(np.zeros((2, 2100, 2100), np.uint8), False)
    assert [level.shape for level in levels] == [(2, 2100, 2100), (2, 1050, 1050), (2, 525, 525), (2, 262, 262)]
    assert all(isinstance(level, da.Array) for level in levels)


def test_it_ends_when_it_is_told_to():
    with pytest.raises(ApplyCancelled):
        levels_of(np.zeros((2100, 2100), np.uint8), False, stopped=lambda: True)

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from napari_retrogan.core.engine import shared_arrays
from napari_retrogan.core.engine.shared_arrays import pack, release, unpack

NUMBERS = st.one_of(npst.integer_dtypes(), npst.floating_dtypes(), npst.boolean_dtypes())
SHARED_FILES = shared_arrays._SHARED_FILES


def there_and_back(value):
    packed, block = pack(value)
    try:
        return unpack(packed), block
    finally:
        release(block)


@settings(max_examples=50, deadline=None)
@given(st.lists(npst.arrays(NUMBERS, npst.array_shapes(min_dims=0, max_dims=4, min_side=0)), max_size=5))
def test_any_arrays_come_back_equal(arrays):
    back, _ = there_and_back(arrays)
    for array, copy in zip(arrays, back, strict=True):
        assert array.dtype == copy.dtype
        assert array.shape == copy.shape
        assert array.tobytes() == copy.tobytes()


@pytest.mark.parametrize("order", ["C", "F"])
def test_large_arrays_use_one_block_that_goes_away(order):
    arrays = [np.asarray(np.random.default_rng(n).random((500, 301)), order=order) for n in range(3)]
    back, block = there_and_back(arrays)
    assert block is not None
    assert not (SHARED_FILES / block.name).exists()
    for array, copy in zip(arrays, back, strict=True):
        np.testing.assert_array_equal(array, copy)
        copy[0, 0] = 7
        assert array[0, 0] != 7


def test_views_and_read_only_arrays_come_back_equal():
    array = np.arange(1_000_000)
    array.flags.writeable = False
    (strided, whole), _ = there_and_back((array[::2], array))
    np.testing.assert_array_equal(strided, array[::2])
    np.testing.assert_array_equal(whole, array)


def test_small_values_take_no_shared_memory():
    back, block = there_and_back({"a": np.arange(10), "b": "text"})
    assert block is None
    assert back["a"].tolist() == list(range(10))
    back["a"][0] = 5


def test_without_room_the_arrays_travel_in_the_message(monkeypatch):
    monkeypatch.setattr(shared_arrays, "_fits", lambda size: False)
    array = np.arange(1_000_000)
    back, block = there_and_back(array)
    assert block is None
    np.testing.assert_array_equal(back, array)


def test_without_shared_memory_the_arrays_travel_in_the_message(monkeypatch):
    def refuse(**_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(shared_arrays, "SharedMemory", refuse)
    array = np.arange(1_000_000)
    back, block = there_and_back(array)
    assert block is None
    np.testing.assert_array_equal(back, array)


def test_more_than_the_shared_folder_holds_does_not_fit():
    assert shared_arrays._fits(1) or not SHARED_FILES.is_dir()
    assert not (SHARED_FILES.is_dir() and shared_arrays._fits(1 << 62))

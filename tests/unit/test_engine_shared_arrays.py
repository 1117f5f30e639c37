import errno
import os
import socket
import tempfile

import numpy as np
import pytest
from engine_harness import shared_blocks
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from napari_retrogan.core.engine import shared_arrays
from napari_retrogan.core.engine.channel import open_channel
from napari_retrogan.core.engine.shared_arrays import hand_over, pack, release, take, unpack
from napari_retrogan.core.errors import RetroGANError

posix_only = pytest.mark.skipif(os.name != "posix", reason="files without a name")
NUMBERS = st.one_of(npst.integer_dtypes(), npst.floating_dtypes(), npst.boolean_dtypes())


def there_and_back(value):
    """Return a value as it comes back through a channel, and the block that it was handed over in."""
    packed, block = pack(value)
    ours, theirs = open_channel()
    try:
        hand_over(block, ours)
        return unpack(packed, take(packed, theirs)), block
    finally:
        release(block)
        ours.close()
        theirs.close()


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
    before = shared_blocks()
    arrays = [np.asarray(np.random.default_rng(n).random((500, 301)), order=order) for n in range(3)]
    back, block = there_and_back(arrays)
    assert block is not None
    assert os.name != "posix" or block.closed
    assert shared_blocks() <= before
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


@pytest.mark.parametrize("refusing", ["_new_block", "_write"])
def test_without_room_the_arrays_travel_in_the_message(monkeypatch, refusing):
    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shared_arrays, refusing, refuse)
    array = np.arange(1_000_000)
    back, block = there_and_back(array)
    assert block is None
    np.testing.assert_array_equal(back, array)


@posix_only
def test_without_shared_memory_the_arrays_travel_in_a_file_that_has_no_name(monkeypatch, tmp_path):
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    array = np.arange(1_000_000)
    back, block = there_and_back(array)
    assert block is not None
    np.testing.assert_array_equal(back, array)
    assert list(tmp_path.iterdir()) == []


@posix_only
def test_more_than_a_file_may_hold_travels_in_the_message(monkeypatch):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        array = np.arange(1_000_000)
        back, block = there_and_back(array)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert block is None
    np.testing.assert_array_equal(back, array)


@posix_only
def test_a_block_that_did_not_arrive_is_told():
    packed, block = pack(np.arange(1_000_000))
    release(block)
    with pytest.raises(RetroGANError, match="no file descriptor left"):
        unpack(packed, None)


@posix_only
def test_a_block_that_is_cut_short_is_no_array():
    packed, block = pack(np.arange(1_000_000))
    block.truncate(100)
    with pytest.raises(EOFError, match="shorter than"):
        unpack(packed, block)


@posix_only
def test_a_default_timeout_of_other_code_does_not_reach_the_channel():
    socket.setdefaulttimeout(0.01)
    try:
        ours, theirs = open_channel()
        packed, block = pack(np.arange(1_000_000))
        hand_over(block, ours)
        np.testing.assert_array_equal(unpack(packed, take(packed, theirs)), np.arange(1_000_000))
        assert os.get_blocking(ours.fileno())
        assert os.get_blocking(theirs.fileno())
    finally:
        socket.setdefaulttimeout(None)
        release(block)
        ours.close()
        theirs.close()

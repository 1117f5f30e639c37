"""Dask arrays in, Dask arrays out, with the bits of the eager result."""

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.inference.lazy import grid_chunks
from napari_retrogan.core.stages.chain import LARGEST_HALO


class Counting:
    """An array in chunks on a disk, which counts what is read of it."""

    def __init__(self, values, chunks):
        self.values, self.chunks, self.reads = values, chunks, []
        self.shape, self.dtype, self.ndim = values.shape, values.dtype, values.ndim

    def __getitem__(self, index):
        self.reads.append(index)
        return self.values[index]

    def __array__(self, dtype=None, copy=None):
        raise AssertionError("the whole array was read at once")


@given(chunks=st.tuples(st.integers(100, 420), st.integers(100, 420)), seed=st.integers(0, 3))
@settings(max_examples=8, deadline=None)
def test_any_chunks_give_the_eager_bits(generator, photograph, chunks, seed):
    lazy = da.from_array(photograph, chunks=(*chunks, 2))
    styled = generator.apply(lazy, seed=seed)
    assert (styled.shape, styled.dtype) == (photograph.shape, photograph.dtype)
    assert np.array_equal(styled.compute(), generator.apply(photograph, seed=seed))


@pytest.mark.parametrize("shape", [(1, 1), (2, 600), (257, 3), (515, 514, 3), (3, 259, 40, 4), (2, 2, 30, 40)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_shapes_types_and_stacks(generator, shape, dtype):
    image = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
    lazy = da.from_array(image, chunks=tuple(max(size // 2, 1) for size in shape))
    assert np.array_equal(generator.apply(lazy).compute(), generator.apply(image))


def test_values_that_are_not_finite_and_ranges(generator, photograph):
    image = (photograph / 255).astype(np.float32)
    image[250:260, 250:260] = np.nan
    lazy = da.from_array(image, chunks=(256, 256, 3))
    assert np.array_equal(generator.apply(lazy).compute(), generator.apply(image), equal_nan=True)
    wide = {"value_range": (-1, 3)}
    assert np.array_equal(generator.apply(lazy, **wide).compute(), generator.apply(image, **wide), equal_nan=True)


def test_nothing_is_read_before_it_is_asked_for(generator, photograph):
    source = Counting(photograph, (256, 256, 3))
    styled = generator.apply(source)
    assert isinstance(styled, da.Array)
    assert source.reads == []
    assert np.array_equal(styled[:10, :10].compute(), generator.apply(photograph)[:10, :10])
    stack = Counting(np.stack([photograph] * 5), (1, 300, 420, 3))
    generator.apply(stack)[2].compute()
    assert {(index[0].start, index[0].stop) for index in stack.reads} == {(2, 3)}


def test_regions_and_strength_nought(generator, photograph):
    lazy = da.from_array(photograph, chunks=(100, 100, 3))
    part = generator.apply(lazy, region=(200, 10, 90, 300))
    assert np.array_equal(part.compute(), generator.apply(photograph)[200:290, 10:310])
    assert np.array_equal(generator.apply(lazy, strength=0).compute(), photograph)


def test_labelled_arrays_give_their_data(generator, photograph):
    class Labelled:
        dims, data, rgb = ("y", "x", "c"), da.from_array(photograph), None

    assert isinstance(generator.apply(Labelled()), da.Array)


def test_a_range_that_cannot_be_told_is_asked_for_when_computed(generator):
    styled = generator.apply(da.full((20, 20), 1e6))
    with pytest.raises(InvalidImage, match="value_range"):
        styled.compute()


@given(length=st.integers(1, 5000), existing=st.integers(1, 5000))
def test_chunks_lie_on_the_grid(length, existing):
    chunks = grid_chunks(length, (existing,))
    assert sum(chunks) == length
    assert all(chunk % 256 == 0 for chunk in chunks[:-1])
    assert len(chunks) == 1 or chunks[-1] > LARGEST_HALO
    assert max(chunks) <= 1024 + LARGEST_HALO

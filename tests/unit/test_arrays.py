"""Arrays that aren't NumPy's: on disk, labelled, in levels; read as little and as late as can be."""

import dask.array as da
import numpy as np
import pytest

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.images.arrays import read_levels, read_source


@pytest.fixture(scope="module")
def small(photograph):
    return photograph[:270, :260]


@pytest.fixture(scope="module")
def styled(generator, small):
    return generator.apply(small)


@pytest.fixture
def zarr_array(small, tmp_path):
    zarr = pytest.importorskip("zarr")
    array = zarr.open(str(tmp_path / "picture.zarr"), mode="w", shape=small.shape, chunks=(128, 100, 3), dtype="u1")
    array[:] = small
    return array


@pytest.fixture
def hdf5_file(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "pictures.h5", "w") as file:
        yield file


def test_zarr_arrays_stay_on_disk(generator, zarr_array, small, styled):
    lazy = generator.apply(zarr_array)
    assert isinstance(lazy, da.Array)
    assert np.array_equal(lazy.compute(), styled)


class InMemory:
    """An array in chunks that costs as much to pickle as it holds."""

    shape, chunks, dtype, ndim = (4, 4), (2, 2), np.dtype(np.uint8), 2

    def __init__(self):
        self.reads = 0

    def __getitem__(self, index):
        self.reads += 1
        return np.ones(self.shape, self.dtype)[index]

    def __reduce_ex__(self, protocol):
        self.reads += 1
        return InMemory, ()


def test_an_array_in_chunks_is_not_read_before_it_is_asked_for():
    source = InMemory()
    array, _ = read_source(source)
    assert not source.reads
    assert np.all(array.compute(scheduler="synchronous") == 1)


def test_hdf5_in_chunks_stays_on_disk_and_without_them_is_read(generator, hdf5_file, small, styled):
    chunked = generator.apply(hdf5_file.create_dataset("chunked", data=small, chunks=(90, 128, 3)))
    assert isinstance(chunked, da.Array)
    assert np.array_equal(chunked.compute(scheduler="synchronous"), styled)
    whole = generator.apply(hdf5_file.create_dataset("whole", data=small))
    assert np.array_equal(whole, styled)


@pytest.mark.parametrize("lazy", [False, True])
def test_labelled_arrays_give_their_data(generator, small, styled, lazy):
    xarray = pytest.importorskip("xarray")
    data = da.from_array(small, chunks=(100, 100, 3)) if lazy else small
    result = generator.apply(xarray.DataArray(data, dims=("y", "x", "c")))
    assert isinstance(result, da.Array) == lazy
    assert np.array_equal(np.asarray(result), styled)


def test_pyramids_on_disk(generator, zarr_array, small):
    levels = [zarr_array, small[::2, ::2]]
    lazy = generator.apply(levels)
    assert all(isinstance(level, da.Array) for level in lazy)
    for one, other in zip(lazy, generator.apply([small, levels[1]]), strict=True):
        assert np.array_equal(one.compute(), other)


def test_channels_that_look_like_colours_are_told_apart(generator):
    planes = np.random.default_rng(0).integers(0, 256, (3, 20, 4), np.uint8)
    assert generator.apply(planes, rgb=False).shape == planes.shape
    one_by_one = np.stack([generator.apply(plane, grain=0) for plane in planes])
    assert np.array_equal(generator.apply(planes, rgb=False, grain=0), one_by_one)
    assert not np.array_equal(generator.apply(planes, grain=0), one_by_one)


def test_sequences_of_arrays_are_stacks_or_pyramids(small):
    assert read_levels([small, small])[0] == []
    assert len(read_levels([small, small[::2, ::2]])[0]) == 2
    assert len(read_levels([small, small], multiscale=True)[0]) == 2
    assert read_levels([small, small[::2, ::2]], multiscale=False)[0] == []
    assert read_levels(small)[0] == read_levels(small.tolist())[0] == read_levels([])[0] == []
    with pytest.raises(InvalidImage):
        read_source([small, small[::2, ::2]])

"""Layers, arrays, stacks and folders become the same pictures."""

import tracemalloc
from types import SimpleNamespace

import dask.array as da
import numpy as np
import pytest
import tifffile
from PIL import Image
from skimage.io import imsave

from napari_retrogan.core.errors import InvalidImage, PictureLeftOut
from napari_retrogan.core.images import source_planes
from napari_retrogan.core.images import training_images as reading
from napari_retrogan.core.images.training_images import training_images


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)


def same(first, second):
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        for name in ("view", "thumbnail", "detail"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert (one.origin, one.shape) == (other.origin, other.shape)


def test_sources_of_the_same_pixels_give_the_same_pictures(picture, tmp_path):
    imsave(tmp_path / "one.png", picture)
    expected = training_images([picture], 0)
    layer = SimpleNamespace(data=picture, rgb=True)
    for source in (picture, layer, [layer], da.from_array(picture, chunks=16), tmp_path, str(tmp_path / "one.png")):
        same(training_images(source, 0), expected)


def test_stacks_are_taken_apart(picture):
    both = np.stack([picture, 255 - picture])
    same(training_images(both, 0), training_images([picture, 255 - picture], 0))


def test_one_picture_is_seen_small_and_large(picture):
    (image,) = training_images(picture, 0)
    assert image.view.shape == (40, 60, 3)
    assert image.thumbnail.shape == (64, 64, 3)
    np.testing.assert_allclose(image.detail, picture / 255, atol=1e-3)
    assert image.shape == (40, 60)


def test_grey_layers_are_read_by_their_contrast_limits():
    values = np.linspace(1000, 3000, 50 * 50).reshape(50, 50).astype(np.uint16)
    (image,) = training_images(SimpleNamespace(data=values, rgb=False, contrast_limits=(1000, 3000)), 0)
    assert image.detail.min() == 0
    assert image.detail.max() == 1
    np.testing.assert_array_equal(image.detail[..., 0], image.detail[..., 2])


def test_large_pictures_keep_a_part_at_full_resolution(monkeypatch):
    monkeypatch.setattr(reading, "DETAIL_SIZE", 64)
    large = np.random.default_rng(0).random((200, 300, 3), np.float32)
    (image,) = training_images(large, 3)
    top, left = image.origin
    np.testing.assert_allclose(image.detail, large[top : top + 64, left : left + 64], atol=1e-3)
    assert max(image.view.shape) == 96
    same(training_images(large, 3), [image])


def test_long_stacks_are_thinned_evenly(monkeypatch):
    monkeypatch.setattr(source_planes, "MAX_PICTURES", 3)
    long = np.arange(9, dtype=np.float32)[:, None, None] / 9 * np.ones((9, 5, 6), np.float32)
    assert [round(9 * float(image.view.mean())) for image in training_images(long, 0)] == [0, 4, 8]


def test_values_that_are_not_finite_become_grey(picture):
    holed = picture.astype(np.float32) / 255
    holed[3:6, 3:6] = np.nan
    (image,) = training_images(holed, 0)
    assert np.isfinite(image.view).all()
    assert np.isfinite(image.detail).all()


@pytest.mark.parametrize("source", [3, [np.zeros(5)], np.zeros((2, 2), complex), [["a", "b"]]])
def test_what_is_no_picture_is_refused_in_words(source):
    with pytest.raises(InvalidImage):
        training_images(source, 0)


@pytest.fixture
def folder(tmp_path):
    """Make a folder of single pictures, two stacks and one that is broken; return it with all pictures in order."""
    random, arrays = np.random.default_rng(1), []
    for number, shape in enumerate([(50, 70, 3), (4, 40, 60), (64, 64, 3), (2, 30, 40, 3), (80, 50, 3)]):
        array = random.integers(0, 256, shape, np.uint8)
        tifffile.imwrite(tmp_path / f"{number}.tif", array, photometric="rgb" if shape[-1] == 3 else "minisblack")
        arrays.append(array)
    return tmp_path, arrays


@pytest.mark.parametrize("kept", [0, 10**9])
@pytest.mark.parametrize(("most", "pixels"), [(500, 40_000_000), (500, 9 * 32**2), (6, 40_000_000), (4, 4 * 24**2)])
def test_files_are_read_one_at_a_time_and_give_what_arrays_give(folder, monkeypatch, most, pixels, kept):
    place, arrays = folder
    monkeypatch.setattr(source_planes, "MAX_PICTURES", most)
    monkeypatch.setattr(source_planes, "_KEPT_BYTES", kept)
    monkeypatch.setattr(reading, "_DETAIL_PIXELS", pixels)
    same(training_images(place, 3), training_images(arrays, 3))
    (place / "2.tif").write_bytes(b"no picture")
    del arrays[2]
    with pytest.warns(PictureLeftOut, match=r"2\.tif"):
        images = training_images(place, 3)
    same(images, training_images(arrays, 3))


def test_a_folder_takes_no_more_memory_than_a_few_of_its_pictures(tmp_path, monkeypatch):
    picture = np.random.default_rng(0).integers(0, 256, (1000, 1200, 3), np.uint8)
    for number in range(8):
        tifffile.imwrite(tmp_path / f"{number}.tif", picture, photometric="rgb")
    monkeypatch.setattr(source_planes, "_KEPT_BYTES", 0)
    monkeypatch.setattr(reading, "_DETAIL_PIXELS", 8 * 100**2)
    training_images(tmp_path / "0.tif", 0)
    tracemalloc.start()
    training_images(tmp_path / "0.tif", 0)
    one = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    assert len(training_images(tmp_path, 0)) == 8
    several = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert several < one + 2 * picture.nbytes


def test_of_a_folder_only_one_picture_is_in_memory_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(source_planes, "_KEPT_BYTES", 0)
    for number in range(12):
        Image.fromarray(np.full((1500, 2000, 3), 20 * number, np.uint8)).save(tmp_path / f"{number}.png")
    tracemalloc.start()
    images = training_images(tmp_path, 0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    kept = sum(image.detail.nbytes + image.view.nbytes for image in images)
    assert len(images) == 12
    assert peak - kept < 8 * 1500 * 2000 * 3


def test_pages_of_a_file_are_parts_of_one_sequence(tmp_path):
    stack = np.random.default_rng(0).integers(0, 256, (3, 40, 60, 3), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", stack, photometric="rgb")
    Image.fromarray(stack[0]).save(tmp_path / "b.png")
    same(training_images(tmp_path, 0, every=True), training_images([stack, stack[0]], 0, every=True))

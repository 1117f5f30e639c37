"""Whatever is given: the right result, or an error that says what to do. The documentation's table is this one."""

import re

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strange_pictures import EIGHT, PICTURES, READ, STYLED, broken_chunk
from strange_settings import FILES, SETTINGS

import napari_retrogan as rg
from documented_inputs import as_written, documented
from napari_retrogan.core.images.arrays import plain as plain_values
from napari_retrogan.core.images.training_images import training_images

HUGE = 10**9
ROUNDING = 1e-6


def expect_error(outcome, act):
    """Check that an act fails with the class and the words of an outcome."""
    kind, words = outcome.split(": ")
    expected = getattr(rg, kind)
    with pytest.raises(expected, match=re.escape(words)) as caught:
        act()
    assert type(caught.value) is expected


def reference(image):
    """The pixels of an input as a plain array in native order."""
    image = getattr(image, "data", image) if hasattr(image, "rgb") else image
    image = image[0] if isinstance(image, list) and hasattr(image[0], "shape") else image
    plain = plain_values(image) if isinstance(image, np.ma.MaskedArray) else np.array(image)
    return plain.astype(plain.dtype.newbyteorder("="))


def shares_of_white(plain):
    """The values of an array as doubles, 1 for white as the documentation tells it, and what one step of them is."""
    if plain.dtype.kind == "f":
        highest = plain[np.isfinite(plain)].max(initial=0)
        white = next(top for top in (1, 255, 65535) if highest <= 1.5 * top)
        return plain.astype(np.float64) / white, white, float(np.finfo(plain.dtype).eps)
    white = 1 if plain.dtype.kind == "b" else np.iinfo(plain.dtype).max
    return plain / float(white), white, 1 / white


def check_values(generator, plain, result):
    """Compare with what the same picture gives as doubles in [0, 1]; only what has no finite value stays as it is."""
    shares, white, step = shares_of_white(plain)
    expected = generator.apply(shares, value_range=(0, 1), seed=1)
    if plain.dtype.kind == "b":
        near = np.abs(expected - 0.5) < ROUNDING
        assert np.array_equal(result | near, (expected >= 0.5) | near)
    else:
        known = np.isfinite(expected)
        difference = np.abs(result[known].astype(np.float64) / white - expected[known])
        assert difference.max(initial=0) <= step + ROUNDING
    assert np.array_equal(result, plain, equal_nan=plain.dtype.kind == "f") != np.isfinite(plain).any()


def check_styled(generator, image):
    styled = generator.apply(image, seed=1)
    if isinstance(styled, list):
        assert len(styled) == 2
        styled, image = styled[0], image.data[0]
    if getattr(styled, "size", 0) > HUGE:
        assert styled.shape == image.shape
        part = styled[5000:5010, 70_000:70_020].compute()
        assert part.shape == (10, 20)
        assert (part != 99).any()
        return
    plain = reference(image)
    result = plain_values(styled)
    assert (result.shape, result.dtype) == (plain.shape, image.dtype if hasattr(image, "dtype") else plain.dtype)
    assert np.array_equal(result, generator.apply(plain, seed=1), equal_nan=plain.dtype.kind == "f")
    check_values(generator, plain, result)
    if plain.dtype.kind == "f":
        assert np.array_equal(np.isfinite(result), np.isfinite(plain))
    if plain.ndim == 3 and plain.shape[-1] == 4:
        assert np.array_equal(result[..., 3], plain[..., 3])
    if isinstance(image, np.ma.MaskedArray):
        assert np.array_equal(styled.mask, image.mask)


def check_read(images):
    assert images
    for image in images:
        for values in (image.view, image.thumbnail, image.detail):
            assert np.isfinite(values).all()
            assert values.shape[-1] == 3
            assert values.min() >= 0
            assert values.max() <= 1
        assert image.view.size < 100 * 100 * 3
        assert image.detail.shape[0] <= image.shape[0]


@pytest.mark.parametrize("case", PICTURES, ids=lambda case: case.given)
def test_applying(generator, case):
    image = case.make()
    if case.applied == STYLED:
        check_styled(generator, image)
    else:
        expect_error(case.applied, lambda: np.asarray(generator.apply(image)))


@pytest.mark.parametrize("case", PICTURES, ids=lambda case: case.given)
def test_reading_for_training(case):
    image = case.make()
    if case.trained == READ:
        check_read(training_images(image, 0))
    else:
        expect_error(case.trained, lambda: training_images(image, 0))


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.given)
def test_files(tmp_path, case):
    path = case.make(tmp_path)
    if case.trained == READ:
        check_read(training_images(path, 0))
        check_read(training_images(str(path), 0))
    else:
        expect_error(case.trained, lambda: training_images(path, 0))


@pytest.mark.parametrize("case", SETTINGS, ids=lambda case: case.given)
def test_settings(generator, tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    if case.outcome == STYLED:
        assert case.act(generator).any()
    else:
        expect_error(case.outcome, lambda: case.act(generator))
    assert list(tmp_path.iterdir()) == []


SECTIONS = {
    "Pictures: arrays and layers": PICTURES,
    "Picture files": FILES,
    "Settings and files of generators": SETTINGS,
}


@pytest.mark.parametrize("heading", SECTIONS)
def test_the_documentation_says_the_same(heading):
    run = [(case.given, *map(as_written, case[2:])) for case in SECTIONS[heading]]
    assert documented(heading) == run
    assert len(set(run)) == len(run) > 20


def test_a_little_more_than_white_is_no_other_range(generator):
    picture = np.random.default_rng(0).random((30, 40, 3))
    brighter = picture.copy()
    brighter[5, 5] = 1.2
    elsewhere = np.ones((30, 40), bool)
    elsewhere[2:9, 2:9] = False
    change = np.abs(generator.apply(brighter, grain=0) - generator.apply(picture, grain=0))[elsewhere]
    assert change.max() < 0.02


def test_what_a_mask_hides_does_not_count(generator):
    picture = np.random.default_rng(0).random((30, 40)).astype(np.float32)
    hidden = np.ma.array(picture, mask=picture > 0.9)
    marked = np.ma.array(np.where(picture > 0.9, np.float32(-1e30), picture), mask=picture > 0.9)
    assert np.ma.allequal(generator.apply(hidden), generator.apply(marked))
    first, second = (training_images(each, 0)[0] for each in (hidden, marked))
    assert np.array_equal(first.detail, second.detail)
    assert np.array_equal(first.view, second.view)


def test_the_part_that_cannot_be_read_is_named(generator, tmp_path):
    good, broken = da.from_array(EIGHT[None], chunks=(1, 20, 24, 3)), broken_chunk()[None]
    frames = da.concatenate([good, broken])
    styled = generator.apply(frames)
    assert np.array_equal(styled[0].compute(), generator.apply(EIGHT))
    with pytest.raises(rg.InvalidImage, match=r"part \[1, 0:5\] .* \(OSError: the disk is gone\); look") as caught:
        np.asarray(styled[1, 0:5])
    assert isinstance(caught.value.__cause__, OSError)
    with pytest.raises(rg.InvalidImage, match=r"plane \[1\] can't be read \(OSError: the disk is gone\)"):
        rg.apply_to_store(generator, frames, tmp_path / "styled.zarr")
    with pytest.raises(rg.InvalidImage, match=r"can't be read \(OSError: the disk is gone\)"):
        generator.preview(broken[0])


PLANES = st.tuples(st.integers(1, 9), st.integers(1, 9))
SHAPES = st.tuples(st.lists(st.integers(1, 3), max_size=2), PLANES, st.sampled_from([(), (), (3,), (4,)])).map(
    lambda parts: (*parts[0], *parts[1], *parts[2])
)
TYPES = st.one_of(
    hnp.boolean_dtypes(), hnp.integer_dtypes(), hnp.unsigned_integer_dtypes(), hnp.floating_dtypes(),
    hnp.integer_dtypes(endianness=">"), hnp.floating_dtypes(endianness=">"),
)  # fmt: skip


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_any_shape_type_and_axes(generator, data):
    image = data.draw(hnp.arrays(data.draw(TYPES), data.draw(SHAPES)))
    rgb = data.draw(st.sampled_from([None, False]))
    limits = (0.0, 255.0)
    styled = generator.apply(image, rgb=rgb, value_range=limits, seed=1)
    assert (styled.shape, styled.dtype) == (image.shape, image.dtype)
    if image.dtype.kind == "f":
        assert np.array_equal(np.isfinite(styled), np.isfinite(image))
    moved = np.moveaxis(np.moveaxis(image, 0, -1).copy(), -1, 0)
    again = generator.apply(moved, rgb=rgb, value_range=limits, seed=1)
    assert np.array_equal(again, styled, equal_nan=image.dtype.kind == "f")


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_array_is_read_for_training_or_refused_in_words(data):
    image = data.draw(hnp.arrays(data.draw(TYPES), data.draw(SHAPES)))
    try:
        images = training_images(image, 0)
    except rg.InvalidImage as error:
        message = str(error)
        images = []
    if images:
        check_read(images)
    else:
        assert "Pass value_range" in message

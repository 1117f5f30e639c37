"""Whatever is given: the right result, or an error that says what to do. The documentation's table is this one."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strange_pictures import PICTURES, READ, STYLED
from strange_settings import FILES, SETTINGS

import napari_retrogan as rg
from napari_retrogan.core.images.source import plain as plain_values
from napari_retrogan.core.images.stack import training_images

HUGE = 10**9


def expect_error(outcome, act):
    """Check that an act fails with the class and the words of an outcome."""
    kind, words = outcome.split(": ")
    expected = getattr(rg, kind, None) or {"OSError": OSError}[kind]
    with pytest.raises(expected, match=re.escape(words)) as caught:
        act()
    assert type(caught.value) is expected


def reference(image):
    """The pixels of an input as a plain array in native order."""
    image = getattr(image, "data", image) if hasattr(image, "rgb") else image
    image = image[0] if isinstance(image, list) and hasattr(image[0], "shape") else image
    plain = plain_values(image) if isinstance(image, np.ma.MaskedArray) else np.array(image)
    return plain.astype(plain.dtype.newbyteorder("="))


def check_styled(generator, image):
    styled = generator.apply(image, seed=1)
    if isinstance(styled, list):
        assert len(styled) == 2
        styled, image = styled[0], image.data[0]
    if getattr(styled, "size", 0) > HUGE:
        assert styled.shape == image.shape
        part = styled[5000:5010, 70_000:70_020].compute()
        assert part.shape == (10, 20)
        return
    plain = reference(image)
    masked = isinstance(image, np.ma.MaskedArray)
    result = plain_values(styled)
    assert (result.shape, result.dtype) == (plain.shape, image.dtype if hasattr(image, "dtype") else plain.dtype)
    assert np.array_equal(result, generator.apply(plain, seed=1), equal_nan=plain.dtype.kind == "f")
    if plain.dtype.kind == "f":
        assert np.array_equal(np.isfinite(result), np.isfinite(plain))
    if plain.ndim == 3 and plain.shape[-1] == 4:
        assert np.array_equal(result[..., 3], plain[..., 3])
    assert not masked or np.array_equal(styled.mask, image.mask)


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


def outcomes(case):
    """The outcomes of a case as the documentation writes them."""
    words = [value for name, value in case._asdict().items() if name in ("applied", "trained", "outcome")]
    return tuple(re.sub(r"^(\w+): (.*)", r"`\1`: \2", each) for each in words)


def test_the_documentation_says_the_same():
    text = (Path(__file__).parents[2] / "docs" / "inputs.md").read_text(encoding="utf-8")
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in text.splitlines() if line[:1] == "|"]
    told = [row for row in rows if not row[0].startswith(("What", "---"))]
    run = [(case.given, *outcomes(case)) for case in (*PICTURES, *FILES, *SETTINGS)]
    assert told == run
    assert len(set(run)) == len(run) > 60


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

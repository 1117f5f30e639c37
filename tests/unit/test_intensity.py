"""Image types to [0, 1] and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_retrogan.core.errors import InvalidConfig, InvalidImage
from napari_retrogan.core.images.intensity import check_value_range, from_unit, luminance, to_unit, value_range

INTEGERS = [np.dtype(f"{order}{kind}{size}") for order in "<>" for kind in "ui" for size in (1, 2, 4, 8)]
REALS = [np.dtype(f"{order}f{size}") for order in "<>" for size in (2, 4, 8)]


@pytest.mark.parametrize("dtype", [bool, *INTEGERS, *REALS])
def test_black_and_white_survive_exactly(dtype):
    limits = value_range(dtype)
    white = True if np.dtype(dtype).kind == "b" else np.iinfo(dtype).max if np.dtype(dtype).kind in "ui" else 1
    values = np.array([0, white], dtype)
    unit = to_unit(values, limits)
    assert unit.dtype == np.float32
    assert unit.tolist() == [0, 1]
    back = from_unit(unit, values, limits)
    assert back.dtype == values.dtype
    assert np.array_equal(back, values)


@given(hnp.arrays(st.sampled_from([np.uint8, np.int8, np.uint16, np.int16]), st.integers(1, 20)))
def test_small_integers_survive_the_way_there_and_back(values):
    limits = value_range(values.dtype)
    assert np.array_equal(from_unit(to_unit(values, limits), values, limits), values)


@given(hnp.arrays(st.sampled_from([*INTEGERS, *REALS]), st.integers(1, 20)), st.floats(0, 1, width=32))
@settings(max_examples=200)
def test_any_value_and_any_result_stay_within_the_type(values, level):
    limits = (0.0, 255.0)
    unit = to_unit(values, limits)
    assert np.isfinite(unit).all()
    assert unit.min() >= 0
    assert unit.max() <= 1
    back = from_unit(np.full_like(unit, level), values, limits)
    assert back.dtype == values.dtype
    assert np.array_equal(np.isfinite(back), np.isfinite(values))


def test_what_exceeds_the_range_is_kept():
    values = np.array([-0.25, 0.5, 1.5])
    assert np.allclose(from_unit(np.array([0.1, 0.2, 0.3], np.float32), values, (0, 1)), [-0.15, 0.2, 0.8])
    twelve_bits = np.array([0, 4095, 5000], np.uint16)
    assert from_unit(to_unit(twelve_bits, (0, 4095)), twelve_bits, (0, 4095)).tolist() == [0, 4095, 5000]
    assert from_unit(np.ones(1, np.float32), np.array([250], np.uint8), (0, 200)).tolist() == [250]
    assert from_unit(np.zeros(1, np.float32), np.array([-128], np.int8), (0, 127)).tolist() == [-128]


def test_values_that_are_not_finite_are_mid_grey_inside_and_themselves_outside():
    values = np.array([np.nan, np.inf, -np.inf, 0.25], np.float32)
    unit = to_unit(values, (0, 1))
    assert unit.tolist() == [0.5, 0.5, 0.5, 0.25]
    assert np.array_equal(from_unit(unit, values, (0, 1)), values, equal_nan=True)


def test_inputs_are_not_written_to():
    values = np.linspace(-1, 2, 7, dtype=np.float32)
    unit = np.linspace(0, 1, 7, dtype=np.float32)
    values.setflags(write=False)
    unit.setflags(write=False)
    to_unit(values, (0, 1))
    from_unit(unit, values, (0, 1))


@pytest.mark.parametrize(
    ("highest", "limits"),
    [(-3, (0, 1)), (1, (0, 1)), (1.5, (0, 1)), (1.51, (0, 255)), (382, (0, 255)), (383, (0, 65535))],
)
def test_real_numbers_tell_their_range(highest, limits):
    assert value_range(np.float32, np.array([-4, highest, np.nan, np.inf])) == limits


def test_a_range_that_cannot_be_told_is_asked_for():
    with pytest.raises(InvalidImage, match=r"reach 99000; .* Pass value_range"):
        value_range(np.float64, np.array([9.9e4]))
    assert value_range(np.float64, np.full(3, np.nan)) == (0, 1)


@pytest.mark.parametrize("dtype", [complex, object, "U3", "datetime64[s]"])
def test_types_without_intensities_are_refused(dtype):
    with pytest.raises(InvalidImage, match="booleans, integers or real numbers"):
        value_range(dtype)


@pytest.mark.parametrize("limits", [(1, 0), (0, 0), (0, np.inf), (np.nan, 1), (1,), 3, "ab", None])
def test_wrong_limits_are_refused(limits):
    with pytest.raises(InvalidConfig, match="black"):
        check_value_range(limits)


def test_luminance_of_grey_is_grey():
    grey = np.linspace(0, 1, 11, dtype=np.float32)
    assert np.allclose(luminance(np.repeat(grey[:, None], 3, axis=1)), grey, atol=1e-6)
    assert luminance(np.ones((1, 3), np.float32)) <= 1
    assert np.allclose(luminance(np.eye(3, dtype=np.float32)), [0.2126, 0.7152, 0.0722])

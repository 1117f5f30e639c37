"""The picture at 64 px."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_retrogan.core.images.thumbnail import sample_indices, sample_points, thumbnail


@given(st.integers(1, 100_000))
def test_points_lie_inside_and_in_order(length):
    indices = sample_indices(length)
    assert len(indices) == 256
    assert indices[0] >= 0
    assert indices[-1] < length
    assert (np.diff(indices) >= 0).all()


@pytest.mark.parametrize("shape", [(1, 1, 3), (63, 700, 4), (700, 300), (256, 256, 3)])
def test_the_sampled_points_have_the_thumbnail_of_the_plane(shape):
    plane = np.random.default_rng(0).random(shape, np.float32)
    small = thumbnail(plane)
    assert small.shape == (64, 64, 3)
    assert small.dtype == np.float32
    assert np.array_equal(thumbnail(sample_points(plane)), small)
    assert np.array_equal(thumbnail(np.asfortranarray(plane)), small)


def test_a_thumbnail_is_the_mean_of_its_cells():
    plane = np.random.default_rng(0).random((256, 256, 3))
    assert np.allclose(thumbnail(plane), plane.reshape(64, 4, 64, 4, 3).mean((1, 3)), atol=1e-6)


def test_grey_becomes_three_channels_and_holes_mid_grey():
    plane = np.full((100, 80), 0.25)
    plane[:50] = np.nan
    small = thumbnail(plane)
    assert np.array_equal(small[:32], np.full((32, 64, 3), 0.5))
    assert np.array_equal(small[32:], np.full((32, 64, 3), 0.25))

"""Simulated prints show what their looks say."""

import numpy as np
import pytest

from napari_retrogan.core.errors import InvalidConfig, InvalidImage
from napari_retrogan.core.looks.film import LOOKS, FilmLook, add_grain, simulate_print, soften, tone


@pytest.fixture
def picture():
    rows, columns = np.mgrid[0:80, 0:100] / 100
    return np.stack([rows, columns, 1 - columns], -1).astype(np.float32)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_prints_keep_shape_and_type_and_repeat(picture, look, dtype):
    image = (255 * picture).astype(dtype) if dtype == np.uint8 else picture
    result = simulate_print(image, look, seed=2)
    assert result.shape == image.shape
    assert result.dtype == image.dtype
    np.testing.assert_array_equal(result, simulate_print(image, look, seed=2))
    assert not np.array_equal(result, simulate_print(image, look, seed=3))


def test_silver_prints_have_next_to_no_colour(picture):
    toned = tone(picture, LOOKS["silver_print"])
    assert np.ptp(toned, axis=-1).max() < 0.08
    assert np.ptp(picture, axis=-1).max() > 0.5


def test_paper_bounds_the_tones(picture):
    toned = tone(picture, FilmLook(black=(0.1, 0.1, 0.1), white=(0.9, 0.9, 0.9)))
    assert toned.min() >= 0.1 - 1e-6
    assert toned.max() <= 0.9 + 1e-6


def test_vignettes_darken_corners_alone():
    toned = tone(np.ones((51, 51, 3), np.float32), FilmLook(vignette=0.2))
    assert toned[25, 25, 0] == pytest.approx(1)
    assert toned[0, 0, 0] == pytest.approx(0.8)


def test_grain_is_strongest_in_the_middle():
    deviations = [
        add_grain(np.full((100, 100, 3), level, np.float32), 0.05, 0.8, 0)[..., 1].std() for level in (0, 0.1, 0.5, 1)
    ]
    assert deviations[0] == deviations[3] == 0
    assert deviations[2] == pytest.approx(0.05, rel=0.05)
    assert deviations[1] < deviations[2]


def test_softness_blurs_but_keeps_the_mean(picture):
    noisy = picture + np.random.default_rng(0).standard_normal(picture.shape).astype(np.float32)
    soft = soften(noisy, 2)
    assert soft.std() < noisy.std()
    assert soft.mean() == pytest.approx(noisy.mean(), abs=0.02)


def test_mistakes_are_told(picture):
    with pytest.raises(InvalidConfig, match="faded_slide"):
        simulate_print(picture, "kodak")
    with pytest.raises(InvalidImage, match=r"\(80, 100\)"):
        simulate_print(picture[..., 0])

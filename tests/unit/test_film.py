"""Simulated grain and softness do what they say."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from napari_retrogan.core.simulation.film import add_grain, blur, soften


def test_grain_is_strongest_in_the_middle():
    deviations = [
        add_grain(np.full((100, 100, 3), level, np.float32), 0.05, 0.8, 0)[..., 1].std() for level in (0, 0.1, 0.5, 1)
    ]
    assert deviations[0] == deviations[3] == 0
    assert deviations[2] == pytest.approx(0.05, rel=0.05)
    assert deviations[1] < deviations[2]


def test_softness_blurs_but_keeps_the_mean():
    noisy = np.random.default_rng(0).random((80, 100, 3), np.float32)
    soft = soften(noisy, 2)
    assert soft.std() < 0.5 * noisy.std()
    assert soft.mean() == pytest.approx(noisy.mean(), abs=0.02)


@pytest.mark.parametrize("sigma", [0.0, 0.1, 0.7, 3.0])
@pytest.mark.parametrize(("beyond", "mode"), [("symmetric", "reflect"), ("wrap", "wrap")])
def test_the_blur_is_that_of_scipy_bit_by_bit(sigma, beyond, mode):
    picture = np.random.default_rng(0).standard_normal((40, 31, 3), np.float32)
    np.testing.assert_array_equal(blur(picture, sigma, beyond), gaussian_filter(picture, (sigma, sigma, 0), mode=mode))

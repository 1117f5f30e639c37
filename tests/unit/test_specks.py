"""Specks in a measured field of grain: its mean and strength stay, its skew does not, and the nearest are found."""

import numpy as np
import pytest

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.looks.grain import Grain
from napari_retrogan.core.looks.specks import Specks, nearest_specks, with_specks
from napari_retrogan.core.looks.texture_start import texture_weights
from napari_retrogan.core.stages.chain import WEIGHT_SHAPES
from napari_retrogan.core.stages.grain import GRAIN
from napari_retrogan.core.stages.numpy_operations import NUMPY

NOISE = np.random.default_rng(1).standard_normal((406, 406, 3)).astype(np.float32)
STRENGTH = 0.1


def measured(mixing):
    """Return weights of grain as a measurement gives them, of one strength everywhere."""
    mixing = np.asarray(mixing, np.float64)
    mixing = mixing / np.sqrt(LUMINANCE @ mixing.T @ mixing @ LUMINANCE)
    luminance = np.linspace(0, 1, 33)
    kernel = np.zeros((5, 5))
    kernel[2, 2] = 1
    nothing = {name: np.zeros(shape, np.float32) for name, shape in WEIGHT_SHAPES.items()}
    return {**nothing, **texture_weights(nothing, Grain(kernel, mixing, luminance, np.full(33, STRENGTH)), 0.0)}


def drawn(weights, side=120):
    toned = np.full((side, side, 3), 0.5, np.float32)
    return np.asarray(GRAIN.formula(NUMPY, weights, toned, NOISE[: side + 6, : side + 6]))


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("mixing", [np.eye(3), np.ones((3, 3)) + np.eye(3), [[1, 0.9, 0.6], [0, 0, 0], [0, 0, 0]]])
def test_mean_and_strength_stay_and_skew_does_not(mixing, light):
    weights = measured(mixing)
    before, after = (
        drawn(each, 400) for each in (weights, {**weights, **with_specks(weights, Specks(1.5, 0.8, 0.8, light))})
    )
    np.testing.assert_allclose(after.mean((0, 1)), 0, atol=0.05 * STRENGTH)
    luminance = after @ LUMINANCE
    assert luminance.std() == pytest.approx((before @ LUMINANCE).std(), rel=0.1)
    skew = ((luminance / luminance.std()) ** 3).mean()
    assert skew > 1 if light else skew < -1


def test_specks_have_the_colour_of_the_grain():
    weights = measured([[1, 0.9, 0.6], [0, 0, 0], [0, 0, 0]])
    grain = drawn({**weights, **with_specks(weights, Specks(1.5, 0.8, 0.9, light=False))})
    np.testing.assert_allclose(grain[..., 1], 0.9 * grain[..., 0], atol=1e-3 * STRENGTH)


@pytest.mark.parametrize("there", [Specks(2.0, 0.5, 0.9, light=True), Specks(1.0, 1.2, 0.6, light=False)])
def test_the_nearest_specks_are_found(there):
    weights = measured(np.eye(3))
    real = np.sort(drawn({**weights, **with_specks(weights, there)})[..., 0].ravel())

    def distance(tried):
        return float(np.abs(np.sort(drawn(tried)[..., 0].ravel()) - real).mean())

    found = {**weights, **nearest_specks(weights, distance)}
    assert distance(found) < 1e-6
    for name, values in with_specks(weights, there).items():
        np.testing.assert_array_equal(found[name], values)


def test_none_are_found_where_none_come_nearer():
    weights = measured(np.eye(3))
    start = drawn(weights)
    assert nearest_specks(weights, lambda tried: 1 + float(np.abs(drawn(tried) - start).mean())) == {}

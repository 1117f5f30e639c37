"""The noise-driven patches."""

import pickle

import numpy as np
import onnx
import pytest

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.inference.noise import noise_vector
from napari_retrogan.core.patch_generator import PatchGenerator

WIDTHS = (6, 5, 4)


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(0)
    shapes = {"dense/kernel": (100, 64 * WIDTHS[0])}
    for number, filters in enumerate((*WIDTHS[1:], 3)):
        shapes[f"transpose_{number + 1}/kernel"] = (5, 5, filters, WIDTHS[number])
    arrays = {name: 0.1 * rng.standard_normal(shape) for name, shape in shapes.items()}
    for number, width in enumerate((64 * WIDTHS[0], *WIDTHS[1:]), start=1):
        for name in ("gamma", "beta", "moving_mean", "moving_variance"):
            arrays[f"batch_normalization_{number}/{name}"] = rng.random(width) + 0.1
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def transpose(values, kernel, stride):
    """Spread each value over its window; "same" padding cuts more off the end than off the start."""
    size = values.shape[0] * stride
    whole = np.zeros((size + 5, size + 5, kernel.shape[2]))
    for (row, column), _ in np.ndenumerate(values[..., 0]):
        window = whole[row * stride : row * stride + 5, column * stride : column * stride + 5]
        window += np.einsum("hwoi,i->hwo", kernel, values[row, column])
    start = (5 - stride) // 2
    return whole[start : start + size, start : start + size]


def normalise(values, w, number):
    gamma, beta, mean, variance = (
        w[f"batch_normalization_{number}/{name}"] for name in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scaled = gamma * (values - mean) / np.sqrt(variance + 1e-3) + beta
    return np.where(scaled >= 0, scaled, 0.3 * scaled)


def test_the_graph_computes_the_network(weights):
    noise = noise_vector(4, 1, 100).astype(np.float64)
    hidden = normalise(noise @ weights["dense/kernel"], weights, 1).reshape(8, 8, WIDTHS[0])
    hidden = normalise(transpose(hidden, weights["transpose_1/kernel"], 1), weights, 2)
    hidden = normalise(transpose(hidden, weights["transpose_2/kernel"], 2), weights, 3)
    expected = (np.tanh(transpose(hidden, weights["transpose_3/kernel"], 2)) + 1) / 2
    generator = PatchGenerator.from_weights(weights)
    assert np.allclose(generator.sample(2, seed=4)[1], expected, atol=1e-5)
    onnx.checker.check_model(onnx.load_model_from_string(generator.graph), full_check=True)


def test_a_sample_depends_on_its_seed_and_number_alone(weights):
    generator = PatchGenerator.from_weights(weights)
    patches = generator.sample(5, seed=1)
    assert patches.shape == (5, 32, 32, 3)
    assert patches.dtype == np.float32
    assert patches.min() >= 0
    assert patches.max() <= 1
    copy = pickle.loads(pickle.dumps(generator))
    assert np.array_equal(copy.sample(2, seed=1), patches[:2])
    assert not np.array_equal(generator.sample(1, seed=2)[0], patches[0])


@pytest.mark.parametrize("wrong", [{"n": 0}, {"n": 1, "seed": -1}])
def test_wrong_numbers_are_refused(weights, wrong):
    with pytest.raises(InvalidConfig, match="expected"):
        PatchGenerator.from_weights(weights).sample(**wrong)

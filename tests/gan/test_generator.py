import numpy as np
import pytest
from keras import ops

from napari_retrogan.core.gan.generator import Generator, read_weights, write_weights
from napari_retrogan.core.gan.keras_operations import KERAS
from napari_retrogan.core.graphs.generator_graph import build_graph
from napari_retrogan.core.inference.session import open_session
from napari_retrogan.core.stages.chain import (
    EXPOSURE_STAGES,
    HALO,
    NAMES_OF_VERSION_4,
    WEIGHT_SHAPES,
    expose,
    exposure_halo,
)
from napari_retrogan.core.stages.numpy_operations import NUMPY

SIZE = 22


@pytest.fixture(scope="module")
def inputs():
    rng = np.random.default_rng(0)
    pixels, noise = rng.random((1, SIZE, SIZE, 3), np.float32), rng.standard_normal((1, SIZE, SIZE, 3), np.float32)
    return pixels, rng.random((1, SIZE, SIZE, 3), np.float32), rng.random((1, 64, 64, 3), np.float32), noise


def scrambled(generator, seed=5):
    rng = np.random.default_rng(seed)
    weights = {name: np.asarray(0.2 * rng.standard_normal(shape), np.float32) for name, shape in WEIGHT_SHAPES.items()}
    write_weights(generator, weights)
    return weights


def test_named_variables_have_the_shapes_of_the_architecture():
    shapes = {name: tuple(variable.shape) for name, variable in Generator().variables_by_name.items()}
    assert shapes == WEIGHT_SHAPES


def test_every_weight_of_the_generator_has_a_name():
    generator = Generator()
    assert {id(v) for v in generator.variables_by_name.values()} == {id(v) for v in generator.weights}


def test_a_new_generator_leaves_colour_as_it_is(inputs):
    toned = Generator(3).colour(list(inputs[:3]))
    np.testing.assert_allclose(ops.convert_to_numpy(toned), inputs[0], atol=1e-6)


def test_colour_starts_at_the_map_that_is_set(inputs):
    generator = Generator()
    matrix, offset = np.diag([0.5, 0.6, 0.7]).astype(np.float32), np.array([0.1, 0.2, 0.0], np.float32)
    write_weights(generator, {"colour/map/matrix": matrix, "colour/map/offset": offset})
    toned = generator.colour(list(inputs[:3]))
    np.testing.assert_allclose(ops.convert_to_numpy(toned), inputs[0] @ matrix + offset, atol=1e-6)


def test_the_result_stays_in_range_and_loses_the_halo(inputs):
    generator = Generator()
    scrambled(generator)
    styled = ops.convert_to_numpy(generator(list(inputs)))
    assert styled.shape == (1, SIZE - 2 * HALO, SIZE - 2 * HALO, 3)
    assert styled.min() >= 0
    assert styled.max() <= 1


def test_weights_survive_reading_and_writing():
    generator = Generator()
    weights = scrambled(generator)
    read = read_weights(generator)
    assert read.keys() == weights.keys()
    for name, values in weights.items():
        np.testing.assert_array_equal(read[name], values)


def test_one_seed_gives_one_network():
    first, same, other = (read_weights(Generator(seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], same[name]) for name in first)
    assert not all(np.array_equal(first[name], other[name]) for name in first)


def test_the_graph_that_is_applied_equals_the_keras_generator(inputs):
    generator = Generator()
    weights = scrambled(generator)
    pixels, positions, thumbnail, noise = inputs
    session = open_session(build_graph(weights))
    feeds = dict(zip(("image", "place", "thumbnail", "noise"), inputs, strict=True))
    feeds = {name: values.transpose(0, 3, 1, 2) for name, values in feeds.items()}
    one = np.array(1, np.float32)
    (result,) = session.run(None, {**feeds, "strength": one, "grain": one, "softness": one})
    reference = ops.convert_to_numpy(generator([pixels, positions, thumbnail, noise]))
    np.testing.assert_allclose(result.transpose(0, 2, 3, 1), reference, atol=1e-5)
    assert np.ptp(reference) > 0.1


@pytest.mark.parametrize("cubic", [0, 1])
def test_what_comes_before_colours_is_in_keras_what_it_is_in_numpy(cubic):
    rng = np.random.default_rng(2)
    weights = {name: np.asarray(0.1 * rng.random(WEIGHT_SHAPES[name]), np.float32) for name in NAMES_OF_VERSION_4}
    weights |= {"fringes/cubic": np.array(cubic, np.float32), "halation/threshold": np.array(0.2, np.float32)}
    side = 2 * exposure_halo(EXPOSURE_STAGES, HALO) + 16
    image, position = (rng.random((1, side, side, 3), np.float32) for _ in range(2))
    amounts = {"fringes": 20.0, "halation": 1.5}
    expected = expose(NUMPY, weights, image[0], position[0], amounts, HALO)
    found = ops.convert_to_numpy(expose(KERAS, weights, image, position, amounts, HALO))
    np.testing.assert_allclose(found[0], expected, atol=1e-5)

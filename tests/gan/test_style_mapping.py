"""The mapping network learns the codes of a set: its samples differ, and stay among them."""

import keras
import numpy as np
import pytest
from keras import ops

from napari_retrogan.core.architecture import MAPPING_SHAPES, STYLE_NOISE
from napari_retrogan.core.gan.generator import SeedSequence
from napari_retrogan.core.gan.style_mapping import build_mapping, build_style_discriminator, read_mapping
from napari_retrogan.core.gan.vintage_training import VintageTraining
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.looks.style_codes import CodeSpace, map_noise
from napari_retrogan.core.simulation.prints import simulate_print
from napari_retrogan.core.training.task import TrainingTask

STEPS = 150


@pytest.fixture(scope="module")
def training(photographs, config):
    """A training on prints of one look, most of whose steps train nothing but the mapping network to speak of."""
    scenes = [simulate_print(view, "warm_print", 0) for view in ordinary_photographs()[:6]]
    before, after = (tuple(training_images(pictures, 0)) for pictures in (photographs, scenes))
    training = VintageTraining(TrainingTask(before, after, config.replace(texture_patch_size=16)))
    for _ in range(STEPS):
        training.advance()
    return training


def distances(first, second):
    """Euclidean distances between rows."""
    return np.linalg.norm(first[:, None] - second[None], axis=-1)


def test_samples_differ_and_stay_inside_the_sets_variety(training):
    noise = np.random.default_rng(0).standard_normal((200, STYLE_NOISE)).astype(np.float32)
    drawn = ops.convert_to_numpy(training.model.mapping(noise))
    real = training.code_space.samples
    spread = np.median(distances(drawn, drawn)[np.triu_indices(len(drawn), 1)])
    assert spread > 0.5 * np.median(distances(real, real)[np.triu_indices(len(real), 1)])
    nearest = distances(drawn, real).min(1)
    np.fill_diagonal(among := distances(real, real), np.inf)
    assert np.median(nearest) < 2 * np.median(among.min(1)) + 0.5
    assert np.linalg.norm(drawn, axis=1).max() < 1.5 * np.linalg.norm(real, axis=1).max()


def test_the_arrays_lead_from_noise_to_codes(training):
    arrays = training.snapshot().mapping
    assert {name: values.shape for name, values in arrays.items()} == MAPPING_SHAPES
    noise = np.random.default_rng(1).standard_normal((4, STYLE_NOISE)).astype(np.float32)
    space = training.code_space
    coordinates = ops.convert_to_numpy(training.model.mapping(noise))
    np.testing.assert_allclose(map_noise(arrays, noise), space.mean + coordinates @ space.directions, atol=1e-4)


def test_the_discriminator_scores_each_code(photographs):
    space = CodeSpace(np.zeros(64, np.float32), np.zeros((8, 64), np.float32), np.zeros((3, 8), np.float32))
    assert build_style_discriminator(SeedSequence(0))(space.samples).shape == (3, 1)
    mapping = build_mapping(SeedSequence(0))
    assert isinstance(mapping, keras.Model)
    np.testing.assert_array_equal(read_mapping(mapping, space)["code/kernel"], 0)

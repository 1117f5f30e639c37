"""The mapping network learns the codes of a set: its samples differ, and stay among them."""

import keras
import numpy as np
import pytest
from keras import ops

from napari_retrogan.core.architecture import MAPPING_SHAPES, STYLE_NOISE
from napari_retrogan.core.gan.keras_operations import SeedSequence
from napari_retrogan.core.gan.losses import AdversarialLoss, adversarial_loss
from napari_retrogan.core.gan.model_state import capture_model, compile_model, restore_model
from napari_retrogan.core.gan.style_mapping import (
    MappingTraining,
    build_mapping,
    build_style_discriminator,
    learn_mapping,
    read_mapping,
)
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.looks.style_codes import CodeSpace, map_noise
from napari_retrogan.core.simulation.prints import simulate_print

NETWORKS = ("mapping", "discriminator")


@pytest.fixture(scope="module")
def space():
    """Codes of prints of one look."""
    scenes = [simulate_print(view, "warm_print", 0) / np.float32(255) for view in ordinary_photographs()[:6]]
    return CodeSpace.of(scenes, [list(range(6))], 0)


@pytest.fixture(scope="module")
def arrays(space):
    return learn_mapping(space, 0)


def distances(first, second):
    """Euclidean distances between rows."""
    return np.linalg.norm(first[:, None] - second[None], axis=-1)


def test_samples_differ_and_stay_inside_the_sets_variety(space, arrays):
    noise = np.random.default_rng(0).standard_normal((200, STYLE_NOISE)).astype(np.float32)
    along = space.directions / np.square(np.linalg.norm(space.directions, axis=1, keepdims=True))
    drawn = (map_noise(arrays, noise) - space.mean) @ along.T
    real = space.samples
    spread = np.median(distances(drawn, drawn)[np.triu_indices(len(drawn), 1)])
    assert spread > 0.5 * np.median(distances(real, real)[np.triu_indices(len(real), 1)])
    nearest = distances(drawn, real).min(1)
    np.fill_diagonal(among := distances(real, real), np.inf)
    assert np.median(nearest) < 2 * np.median(among.min(1)) + 0.5
    assert np.linalg.norm(drawn, axis=1).max() < 1.5 * np.linalg.norm(real, axis=1).max()


def test_the_arrays_have_their_shapes(arrays):
    assert {name: values.shape for name, values in arrays.items()} == MAPPING_SHAPES


@pytest.fixture(scope="module")
def steps():
    """Weights of both networks before and after one step with both losses, and with each alone."""
    seeds, random = SeedSequence(0), np.random.default_rng(0)
    model = MappingTraining(build_mapping(seeds), build_style_discriminator(seeds))
    compile_model(model, keras.optimizers.Adam(1e-3), run_eagerly=True)
    shapes = {"real": (16, 8), "noise": (16, STYLE_NOISE), "perturbation": (16, 8)}
    batch = {name: random.standard_normal(shape, np.float32) for name, shape in shapes.items()}
    loss, start = adversarial_loss(), capture_model(model)

    def nothing(real, fake):
        return 0.0 * ops.mean(fake)

    def weights():
        return {name: [ops.convert_to_numpy(each).copy() for each in getattr(model, name).weights] for name in NETWORKS}

    def step_with(chosen):
        model.adversarial_loss = chosen
        before = weights()
        model.train_on_batch(batch)
        after = weights()
        restore_model(model, start)
        return before, after

    batch["perturbation"] *= 0
    return {
        "both": step_with(loss),
        "mapping": step_with(AdversarialLoss(nothing, loss.generator)),
        "discriminator": step_with(AdversarialLoss(loss.discriminator, nothing)),
    }


def moved(step):
    before, after = step
    pairs = {name: zip(before[name], after[name], strict=True) for name in NETWORKS}
    return [name for name, each in pairs.items() if any(not np.array_equal(one, other) for one, other in each)]


def test_each_loss_reaches_its_own_network_alone_and_both_as_if_the_other_were_not_there(steps):
    assert moved(steps["both"]) == list(NETWORKS)
    for name in NETWORKS:
        assert moved(steps[name]) == [name]
        for first, second in zip(steps["both"][1][name], steps[name][1][name], strict=True):
            np.testing.assert_allclose(first, second, atol=1e-6)


def test_the_discriminator_scores_each_code(photographs):
    space = CodeSpace(np.zeros(64, np.float32), np.zeros((8, 64), np.float32), np.zeros((3, 8), np.float32))
    assert build_style_discriminator(SeedSequence(0))(space.samples).shape == (3, 1)
    mapping = build_mapping(SeedSequence(0))
    assert isinstance(mapping, keras.Model)
    np.testing.assert_array_equal(read_mapping(mapping, space)["code/kernel"], 0)

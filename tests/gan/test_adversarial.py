import numpy as np
import pytest
from keras import ops

from napari_retrogan.core.gan import adversarial
from napari_retrogan.core.gan.losses import AdversarialLoss, adversarial_loss
from napari_retrogan.core.gan.model_state import capture_model, restore_model
from napari_retrogan.core.gan.vintage_training import VintageTraining
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.training.task import TrainingTask

GENERATORS, DISCRIMINATORS = ("colour", "softness", "grain", "mapping"), ("colour", "texture", "style")
NETWORKS = (*GENERATORS, *(f"{name} discriminator" for name in DISCRIMINATORS))


def weights_after_step(training, loss):
    """Train the first step with a loss; return the trained weights of each network before and after."""
    training.model.adversarial_loss = loss
    networks = {stage.name: stage for stage in training.generator.stages} | {"mapping": training.model.mapping}
    networks |= {f"{name} discriminator": training.model.discriminators[name] for name in DISCRIMINATORS}

    def read():
        return {
            name: [ops.convert_to_numpy(variable).copy() for variable in network.trainable_variables]
            for name, network in networks.items()
        }

    before, start = read(), capture_model(training.model)
    training.advance()
    after = read()
    restore_model(training.model, start)
    training.step = 0
    return before, after


def changed(before, after):
    return any(not np.array_equal(first, second) for first, second in zip(before, after, strict=True))


def nothing(real, fake):
    return 0.0 * ops.mean(fake)


@pytest.fixture(scope="module")
def training(photographs, prints, config):
    """A training at its start, with adversarial losses alone."""
    config = config.replace(gradient_penalty=0.0, low_pass_weight=0.0, colour_trust=0.0)
    before, after = (tuple(training_images(pictures, 0)) for pictures in (photographs, prints))
    training = VintageTraining(TrainingTask(before, after, config))
    training.model.run_eagerly = True
    return training


@pytest.fixture(scope="module", params=["cross_entropy", "relativistic"])
def steps(request, training):
    """Weights before and after one step with both losses, with the generator's and with the discriminators' alone."""
    loss = adversarial_loss(request.param)
    losses = {
        "both": loss,
        "generator": AdversarialLoss(nothing, loss.generator),
        "discriminators": AdversarialLoss(loss.discriminator, nothing),
    }
    return {name: weights_after_step(training, value) for name, value in losses.items()}


def moved(step):
    before, after = step
    return [name for name in NETWORKS if changed(before[name], after[name])]


def test_one_step_changes_every_network(steps):
    assert moved(steps["both"]) == list(NETWORKS)


def test_the_generators_loss_does_not_reach_the_discriminators(steps):
    assert moved(steps["generator"]) == list(GENERATORS)


def test_the_discriminators_loss_does_not_reach_the_generator(steps):
    assert moved(steps["discriminators"]) == [f"{name} discriminator" for name in DISCRIMINATORS]


def test_each_network_moves_as_if_the_other_loss_were_not_there(steps):
    for name in NETWORKS:
        alone = steps["discriminators" if name.endswith("discriminator") else "generator"]
        for first, second in zip(steps["both"][1][name], alone[1][name], strict=True):
            np.testing.assert_allclose(first, second, atol=1e-6)


@pytest.mark.usefixtures("short_fits", "eager")
def test_pairs_leave_the_fitted_colours_alone(photographs, prints, config):
    images = tuple(training_images(photographs, 0))
    training = VintageTraining(TrainingTask(images, images, config, paired=True))
    before = [ops.convert_to_numpy(weight).copy() for weight in training.model.colour.weights]
    losses = training.advance()
    assert not changed(before, [ops.convert_to_numpy(weight) for weight in training.model.colour.weights])
    assert "pairs" in losses
    assert "colour_generator" not in losses


@pytest.mark.usefixtures("eager")
def test_few_pictures_have_no_discriminator_of_colour(photographs, prints, config):
    before, after = (tuple(training_images(pictures, 0)) for pictures in (photographs, prints[:4]))
    training = VintageTraining(TrainingTask(before, after, config))
    start = training.snapshot()
    training.advance()
    name = "colour/residual/kernel"
    np.testing.assert_allclose(training.snapshot().weights[name], start.weights[name], atol=1e-6)
    assert "colour" not in training.model.discriminators


def test_the_texture_view_ignores_an_even_colour():
    rng = np.random.default_rng(0)
    patch = ops.convert_to_tensor(rng.random((1, 20, 20, 3), np.float32))
    shift = ops.convert_to_tensor(np.array([0.2, -0.1, 0.05], np.float32))
    views = [ops.convert_to_numpy(adversarial.texture_view(values, values)) for values in (patch, patch + shift)]
    assert views[0].shape == (1, 14, 14, 4)
    np.testing.assert_allclose(views[0][..., :3], views[1][..., :3], atol=1e-5)
    assert not np.allclose(views[0][..., 3], views[1][..., 3])


def test_no_texture_changes_the_luminance_that_is_shown():
    toned = ops.convert_to_tensor(np.random.default_rng(0).random((1, 20, 20, 3), np.float32))
    views = [ops.convert_to_numpy(adversarial.texture_view(values, toned)) for values in (toned, toned**2)]
    np.testing.assert_array_equal(views[0][..., 3], views[1][..., 3])
    assert not np.allclose(views[0][..., :3], views[1][..., :3])


def test_grain_alone_is_no_drift_but_a_shift_of_tone_is():
    rng = np.random.default_rng(0)
    nothing_there, grain = np.zeros((2, 64, 64, 3), np.float32), rng.standard_normal((2, 64, 64, 3), np.float32)
    shifted = 0.05 + nothing_there
    none, some = (float(adversarial.drift(nothing_there, values)) for values in (0.05 * grain, shifted))
    assert none < 0.01 * some
    assert float(adversarial.drift(shifted, nothing_there)) == pytest.approx(0.0025, rel=1e-4)


def test_the_low_pass_is_the_mean_of_its_window():
    patch = np.random.default_rng(0).random((1, 9, 7, 3), np.float32)
    smooth = ops.convert_to_numpy(adversarial.low_pass(patch))
    assert smooth.shape == (1, 3, 1, 3)
    np.testing.assert_allclose(smooth[0, 1, 0], patch[0, 1:8].mean((0, 1)), rtol=1e-5)

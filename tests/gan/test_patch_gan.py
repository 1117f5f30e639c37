import numpy as np
import pytest
from keras import ops

from napari_retrogan.core.gan import dcgan
from napari_retrogan.core.gan.patch_training import PatchTraining
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.inference.noise import noise_vector
from napari_retrogan.core.training.task import PatchTask
from napari_retrogan.core.training.train import train_patch_gan


def test_sizes_agree_from_noise_to_score():
    generator, discriminator = dcgan.build_generator(), dcgan.build_discriminator()
    assert generator.input_shape == (None, 100)
    assert generator.output_shape == discriminator.input_shape == (None, 32, 32, 3)
    assert discriminator.output_shape == (None, 1)


@pytest.fixture(scope="module")
def trained(prints):
    return train_patch_gan(prints, num_steps=2, engine="local")


def test_samples_depend_on_the_seed_alone(trained):
    samples = trained.sample(3, seed=4)
    assert samples.shape == (3, 32, 32, 3)
    assert samples.min() >= 0
    assert samples.max() <= 1
    np.testing.assert_array_equal(samples, trained.sample(3, seed=4))
    np.testing.assert_array_equal(samples[:2], trained.sample(2, seed=4))
    assert not np.array_equal(samples, trained.sample(3, seed=5))


def test_one_seed_gives_one_training(trained, prints):
    again = train_patch_gan(prints, num_steps=2, engine="local")
    assert all(np.array_equal(again.weights[name], values) for name, values in trained.weights.items())


@pytest.mark.usefixtures("eager")
def test_sampling_equals_the_keras_generator(prints):
    training = PatchTraining(PatchTask(tuple(training_images(prints, 0)), 2, 0))
    training.advance()
    training.advance()
    noise = np.stack([noise_vector(7, index, 100) for index in range(2)])
    reference = ops.convert_to_numpy(training.generator(noise, training=False))
    np.testing.assert_allclose(training.snapshot().sample(2, seed=7), (reference + 1) / 2, atol=1e-5)


@pytest.mark.usefixtures("eager")
def test_each_loss_reaches_its_own_network(prints):
    def weights_after_step(silent):
        training = PatchTraining(PatchTask(tuple(training_images(prints, 0)), 1, 0))
        model = training.model
        loss = model.adversarial_loss
        losses = {"generator": loss.generator, "discriminator": loss.discriminator}
        if silent:
            losses[silent] = lambda real, fake: 0.0 * ops.mean(fake)
        model.adversarial_loss = type(loss)(**losses)
        networks = model.generator, model.discriminator
        before = [[ops.convert_to_numpy(v).copy() for v in network.trainable_variables] for network in networks]
        training.advance()
        after = [[ops.convert_to_numpy(v) for v in network.trainable_variables] for network in networks]
        return [
            any(not np.array_equal(first, second) for first, second in zip(*pair, strict=True))
            for pair in zip(before, after, strict=True)
        ]

    assert weights_after_step("generator") == [False, True]
    assert weights_after_step("discriminator") == [True, False]

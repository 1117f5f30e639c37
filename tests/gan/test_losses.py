import numpy as np
import pytest
from keras import ops

from napari_retrogan.core.gan.losses import adversarial_loss, gradient_penalty

REAL = np.array([[1.5], [-0.5]], np.float32)
FAKE = np.array([[0.25], [-2.0]], np.float32)


def softplus(values):
    return np.log1p(np.exp(values))


def test_losses_equal_their_formulas():
    loss = adversarial_loss()
    scores = ops.convert_to_tensor(REAL), ops.convert_to_tensor(FAKE)
    found = [float(loss.discriminator(*scores)), float(loss.generator(*scores))]
    np.testing.assert_allclose(found, [softplus(-REAL).mean() + softplus(FAKE).mean(), softplus(-FAKE).mean()], 1e-5)


def test_discriminator_and_generator_want_opposite_scores():
    loss = adversarial_loss()
    real = ops.convert_to_tensor(REAL)
    low, high = ops.convert_to_tensor(0.1 + 0 * REAL), ops.convert_to_tensor(0.6 + 0 * REAL)
    assert float(loss.discriminator(real, low)) < float(loss.discriminator(real, high))
    assert float(loss.generator(real, low)) > float(loss.generator(real, high))


def test_the_penalty_is_the_mean_squared_change_of_scores():
    assert float(gradient_penalty(REAL, REAL + 3)) == pytest.approx(9)

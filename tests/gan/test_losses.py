import numpy as np
import pytest
from keras import ops

from napari_retrogan.core.gan.losses import adversarial_loss, gradient_penalty

REAL = np.array([[1.5], [-0.5]], np.float32)
FAKE = np.array([[0.25], [-2.0]], np.float32)


def softplus(values):
    return np.log1p(np.exp(values))


def relativistic(upper, lower):
    return softplus(lower.mean() - upper).mean() + softplus(lower - upper.mean()).mean()


EXPECTED = {
    "cross_entropy": (softplus(-REAL).mean() + softplus(FAKE).mean(), softplus(-FAKE).mean()),
    "least_squares": (((REAL - 1) ** 2).mean() + (FAKE**2).mean(), ((FAKE - 1) ** 2).mean()),
    "hinge": (np.maximum(1 - REAL, 0).mean() + np.maximum(1 + FAKE, 0).mean(), -FAKE.mean()),
    "relativistic": (relativistic(REAL, FAKE), relativistic(FAKE, REAL)),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_losses_equal_their_formulas(name):
    loss = adversarial_loss(name)
    scores = ops.convert_to_tensor(REAL), ops.convert_to_tensor(FAKE)
    found = [float(loss.discriminator(*scores)), float(loss.generator(*scores))]
    np.testing.assert_allclose(found, EXPECTED[name], rtol=1e-5)


@pytest.mark.parametrize("name", EXPECTED)
def test_discriminator_and_generator_want_opposite_scores(name):
    loss = adversarial_loss(name)
    real = ops.convert_to_tensor(REAL)
    low, high = ops.convert_to_tensor(0.1 + 0 * REAL), ops.convert_to_tensor(0.6 + 0 * REAL)
    assert float(loss.discriminator(real, low)) < float(loss.discriminator(real, high))
    assert float(loss.generator(real, low)) > float(loss.generator(real, high))


def test_the_penalty_is_the_mean_squared_change_of_scores():
    assert float(gradient_penalty(REAL, REAL + 3)) == pytest.approx(9)

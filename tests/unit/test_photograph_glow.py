"""What photographs look as if they had of a glow is told apart from the error with which each of them tells it."""

import sys
from pathlib import Path

import numpy as np
import pytest

from napari_retrogan.core.looks.halation import Information, usual_glow, within

PICTURES = 400


@pytest.fixture
def random_effects(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "scripts")
    monkeypatch.delitem(sys.modules, "measure_photograph_glow", raising=False)
    from measure_photograph_glow import random_effects

    return random_effects


@pytest.fixture
def told():
    """Pictures of which some tell much and others little, and the mean and covariance that they were drawn from."""
    random = np.random.default_rng(0)
    mean, root = random.normal(0, 0.05, 12), np.diag(random.uniform(0.01, 0.05, 12))
    root[1, 0] = 0.03
    matrices = np.stack([each @ each.T for each in random.normal(0, 10, (PICTURES, 12, 20))])
    matrices *= 10.0 ** random.uniform(-1, 2, (PICTURES, 1, 1))
    strengths = mean + random.standard_normal((PICTURES, 12)) @ root.T
    errors = np.stack([np.linalg.solve(np.linalg.cholesky(each).T, random.standard_normal(12)) for each in matrices])
    right = np.einsum("nij,nj->ni", matrices, strengths + errors)
    return Information(matrices, right, np.ones(2)), mean, root @ root.T


def test_the_mean_and_the_covariance_are_found(random_effects, told):
    pictures, mean, covariance = told
    found, spread = random_effects(pictures)
    np.testing.assert_allclose(found, mean, atol=0.01)
    np.testing.assert_allclose(np.sqrt(np.diag(spread)), np.sqrt(np.diag(covariance)), rtol=0.25)
    assert spread[0, 1] == pytest.approx(covariance[0, 1], rel=0.3)


def test_no_picture_counts_more_than_pictures_vary(told):
    pictures, mean, covariance = told
    sure = Information(1e6 * pictures.matrices, 1e6 * pictures.right, pictures.slopes)
    each = within(sure, covariance)
    np.testing.assert_allclose(
        each.matrices, np.broadcast_to(np.linalg.inv(covariance), each.matrices.shape), rtol=0.05, atol=30
    )
    found = np.linalg.solve(each.matrices.sum(0), each.right.sum(0))
    np.testing.assert_allclose(found, np.linalg.solve(sure.matrices, sure.right[..., None])[..., 0].mean(0), atol=1e-3)
    np.testing.assert_allclose(found, mean, atol=0.01)


def test_what_ships_is_a_covariance_and_small():
    mean, covariance = usual_glow()
    assert mean.shape == (12,)
    assert np.abs(mean).max() < 0.1
    np.testing.assert_allclose(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert np.sqrt(np.diag(covariance)).max() < 0.1

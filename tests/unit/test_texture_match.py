"""The texture of results is compared with that of pictures of other scenes."""

import numpy as np
import pytest
from test_softness import scene

from napari_retrogan.core.looks.texture_match import VintageTexture
from napari_retrogan.core.simulation.film import add_grain, soften


def develop(pictures, softness=0.8, grain=0.06, first=0):
    soft = [soften(picture, softness) if softness else picture for picture in pictures]
    return [add_grain(picture, grain, 0.8, first + seed) if grain else picture for seed, picture in enumerate(soft)]


@pytest.fixture(scope="module")
def photographs():
    return [scene(seed) for seed in range(3)]


@pytest.fixture(scope="module")
def texture(photographs):
    return VintageTexture(develop([scene(seed) for seed in range(10, 13)], first=50), photographs)


def test_other_scenes_in_the_same_film_are_near(texture, photographs):
    near = texture.distance(develop(photographs))
    assert near.grain < 1.5
    assert near.detail < 0.05


@pytest.mark.parametrize("grain", [0.03, 0.12])
def test_grain_of_half_or_twice_the_strength_is_six_decibels_off(texture, photographs, grain):
    assert texture.distance(develop(photographs, grain=grain)).grain == pytest.approx(6, abs=1.5)


@pytest.mark.parametrize("softness", [0.0, 1.4])
def test_other_softness_is_farther(texture, photographs, softness):
    right, wrong = (texture.distance(develop(photographs, softness=each)).detail for each in (0.8, softness))
    assert wrong > right + 0.03


def test_without_edges_sharpness_cannot_be_told(photographs):
    plain = [np.full((96, 96, 3), 0.5, np.float32)] * 2
    distance = VintageTexture(plain, photographs).distance(develop(photographs))
    assert np.isnan(distance.detail)
    assert np.isfinite(distance.grain)

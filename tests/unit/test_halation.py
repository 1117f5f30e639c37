"""A glow is found as wide, as strong and of the colour that it was made, and none where there is none."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from napari_retrogan.core.looks.halation import GLOW_SCALES, laid_strength, measure_halation
from napari_retrogan.core.simulation.film import add_grain, soften
from napari_retrogan.core.simulation.stray_light import GREEN_GLOW, RED_GLOW, Glow, add_halation
from night import night
from slow_tests import slow_but_for

GLOWS = {
    "red": RED_GLOW,
    "green": GREEN_GLOW,
    "narrow": Glow(4.0, 4.0, 0.0, (0.16, 0.05, 0.015)),
    "wide": Glow(8.0, 8.0, 0.0, (0.16, 0.05, 0.015)),
}


@pytest.fixture(scope="module")
def ordinary():
    return [night(seed) for seed in range(12)]


@pytest.fixture(scope="module")
def others():
    return [night(seed) for seed in range(100, 112)]


def radius(halation):
    """Mean distance from a point of light to what it adds, in pixels."""
    strengths = halation.strengths.sum(1)
    return np.sqrt(np.pi / 2) * (strengths @ GLOW_SCALES) / strengths.sum()


def true_radius(glow):
    return (1 - glow.tail_share) * np.sqrt(np.pi / 2) * glow.core + glow.tail_share * 2 * glow.tail


@pytest.mark.parametrize("name", GLOWS)
def test_a_glow_is_found_within_a_quarter(ordinary, others, name):
    glow = GLOWS[name]
    halation = measure_halation([add_halation(picture, glow) for picture in others], ordinary)
    assert halation.strengths.shape == halation.errors.shape == (4, 3)
    assert halation.strengths.min() >= 0
    strengths = halation.strengths.sum(0)
    main = np.argmax(glow.strengths)
    assert strengths[main] == pytest.approx(glow.strengths[main], rel=0.25)
    np.testing.assert_allclose(strengths, glow.strengths, atol=0.04)
    assert radius(halation) == pytest.approx(true_radius(glow), rel=0.2)


def test_a_glow_is_found_through_grain(ordinary, others):
    grainy = [add_grain(add_halation(picture), 0.04, 0.8, seed) for seed, picture in enumerate(others)]
    strengths = measure_halation(grainy, ordinary).strengths.sum(0)
    assert strengths[0] == pytest.approx(RED_GLOW.strengths[0], rel=0.25)
    assert strengths[0] > 2 * strengths[1]
    assert strengths[0] > 2 * strengths[2]


def test_ordinary_photographs_have_none(ordinary, others):
    assert measure_halation(others, ordinary).strengths.sum(0).max() < 0.02
    assert measure_halation(ordinary, ordinary).strengths.max() < 1e-6


def test_blur_and_colour_are_no_glow(ordinary, others):
    for sigma in (1.0, 1.5):
        soft = [soften(picture, sigma) for picture in others]
        assert measure_halation(soft, ordinary).strengths.sum(0).max() < 0.03
    warm = [np.clip(picture * np.float32([1.0, 0.9, 0.75]) ** (1 - picture), 0, 1) for picture in others]
    assert measure_halation(warm, ordinary).strengths.sum(0).max() < 0.03


def test_one_picture_alone_tells_no_glow_and_a_few_do(ordinary, others):
    glowing = [add_halation(picture) for picture in others[:4]]
    assert not measure_halation([glowing[0], *others[1:]], ordinary).strengths.any()
    assert measure_halation(glowing, ordinary).strengths.sum(0)[0] > 0.1


@pytest.mark.parametrize("times", [0.5, 1.0, 2.0])
def test_a_glow_is_compared_with_what_was_measured(others, times):
    glow = Glow(4.0, 4.0, 0.0, tuple(times * each for each in RED_GLOW.strengths))
    strengths = np.zeros((4, 3))
    strengths[1] = RED_GLOW.strengths
    pairs = [(picture, add_halation(picture, glow)) for picture in others]
    assert laid_strength(pairs, strengths) == pytest.approx(times, rel=0.2)  # What glows is brighter, too.


def test_nothing_is_compared_where_nothing_glows(others):
    assert laid_strength([(picture, picture) for picture in others], np.ones((4, 3))) == 1
    assert laid_strength([(np.zeros((90, 90, 3)), np.zeros((90, 90, 3)))], np.ones((4, 3))) == 1


@pytest.mark.parametrize("value", slow_but_for([0.0, 0.5, 1.0], 0.5))
def test_pictures_without_bright_parts_in_the_dark_tell_nothing(ordinary, value):
    flat = [np.full((200, 200, 3), value, np.float32)]
    dim = [gaussian_filter(np.minimum(picture, 0.8), (1, 1, 0)) for picture in ordinary[:2]]
    for pictures in (flat, dim, [np.full((20, 30, 3), value, np.float32)], []):
        halation = measure_halation(pictures, ordinary)
        assert not halation.strengths.any()
        assert np.isinf(halation.errors).all()
        assert np.isinf(measure_halation(ordinary, pictures).errors).all()

"""Random looks are seeded, bounded and varied, and prints show what their looks say."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_retrogan.core.errors import InvalidConfig, InvalidImage
from napari_retrogan.core.images.pixel_positions import picture_positions, pixel_positions
from napari_retrogan.core.simulation import tones
from napari_retrogan.core.simulation.prints import PRINTS, simulate_print
from napari_retrogan.core.simulation.simulator import RandomLook, Texture

COLOURS = arrays(np.float32, (7, 3), elements=st.floats(0, 1, width=32))
POSITIONS = pixel_positions((10, 10), np.array([0.0, 2, 4, 5, 7, 9, 10]), np.array([3.0]))[:, 0]
SEEDS = st.integers(0, 2**32)


@pytest.fixture
def picture():
    rows, columns = np.mgrid[0:80, 0:100] / 100
    return np.stack([rows, columns, 1 - columns], -1).astype(np.float32)


@given(COLOURS, SEEDS)
def test_every_look_keeps_colours_in_range_and_repeats(colours, seed):
    look = RandomLook.draw(seed)
    toned = look.tone(colours, POSITIONS)
    assert toned.shape == colours.shape
    assert toned.dtype == np.float32
    assert np.isfinite(toned).all()
    assert toned.min() >= 0
    assert toned.max() <= 1
    np.testing.assert_array_equal(toned, RandomLook.draw(seed).tone(colours, POSITIONS))


@given(COLOURS, SEEDS)
def test_looks_act_on_each_colour_by_itself(colours, seed):
    look = RandomLook.draw(seed)
    alone = np.concatenate([look.tone(colours[i : i + 1], POSITIONS[i : i + 1]) for i in range(len(colours))])
    np.testing.assert_allclose(look.tone(colours, POSITIONS), alone, atol=1e-5)


def test_looks_differ_and_some_are_black_and_white(picture):
    toned = [RandomLook.draw(seed).tone(picture, picture_positions(picture.shape[:2])) for seed in range(60)]
    chroma = np.array([np.ptp(each, axis=-1).mean() for each in toned])
    assert 3 <= (chroma < 0.15).sum() <= 30
    distances = [np.abs(a - b).mean() for a, b in itertools.pairwise(toned)]
    assert np.median(distances) > 0.03


def test_texture_is_seeded_by_the_picture(picture):
    look = RandomLook((), texture=Texture(softness=0.5, halation=0.2, leak=0.5, grain=0.05))
    np.testing.assert_array_equal(look.expose(picture, 1), look.expose(picture, 1))
    assert not np.array_equal(look.expose(picture, 1), look.expose(picture, 2))


def test_halation_spreads_light_and_most_of_it_red():
    dark = np.zeros((65, 65, 3), np.float32)
    dark[28:37, 28:37] = 1
    spread = RandomLook((), texture=Texture(halation=0.3, halation_radius=6)).expose(dark, 0)[24, 32]
    assert spread[0] > spread[1] > spread[2] > 0


@pytest.mark.parametrize("mode", tones.BLEND_MODES)
def test_covering_without_opacity_changes_nothing(picture, mode):
    np.testing.assert_allclose(tones.cover(picture, (0.2, 0.5, 0.9), mode, 0.0), picture, atol=1e-6)


def test_modes_of_blending_agree_with_their_definitions():
    below, above = np.full((1, 3), 0.25, np.float32), (0.5, 0.5, 0.5)
    expected = {"normal": 0.5, "multiply": 0.125, "screen": 0.625, "overlay": 0.25, "darken": 0.25, "lighten": 0.5}
    for mode, value in expected.items():
        np.testing.assert_allclose(tones.cover(below, above, mode, 1.0), value, atol=1e-6)


def test_hue_turns_in_a_circle_and_leaves_grey(picture):
    np.testing.assert_allclose(tones.rotate_hue(picture, 2 * np.pi), picture, atol=1e-5)
    grey = np.full((1, 3), 0.4, np.float32)
    np.testing.assert_allclose(tones.rotate_hue(grey, 1.0), grey, atol=1e-5)


def test_faded_dyes_lift_the_shadows():
    black, white = np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32)
    assert tones.fade_dyes(black, (0.5, 0.5, 0.5), (0, 0, 0)).min() > 0.1
    np.testing.assert_allclose(tones.fade_dyes(white, (0.5, 0.5, 0.5), (0, 0, 0)), 1, atol=1e-6)


@pytest.mark.parametrize("look", PRINTS)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_prints_keep_shape_and_type_and_repeat(picture, look, dtype):
    image = (255 * picture).astype(dtype) if dtype == np.uint8 else picture
    result = simulate_print(image, look, seed=2)
    assert result.shape == image.shape
    assert result.dtype == image.dtype
    np.testing.assert_array_equal(result, simulate_print(image, look, seed=2))
    assert not np.array_equal(result, simulate_print(image, look, seed=3))


def test_silver_prints_have_next_to_no_colour(picture):
    toned = PRINTS["silver_print"].tone(picture, picture_positions(picture.shape[:2]))
    assert np.ptp(toned, axis=-1).max() < 0.08
    assert np.ptp(picture, axis=-1).max() > 0.5


def test_vignettes_darken_corners_alone():
    centre, corner = (
        tones.vignette(np.ones((1, 3), np.float32), pixel_positions((2, 2), at, at)[0], 0.2, 1.0)
        for at in ([1.0], [0.0])
    )
    np.testing.assert_allclose(centre, 1)
    np.testing.assert_allclose(corner, 0.8)


def test_a_vignette_off_the_centre_is_darkest_far_from_its_own():
    white = np.ones((9, 9, 3), np.float32)
    darkened = tones.vignette(white, picture_positions((9, 9)), 0.5, 1.0, centre=(-0.4, 0.2))[..., 0]
    brightest, darkest = (np.unravel_index(find(darkened), darkened.shape) for find in (np.argmax, np.argmin))
    assert brightest == (1, 5)
    assert darkest == (8, 0)


def test_gradients_run_along_their_direction_or_from_their_centre(picture):
    positions = picture_positions(picture.shape[:2])
    stops = [(1.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 1.0)]
    linear = tones.lay_gradient(picture, positions, stops, "normal", 1.0, {"direction": [0.0, 1.0]})
    share = np.abs(linear - picture)[..., 1:].sum(-1) / picture[..., 1:].sum(-1)
    assert (np.diff(share.mean(0)) > 0).all()
    radial = tones.lay_gradient(picture, positions, stops, "normal", 1.0, {"centre": [0.0, 0.0], "radius": 0.5})
    np.testing.assert_allclose(radial[0, 0], (1, 0, 0), atol=1e-6)
    np.testing.assert_allclose(radial[40, 50], picture[40, 50], atol=0.03)


def test_sepia_washes_out_and_keeps_black():
    grey = np.linspace(0, 0.7, 5, dtype=np.float32)[:, None].repeat(3, 1)
    np.testing.assert_allclose(tones.wash_sepia(grey, 0.0), grey, atol=1e-6)
    washed = tones.wash_sepia(grey, 1.0)
    assert (washed[1:, 0] > washed[1:, 2]).all()
    np.testing.assert_array_equal(washed[0], 0)


def test_prints_refuse_what_they_cannot_read(picture):
    with pytest.raises(InvalidConfig, match="choose one of"):
        simulate_print(picture, "kodak")
    with pytest.raises(InvalidImage, match="expected \\(Y, X, 3\\)"):
        simulate_print(picture[..., 0])

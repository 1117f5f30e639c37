"""The dots of a printed page: as the formula says, of the tone that the picture has, with equal bits in any tiling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from tilings import PARTS, assert_parts_have_the_bits_of_the_whole

from napari_retrogan.core.inference import style_tile
from napari_retrogan.core.inference.screen_dots import ScreenPlane, screen_bytes
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.stages.numpy_operations import NUMPY
from napari_retrogan.core.stages.screen import SCREEN, page_tone, tone_of_page
from napari_retrogan.core.vintage_generator import VintageGenerator

SIDE, REACH = 128, 16


def weights_of(periods, angles, strength=0.8, hardness=2.0, blur=0.0, light=0.0):
    turned = np.radians(angles)
    frequency = np.stack([np.sin(turned), np.cos(turned)], 1) / np.array(periods)[:, None]
    named = {
        "frequency": frequency,
        "strength": np.full(3, strength),
        "hardness": np.array(hardness),
        "blur": np.array(blur),
        "light": np.array(light),
    }
    return {f"screen/{name}": np.asarray(values, np.float32) for name, values in named.items()}


THREE = weights_of((4.3, 4.3, 4.3), (15, 75, 0))
GREY = weights_of((5, 5, 5), (45, 45, 45))
BLURRED = weights_of((5, 5, 5), (15, 75, 0), strength=0.95, blur=0.15)
LIGHT = weights_of((5, 5, 5), (15, 75, 0), strength=0.95, blur=0.12, light=1.0)
COARSE = weights_of((11, 11, 11), (20, 50, 80), hardness=4)


def printed(weights, unit, amount=1.0, seed=3, number=0, pixel_size=(1.0, 1.0), top=0, left=0):
    plane = ScreenPlane(screen_bytes(weights), seed, number, pixel_size)
    return plane.laid_on(unit, plane.thresholds(Region(top, left, *unit.shape[1:])), amount)


def flat(tone, side=SIDE):
    return np.full((3, side, side), tone, np.float32)


@pytest.fixture(scope="module")
def look(generator):
    """The look of other tests, with dots."""
    return VintageGenerator.from_weights({**generator.weights, **THREE})


def threshold_slowly(frequency, phases, row, column):
    """The share of a round-dot screen below that of one place, counted over a dot."""
    down, across = frequency
    place = (row + 0.5, column + 0.5)
    first = 2 * np.pi * (down * place[0] + across * place[1]) + phases[0]
    second = 2 * np.pi * (down * place[1] - across * place[0]) + phases[1]
    even = np.cos(2 * np.pi * (np.arange(400) + 0.5) / 400)
    return (even[:, None] + even < np.cos(first) + np.cos(second)).mean()


def test_thresholds_are_the_shares_of_a_round_dot_screen():
    from napari_retrogan.core.inference.mark_shapes import even_from_words
    from napari_retrogan.core.inference.noise import words_of_plane

    phases = 2 * np.pi * even_from_words(words_of_plane(3, 7, 6)).reshape(3, 2)
    fields = ScreenPlane(screen_bytes(THREE), 3, 7).thresholds(Region(1000, 2**31, 8, 6))
    for channel, field in enumerate(fields):
        frequency = THREE["screen/frequency"][channel].astype(float)
        for row, column in ((0, 0), (3, 5), (7, 1)):
            expected = threshold_slowly(frequency, phases[channel], 1000 + row, 2**31 + column)
            assert field[row, column] == pytest.approx(expected, abs=4e-3)


def test_as_many_thresholds_are_of_each_value():
    for field in ScreenPlane(screen_bytes(THREE), 0, 0).thresholds(Region(0, 0, 256, 256)):
        assert np.abs(np.histogram(field, 10, (0, 1))[0] / field.size - 0.1).max() < 0.006


@given(tone=st.floats(0, 1), threshold=st.floats(0, 1), hardness=st.floats(1, 16), strength=st.floats(0, 1))
@settings(max_examples=60)
def test_the_formula_takes_from_a_tone_what_its_dot_has_over_the_mean_of_dots(tone, threshold, hardness, strength):
    ink = (hardness + 1) * (1 - tone)
    thresholds = (np.arange(4000) + 0.5) / 4000
    mean = np.clip(ink - hardness * thresholds, 0, 1).mean()
    expected = np.clip(tone - strength * (np.clip(ink - hardness * threshold, 0, 1) - mean), 0, 1)
    weights = {"screen/strength": strength, "screen/hardness": hardness}
    found = SCREEN.formula(NUMPY, weights, np.array(tone), np.array(threshold), 1.0)
    assert found == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("period", [5.0, 9.0])
@pytest.mark.parametrize("tone", [0.2, 0.5, 0.8])
def test_blurred_dots_are_hard_ones_through_a_gaussian(period, tone):
    """Against dots that are laid and blurred at eight times the size."""
    side, finer, blur, ink = 64, 8, 0.16, 0.9
    weights = weights_of((period,) * 3, (20, 20, 20), strength=ink, blur=blur)
    place = Region(0, 0, side + 2 * REACH, side + 2 * REACH)
    finest = ScreenPlane(screen_bytes(weights_of((period * finer,) * 3, (20, 20, 20))), 3, 0)
    fine = finest.thresholds(Region(0, 0, finer * place.height, finer * place.width))[0]
    dots = gaussian_filter((fine < (1 - tone) / ink).astype(float), finer * period * blur)
    middles = [dots[finer // 2 - shift :: finer, finer // 2 - shift :: finer] for shift in (0, 1)]
    expected = 1 - ink * np.mean(middles, 0)
    found = printed(weights, flat(tone, place.height))[0]
    inside = (slice(REACH, -REACH),) * 2
    assert np.abs(found - expected)[inside].max() < 0.03
    assert found[inside].std() > 0.1


@pytest.mark.parametrize("weights", [THREE, GREY, COARSE, BLURRED])
@pytest.mark.parametrize("tone", [0.0, 0.08, 0.3, 0.5, 0.77, 0.95, 1.0])
def test_the_tone_of_a_flat_picture_stays_and_black_and_white_have_no_dots(weights, tone):
    result = printed(weights, flat(tone, 264))
    assert np.abs(result.mean((1, 2)) - tone).max() < 4e-3
    assert (result.std((1, 2)) > 0.01).all() == (0 < tone < 1)
    if tone in (0, 1):
        assert np.array_equal(result, flat(tone, 264))


@pytest.mark.parametrize("tone", [0.0, 0.1, 0.3, 0.5, 0.8, 1.0])
def test_dots_in_light_show_the_tone_to_an_eye_that_averages_light(tone):
    sharp = weights_of((5, 5, 5), (15, 75, 0), strength=0.95, blur=0.001, light=1.0)
    result = printed(sharp, flat(tone, 264)).astype(np.float64)
    darkest = (1 - 0.95) ** 2.2  # Of ink alone.
    assert (result**2.2).mean() == pytest.approx(max(tone**2.2, darkest), abs=0.01)
    stored = page_tone(np.array(tone), 0.95, 0.2, 0.001)
    assert result.mean() == pytest.approx(float(stored), abs=0.01)
    if 0.1 < tone < 1:
        assert stored < tone
        assert tone_of_page(stored, 0.95, 0.2, 0.001) == pytest.approx(tone, abs=0.01)


def test_tones_of_pages_rise_and_ink_alone_is_the_darkest():
    stored = np.linspace(0, 1, 101)
    tones = tone_of_page(stored, 0.9, 0.25, 0.15)
    assert (np.diff(tones) >= 0).all()
    assert tones[0] == 0
    assert tones[-1] == pytest.approx(1, abs=0.01)
    assert np.allclose(page_tone(tones, 0.9, 0.25, 0.15)[15:], stored[15:], atol=0.01)


@pytest.mark.parametrize("pixel_size", [(1.0, 1.0), (2.0, 2.0), (9.0, 9.0)])
def test_pages_in_light_are_as_dark_at_every_size(pixel_size):
    result = printed(LIGHT, flat(0.5, 264), pixel_size=pixel_size)
    assert result.mean() == pytest.approx(float(page_tone(np.array(0.5), 0.95, 0.2, 0.12)), abs=0.01)


def test_grey_stays_grey_where_all_channels_have_one_screen():
    result = printed(GREY, np.repeat(np.random.default_rng(0).random((1, 60, 60), np.float32), 3, 0))
    assert np.array_equal(result[0], result[1])
    assert np.array_equal(result[0], result[2])
    colours = printed(THREE, flat(0.5))
    assert np.abs(colours[0] - colours[1]).max() > 0.3


@given(
    top=st.integers(0, 90),
    left=st.integers(0, 90),
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    far=st.sampled_from([0, 2**31]),
    pixel_size=st.sampled_from([(1.0, 1.0), (1.5, 1.25)]),
)
@settings(max_examples=25)
def test_any_rectangle_has_the_bits_of_the_whole(top, left, height, width, far, pixel_size):
    unit = np.random.default_rng(1).random((3, SIDE, SIDE), np.float32)
    part = np.s_[:, top : min(top + height, SIDE), left : min(left + width, SIDE)]
    for weights in (COARSE, BLURRED, LIGHT):
        whole = printed(weights, unit, pixel_size=pixel_size, top=far, left=far)
        found = printed(weights, unit[part], pixel_size=pixel_size, top=far + top, left=far + left)
        assert np.array_equal(found, whole[part])


@given(**PARTS, strength=st.sampled_from([0.5, 1]))
@settings(max_examples=6)
def test_results_are_the_same_in_regions_and_chunks(look, photograph, top, left, height, width, strength):
    assert_parts_have_the_bits_of_the_whole(look, photograph, top, left, height, width, strength=strength)


def test_seeds_and_pictures_have_phases_of_their_own_unless_frames_are_fixed(look, photograph):
    first, again, seeded, next_one = (
        printed(THREE, flat(0.5), seed=seed, number=number) for seed, number in ((3, 0), (3, 0), (4, 0), (3, 1))
    )
    assert np.array_equal(first, again)
    assert all(np.corrcoef(first.ravel(), other.ravel())[0, 1] < 0.9 for other in (seeded, next_one))
    film = np.stack([photograph[:64, :64]] * 2)
    fixed = look.apply(film, rgb=True, grain=0, time_axis=0, grain_over_time="fixed")
    new = look.apply(film, rgb=True, grain=0)
    assert np.array_equal(fixed[0], fixed[1])
    assert (new[0] != new[1]).any()


def test_it_is_laid_on_the_look_by_its_amount_and_the_strength(look, generator, photograph):
    plain, half, whole, twice = (look.apply(photograph, screen=screen).astype(float) for screen in (0, 0.5, 1, 2))
    assert np.array_equal(plain, generator.apply(photograph))
    changes = [np.abs(each - plain).mean() for each in (half, whole, twice)]
    assert changes[0] > 1
    assert changes == sorted(changes)
    assert np.array_equal(look.apply(photograph, strength=0, screen=2), photograph)
    fainter = VintageGenerator.from_weights({**look.weights, "screen/strength": look.weights["screen/strength"] / 2})
    assert np.array_equal(look.apply(photograph, strength=0.5), fainter.apply(photograph, strength=0.5, screen=2))


def test_what_is_not_wanted_is_not_computed(look, generator, photograph, monkeypatch):
    monkeypatch.setattr(style_tile, "ScreenPlane", None)
    look.apply(photograph[:64, :64], screen=0)
    look.apply(photograph[:64, :64], strength=0, fade=0.5)
    generator.apply(photograph[:64, :64], screen=2)
    assert look.graph_for(ApplySettings(screen=0)) == generator.graph_for(ApplySettings())


@pytest.mark.parametrize("taste", [{}, {"screen": 2.0, "strength": 0.6, "fade": 0.4}, {"screen": 0.0}])
@pytest.mark.parametrize("weights", [THREE, LIGHT])
def test_a_preview_has_the_dots_of_the_result(generator, photograph, weights, taste):
    look = VintageGenerator.from_weights({**generator.weights, **weights})
    region = 33, 101, 150, 201
    found = look.preview(photograph, region=region).render(**taste)
    expected = look.apply(photograph, region=region, **taste)
    assert np.abs(found.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("factor", [2, 3])
def test_a_coarser_level_has_the_dots_that_shrinking_leaves(factor):
    fine = printed(COARSE, flat(0.6, 120 * factor))
    shrunk = fine.reshape(3, 120, factor, 120, factor).mean((2, 4))
    coarse = printed(COARSE, flat(0.6, 120), pixel_size=(float(factor), float(factor)))
    for ours, truth in zip(coarse, shrunk, strict=True):
        assert np.corrcoef(ours.ravel(), truth.ravel())[0, 1] > 0.95
        assert ours.std() == pytest.approx(truth.std(), rel=0.2)
    assert np.array_equal(printed(COARSE, flat(0.6), pixel_size=(8.0, 8.0)), flat(0.6))


def test_levels_and_a_preview_of_one_agree(look, photograph):
    levels = [photograph[:256, :256], photograph[:256, :256].reshape(128, 2, 128, 2, 3).mean((1, 3)).astype(np.uint8)]
    coarse = VintageGenerator.from_weights({**look.weights, **COARSE})
    styled = coarse.apply(levels, grain=0)
    plain = coarse.apply(levels, grain=0, screen=0)
    assert (styled[1] != plain[1]).any()
    preview = coarse.preview(levels[1], pixel_size=(2.0, 2.0)).render(grain=0)
    assert np.abs(preview.astype(int) - styled[1]).max() <= 2


def test_weights_beyond_all_measure_give_pictures(generator, photograph):
    for size in (1000, -1000, 1e-30, 0.2):
        wild = {name: np.full_like(values, size) for name, values in THREE.items()}
        result = VintageGenerator.from_weights({**generator.weights, **wild}).apply(photograph[:100, :100], screen=2)
        assert result.shape == (100, 100, 3)

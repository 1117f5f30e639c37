"""Softness and what the person adds do what their formulas say, and only that."""

from pathlib import Path

import numpy as np
import pytest

from napari_retrogan.core.inference.taste import FADED_BLACK, FADED_WHITE, Taste, adjust
from napari_retrogan.core.setting_hints import hints
from napari_retrogan.core.stages.chain import WEIGHT_SHAPES
from napari_retrogan.core.vintage_generator import VintageGenerator, load_generator

FIXTURES = Path(__file__).parents[1] / "fixtures"
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@pytest.fixture(scope="module")
def nothing():
    """A generator that leaves every picture as it is, so that only the taste shows."""
    weights = {name: np.zeros(shape, np.float32) for name, shape in WEIGHT_SHAPES.items()}
    return VintageGenerator.from_weights({**weights, "colour/map/matrix": np.eye(3)})


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(0).random((60, 80, 3)) * 0.7 + 0.1


def test_vignette_darkens_the_corners_by_one_stop(nothing):
    grey = np.full((101, 141), 0.5)
    styled = nothing.apply(grey, vignette=1)
    assert styled[50, 70] == pytest.approx(0.5, abs=1e-4)
    assert (styled[0, 0] / 0.5) ** 2.2 == pytest.approx(0.5, rel=0.03)
    assert np.all(np.diff(styled[50, 70:]) < 0)
    light = nothing.apply(grey, vignette=-0.5)
    assert (light[-1, -1] / 0.5) ** 2.2 == pytest.approx(2**0.5, rel=0.03)
    assert nothing.apply(np.ones((9, 9)), vignette=-1).max() == 1


def test_warmth_trades_blue_for_red_and_keeps_luminance(nothing, picture):
    warm, cold = nothing.apply(picture, warmth=0.6), nothing.apply(picture, warmth=-0.6)
    free = np.max(warm, -1) < 1
    assert np.allclose((warm @ LUMINANCE)[free], (picture @ LUMINANCE)[free], atol=1e-5)
    assert np.all(warm[..., 0] >= picture[..., 0])
    assert np.all(warm[..., 2] <= picture[..., 2])
    assert np.all(cold[..., 0] <= picture[..., 0])
    assert np.all(cold[..., 2] >= picture[..., 2])
    black, grey = np.zeros((9, 9, 3)), picture[..., 1]
    assert np.array_equal(nothing.apply(black, warmth=1), black)
    assert np.allclose(nothing.apply(grey, warmth=1), grey, atol=1e-6)


def test_fade_lifts_black_and_lowers_white(nothing):
    ends = np.stack([np.zeros((9, 9)), np.ones((9, 9))])[..., None] * np.ones(3)
    styled = nothing.apply(ends, fade=1)
    assert np.allclose(styled[0], FADED_BLACK, atol=1e-6)
    assert np.allclose(styled[1], FADED_WHITE, atol=1e-6)
    half = nothing.apply(ends, fade=0.5)
    assert np.allclose(half, (ends + styled) / 2, atol=1e-6)
    assert FADED_BLACK[0] > FADED_BLACK[2]


@pytest.fixture(scope="module")
def ramp():
    """Greys from black to white, and saturated colours of every brightness, (2, 1001, 3)."""
    values = np.linspace(0, 1, 1001)
    return np.stack([np.repeat(values[:, None], 3, 1), values[:, None] * (1.0, 0.4, 0.1)])


def test_exposure_counts_stops_and_does_not_cut_highlights_off(nothing, ramp):
    for stops in (-2, -0.7, 0.5, 2):
        styled = nothing.apply(ramp, exposure=stops)
        gain = 2 ** (stops / 2.2)
        straight = gain * ramp <= 0.5
        assert np.allclose(styled[straight], gain * ramp[straight], atol=1e-6)
        assert np.all(np.diff(styled, axis=1) > 0)
        assert styled.max() == pytest.approx(min(gain, 1), abs=1e-6)
        assert np.abs(np.diff(styled, 2, axis=1)).max() < 0.005


def test_contrast_turns_about_mid_grey_and_keeps_black_and_white(nothing, ramp):
    grey = ramp[:1, :, 0]
    steep, flat = nothing.apply(grey, contrast=1)[0], nothing.apply(grey, contrast=-1)[0]
    for styled, slope in ((steep, 2), (flat, 0.5)):
        assert styled[[0, 500, 1000]] == pytest.approx([0, 0.5, 1], abs=1e-6)
        assert (styled[505] - styled[495]) / 0.01 == pytest.approx(slope, rel=0.02)
        assert np.all(np.diff(styled) > 0)
        assert np.allclose(styled + styled[::-1], 1, atol=1e-6)
    assert np.allclose(nothing.apply(steep[None], contrast=-1)[0], grey[0], atol=1e-5)


def test_saturation_scales_colours_about_their_luminance(nothing, picture):
    grey, strong = nothing.apply(picture, saturation=-1), nothing.apply(picture, saturation=0.5)
    luminance = (picture @ LUMINANCE)[..., None]
    assert np.allclose(grey, luminance, atol=1e-6)
    assert np.ptp(grey, axis=-1).max() == 0
    inside = ((strong > 0) & (strong < 1)).all(-1)
    assert np.allclose(strong[inside], (luminance + 1.5 * (picture - luminance))[inside], atol=1e-5)
    assert inside.mean() > 0.5
    assert np.allclose(nothing.apply(picture[..., 0], saturation=1), picture[..., 0], atol=1e-6)


@pytest.mark.parametrize("side", ["min", "max"])
def test_every_amount_keeps_every_colour_within_black_and_white(side):
    corners = np.stack(np.meshgrid(*[[0, 1e-30, 0.02, 0.5, 0.98, 1]] * 3), 0).reshape(3, 36, 6).astype(np.float32)
    radius = np.linspace(0, 1, 216, dtype=np.float32).reshape(36, 6)
    every = {name: getattr(amount, side) for name, amount in hints(Taste).items()}
    for taste in (every, *({name: value} for name, value in every.items())):
        adjusted = adjust(corners, radius, Taste(**taste))
        assert adjusted.dtype == np.float32
        assert np.isfinite(adjusted).all(), taste
        assert adjusted.min() >= 0, taste
        assert adjusted.max() <= 1, taste


def test_softness_scales_the_looks_own_detail(generator, picture):
    # How far around a tile the look reaches moves places by some 1e-5 pixels; between noise a cubic tells that.
    generator = VintageGenerator.from_weights({**generator.weights, "fringes/cubic": np.zeros(())})
    none, own, double = (generator.apply(picture, grain=0, softness=amount) for amount in (0, 1, 2))
    assert np.array_equal(own, generator.apply(picture, grain=0))
    inside = (double > 0) & (double < 1) & (none > 0) & (none < 1)
    assert np.allclose((double - own)[inside], (own - none)[inside], atol=1e-5)
    assert np.abs(own - none).max() > 0.01


def test_what_is_the_persons_own_acts_without_the_look_too(generator, nothing, picture):
    taste = {"vignette": 0.5, "warmth": 0.3, "fade": 0.4, "exposure": 0.7, "contrast": 0.2, "saturation": -0.4}
    styled = generator.apply(picture, strength=0, **taste)
    assert np.allclose(styled, nothing.apply(picture, **taste), atol=1e-6)
    assert np.array_equal(generator.apply(picture, strength=0, softness=2, grain=3), picture)


def test_files_from_before_softness_apply_with_any(picture):
    older = load_generator(FIXTURES / "version-1.retrogan")
    own, less = (older.apply(picture, grain=0, softness=amount) for amount in (1, 0.3))
    anew = VintageGenerator.from_weights(older.weights)
    assert np.array_equal(less, anew.apply(picture, grain=0, softness=0.3))
    assert np.abs(own - less).max() > 0.001


TASTES = [
    {}, {"strength": 0}, {"strength": 0.4}, {"strength": 2, "grain": 4}, {"grain": 0}, {"softness": 0},
    {"softness": 2, "warmth": -1}, {"vignette": 1}, {"vignette": -1, "fade": 1}, {"strength": 0, "warmth": 0.5},
    {"exposure": 1.5, "contrast": -0.5}, {"exposure": -2, "contrast": 1, "saturation": 1},
]  # fmt: skip


@pytest.mark.parametrize("channels", [0, 3, 4])
def test_a_preview_shows_what_applying_gives(generator, picture, channels):
    image = np.concatenate([picture, picture[..., :1]], -1)[..., :channels] if channels else picture[..., 0]
    preview = generator.preview(image, seed=4)
    for taste in TASTES:
        assert np.allclose(preview.render(**taste), generator.apply(image, seed=4, **taste), atol=1e-3), taste


def test_a_preview_of_a_region_knows_the_whole_picture(generator, photograph):
    region = (100, 200, 60, 50)
    expected = generator.apply(photograph, region=region, vignette=0.5).astype(int)
    preview = generator.preview(photograph, region=region)
    rendered = preview.render(vignette=0.5)
    assert rendered.dtype == np.uint8
    assert np.abs(rendered - expected).max() <= 1


def test_a_preview_reads_lazy_pictures_and_takes_one_plane_only(generator, picture):
    import dask.array as da

    from napari_retrogan import InvalidConfig, InvalidImage

    lazy = generator.preview(da.from_array(picture, chunks=20), region=(5, 6, 30, 40))
    assert np.array_equal(lazy.render(), generator.preview(picture, region=(5, 6, 30, 40)).render())
    with pytest.raises(InvalidImage, match="one plane"):
        generator.preview(np.stack([picture] * 2))
    with pytest.raises(InvalidConfig, match="fade"):
        lazy.render(fade=2)

"""What film, light and paper do by formula, each with what it is known for."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.simulation.crystals import add_dye_clouds, add_opaque_discs, add_silver_grain
from napari_retrogan.core.simulation.marks import MarkKind, lay_marks
from napari_retrogan.core.simulation.samples import sample_photographs
from napari_retrogan.core.simulation.screens import add_paper_tooth, lay_halftone, lay_starch_mosaic
from napari_retrogan.core.simulation.stray_light import (
    GREEN_GLOW,
    RED_GLOW,
    Glow,
    Shift,
    add_fringes,
    add_halation,
    glow_kernel,
)

DOT = np.pad(np.ones((9, 9), np.float32), 3)
KINDS = {"dots": MarkKind(400.0, 6, 12, 1.0, 1.0)}
TRUTHS = {
    "dye clouds": lambda picture, seed: add_dye_clouds(picture, 20, 0.6, 0.2, seed),
    "silver": lambda picture, seed: add_silver_grain(picture, 0.3, 0.3, seed),
    "discs": lambda picture, seed: add_opaque_discs(picture, 0.1, 1.3, seed),
    "marks": lambda picture, seed: lay_marks(picture, {"dots": [DOT]}, seed, kinds=KINDS)[0],
    "mosaic": lambda picture, seed: lay_starch_mosaic(picture, 2.5, 0.7, seed),
    "tooth": lambda picture, seed: add_paper_tooth(picture, 0.05, 2.0, seed),
    "halation": lambda picture, seed: add_halation(picture),
    "fringes": lambda picture, seed: add_fringes(picture, Shift(0.7, -1.1, 1.002), Shift(scale=0.998)),
    "halftone": lambda picture, seed: lay_halftone(picture, 5.0, seed=seed),
}
UNSEEDED = {"halation", "fringes"}


@pytest.fixture(scope="module")
def photograph():
    return (sample_photographs()["Coffee"][100:250, 200:401] / np.float32(255)).astype(np.float32)


def plain(value, size=256):
    return np.broadcast_to(np.float32(value), (size, size, 3)).copy()


def light(picture):
    return np.asarray(picture, np.float64) ** 2.2


def stored(share):
    return share ** (1 / 2.2)


def lamp(size=129):
    """A white square in the dark."""
    picture = plain(0.02, size)
    picture[size // 2 - 6 : size // 2 + 7, size // 2 - 6 : size // 2 + 7] = 1
    return picture


@pytest.mark.parametrize("name", TRUTHS)
def test_same_seed_same_pixels_within_range(photograph, name):
    before = photograph.copy()
    first, second, other = (TRUTHS[name](photograph, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(photograph, before)
    assert first.dtype == np.float32
    assert first.shape == photograph.shape
    assert first.min() >= 0
    assert first.max() <= 1
    assert np.abs(first - photograph).max() > 0.02
    assert (name in UNSEEDED) == np.array_equal(first, other)


def density(picture):
    return -np.log10(np.maximum(light(picture), 1e-6))


@pytest.mark.parametrize("developed", [0.1, 0.3, 0.5, 0.8])
def test_dye_varies_as_what_has_developed_and_not(developed):
    clouds = add_dye_clouds(plain(stored(10 ** (-3 * developed))), 10, 0.0, 0.0, 0)
    x = developed
    chances = (1 - (1 - x) ** 3, x**2 * (3 - 2 * x), x**3)
    variance = sum(p * (1 - p) / number for p, number in zip(chances, (10, 20, 40), strict=True))
    assert density(clouds).mean() == pytest.approx(3 * developed, rel=0.01)
    assert density(clouds).var() == pytest.approx(variance, rel=0.03)
    channels = density(clouds).reshape(-1, 3).T
    assert np.abs(np.corrcoef(channels) - np.eye(3)).max() < 0.02


def test_clear_and_full_density_have_no_grain_and_clumps_add_some():
    for value in (1.0, 0.0):
        assert add_dye_clouds(plain(value, 64), 10, 0.5, 0.0, 0).std() < 1e-6
    even, clumped = (add_dye_clouds(plain(0.4), 60, 0.6, clumps, 0) for clumps in (0.0, 0.3))
    coarse = [density(gaussian_filter(picture, (4, 4, 0))).std() for picture in (even, clumped)]
    assert coarse[1] > 3 * coarse[0]


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.95])
def test_silver_discs_cover_what_luminance_tells(share):
    grain = add_silver_grain(plain(share), 0.4, 0.3, 0, blur=0)
    assert grain.mean() == pytest.approx(share, abs=0.012)
    assert np.array_equal(grain[..., 0], grain[..., 2])


def test_silver_grain_is_strongest_in_the_middle_and_grows_with_discs():
    deviations = [add_silver_grain(plain(share), 0.4, 0.0, 0).std() for share in (0.02, 0.5, 0.98)]
    assert deviations[1] > 2 * max(deviations[0], deviations[2])
    coarse = add_silver_grain(plain(0.5), 0.8, 0.0, 0).std()
    assert coarse > 1.5 * deviations[1]


def test_opaque_discs_keep_light_and_are_skewed():
    discs = add_opaque_discs(plain(0.6), 0.2, 1.5, 0)
    assert light(discs).mean() == pytest.approx(light(0.6), rel=0.02)
    values = discs[..., 0].ravel()
    assert ((values - values.mean()) ** 3).mean() / values.std() ** 3 < -1
    assert add_opaque_discs(plain(0.6), 0.05, 1.5, 0).std() < discs.std()


def test_halation_is_red_and_falls_with_distance():
    added = light(add_halation(lamp())) - light(lamp())
    row = added[64, 71:120]
    assert (np.diff(row[:, 0]) <= 1e-6).all()
    assert row[0, 0] > 0.01 > row[30, 0]
    np.testing.assert_allclose(row[:20] / row[:20, :1], [np.divide(RED_GLOW.strengths, 0.16)] * 20, rtol=0.02)
    green = (light(add_halation(lamp(), GREEN_GLOW)) - light(lamp()))[64, 75]
    assert green[1] > green[2] > green[0] > 0


def test_halation_adds_the_share_of_bright_light_that_it_is_told_and_none_without():
    strengths = (0.1, 0.05, 0.02)
    added = light(add_halation(lamp(201), Glow(2.0, 4.0, 0.5, strengths))) - light(lamp(201))
    bright = lamp(201)[..., 0] > 0.5
    bright_kernel = glow_kernel(Glow(2.0, 4.0, 0.5, strengths))
    assert bright_kernel.sum() == pytest.approx(1)
    spread = np.zeros(bright.shape)
    for row, column in np.argwhere(bright):
        spread[row - 16 : row + 17, column - 16 : column + 17] += bright_kernel
    expected = spread[~bright][:, None] * strengths
    np.testing.assert_allclose(added[~bright], expected, atol=2e-4)
    np.testing.assert_allclose(add_halation(plain(0.85, 64)), plain(0.85, 64), atol=1e-6)


def test_fringes_displace_as_told(photograph):
    moved = add_fringes(photograph, Shift(down=2.0, across=-3.0), Shift())
    np.testing.assert_allclose(moved[10:-10, 10:-10, 0], shift(photograph[..., 0], (2, -3))[10:-10, 10:-10], atol=2e-3)
    np.testing.assert_allclose(moved[..., 1:], photograph[..., 1:], atol=1e-6)


def test_scaling_moves_by_the_distance_from_the_centre():
    picture = plain(0.2, 201)
    picture[98:103, 178:183] = 0.9
    wide = add_fringes(picture, Shift(), Shift(scale=1.05))[..., 2] - 0.2
    assert (wide.sum(0) @ np.arange(201)) / wide.sum() == pytest.approx(184, abs=0.05)
    assert (wide.sum(1) @ np.arange(201)) / wide.sum() == pytest.approx(100, abs=0.05)


def test_marks_are_as_many_as_the_rate_tells():
    def count(rate):
        return np.mean([lay_marks(plain(0.5, 500), {"dots": [DOT]}, seed, rate, KINDS)[1].sum() for seed in range(8)])

    assert count(0) == 0
    assert count(2) == pytest.approx(2 * count(1), rel=0.25)


def test_marks_are_as_large_light_and_opaque_as_told():
    kinds = {"dots": MarkKind(100.0, 20, 20, 1.0, 1.0)}
    marked, opacity = lay_marks(plain(0.5, 300), {"dots": [np.ones((40, 40), np.float32)]}, 0, kinds=kinds)
    assert 0.45 < opacity.max() <= 1
    assert (marked[opacity > 0.3] > 0.5).all()
    np.testing.assert_array_equal(marked[opacity == 0], np.float32(0.5))
    dark, _ = lay_marks(plain(0.5, 300), {"dots": [DOT]}, 0, kinds={"dots": MarkKind(100.0, 20, 20, 1.0, 0.0)})
    assert dark.max() <= 0.5
    assert dark.min() < 0.4


def test_kinds_without_cut_outs_lay_nothing():
    marked, opacity = lay_marks(plain(0.5, 300), {"dots": []}, 0)
    assert opacity.max() == 0
    np.testing.assert_array_equal(marked, plain(0.5, 300))


@pytest.mark.parametrize("colour", [(0.5, 0.5, 0.5), (0.7, 0.4, 0.3), (0.2, 0.5, 0.8), (0.95, 0.9, 0.85)])
def test_the_mosaic_keeps_the_mean_colour(colour):
    mosaic = lay_starch_mosaic(plain(colour), 2.0, 0.8, 0)
    np.testing.assert_allclose(light(mosaic).mean((0, 1)), light(np.float32(colour)), rtol=0.03)


def test_the_mosaic_has_three_colours_of_the_size_of_grains():
    mosaic = lay_starch_mosaic(plain(0.5), 6.0, 1.0, 0)
    kinds = mosaic.argmax(-1)
    assert [(kinds == channel).mean() for channel in range(3)] == pytest.approx([1 / 3] * 3, abs=0.05)
    fine = lay_starch_mosaic(plain(0.5), 3.0, 1.0, 0).argmax(-1)
    changes = [(each[:, 1:] != each[:, :-1]).mean() for each in (kinds, fine)]
    assert changes[1] > 1.6 * changes[0]
    assert lay_starch_mosaic(plain(0.5), 3.0, 0.3, 0).std() < 0.5 * lay_starch_mosaic(plain(0.5), 3.0, 1.0, 0).std()


@pytest.mark.parametrize("value", [0.2, 0.5, 0.9])
def test_the_screen_keeps_light_and_has_its_period(value):
    printed = light(lay_halftone(plain(value), 8.0, (0, 0, 0)))
    assert printed.mean() == pytest.approx(light(value), abs=0.01)
    spectrum = np.abs(np.fft.fft(printed[..., 1].mean(0) - printed.mean()))[:128]
    assert spectrum.argmax() in (32, 64)


def test_each_ink_has_a_screen_of_its_own():
    printed = lay_halftone(plain(0.5), 6.0)
    assert np.abs(np.corrcoef(printed.reshape(-1, 3).T) - np.eye(3)).max() < 0.1
    black_and_white = lay_halftone(np.stack([plain(0.0, 64), plain(1.0, 64)]).reshape(128, 64, 3), 6.0)
    assert black_and_white[:64].max() < 0.1
    assert black_and_white[64:].min() > 0.99


def test_paper_is_lit_from_one_side():
    tooth = add_paper_tooth(plain(0.64), 0.05, 2.0, 0, slant=0.0) @ LUMINANCE
    assert tooth.std() == pytest.approx(0.04, rel=0.05)
    assert tooth.mean() == pytest.approx(0.64, abs=0.01)
    along, down = (np.mean((tooth - np.roll(tooth, 1, axis)) ** 2) for axis in (1, 0))
    assert along > 1.3 * down
    assert add_paper_tooth(plain(0.0), 0.05, 2.0, 0).max() == 0

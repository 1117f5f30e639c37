"""The screen of printed pages is found where there is one, and nowhere else; pictures lose it and keep their grain."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from napari_retrogan.core.images.training_image import TrainingImage
from napari_retrogan.core.inference.screen_dots import ScreenPlane, screen_bytes
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.looks.flat_areas import find_flat_areas
from napari_retrogan.core.looks.grain import measure_grain
from napari_retrogan.core.looks.screen import describe_screen, measure_screen
from napari_retrogan.core.looks.screen_removal import images_as_printed, images_without_screen, without_screen
from napari_retrogan.core.looks.softness import measure_softness
from napari_retrogan.core.simulation.film import add_grain, soften
from napari_retrogan.core.simulation.samples import sample_photographs
from napari_retrogan.core.simulation.screens import lay_halftone
from napari_retrogan.core.stages.screen import page_tone

SIDE = 256


def scenes(count, seed):
    """Pictures with soft areas, edges and fine detail, rounded to eight bits."""
    random = np.random.default_rng(seed)
    pictures = []
    for _ in range(count):
        picture = np.full((SIDE, SIDE, 3), random.random(3))
        for _ in range(25):
            top, left, height, width = random.integers(0, SIDE, 4)
            picture[top : top + height, left : left + width] = random.random(3)
        tone = gaussian_filter(picture, (1, 1, 0)) + 0.1 * np.linspace(-1, 1, SIDE)[:, None]
        rough = gaussian_filter(random.standard_normal((SIDE, SIDE, 1)), (1.5, 1.5, 0))
        pictures.append(rounded(np.clip(tone + 0.1 * rough, 0, 1)))
    return pictures


def rounded(picture):
    return (np.rint(picture * 255) / 255).astype(np.float32)


def page(picture, period, angles=(15, 75, 0), blur=0.6):
    return rounded(soften(lay_halftone(picture, period, angles), blur))


VINTAGE, PHOTOGRAPHS = scenes(5, 0), scenes(4, 1)


def angle_between(first, second):
    """Degrees from one pair of directions at right angles to another."""
    return (np.degrees(np.arctan2(*first)) - second + 45) % 90 - 45


@pytest.mark.parametrize(
    ("period", "angles", "blur"),
    [
        (4.0, (15, 75, 0), 0.7),
        (2.8, (20, 65, 38), 0.4),
        (5.0, (45, 45, 45), 0.7),
        (7.3, (10, 70, 40), 0.8),
        (10.0, (15, 75, 30), 0.7),
    ],
)
def test_a_printed_page_tells_period_angle_blur_and_strength(period, angles, blur):
    prints = [page(picture, period, angles, blur) for picture in VINTAGE]
    found = measure_screen(prints, PHOTOGRAPHS)
    for frequency, angle in zip(found["screen/frequency"], angles, strict=True):
        assert np.hypot(*frequency) == pytest.approx(1 / period, rel=0.005)
        assert abs(angle_between(frequency, angle)) < 0.5
    assert found["screen/light"] == 1
    assert found["screen/blur"] == pytest.approx(blur / period, abs=0.05)
    assert found["screen/strength"] == pytest.approx([0.91] * 3, abs=0.04)
    # A smooth picture is as dark, and has as much of the screen, as the formula's own page.
    smooth = np.broadcast_to(np.linspace(0.15, 0.9, SIDE, dtype=np.float32)[:, None, None], (SIDE, SIDE, 3))
    truth = page(smooth, period, angles, blur)
    plane = ScreenPlane(screen_bytes(found), 0, 0)
    unit = np.ascontiguousarray(smooth.transpose(2, 0, 1))
    ours = plane.laid_on(unit, plane.thresholds(Region(0, 0, SIDE, SIDE)), 1.0).transpose(1, 2, 0)
    inner = np.s_[32:-32, 32:-32]
    tones = [gaussian_filter(each, (2 * period, 2 * period, 0))[inner] for each in (ours, truth)]
    assert np.abs(tones[0] - tones[1]).mean() < 0.02
    assert np.abs(smooth[inner] - tones[1]).mean() > 0.06
    strengths = [(each[inner] - tone).std((0, 1)) for each, tone in zip((ours, truth), tones, strict=True)]
    assert np.allclose(*strengths, rtol=0.25)


def test_one_print_is_enough_and_a_few_clean_ones_among_them_do_no_harm():
    prints = [page(picture, 4.5) for picture in VINTAGE[:3]]
    assert measure_screen(prints[:1], PHOTOGRAPHS)["screen/strength"].all()
    assert measure_screen([*prints, *VINTAGE[3:]], PHOTOGRAPHS)["screen/strength"].all()
    assert not measure_screen([*prints[:1], *VINTAGE[1:]], PHOTOGRAPHS)["screen/strength"].any()


def test_what_photographs_have_too_is_no_screen_of_the_vintage_pictures():
    sides = ([page(picture, 4.5) for picture in side] for side in (VINTAGE, PHOTOGRAPHS))
    assert not any(values.any() for values in measure_screen(*sides).values())


def fence(picture):
    """Pales over all of it."""
    return rounded(np.clip(picture + 0.2 * np.sin(2 * np.pi * np.arange(SIDE) / 5.3)[:, None], 0, 1))


def cloth(picture, number):
    """Threads at right angles in a part of it, of a width of its own, in folds."""
    rows, columns = np.mgrid[:SIDE, :SIDE] + 3 * np.sin(np.mgrid[:SIDE, :SIDE][::-1] / 15)
    threads = np.sin(2 * np.pi * (0.2 * rows + 0.05 * columns)) + np.sin(2 * np.pi * (0.2 * columns - 0.05 * rows))
    worn = picture.copy()
    part = np.s_[40 : 140 + 20 * number, 60:200]
    worn[part] += 0.1 * threads[part][..., None]
    return rounded(np.clip(worn, 0, 1))


def blocks(picture, _):
    """Blocks of 8 pixels, as strong JPEG compression leaves them."""
    means = picture.reshape(SIDE // 8, 8, SIDE // 8, 8, 3).mean((1, 3), keepdims=True)
    coarse = np.broadcast_to(means, (SIDE // 8, 8, SIDE // 8, 8, 3)).reshape(picture.shape)
    return rounded(0.4 * picture + 0.6 * coarse)


def grid(picture, _):
    """A grid along the axes, as of a sensor."""
    lines = np.arange(SIDE) % 4 == 0
    return rounded(picture * (1 - 0.2 * (lines[:, None] | lines)[..., None]))


@pytest.mark.parametrize(
    "change",
    [
        lambda picture, _: picture,
        lambda picture, number: rounded(add_grain(picture, 0.06, 0.6, number)),
        lambda picture, _: fence(picture),
        cloth,
        blocks,
        grid,
    ],
    ids=["plain", "grain", "fence", "cloth", "blocks", "grid"],
)
def test_nothing_else_is_taken_for_one(change):
    vintage = [change(picture, number) for number, picture in enumerate(VINTAGE)]
    found = measure_screen(vintage, PHOTOGRAPHS)
    assert not any(values.any() for values in found.values())
    assert describe_screen(found) == []


def test_a_screen_along_the_axes_is_believed_beside_others_as_far_apart():
    found = measure_screen([page(picture, 4.0, (15, 75, 0)) for picture in VINTAGE], PHOTOGRAPHS)
    assert found["screen/strength"].all()
    alone = measure_screen([page(picture, 4.0, (0, 0, 0)) for picture in VINTAGE], PHOTOGRAPHS)
    assert not alone["screen/strength"].any()


def test_one_screen_of_all_colours_is_the_same_in_all():
    found = measure_screen([page(picture, 5.0, (45, 45, 45)) for picture in VINTAGE], PHOTOGRAPHS)
    for name in ("screen/frequency", "screen/strength"):
        assert (found[name] == found[name][0]).all()


@pytest.mark.parametrize("count", [0, 1])
def test_pictures_that_are_too_small_or_none_tell_of_no_screen(count):
    small = [np.full((100, 300, 3), 0.5, np.float16)] * count
    assert not any(values.any() for values in measure_screen(small, small).values())


def test_it_is_told_in_words():
    found = measure_screen([page(picture, 4.0) for picture in VINTAGE], PHOTOGRAPHS)
    assert describe_screen(found) == [
        "The vintage pictures are printed in dots 4.0 pixels apart, and results are too: the slider Screen."
    ]


def as_stored(tones, found):
    """What is stored in the mean of a page that shows such tones."""
    dots = zip(found["screen/strength"], np.hypot(*found["screen/frequency"].T), strict=True)
    channels = [
        page_tone(tones[..., channel], float(strength), float(frequency), float(found["screen/blur"]))
        for channel, (strength, frequency) in enumerate(dots)
    ]
    return np.stack(channels, -1)


@pytest.mark.parametrize("period", [4.0, 7.3])
def test_without_its_dots_a_page_has_the_grain_that_it_had(period):
    clean = [soften(picture, 0.6) for picture in VINTAGE]
    grainy = [rounded(add_grain(picture, 0.04, 0.8, number)) for number, picture in enumerate(clean)]
    pages = [rounded(add_grain(page(picture, period), 0.04, 0.8, number)) for number, picture in enumerate(VINTAGE)]
    found = measure_screen(pages, PHOTOGRAPHS)
    plain = [without_screen(picture, found) for picture in pages]
    stored = [as_stored(picture, found) for picture in plain]
    before, after, truth = (
        np.sqrt(np.median(find_flat_areas(each).midtones().variance())) for each in (pages, stored, grainy)
    )
    assert before > 3 * truth
    assert after == pytest.approx(truth, rel=0.25)
    for each, tone, picture, original in zip(stored, plain, pages, clean, strict=True):
        assert each.shape == picture.shape
        coarse = [gaussian_filter(values, (12, 12, 0))[24:-24, 24:-24] for values in (each, picture, tone, original)]
        assert np.abs(coarse[0] - coarse[1]).mean() < 0.006
        assert np.abs(coarse[2] - coarse[3]).mean() < 0.03 < np.abs(coarse[1] - coarse[3]).mean()


def test_what_printing_takes_of_detail_is_no_softness_of_pages():
    """Pages are as soft as unprinted pictures with their blur, once photographs were printed and freed of dots, too."""
    samples = sample_photographs()
    sharp = [rounded(samples[name][:384, :384] / 255) for name in ("Astronaut", "Coffee")]
    pages, soft = [page(each, 5.0, blur=0.5) for each in sharp], [rounded(soften(each, 0.5)) for each in sharp]
    found = measure_screen(pages, PHOTOGRAPHS)
    images = [
        [TrainingImage(each, each, each.astype(np.float16), (0, 0), each.shape[:2]) for each in side]
        for side in (pages, sharp)
    ]
    cleared, printed = images_without_screen(images[0], found), images_as_printed(images[1], found)
    cleared, printed = ([image.detail.astype(np.float32) for image in side] for side in (cleared, printed))
    told, mistaken, truth = (
        measure_softness(prints, scenes, measure_grain(prints, scenes))
        for prints, scenes in ((cleared, printed), (cleared, sharp), (soft, sharp))
    )
    assert told == pytest.approx(truth, abs=0.15)
    assert mistaken > truth + 0.15


def test_pictures_without_a_screen_are_left_as_they_are():
    nothing = measure_screen(VINTAGE, PHOTOGRAPHS)
    picture = VINTAGE[0][:201, :150]
    assert np.array_equal(without_screen(picture, nothing), picture)
    images = [TrainingImage(picture, picture, picture.astype(np.float16), (0, 0), picture.shape[:2])]
    assert images_as_printed(images, nothing) is images_without_screen(images, nothing) is images

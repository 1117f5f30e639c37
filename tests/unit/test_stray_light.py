"""Fringes and a glow that are measured come back from the stages of the look, and nothing comes of nothing."""

import numpy as np
import pytest

from napari_retrogan.core.images.training_image import TrainingImage
from napari_retrogan.core.looks.halation import GLOW_SCALES, Halation, measure_halation
from napari_retrogan.core.looks.stray_light import describe_stray_light, halation_weights, measure_stray_light
from napari_retrogan.core.simulation.samples import sample_photographs
from napari_retrogan.core.simulation.stray_light import RED_GLOW, Shift, add_fringes, add_halation
from napari_retrogan.core.stages.fringes import FRINGES
from napari_retrogan.core.stages.halation import HALATION
from napari_retrogan.core.stages.numpy_operations import NUMPY
from napari_retrogan.core.vintage_generator import VintageGenerator
from night import night

RED, BLUE = Shift(1.5, -1.0, 1.003), Shift(-0.8, 1.2, 0.998)
PART = slice(40, 380), slice(90, 460)


@pytest.fixture(scope="module")
def photographs():
    pictures = sample_photographs()
    return [(pictures[name] / np.float32(255)).astype(np.float32) for name in ("Astronaut", "Coffee")]


def parts(pictures):
    """Parts of pictures that do not lie in the middle."""
    return [
        TrainingImage(each, each, each[PART].astype(np.float16), (PART[0].start, PART[1].start), each.shape[:2])
        for each in pictures
    ]


def unasked(weights):
    """Without a glow no photograph is put in the look."""
    raise AssertionError


def test_fringes_of_parts_are_laid_on_whole_pictures(photographs, generator):
    fringed = [add_fringes(picture, RED, BLUE) for picture in photographs]
    weights = measure_stray_light(parts(fringed), parts(photographs), unasked)
    look = VintageGenerator.from_weights({**generator.weights, **weights})
    plain = VintageGenerator.from_weights({name: np.zeros_like(each) for name, each in look.weights.items()})
    inside = slice(12, -12), slice(12, -12)
    for picture, truth in zip(photographs, fringed, strict=True):
        drawn = VintageGenerator.from_weights({**plain.weights, **weights}).apply(picture, grain=0.0)
        missed, nothing = (np.abs(each - truth)[inside].mean() for each in (drawn, picture))
        assert missed < 0.2 * nothing
    assert "Red and blue lie beside green" in describe_stray_light(weights)[0]


def test_red_that_lies_between_pixels_stays_as_sharp_as_green():
    lines = 0.5 + 0.4 * np.sin(np.arange(80) * np.pi / 3)
    picture = np.broadcast_to(lines[None, :, None], (80, 80, 3)).astype(np.float32)
    aside = {"fringes/offset": np.array([[0, 0.5], [0, 0]], np.float32), "fringes/scale": np.zeros(2, np.float32)}

    def strength_of_red(cubic):
        weights = {**aside, "fringes/cubic": np.array(cubic, np.float32)}
        drawn = FRINGES.formula(NUMPY, weights, picture, np.zeros_like(picture), 1.0)
        return drawn[..., 0].std() / drawn[..., 1].std()

    assert strength_of_red(1) == pytest.approx(1, abs=0.05)
    assert strength_of_red(0) == pytest.approx(np.cos(np.pi / 6), abs=0.02)  # As files of earlier versions have it.


def test_a_look_has_no_fringes_that_photographs_have_too(photographs):
    weights = measure_stray_light(parts(photographs), parts(photographs), unasked)
    assert not any(values.any() for values in weights.values())
    assert describe_stray_light(weights) == []


@pytest.mark.parametrize("times", [0.5, 2.0])
def test_photographs_glow_as_strongly_as_the_vintage_pictures(times):
    """Also where the look makes more or less of its halation than white lamps do."""
    lamps = [night(seed, 240) for seed in range(24)]
    sides = [TrainingImage(each, each, each.astype(np.float16), (0, 0), (240, 240)) for each in lamps]
    old = [TrainingImage(each, each, add_halation(each).astype(np.float16), (0, 0), (240, 240)) for each in lamps[:12]]

    def in_look(weights):
        amount = times * np.abs(weights["halation/strength"]).sum() / lamp_strength
        glow = RED_GLOW._replace(strengths=tuple(amount * each for each in RED_GLOW.strengths))
        return [add_halation(each, glow) for each in lamps[12:]]

    halation = measure_halation([each.detail for each in old], [each.detail for each in sides[12:]])
    lamp_strength = np.abs(halation_weights(halation)["halation/strength"]).sum()
    found = measure_stray_light(old, sides[12:], in_look)["halation/strength"].sum() / lamp_strength
    assert found == pytest.approx(1 / times, rel=0.3)


@pytest.mark.parametrize("scale", range(len(GLOW_SCALES)))
def test_lamps_glow_as_measured(scale):
    """In the dark, where a glow is seen; the widest is followed as far as the stage reaches."""
    strengths = np.zeros((4, 3))
    strengths[scale] = 0.16, 0.05, 0.0
    weights = halation_weights(Halation(strengths, np.zeros((4, 3))))
    side, radius = 192, 12
    rows, columns = np.ogrid[:side, :side]
    distance = np.hypot(rows - side / 2, columns - side / 2)
    picture = np.where(distance < radius, 1.0, 0.1).astype(np.float32)
    padded = np.pad(picture, HALATION.reach, mode="edge")
    drawn = HALATION.formula(NUMPY, weights, np.repeat(padded[..., None], 3, -1), 1.0)
    from scipy.ndimage import gaussian_filter

    light = picture.astype(np.float64) ** 2.2
    spread = gaussian_filter((picture == 1).astype(np.float64), GLOW_SCALES[scale])
    ring = (distance > radius + 1) & (distance < radius + min(2 * GLOW_SCALES[scale], 16))
    for channel, strength in enumerate(strengths[scale]):
        wanted = (light + strength * spread) ** (1 / 2.2) - picture
        found = drawn[..., channel] - picture
        assert found[ring].mean() == pytest.approx(wanted[ring].mean(), rel=0.3, abs=0.003)
    assert "glow" in describe_stray_light({**weights, "fringes/offset": np.zeros(2), "fringes/scale": np.zeros(2)})[0]

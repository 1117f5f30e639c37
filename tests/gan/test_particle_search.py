"""Which particles grain is made of: found where it is, and nothing where grain is a filtered noise."""

import numpy as np
import pytest
from tiny_pictures import picture

from napari_retrogan.core.gan.generator import Generator, read_weights
from napari_retrogan.core.gan.grain_samples import GrainSamples, lay_particles
from napari_retrogan.core.gan.particle_search import find_particles
from napari_retrogan.core.gan.vintage_training import VintageTraining
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.looks.texture_start import texture
from napari_retrogan.core.simulation.crystals import add_dye_clouds, add_opaque_discs
from napari_retrogan.core.simulation.film import add_grain
from napari_retrogan.core.simulation.screens import lay_starch_mosaic
from napari_retrogan.core.stages.particles import NO_PARTICLES, Particles
from napari_retrogan.core.training.task import TrainingTask


def scene(seed):
    """A smooth scene of midtones, 192 x 256 px."""
    return (0.15 + 0.7 * np.kron(picture(seed), np.ones((2, 2, 1))) / 255).astype(np.float32)


def rounded(pictures):
    return [(np.rint(255 * each) / np.float32(255)).astype(np.float32) for each in pictures]


def search(make, **options):
    """Return the particles of prints that are made of scenes, as a training on them finds them."""
    scenes, prints = [scene(seed) for seed in range(6)], rounded(make(scene(10 + seed), seed) for seed in range(6))
    generator = Generator(0)
    weights = read_weights(generator)
    start = {**weights, **texture(weights, scenes, prints)}
    samples = GrainSamples(scenes, prints, 0, 48)
    return find_particles(generator.grain, samples, start, **options), start


@pytest.mark.parametrize(("radius", "share"), [(1.2, 0.04), pytest.param(2.0, 0.06, marks=pytest.mark.slow)])
def test_discs_are_found_as_large_and_about_as_many_as_they_are(radius, share):
    weights, start = search(lambda print_, seed: add_opaque_discs(print_, share, radius, seed))
    found = Particles.of(weights)
    assert found.radius == pytest.approx(radius, rel=0.15)
    # The calmest squares, in which grain is measured, show fewer of large ones.
    assert found.share == pytest.approx(share, rel=0.45)
    assert found.purity == 0
    left = np.abs(weights["texture/amplitude_2/kernel"]).sum()
    assert left <= 0.5 * np.abs(start["texture/amplitude_2/kernel"]).sum()


@pytest.mark.parametrize(("size", "purity"), [pytest.param(2.0, 0.6, marks=pytest.mark.slow), (3.5, 0.4)])
def test_dyed_grains_are_found_as_large_and_pure_as_they_are(size, purity):
    found = Particles.of(search(lambda print_, seed: lay_starch_mosaic(print_, size, purity, seed))[0])
    assert found.size == pytest.approx(size, rel=0.12)
    assert found.purity == pytest.approx(purity, rel=0.25)
    assert found.share == 0


def test_pictures_of_one_tone_have_no_dyed_grains():
    assert not search(lambda print_, seed: lay_starch_mosaic(print_, 2.0, 0.6, seed), coloured=False)[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda print_, _: print_,
        lambda print_, seed: add_grain(print_, 0.05, 0.8, seed),
        lambda print_, seed: add_dye_clouds(print_, 60, 0.6, 0.08, seed),
        lambda print_, seed: 1 - add_opaque_discs(1 - print_, 0.04, 1.2, seed),
    ],
    ids=["none", "noise", "clouds", "light specks"],
)
def test_other_grain_has_none(make):
    assert not search(make)[0]


def test_squares_get_particles_of_their_own_and_keep_their_light():
    squares = np.full((70, 32, 32, 3), 0.5, np.float32)
    laid = lay_particles(NO_PARTICLES._replace(radius=1.2, spread=0.2, share=0.05), squares, 0)
    assert laid.shape == squares.shape
    assert np.array_equal(laid[:6], laid[64:])
    assert len(np.unique(laid[:64], axis=0)) == 64
    assert (laid**2.2).mean() == pytest.approx(0.5**2.2, rel=0.03)


@pytest.mark.usefixtures("eager")
def test_a_training_keeps_them_and_tells_of_them(config):
    plates = rounded(lay_starch_mosaic(scene(10 + seed), 2.0, 0.6, seed) for seed in range(5))
    sides = [
        tuple(training_images([np.rint(255 * each).astype(np.uint8) for each in side], 0))
        for side in ([scene(seed) for seed in range(3)], plates)
    ]
    training = VintageTraining(TrainingTask(*sides, config.replace(num_steps=0)))
    assert not Particles.of(training.first_look().weights).any
    training.search_looks()
    result = training.result()
    assert Particles.of(result.weights).purity == pytest.approx(0.6, rel=0.3)
    assert "coloured grains" in " ".join(result.provenance["notes"])
    picture = scene(30)
    change = result.apply(picture, softness=0.0) - result.apply(picture, softness=0.0, grain=0.0)
    assert np.corrcoef(change[..., 0].ravel(), change[..., 2].ravel())[0, 1] < -0.2

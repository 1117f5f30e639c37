"""Grain that no spectrum tells is told from noise, and steps bring drawn grain nearer to squares that were held out."""

import numpy as np
import pytest
from tiny_pictures import picture, with_specks

from napari_retrogan.core.gan.generator import Generator, read_weights, write_weights
from napari_retrogan.core.gan.grain_distance import GROUPS, RealGrain, grain_distance, random_filters, skewness
from napari_retrogan.core.gan.grain_refinement import GrainRefinement
from napari_retrogan.core.gan.grain_samples import GrainSamples
from napari_retrogan.core.gan.judgement import GrainJudgement, find_specks
from napari_retrogan.core.gan.vintage_training import VintageTraining
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.looks import texture_start
from napari_retrogan.core.looks.mark_search import find_marks
from napari_retrogan.core.looks.specks import ready_specks
from napari_retrogan.core.simulation.crystals import add_opaque_discs
from napari_retrogan.core.simulation.film import add_grain
from napari_retrogan.core.simulation.samples import sample_photographs, sample_prints
from napari_retrogan.core.training.task import TrainingTask


def noise(seed, count=2 * GROUPS):
    return 0.05 * np.random.default_rng(seed).standard_normal((count, 32, 32, 3)).astype(np.float32)


def specks(seed):
    random = np.random.default_rng(seed)
    return (noise(seed) - 0.3 * (random.random((2 * GROUPS, 32, 32, 1)) < 0.02)).astype(np.float32)


@pytest.fixture(scope="module")
def plain():
    return [picture(seed) / np.float32(255) for seed in (1, 2)]


@pytest.fixture(scope="module")
def prints():
    return [with_specks(picture(seed), seed) / np.float32(255) for seed in range(3, 7)]


def test_two_draws_of_one_grain_are_nearer_than_two_kinds():
    further = random_filters(4, np.random.default_rng(0))
    assert float(grain_distance(noise(0), noise(0), further)) == 0
    alike, other = (float(grain_distance(noise(0), each, further)) for each in (noise(1), specks(1)))
    assert other > 2 * alike
    assert float(grain_distance(noise(0), 2 * noise(1), further)) > 3 * alike


def test_squares_that_are_sorted_once_tell_the_same_distance():
    real = RealGrain(noise(0))
    for drawn in (noise(0), noise(1), specks(1)):
        assert real.distance(drawn) == pytest.approx(float(grain_distance(noise(0), drawn)), rel=1e-6)


def test_black_specks_are_skewed_and_noise_is_not():
    assert np.abs(skewness(noise(0))).max() < 0.3
    assert skewness(specks(0))[0] < -1


def test_noise_is_told_by_a_spectrum_and_specks_are_not(plain, prints):
    grainy = [add_grain(each, 0.05, 0.7, seed) for seed, each in enumerate(plain * 2)]
    noisy, specked = (GrainSamples(plain, vintage, 0, 3).nature() for vintage in (grainy, prints))
    assert noisy.is_told_by(1.2 * noisy.floor)
    assert not noisy.is_told_by(10 * noisy.floor)
    assert not specked.is_told_by(1.2 * specked.apart)


def test_grain_as_near_as_real_squares_are_to_each_other_is_told(plain, prints):
    nature = GrainSamples(plain, prints, 0, 3).nature()
    assert nature.apart > 0
    assert nature.is_told_by(0.9 * nature.apart)
    assert not nature.is_told_by(1.1 * nature.apart)


def test_batches_depend_on_seed_and_step_alone(plain, prints):
    first, again, other = (GrainSamples(plain, prints, seed, 6) for seed in (0, 0, 1))
    for name, values in first.batch(5).items():
        np.testing.assert_array_equal(values, again.batch(5)[name])
    assert not np.array_equal(first.batch(5)["real"], first.batch(6)["real"])
    assert not np.array_equal(first.batch(5)["real"], other.batch(5)["real"])
    assert first.batch(0)["real"].shape == (6, 32, 32, 3)


def test_whole_pictures_are_judged_by_where_there_are_enough():
    plain = [np.full((200, 200, 3), 0.5, np.float32) for _ in range(5)]
    grainy = [add_grain(each, 0.05, 0.7, seed) for seed, each in enumerate(plain)]
    for vintage, apart in ((grainy, True), (grainy[:3], False), ([each[:72, :72] for each in grainy], False)):
        samples = GrainSamples(plain, vintage, 0, 3)
        shown, kept = (set(areas.owners.tolist()) for areas in (samples._shown, samples._kept))
        assert kept
        assert shown.isdisjoint(kept) == apart


def test_too_few_squares_are_told(plain, prints):
    assert GrainSamples(plain, prints, 0, 3).enough
    assert not GrainSamples(plain, [prints[0][:40, :40]], 0, 3).enough


@pytest.fixture(scope="module")
def start(plain, prints):
    generator = Generator(0)
    measured = read_weights(generator) | texture_start.texture(read_weights(generator), plain, prints, softness=False)
    return generator, measured


def test_units_for_specks_change_nothing_yet(start):
    generator, measured = start
    random = np.random.default_rng(0)
    ground, drawn = np.full((1, 8, 8, 3), 0.5, np.float32), random.standard_normal((1, 14, 14, 3)).astype(np.float32)
    results = []
    for weights in (measured, measured | ready_specks(measured)):
        write_weights(generator, weights)
        results.append(np.asarray(generator.grain([ground, drawn])))
    np.testing.assert_array_equal(*results)


def test_steps_bring_grain_nearer_to_squares_that_were_held_out(start, plain, prints):
    generator, measured = start
    weights = measured | ready_specks(measured)
    write_weights(generator, weights)
    samples = GrainSamples(plain, prints, 0, 12)
    judgement = GrainJudgement(generator.grain, samples, weights)
    model = GrainRefinement(generator.grain, 3e-3)
    for step in range(30):
        model.train_on_batch(samples.batch(step))
    assert judgement.measure(read_weights(generator)) < 0.8 * judgement.start_distance


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_specks_of_grain_pass_for_no_marks_learnt_or_not(config):
    photographs = tuple(training_images(list(sample_photographs().values()), 0))
    prints = [each.astype(np.float32) / 255 for each in sample_prints().values()]
    speckled = tuple(training_images([add_opaque_discs(each, 0.04, 1.0, seed) for seed, each in enumerate(prints)], 0))
    training = VintageTraining(TrainingTask(photographs, speckled, config.replace(num_steps=0)))
    learnt = training.start | find_specks(training.generator.grain, training.samples, training.start)
    assert find_marks([image.detail.astype(np.float32) for image in speckled]).counts.sum() > 50
    for weights in (training.start, learnt):
        assert not training._marks(weights)["marks/rate"].any()

"""Batches are a function of the seed and the step, and pairs stay aligned."""

import numpy as np
import pytest

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.images.patch_sampler import PatchSampler, detail_patch, orient
from napari_retrogan.core.images.training_images import training_images

CONFIG = TrainingConfig(colour_batch_size=3, colour_patch_size=12, texture_batch_size=4, texture_patch_size=24)

CODES = np.random.default_rng(9).standard_normal((5, 8)).astype(np.float32)


def pictures(count=3, shape=(70, 90), seed=0):
    return [np.random.default_rng([seed, n]).integers(0, 256, (*shape, 3)).astype(np.uint8) for n in range(count)]


def sampler(config=CONFIG, paired=False, photographs=None, vintage=None):
    before = training_images(photographs if photographs is not None else pictures(), 0)
    after = training_images(vintage if vintage is not None else pictures(seed=1), 0)
    return PatchSampler(before, after, [], after[:2], CODES, config, paired)


def test_shapes_and_ranges():
    batch = sampler().batch(0)
    assert {name: values.shape for name, values in batch.items()} == {
        "colour_pixels": (3, 12, 12, 3),
        "colour_positions": (3, 12, 12, 3),
        "colour_thumbnail": (3, 64, 64, 3),
        "colour_real": (3, 12, 12, 4),
        "colour_perturbation": (3, 12, 12, 4),
        "texture_pixels": (4, 30, 30, 3),
        "texture_positions": (4, 30, 30, 3),
        "texture_thumbnail": (4, 64, 64, 3),
        "texture_real": (4, 24, 24, 3),
        "texture_noise": (4, 30, 30, 3),
        "texture_perturbation": (4, 18, 18, 4),
        "style_real": (64, 8),
        "style_noise": (64, 100),
        "style_perturbation": (64, 8),
    }
    assert all(values.dtype == np.float32 for values in batch.values())
    assert 0 <= batch["texture_pixels"].min() <= batch["texture_pixels"].max() <= 1


def test_a_batch_depends_on_seed_and_step_alone():
    first, again, later = sampler().batch(5), sampler().batch(5), sampler().batch(6)
    other = sampler(CONFIG.replace(seed=1)).batch(5)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["texture_pixels"], later["texture_pixels"])
    assert not np.array_equal(first["texture_pixels"], other["texture_pixels"])


def test_pairs_show_the_same_place():
    photographs = pictures()
    batch = sampler(paired=True, photographs=photographs, vintage=[255 - picture for picture in photographs]).batch(0)
    np.testing.assert_allclose(batch["texture_pixels"] + batch["texture_target"], 1, atol=2e-3)


def test_the_colour_view_shows_the_models_alone():
    vintage = [np.full((40, 40, 3), level, np.uint8) for level in (10, 20, 200)]
    batches = [sampler(vintage=vintage).batch(step) for step in range(8)]
    seen = np.unique(np.concatenate([batch["colour_real"][..., 0].ravel() for batch in batches]))
    np.testing.assert_allclose(seen, np.array([10, 20]) / 255, atol=1e-3)
    codes = np.concatenate([batch["style_real"] for batch in batches])
    assert {row.tobytes() for row in codes} == {row.tobytes() for row in CODES}


@pytest.mark.parametrize("shape", [(8, 9), (1, 50), (33, 200)])
def test_small_pictures_are_continued(shape):
    batch = sampler(photographs=pictures(1, shape)).batch(0)
    assert batch["texture_pixels"].shape == (4, 30, 30, 3)
    assert batch["texture_positions"].max() <= 1


def test_the_flattest_candidate_is_taken():
    picture = np.random.default_rng(0).integers(0, 256, (400, 400, 3)).astype(np.uint8)
    picture[:, 200:] = np.repeat(np.arange(400)[:, None] // 100 * 80, 200, 1)[..., None]
    picture[200:, :200] = 90
    (image,) = training_images([picture], 0)
    random = np.random.default_rng(1)
    deviations = [detail_patch(image, None, 32, random, candidates=12)[0].std() for _ in range(20)]
    assert np.median(deviations) < 0.01


def test_eight_orientations_of_a_square_differ():
    square = np.arange(9).reshape(3, 3, 1)
    assert len({orient(square, number).tobytes() for number in range(8)}) == 8

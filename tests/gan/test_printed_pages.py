"""Training on printed pages: their dots become the look's screen, and pass for no grain."""

import numpy as np
import pytest
from tiny_pictures import picture

from napari_retrogan.core.gan.vintage_training import VintageTraining
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.looks.screen_removal import without_screen
from napari_retrogan.core.simulation.film import soften
from napari_retrogan.core.simulation.screens import lay_halftone
from napari_retrogan.core.training.task import TrainingTask

ANGLES = (15, 75, 40)


def large(seed):
    return np.kron(picture(seed), np.ones((2, 2, 1), np.uint8))


@pytest.fixture(scope="module")
def tasks(config):
    """Trainings on pages and on the pictures that these were printed of."""
    photographs = tuple(training_images([large(seed) for seed in (1, 2)], 0))
    plain = [(large(seed) / 255).astype(np.float32) for seed in (3, 4, 5)]
    printed = [soften(lay_halftone(each, 4.4, ANGLES), 0.6) for each in plain]
    return [
        TrainingTask(photographs, tuple(training_images(each, 0)), config.replace(num_steps=0))
        for each in (printed, plain)
    ]


@pytest.fixture(scope="module")
def trainings(tasks):
    return [VintageTraining(task) for task in tasks]


def grain_of(training):
    look = training.first_look()
    flat = np.full((96, 96, 3), 0.5, np.float32)
    with_grain, without = (look.apply(flat, grain=grain, screen=0.0) for grain in (1.0, 0.0))
    return float((with_grain - without).std())


@pytest.mark.usefixtures("eager")
def test_dots_are_the_looks_and_pass_for_no_grain(tasks, trainings, monkeypatch):
    pages, plain = trainings
    weights = pages.first_look().weights
    assert np.hypot(*weights["screen/frequency"].T) == pytest.approx([1 / 4.4] * 3, rel=0.01)
    found = grain_of(pages)
    assert not any(plain.first_look().weights[name].any() for name in weights if name.startswith("screen/"))
    monkeypatch.setattr("napari_retrogan.core.gan.vintage_training.images_without_screen", lambda images, _: images)
    assert found < 0.2 * grain_of(VintageTraining(tasks[0]))


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_the_end_of_a_training_tells_of_dots_where_there_are_some(trainings):
    told = [" ".join(training.result().provenance["notes"]) for training in trainings]
    assert "printed in dots 4.4 pixels apart" in told[0]
    assert "dots" not in told[1]


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_what_is_left_of_dots_passes_for_no_dust(trainings):
    assert trainings[0].result().weights["marks/rate"][0] == 0


def test_pictures_without_a_screen_are_learnt_from_as_they_are(tasks, trainings):
    pages, plain = trainings
    assert all(first is second for first, second in zip(plain._vintage, tasks[1].vintage, strict=True))
    for kept, given in zip(pages._vintage, tasks[0].vintage, strict=True):
        assert np.array_equal(kept.detail, without_screen(given.detail, pages._screen).astype(np.float16))
        assert (kept.view - given.view).mean() > 0.03  # What is stored of dots averages to less than they show.

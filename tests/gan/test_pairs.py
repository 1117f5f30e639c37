"""Colours are fitted to pairs, on colours that the pairs do not hold as well."""

import numpy as np
import pytest
from keras import ops

from napari_retrogan.core.gan.generator import Generator, write_weights
from napari_retrogan.core.gan.pairs import fit_colour, fit_look
from napari_retrogan.core.images.pixel_positions import picture_positions
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.simulation.prints import PRINTS
from napari_retrogan.core.simulation.simulator import RandomLook
from napari_retrogan.core.stages.colour import POSITION_CHANNELS

FLAT = np.full((1, 64, 64, 3), 0.5, np.float32)


def expose(view):
    look = PRINTS["warm_print"]
    return look.tone(view, np.zeros((*view.shape[:2], POSITION_CHANNELS), np.float32))


@pytest.fixture(scope="module")
def fitted():
    before = list(ordinary_photographs()[:4])
    pairs = training_images(before, 0), training_images([expose(view) for view in before], 0)
    generator = Generator(0)
    write_weights(generator, fit_look(*pairs, seed=0))
    colour = generator.colour
    fit_colour(colour, *pairs, seed=0)
    return colour


@pytest.mark.slow
def test_unseen_pictures_come_out_as_the_look_has_them(fitted):
    view = ordinary_photographs()[20]
    positions = np.zeros((1, *view.shape[:2], POSITION_CHANNELS), np.float32)
    result = ops.convert_to_numpy(fitted([view[None], positions, FLAT]))[0]
    assert np.abs(result - expose(view)).mean() < 0.015
    assert np.abs(result - expose(view)).mean() < 0.15 * np.abs(view - expose(view)).mean()


def test_a_place_that_changes_nothing_is_not_learned(fitted):
    assert not ops.convert_to_numpy(fitted.variables_by_name["colour/place/kernel"]).any()
    assert not ops.convert_to_numpy(fitted.variables_by_name["colour/hidden_1/kernel"])[3].any()


@pytest.mark.slow
def test_uneven_light_is_learned():
    stops = [(0.9, 0.5, 0.2, 0.0), (0.9, 0.5, 0.2, 1.0)]
    shape = {"direction": [0.0, 1.0]}
    look = RandomLook((("lay_gradient", {"stops": stops, "mode": "normal", "opacity": 0.5, "shape": shape}),))
    before = list(ordinary_photographs()[:3])
    after = [look.tone(view, picture_positions(view.shape[:2])) for view in before]
    pairs = training_images(before, 0), training_images(after, 0)
    colour = Generator(0).colour
    fit_colour(colour, *pairs, seed=0)
    view = ordinary_photographs()[20]
    positions = picture_positions(view.shape[:2])
    result = ops.convert_to_numpy(colour([view[None], positions[None], FLAT]))[0]
    assert np.abs(result - look.tone(view, positions)).mean() < 0.2 * np.abs(view - look.tone(view, positions)).mean()


def test_a_fit_can_be_stopped_and_leaves_the_context_alone():
    images = training_images(list(ordinary_photographs()[:1]), 0)
    colour = Generator(0).colour
    before = [ops.convert_to_numpy(weight).copy() for weight in colour.weights]
    fit_colour(colour, images, images, seed=0, should_stop=lambda: True)
    after = [ops.convert_to_numpy(weight) for weight in colour.weights]
    assert all(np.array_equal(old, new) for old, new in zip(before, after, strict=True))
    assert all(each.trainable for name, each in colour.variables_by_name.items() if name.startswith("context/"))

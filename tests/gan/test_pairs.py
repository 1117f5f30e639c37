"""Colours are fitted to pairs, on colours that the pairs do not hold as well."""

import numpy as np
import pytest
from keras import ops

from napari_retrogan.core.gan.generator import build_generator, write_weights
from napari_retrogan.core.gan.pairs import fit_colour, fit_look
from napari_retrogan.core.images.stack import training_images
from napari_retrogan.core.looks.prints import PRINTS
from napari_retrogan.core.looks.statistics import ordinary_photographs

FLAT = np.full((1, 64, 64, 3), 0.5, np.float32)


def expose(view):
    look = PRINTS["warm_print"]
    return look.tone(view, np.zeros((*view.shape[:2], 1), np.float32))


@pytest.fixture(scope="module")
def fitted():
    before = list(ordinary_photographs()[:4])
    pairs = training_images(before, 0), training_images([expose(view) for view in before], 0)
    generator = build_generator(0)
    write_weights(generator, fit_look(*pairs, seed=0))
    colour = generator.get_layer("colour")
    fit_colour(colour, *pairs, seed=0)
    return colour


def test_unseen_pictures_come_out_as_the_look_has_them(fitted):
    view = ordinary_photographs()[20]
    radius = np.zeros((1, *view.shape[:2], 1), np.float32)
    result = ops.convert_to_numpy(fitted([view[None], radius, FLAT]))[0]
    assert np.abs(result - expose(view)).mean() < 0.015
    assert np.abs(result - expose(view)).mean() < 0.15 * np.abs(view - expose(view)).mean()


def test_a_fit_can_be_stopped_and_leaves_the_context_alone():
    images = training_images(list(ordinary_photographs()[:1]), 0)
    colour = build_generator(0).get_layer("colour")
    before = [ops.convert_to_numpy(weight).copy() for weight in colour.weights]
    fit_colour(colour, images, images, seed=0, should_stop=lambda: True)
    after = [ops.convert_to_numpy(weight) for weight in colour.weights]
    assert all(np.array_equal(old, new) for old, new in zip(before, after, strict=True))
    assert colour.get_layer("context").trainable

"""Many pictures lead the prior's code to looks that it would take for more usual ones."""

from functools import cache

import numpy as np
import pytest
from keras import ops

from napari_retrogan.core.gan.code_search import FEWEST_PICTURES, tell_look
from napari_retrogan.core.gan.look_fit import LookFit
from napari_retrogan.core.images.pixel_positions import ordinary_positions
from napari_retrogan.core.looks.prior import decode, estimate_look
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.simulation.simulator import RandomLook
from napari_retrogan.core.stages.colour import map_colours

SCENES = ordinary_photographs()
STRANGE = RandomLook(
    (
        ("cover", {"colour": [0.1, 0.3, 0.6], "mode": "exclusion", "opacity": 0.6}),
        ("saturate", {"amount": 0.5}),
    )
)


VINTAGE = [STRANGE.tone(view, ordinary_positions(view.shape[:-1])) for view in SCENES[:24]]
PHOTOGRAPHS = SCENES[24:48]


def colours(views):
    return np.concatenate([view.reshape(-1, 3) for view in views])


def distance(code):
    """How far photographs in a code's look are from the vintage pictures in the quantiles of each channel."""
    looks = [map_colours(decode(code), view, ordinary_positions(view.shape[:-1])) for view in PHOTOGRAPHS]
    quantiles = [np.quantile(colours(views), np.linspace(0, 1, 65), axis=0) for views in (looks, VINTAGE)]
    return np.abs(quantiles[0] - quantiles[1]).mean()


@cache
def searched_look():
    return tell_look(VINTAGE, PHOTOGRAPHS, seed=0)


@pytest.mark.slow
def test_photographs_in_the_look_come_nearer_to_the_pictures():
    searched, told = searched_look(), estimate_look(VINTAGE, PHOTOGRAPHS)
    assert distance(searched.code) < 0.7 * distance(told.code)
    assert np.abs(searched.code - told.code).max() < 1


@pytest.mark.slow
def test_one_seed_gives_one_look():
    np.testing.assert_array_equal(searched_look().code, tell_look(VINTAGE, PHOTOGRAPHS, seed=0).code)


@pytest.mark.parametrize(("vintage", "photographs"), [(FEWEST_PICTURES - 1, 24), (24, FEWEST_PICTURES - 1), (24, 0)])
def test_without_enough_to_go_by_the_prior_is_believed(vintage, photographs):
    pictures, own = VINTAGE[:vintage], PHOTOGRAPHS[:photographs]
    told, alone = tell_look(pictures, own, seed=0), estimate_look(pictures, own)
    np.testing.assert_array_equal(told.code, alone.code)
    assert all(np.array_equal(told.weights[name], values) for name, values in alone.weights.items())


def test_colours_are_fitted_in_the_look_that_the_code_is_decoded_to():
    random = np.random.default_rng(0)
    code, (pixels, positions) = random.standard_normal(64).astype(np.float32), random.random((2, 50, 3), np.float32)
    fitted = ops.convert_to_numpy(LookFit(code)([pixels[None], positions[None]]))[0]
    np.testing.assert_allclose(np.clip(fitted, 0, 1), map_colours(decode(code), pixels, positions), atol=1e-5)

"""Light that falls off is told from vintage pictures of unknown scenes, and little is made up where there is none."""

import numpy as np
import pytest

from napari_retrogan.core.images.pixel_positions import picture_positions
from napari_retrogan.core.looks.shrinkage import weaken
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.looks.uneven_light import follow_light
from napari_retrogan.core.stages.chain import STYLE_NAMES, WEIGHT_SHAPES
from napari_retrogan.core.stages.colour import map_colours
from slow_tests import slow_but_for

VIEWS = ordinary_photographs()
NO_LOOK = {name: np.zeros(WEIGHT_SHAPES[name], np.float32) for name in STYLE_NAMES}
FALL = np.array([0.9, 0.8, 0.6], np.float32)


def dark_corners(view):
    """A picture as bright as before in the middle between centre and corners."""
    return np.clip(view * (1 + FALL * (1 / 3 - picture_positions(view.shape[:2])[..., :1])), 0, 1)


def error(weights, views, look):
    mapped = (map_colours(weights, view, picture_positions(view.shape[:2])) for view in views)
    return np.mean([np.abs(each - look(view)).mean() for each, view in zip(mapped, views, strict=True)])


@pytest.mark.parametrize("own", [0, 16], ids=["alone", "own photographs"])
@pytest.mark.parametrize("first", slow_but_for(range(3), 0))
def test_corners_that_the_look_leaves_light_are_darkened(first, own):
    pictures, photographs = VIEWS[first:128:8], VIEWS[first + 4 : 128 : 8][:own]
    told = follow_light(NO_LOOK, [dark_corners(view) for view in pictures], photographs)
    assert error(told, VIEWS, dark_corners) < 0.8 * error(NO_LOOK, VIEWS, dark_corners)


@pytest.mark.parametrize("first", range(8))
def test_where_there_is_no_such_light_hardly_any_is_made_up(first):
    told = follow_light(NO_LOOK, VIEWS[first:128:8], ())
    assert np.abs(told["colour/map/uneven"]).max() < 0.06


def test_colours_at_the_mean_distance_stay():
    told = follow_light(NO_LOOK, [dark_corners(view) for view in VIEWS[:32]], ())
    colours, positions = np.full((1, 3), 0.5, np.float32), np.array([[1 / 3, 0, 0]], np.float32)
    np.testing.assert_allclose(map_colours(told, colours, positions), colours, atol=1e-6)


@pytest.mark.parametrize("first", slow_but_for(range(3), 0))
def test_four_pictures_tell_some_of_it(first):
    told = follow_light(NO_LOOK, [dark_corners(view) for view in VIEWS[first:128:32]], ())
    assert error(told, VIEWS, dark_corners) < error(NO_LOOK, VIEWS, dark_corners)


def test_pictures_of_single_pixels_are_no_trouble():
    told = follow_light(NO_LOOK, [np.full((1, 1, 3), 0.4, np.float32)] * 9, [np.full((1, 5, 3), 0.4, np.float32)])
    assert all(np.isfinite(values).all() for values in told.values())


def test_half_a_look_has_half_its_light():
    told = follow_light(NO_LOOK, [dark_corners(view) for view in VIEWS[:32]], ())
    colours, corner = np.full((1, 3), 0.5, np.float32), np.array([[0.9, 0, 0]], np.float32)
    whole, half = (map_colours(each, colours, corner) - colours for each in (told, weaken(told, 0.5)))
    assert np.abs(whole).min() > 0.01
    np.testing.assert_allclose(half, whole / 2, atol=1e-6)

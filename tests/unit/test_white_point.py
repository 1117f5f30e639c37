"""A look told from dark pictures gets their lights, and shows a bright photograph as bright as it is."""

import numpy as np
import pytest
from skimage.color import rgb2lab

from napari_retrogan.core.looks.prior import decode, estimate_look
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.looks.white_point import with_white_of
from napari_retrogan.core.stages.chain import WEIGHT_SHAPES
from napari_retrogan.core.stages.colour import map_colours
from napari_retrogan.core.vintage_generator import VintageGenerator

MIDDLE = np.zeros((1, 3), np.float32)


def lightness(colours):
    return rgb2lab(colours)[..., 0]


def scan(view):
    """Return a photograph as a dim scan of a dense slide has it: few lights, and those far from white."""
    return 0.75 * view**3.5


@pytest.fixture(scope="module")
def dark_set():
    return [scan(view) for view in ordinary_photographs()[::24]]


@pytest.fixture(scope="module")
def told(dark_set):
    return estimate_look(dark_set).weights


def test_white_is_as_bright_as_the_lights_of_the_pictures(dark_set, told):
    lights = np.percentile(np.concatenate([lightness(view).ravel() for view in dark_set]), 99.5)
    white = lightness(map_colours(told, np.ones((1, 3)), MIDDLE)).item()
    assert white > lights - 3


def test_bright_photographs_stay_bright(told):
    starts = {name: np.zeros(shape, np.float32) for name, shape in WEIGHT_SHAPES.items()}
    look = VintageGenerator.from_weights({**starts, **told})
    photographs = sorted(ordinary_photographs(), key=lambda view: np.median(lightness(view)))
    for photograph in photographs[len(photographs) // 4 :: 24]:
        wanted = np.median(lightness(photograph))
        if wanted < lightness(map_colours(told, np.ones((1, 3)), MIDDLE)).item() - 4:
            assert np.median(lightness(look.apply(photograph))) == pytest.approx(wanted, abs=3)


def test_greys_below_the_middle_stay_and_none_turns_back():
    weights = decode(np.zeros(64, np.float32))
    greys = np.repeat(np.linspace(0, 1, 33, dtype=np.float32)[:, None], 3, 1)
    places = np.zeros_like(greys)
    dim = {**weights, "colour/map/matrix": weights["colour/map/matrix"] - np.float32(0.3) * np.eye(3, dtype=np.float32)}
    before = lightness(map_colours(dim, greys, places))
    after = lightness(map_colours(with_white_of(dim, [np.ones((8, 8, 3), np.float32)]), greys, places))
    assert after[-1] > before[-1] + 10
    assert np.abs(after - before)[:8].max() < 1.5
    assert np.all(np.diff(after) > 0)


def test_a_white_that_is_bright_enough_is_left_as_it_is(told):
    same = with_white_of(told, [np.full((8, 8, 3), 0.3, np.float32)])
    assert all(np.array_equal(same[name], values) for name, values in told.items())

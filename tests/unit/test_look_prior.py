"""The prior that ships tells looks from few pictures, and little from little."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.images.pixel_positions import ordinary_positions
from napari_retrogan.core.looks.palette import change, look_colours, look_distance
from napari_retrogan.core.looks.prior import decode, estimate_code, estimate_look
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.looks.style_codes import CodeSpace
from napari_retrogan.core.looks.style_groups import separate_styles
from napari_retrogan.core.simulation.prints import PRINTS
from napari_retrogan.core.stages.chain import STYLE_NAMES, WEIGHT_SHAPES
from napari_retrogan.core.stages.colour import map_colours

PHOTOGRAPHS = ordinary_photographs()
PALETTE = np.concatenate([view[::16, ::16].reshape(-1, 3) for view in PHOTOGRAPHS[64:96]])
MIDDLE = ordinary_positions(PALETTE.shape[:-1])


def prints(name, first, count):
    """Simulated prints of ordinary photographs, colours alone."""
    look = PRINTS[name]
    return [look.tone(view, ordinary_positions(view.shape[:-1])) for view in PHOTOGRAPHS[first : first + count]]


def error(name, count):
    """Mean distance in RGB between the look as it is told from so many prints and as it is."""
    weights = estimate_look(prints(name, 0, count)).weights
    return np.abs(map_colours(weights, PALETTE, MIDDLE) - PRINTS[name].tone(PALETTE, MIDDLE)).mean()


def test_the_code_alone_is_that_of_the_whole_estimate():
    for count in (1, 2, 7):
        views = prints("faded_slide", 0, count)
        np.testing.assert_array_equal(estimate_code(views), estimate_look(views).code)


@pytest.mark.parametrize("name", PRINTS)
def test_a_look_is_told_from_few_prints(name):
    untouched = np.abs(PALETTE - PRINTS[name].tone(PALETTE, MIDDLE)).mean()
    assert error(name, 4) < 0.6 * untouched
    assert error(name, 24) < 0.5 * untouched


def test_ordinary_photographs_have_next_to_no_look():
    assert change(estimate_look(PHOTOGRAPHS[:24]).weights) < 5


def test_monochrome_prints_leave_no_colour():
    toned = map_colours(estimate_look(prints("silver_print", 0, 4)).weights, PALETTE, MIDDLE)
    assert _variety(toned) < 0.15 * _variety(PALETTE)
    assert _variety(PRINTS["silver_print"].tone(PALETTE, MIDDLE)) < 0.1 * _variety(PALETTE)


def test_many_grey_prints_leave_no_colour_at_all():
    grey = [np.repeat((view @ LUMINANCE)[..., None], 3, axis=-1) for view in PHOTOGRAPHS[:48]]
    toned = map_colours(estimate_look(grey, PHOTOGRAPHS[48:80]).weights, PALETTE, MIDDLE)
    assert np.ptp(toned, axis=-1).max() < 0.02


def _variety(colours):
    """How much the difference of red and blue varies: a tone that all share is none."""
    return (colours[:, 0] - colours[:, 2]).std()


@cache
def code_in_order():
    return estimate_look(prints("warm_print", 10, 5)).code


@pytest.mark.slow
@settings(max_examples=10)
@given(st.permutations(range(5)))
def test_the_order_of_the_pictures_does_not_matter(order):
    views = prints("warm_print", 10, 5)
    np.testing.assert_allclose(estimate_look([views[i] for i in order]).code, code_in_order(), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 96, 3), (96, 1, 3), (5, 7, 3)])
def test_pictures_of_any_shape_are_understood(shape):
    look = estimate_look([np.full(shape, 0.5, np.float32)])
    assert all(np.isfinite(values).all() for values in look.weights.values())
    assert set(look.weights) == set(STYLE_NAMES)
    assert all(values.shape == WEIGHT_SHAPES[name] for name, values in look.weights.items())


def test_many_pictures_are_thinned_out():
    assert np.isfinite(estimate_look(PHOTOGRAPHS * 2).code).all()


def test_styles_in_one_set_are_kept_apart():
    views = prints("silver_print", 0, 5) + prints("warm_print", 5, 7)
    assert separate_styles(views) == [list(range(5, 12)), list(range(5))]


@pytest.mark.parametrize("name", PRINTS)
def test_one_style_stays_one(name):
    assert separate_styles(prints(name, 20, 12)) == [list(range(12))]


def test_codes_are_whitened_and_repeat():
    views = prints("faded_slide", 0, 6)
    space = CodeSpace.of(views, [list(range(6))], seed=3)
    np.testing.assert_array_equal(space.samples, CodeSpace.of(views, [list(range(6))], seed=3).samples)
    np.testing.assert_allclose(space.samples.std(0), 1, atol=0.05)
    np.testing.assert_allclose(space.samples.mean(0), 0, atol=0.05)


def test_references_of_one_look_agree_better_than_those_of_two():
    first, again, other = (
        look_colours(estimate_look(prints(*which)).weights)
        for which in (("warm_print", 0, 6), ("warm_print", 6, 6), ("silver_print", 0, 6))
    )
    assert look_distance(first, again) < 0.5 * look_distance(first, other)


def test_photographs_of_ones_own_help_to_tell_look_from_scenes():
    dark = sorted(PHOTOGRAPHS, key=lambda view: view.mean())[:24]
    look = PRINTS["warm_print"]
    vintage = [look.tone(view, ordinary_positions(view.shape[:-1])) for view in dark[::2]]
    alone, helped = (
        np.abs(map_colours(estimate.weights, PALETTE, MIDDLE) - look.tone(PALETTE, MIDDLE)).mean()
        for estimate in (estimate_look(vintage), estimate_look(vintage, dark[1::2]))
    )
    assert helped < 0.95 * alone


def test_what_one_picture_tells_of_a_subtle_look_is_given_weakly():
    subtle, strong = (estimate_look(views) for views in (PHOTOGRAPHS[3:4], prints("silver_print", 3, 1)))
    assert subtle.share < 0.9
    assert strong.share == 1
    whole = change(decode(subtle.code))
    np.testing.assert_allclose(change(subtle.weights), subtle.share * whole, rtol=0.2)

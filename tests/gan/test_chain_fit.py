"""A chain of few numbers tells what becomes of colours that no pair holds."""

import numpy as np
import pytest

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.gan import chain_fit
from napari_retrogan.core.gan.chain_fit import fit_chain
from napari_retrogan.core.simulation.simulator import RandomLook
from scattered_colours import scattered, somewhere

pytestmark = pytest.mark.slow

NOWHERE = np.zeros((1, 3), np.float32)
COLOUR = RandomLook(
    (
        ("bend", {"gammas": (0.8, 1.0, 1.3)}),
        ("saturate", {"amount": 0.6}),
        ("print_between", {"black": (0.1, 0.05, 0.08), "white": (0.95, 0.9, 0.8)}),
    )
)
ONE_TONE = RandomLook((("monochrome", {"weights": LUMINANCE.tolist(), "toning": [[0.1, 0.05, 0], [1, 0.95, 0.85]]}),))


def ring(centre):
    stops = [[0.8, 0.7, 0.55, 1.0], [0.2, 0.02, 0.05, 1.0]]
    shape = {"centre": centre, "radius": 0.9}
    return "lay_gradient", {"stops": stops, "mode": "overlay", "opacity": 1.0, "shape": shape}


SLANT = (
    "lay_gradient",
    {
        "stops": [[0.9, 0.3, 0.1, 0.0], [0.9, 0.3, 0.1, 1.0]],
        "mode": "multiply",
        "opacity": 0.8,
        "shape": {"direction": [0.6, 0.8]},
    },
)


@pytest.mark.parametrize("gradient", [ring((0.0, 0.0)), ring((-0.2, 0.15)), SLANT], ids=["middle", "aside", "slant"])
def test_gradients_laid_over_greys_tell_what_becomes_of_colours(gradient):
    look = RandomLook((gradient, ("print_between", {"black": (0.05, 0.05, 0.05), "white": (0.95, 0.95, 0.95)})))
    greys, positions = np.random.default_rng(0).uniform(0.05, 0.9, (8000, 1)), somewhere(8000, 6)
    shown = (greys + scattered(8000, 0, -0.05, 0.1)).astype(np.float32)
    unseen, there = scattered(500, 1, 0.05, 0.9), somewhere(500, 7)
    result = fit_chain(shown, positions, look.tone(shown, positions), seed=0)(unseen, there)
    expected = look.tone(unseen, there)
    assert np.abs(result - expected).mean() < 0.15 * np.abs(unseen - expected).mean()


@pytest.mark.parametrize("look", [COLOUR, ONE_TONE], ids=["colour", "one tone"])
def test_colours_beyond_those_shown_follow_the_look(look):
    shown, unseen = scattered(4000, 0, (0.2, 0.1, 0.0), (0.7, 0.5, 0.5)), scattered(500, 1, 0.1, 0.9)
    chain = fit_chain(shown, np.zeros_like(shown), look.tone(shown, np.zeros_like(shown)), seed=0)
    result, expected = chain(unseen, np.zeros_like(unseen)), look.tone(unseen, np.zeros_like(unseen))
    assert np.abs(result - expected).mean() < 0.1 * np.abs(unseen - expected).mean()


def test_one_tone_stays_one_for_colours_that_no_pair_holds():
    shown = scattered(4000, 0, (0.0, 0.0, 0.2), (0.2, 0.25, 0.9))
    chain = fit_chain(shown, np.zeros_like(shown), ONE_TONE.tone(shown, np.zeros_like(shown)), seed=0)
    red, green = (chain(np.array([colour], np.float32), NOWHERE)[0] for colour in ((0.6, 0, 0), (0, 0.6, 0)))
    assert np.ptp(red - red[0]) < 0.15
    assert np.ptp(green - green[0]) < 0.15


def test_a_chain_that_fits_worse_than_the_other_is_not_believed(monkeypatch):
    monkeypatch.setattr(chain_fit, "LIKELY_STEPS", 1)
    shown, unseen = scattered(4000, 0, 0.0, 0.8), scattered(500, 1, 0.1, 0.9)
    result = fit_chain(shown, 0 * shown, COLOUR.tone(shown, 0 * shown), seed=0)(unseen, 0 * unseen)
    expected = COLOUR.tone(unseen, 0 * unseen)
    assert np.abs(result - expected).mean() < 0.1 * np.abs(unseen - expected).mean()


@pytest.mark.usefixtures("eager")
def test_a_fit_can_be_stopped():
    shown = scattered(100, 0, 0, 1)
    asked = iter([False, False, True, True, True])
    chain = fit_chain(shown, np.zeros_like(shown), 1 - shown, seed=0, should_stop=lambda: next(asked))
    assert next(asked, None) is None
    assert np.isfinite(chain(shown, np.zeros_like(shown))).all()


def test_one_seed_gives_one_chain():
    shown = scattered(300, 3, 0, 1)
    target = COLOUR.tone(shown, np.zeros_like(shown))
    asked = [iter(([False] * 5 + [True]) * 3) for _ in range(2)]
    first, second = (
        fit_chain(shown, np.zeros_like(shown), target, seed=4, should_stop=lambda calls=calls: next(calls))
        for calls in asked
    )
    assert [next(calls, None) for calls in asked] == [None, None]
    np.testing.assert_array_equal(first(shown, 0 * shown), second(shown, 0 * shown))


def test_prints_of_one_tone_are_as_light_as_films_in_black_and_white_see_colours():
    weights = [0.25, 0.45, 0.3]
    look = RandomLook((("monochrome", {"weights": weights, "toning": [[0.1, 0.05, 0], [1, 0.95, 0.85]]}),))
    shown = scattered(4000, 0, (0.1, 0.1, 0.2), (0.4, 0.45, 0.6))
    unseen = scattered(500, 1, 0.05, 0.9)
    result = fit_chain(shown, 0 * shown, look.tone(shown, 0 * shown), seed=0)(unseen, 0 * unseen)
    expected = look.tone(unseen, 0 * unseen)
    by_luminance = np.abs((unseen @ (LUMINANCE - weights))[:, None] * (0.9, 0.9, 0.85)).mean()
    assert np.abs(result - expected).mean() < by_luminance
    tone = result[np.argsort(result[:, 0])]
    np.testing.assert_allclose(tone[:, 2], np.interp(tone[:, 0], (0.1, 1), (0, 0.85)), atol=0.02)


def test_one_tone_under_a_gradient_is_the_tone_of_each_place():
    look = RandomLook((*ONE_TONE.steps, SLANT))
    shown, positions = scattered(8000, 0, 0.1, 0.8), somewhere(8000, 6)
    unseen, there = scattered(500, 1, 0.05, 0.9), somewhere(500, 7)
    result = fit_chain(shown, positions, look.tone(shown, positions), seed=0)(unseen, there)
    expected = look.tone(unseen, there)
    assert np.abs(result - expected).mean() < 0.05 * np.abs(unseen - expected).mean()

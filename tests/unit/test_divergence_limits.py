"""When a generator counts as astray, on numbers alone; and the words on the contest."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_retrogan.core.gan.divergence import Measures, colour_distance, colour_quantiles, find_fault
from napari_retrogan.core.training.adversarial_balance import BALANCED, DISCRIMINATOR_WINS, FOOLED, WINNING, Balance

START = Measures(distance=0.05, contrast=0.2, texture=0.03, detail=0.0, shift=0.0)
VINTAGE = Measures(distance=0.0, contrast=0.15, texture=0.06, detail=0.02, shift=0.0)


def fault(average=START, present=START):
    return find_fault(average, present, START, VINTAGE)


def distance(one, other):
    return colour_distance(colour_quantiles(one), colour_quantiles(other))


def test_the_start_and_what_is_better_are_well():
    assert fault() == ""
    assert fault(replace(START, distance=0.01), replace(START, distance=0.03)) == ""
    assert fault(replace(START, texture=0.06, detail=0.01, shift=0.004), replace(START, contrast=0.15)) == ""


amounts = st.floats(0, 10)


@given(st.builds(Measures, distance=amounts, contrast=amounts, texture=amounts, detail=amounts, shift=amounts))
def test_no_start_is_astray(start):
    assert find_fault(start, start, start, VINTAGE) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"distance": math.nan}, "finite"),
        ({"contrast": math.inf}, "finite"),
        ({"texture": math.nan}, "finite"),
        ({"contrast": 0.01}, "one colour"),
        ({"distance": 0.5}, "further"),
        ({"texture": 1.0}, "texture"),
        ({"detail": 0.1}, "repaints"),
        ({"detail": 0.001, "shift": 0.03}, "tints"),
    ],
)
@pytest.mark.parametrize("which", ["average", "present"])
def test_what_is_wrong_is_said(change, words, which):
    assert words in fault(**{which: replace(START, **change)})


def test_the_weights_of_the_moment_may_differ_more_than_their_average():
    far = replace(START, distance=0.08)
    assert fault(present=far) == ""
    assert "further" in fault(average=far)


def test_the_distance_of_colours_is_that_of_a_shift():
    rng = np.random.default_rng(0)
    colours = rng.random((4, 20, 30, 3)).astype(np.float32)
    assert distance(colours, colours) == 0
    shifts = [distance(colours, colours + amount) for amount in (0.01, 0.02, 0.04)]
    np.testing.assert_allclose(shifts[1:], [2 * shifts[0], 4 * shifts[0]], rtol=1e-3)
    assert math.isnan(distance(np.full_like(colours, np.nan), colours))


@pytest.mark.parametrize("loss", WINNING)
def test_each_loss_has_its_scale(loss):
    def judged(real, fake):
        balance = Balance(loss)
        balance.add({"colour_real_score": real, "colour_fake_score": fake, "drift": 1.0})
        return balance.judge("colour")

    assert judged(0.1, 0.0) == BALANCED
    assert judged(WINNING[loss], -0.5) == DISCRIMINATOR_WINS
    assert judged(-WINNING[loss], 0.0) == FOOLED


def test_scores_are_averaged_over_steps():
    balance = Balance()
    for score in [0.0] * 20 + [30.0]:
        balance.add({"texture_real_score": score, "texture_fake_score": 0.0})
    assert balance.words() == [f"Texture: {BALANCED} (its scores: real 3.00, styled 0.00)."]
    balance.add({"texture_real_score": math.nan, "texture_fake_score": 0.0})
    balance.add({})
    assert balance.words() == [f"Texture: {BALANCED} (its scores: real 3.00, styled 0.00)."]


def test_without_scores_there_is_nothing_to_say():
    balance = Balance()
    balance.add({"generator_loss": 1.0})
    assert balance.words() == []

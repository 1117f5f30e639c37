"""The words on a contest of networks."""

import math

from napari_retrogan.core.training.adversarial_balance import BALANCED, DISCRIMINATOR_WINS, FOOLED, WINNING, Balance


def test_scores_are_judged():
    def judged(real, fake):
        balance = Balance()
        balance.add({"colour_real_score": real, "colour_fake_score": fake, "drift": 1.0})
        return balance.judge("colour")

    assert judged(0.1, 0.0) == BALANCED
    assert judged(WINNING, -0.5) == DISCRIMINATOR_WINS
    assert judged(-WINNING, 0.0) == FOOLED


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

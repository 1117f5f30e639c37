"""Trainings that go astray, interrupted or not."""

from contextlib import closing

import pytest
from counting import Counting, follow, guarded, interrupt, recoveries, uninterrupted

import napari_retrogan as rg
from napari_retrogan.core.gan.guarded_training import GuardedTraining
from napari_retrogan.core.training import checkpoints


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(checkpoints.FOLDER_VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_a_training_goes_back_once_and_then_ends_with_what_was_good():
    training = Counting()
    training.faults = {40: "too far", 80: "still too far"}
    events = list(follow(GuardedTraining(training), 200))
    (recovered,) = [event for event in events if isinstance(event, rg.TrainingRecovered)]
    assert (recovered.step, recovered.good_step, training.rate) == (40, 20, 0.5)
    assert "too far" in recovered.message
    assert "half the learning rate" in recovered.message
    finished = events[-1]
    assert (training.step, finished.stopped) == (80, True)
    assert "still too far" in finished.reason
    assert finished.generator == uninterrupted(40).snapshot()


def test_losses_that_are_not_finite_are_noticed_at_once():
    class Diverging(Counting):
        def advance(self):
            losses = super().advance()
            if self.step in (25, 30):
                raise rg.TrainingDiverged("not finite")
            return losses

    training = Diverging()
    events = list(follow(GuardedTraining(training), 100))
    (recovered,) = [event for event in events if isinstance(event, rg.TrainingRecovered)]
    assert (recovered.step, recovered.good_step) == (25, 20)
    assert (training.step, events[-1].stopped) == (30, True)
    assert events[-1].generator == uninterrupted(20).snapshot()


def test_a_fault_at_the_very_end_is_not_delivered():
    training = Counting()
    training.faults = {33: "too far"}
    *_, finished = follow(GuardedTraining(training), 33)
    assert "too far" in finished.reason
    assert finished.generator == uninterrupted(20).snapshot()


@pytest.mark.parametrize("stopped", [False, True], ids=["closed", "stopped"])
def test_resumed_it_goes_back_as_far_as_a_training_that_was_never_interrupted(home, stopped):
    faults = {33: "too far", 40: "still too far"}
    whole = list(follow(GuardedTraining(Counting(faults)), 60))
    if stopped:
        training = guarded(home / "run", Counting(faults))
        list(follow(training, should_stop=lambda: training.step == 33))
    else:
        interrupt(home / "run", 33, Counting(faults))
    resumed = list(follow(guarded(home / "run", Counting(faults)), 60))
    assert recoveries(resumed) == recoveries(whole) == [(40, 20)]
    assert resumed[-1].generator == whole[-1].generator


def test_interrupted_before_all_checks_it_goes_back_to_the_start(home):
    interrupt(home / "run", 13)
    resumed = list(follow(guarded(home / "run", Counting({20: "too far"})), 40))
    whole = list(follow(GuardedTraining(Counting({20: "too far"})), 40))
    assert recoveries(resumed) == recoveries(whole) == [(20, 0)]
    assert resumed[-1].generator == whole[-1].generator


def test_stopped_while_astray_it_gives_the_last_good_generator_and_can_be_resumed(home):
    training = guarded(home / "run", Counting({33: "too far"}))
    *_, finished = follow(training, should_stop=lambda: training.step == 33)
    assert (finished.stopped, finished.generator) == (True, uninterrupted(20).snapshot())
    assert "too far" in finished.reason
    assert "after step 20" in finished.reason
    assert [kept.step for kept in rg.list_checkpoints()] == [33]


def test_how_often_it_went_back_survives_an_interruption(home):
    training = Counting()
    training.faults = {20: "too far"}
    with closing(follow(guarded(home / "run", training))) as events:
        while not isinstance(next(events), rg.TrainingRecovered):
            pass
    resumed = Counting()
    resumed.faults = {40: "again"}
    *_, finished = follow(guarded(home / "run", resumed), 100)
    assert "again" in finished.reason

"""Real trainings with Keras that are killed and resumed."""

import os
import signal

import numpy as np
import pytest

import napari_retrogan as rg
from napari_retrogan.core import checkpoints
from napari_retrogan.core.engine import client
from napari_retrogan.core.gan.vintage_run import RecoverableTraining

EVERY_STEP = 1e-3


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(checkpoints.FOLDER_VARIABLE, str(tmp_path / "kept"))
    yield tmp_path / "kept"
    client.shut_down()


def follow_and_kill(events, step):
    """Follow a training and kill its process once so many steps are done."""
    for event in events:
        if isinstance(event, rg.TrainingProgress) and event.step >= step:
            os.kill(client.engine_process_id(), signal.SIGKILL)


def kill_at(events, step):
    """Kill the training process once so many steps are done; return what is said then."""
    with pytest.raises(rg.EngineDied) as caught:
        follow_and_kill(events, step)
    return str(caught.value).splitlines()[0]


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_killed_twice_it_gives_the_generator_of_a_training_that_never_was(photographs, prints, config):
    config = config.replace(num_steps=40, checkpoint_seconds=EVERY_STEP)
    whole = rg.train(photographs, prints, config=config, engine="local")
    words = kill_at(rg.iter_train(photographs, prints, config=config), 7)
    for way in ("Resume last training", "--resume", "resume_training()"):
        assert way in words
    (kept,) = rg.list_checkpoints()
    assert f"step {kept.step} of 40" in words
    assert str(kept.folder) in words
    kill_at(rg.iter_resume_training(), kept.step + 8)
    assert rg.list_checkpoints()[0].step > kept.step
    resumed = rg.resume_training(engine="local")
    assert resumed == whole
    assert resumed.history == whole.history
    assert dict(resumed.provenance) == dict(whole.provenance)
    assert rg.list_checkpoints() == []


def test_a_pair_training_that_was_closed_goes_on(photographs, config):
    config = config.replace(num_steps=6)
    after = [255 - picture for picture in photographs]
    options = {"config": config, "paired": True, "engine": "local"}
    whole = rg.train(photographs, after, **options)
    events = rg.iter_train(photographs, after, **options)
    while not (isinstance(event := next(events), rg.TrainingProgress) and event.step == 4):
        pass
    events.close()
    (kept,) = rg.list_checkpoints()
    assert (kept.step, kept.paired) == (4, True)
    events = list(rg.iter_resume_training(kept, engine="local"))
    assert (events[0].step, events[0].checkpoint) == (4, str(kept.folder))
    assert [event.step for event in events if isinstance(event, rg.TrainingProgress)] == [5, 6]
    assert events[-1].generator == whole


def test_a_state_of_other_networks_is_refused(task):
    training = RecoverableTraining(task)
    state = training.capture()
    for name in ("networks/0000", "optimizer/0003", "average/colour/map/matrix"):
        arrays = {**state.arrays, name: np.zeros(7, np.float32)}
        with pytest.raises(rg.InvalidCheckpoint, match="another version"):
            training.restore(checkpoints.TrainingState(step=1, arrays=arrays))
    assert training.step == 0


def test_going_back_takes_the_averaged_weights_and_half_the_rates(task):
    training = RecoverableTraining(task)
    training.advance()
    good = training.capture()
    training.advance()
    training.roll_back(good, 0.5)
    for name, values in training.average.items():
        np.testing.assert_array_equal(values, good.arrays[f"average/{name}"])
    rates = {
        float(variable.value)
        for variable in training.model.optimizer.variables
        if variable.path.startswith("adam") and variable.path.endswith("learning_rate")
    }
    chosen = task.config
    rates_chosen = ("colour", "detail", "grain", "discriminator")
    expected = {getattr(chosen, f"{part}_learning_rate") for part in rates_chosen}
    np.testing.assert_allclose(sorted(rates), sorted(rate / 2 for rate in expected), rtol=1e-6)
    assert training.step == 2
    assert all(np.isfinite(value) for value in training.advance().values())


def test_critics_that_are_not_finite_are_noticed_and_left_behind(task, monkeypatch):
    from napari_retrogan.core.gan import vintage_run

    class Broken(RecoverableTraining):
        def advance(self):
            if self.step == 2:
                weights = self.model.critics["colour"].weights[0]
                weights.assign(np.full(weights.shape, np.nan, np.float32))
            return super().advance()

    monkeypatch.setattr(vintage_run, "RecoverableTraining", Broken)
    events = list(vintage_run.train_events(task, should_stop=bool, should_pause=bool))
    (recovered,) = [event for event in events if isinstance(event, rg.TrainingRecovered)]
    assert (recovered.step, recovered.good_step) == (3, 0)
    assert all(np.isfinite(values).all() for values in events[-1].generator.weights.values())

"""Real trainings with Keras that are killed, go astray and are resumed."""

import os
import shutil
import signal
from dataclasses import replace

import numpy as np
import pytest
from tiny_pictures import with_specks
from typer.testing import CliRunner

import napari_retrogan as rg
from napari_retrogan.cli.app import app
from napari_retrogan.core.engine import client
from napari_retrogan.core.gan import vintage_run
from napari_retrogan.core.gan.guarded_training import GuardedTraining
from napari_retrogan.core.gan.vintage_run import RecoverableTraining
from napari_retrogan.core.stages.grain import GRAIN
from napari_retrogan.core.training import checkpoints
from napari_retrogan.core.training.task import ResumeTask, TrainingState

EVERY_STEP = 1e-3
KILLS = int(os.environ.get("NAPARI_RETROGAN_KILLS", "1"))
"""Each takes the seconds in which a framework is imported; the variable asks for more of them."""


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


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_killed_several_times_the_command_line_goes_on_and_saves_the_generator_of_a_training_that_never_was(
    photographs, prints, config, tmp_path
):
    config = config.replace(num_steps=8 * KILLS + 24, checkpoint_seconds=EVERY_STEP)
    whole = rg.train(photographs, prints, config=config, engine="local")
    words = kill_at(rg.iter_train(photographs, prints, config=config), 7)
    for way in ("Resume last training", "--resume", "resume_training()"):
        assert way in words
    (kept,) = rg.list_checkpoints()
    assert f"step {kept.step} of {config.num_steps}" in words
    assert str(kept.folder) in words
    for _ in range(KILLS - 1):
        kill_at(rg.iter_resume_training(), kept.step + 8)
        before, (kept,) = kept, rg.list_checkpoints()
        assert kept.step > before.step
    output = tmp_path / "look.retrogan"
    result = CliRunner().invoke(app, ["train", "--resume", "--output", str(output)])
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert f"Resuming step {kept.step} of {config.num_steps}" in said
    assert f"after {kept.step} of at most {config.num_steps} steps" in said
    resumed = rg.load_generator(output)
    assert resumed == whole
    assert resumed.history == whole.history
    assert dict(resumed.provenance) == dict(whole.provenance)
    assert rg.list_checkpoints() == []


@pytest.mark.weekly
@pytest.mark.usefixtures("short_fits", "eager")
def test_a_pair_training_that_was_closed_goes_on(photographs, config):
    config = config.replace(num_steps=4)
    photographs = photographs * 3
    after = [with_specks(255 - picture, seed) for seed, picture in enumerate(photographs)]
    options = {"config": config, "paired": True, "engine": "local"}
    whole = rg.train(photographs, after, **options)
    events = rg.iter_train(photographs, after, **options)
    while not (isinstance(event := next(events), rg.TrainingProgress) and event.step == 2):
        pass
    events.close()
    (kept,) = rg.list_checkpoints()
    assert (kept.step, kept.paired) == (2, True)
    events = list(rg.iter_resume_training(kept, engine="local"))
    assert (events[0].step, events[0].checkpoint) == (2, str(kept.folder))
    assert [event.step for event in events if isinstance(event, rg.TrainingProgress)] == [3, 4]
    assert events[-1].generator == whole


@pytest.mark.slow
@pytest.mark.usefixtures("short_fits", "eager")
def test_a_pair_training_stopped_while_its_start_is_fitted_ends_at_once_and_goes_on_as_if_it_had_not(
    photographs, config
):
    config = config.replace(num_steps=2)
    options = {"config": config, "paired": True, "engine": "local"}
    after = [255 - picture for picture in photographs]
    asked = []
    last = list(rg.iter_train(photographs, after, should_stop=lambda: asked.append(1) or len(asked) > 3, **options))[-1]
    assert len(asked) < 12
    assert last.stopped
    assert last.generator.provenance["steps"] == 0
    assert last.generator.apply(photographs[0]).shape == photographs[0].shape
    whole = rg.train(photographs, after, **options)
    assert last.generator != whole
    assert rg.resume_training(engine="local") == whole


@pytest.mark.slow
def test_a_state_of_other_networks_is_refused(task):
    training = RecoverableTraining(task)
    state = training.capture()
    best = ("best/texture/grain_2/kernel", "standing/grain")
    for name in ("networks/0000", "optimizer/0003", "average/texture/grain_1/kernel", *best):
        arrays = {**state.arrays, name: np.zeros(7, np.float32)}
        with pytest.raises(rg.InvalidCheckpoint, match="another version"):
            training.restore(TrainingState(step=1, arrays=arrays))
        good = TrainingState(step=1, arrays=arrays)
        with pytest.raises(rg.InvalidCheckpoint, match="another version"):
            GuardedTraining(training, None, replace(state, step=1, good=good))
    assert training.step == 0


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_going_back_takes_the_averaged_weights_and_half_the_rates(task):
    training = RecoverableTraining(task)
    training.advance()
    good = training.capture()
    training.advance()
    training.roll_back(good, 0.5)
    for name in GRAIN.weights:
        np.testing.assert_array_equal(training.average[name], good.arrays[f"average/{name}"])
    rates = {
        float(variable.value)
        for variable in training.model.optimizer.variables
        if variable.path.startswith("adam") and variable.path.endswith("learning_rate")
    }
    chosen = task.config
    np.testing.assert_allclose(list(rates), [chosen.grain_learning_rate / 2], rtol=1e-6)
    assert training.step == 2
    assert all(np.isfinite(value) for value in training.advance().values())


def break_at(step, harm, monkeypatch):
    """Have trainings harmed after so many steps."""

    class Broken(RecoverableTraining):
        def advance(self):
            if self.step == step:
                harm(self)
            return super().advance()

    monkeypatch.setattr(vintage_run, "RecoverableTraining", Broken)


def spoil(training):
    weights = training.generator.grain.trainable_weights[0]
    weights.assign(np.full(weights.shape, np.nan, np.float32))


def roughen(training):
    training.average |= {name: 30 * training.average[name] for name in GRAIN.nothing_without}


def recovery(events):
    (recovered,) = [event for event in events if isinstance(event, rg.TrainingRecovered)]
    return recovered


@pytest.mark.slow
def test_weights_that_are_not_finite_are_noticed_and_left_behind(task, home, tmp_path, monkeypatch):
    break_at(22, spoil, monkeypatch)
    folder = home / "run"
    config = task.config.replace(num_steps=24, checkpoint_seconds=EVERY_STEP)
    task = replace(task, config=config, checkpoints=str(folder))
    whole = []
    for event in vintage_run.train_events(task, should_stop=bool, should_pause=bool):
        whole.append(event)
        if isinstance(event, rg.TrainingProgress) and event.step == 21:
            shutil.copytree(folder, tmp_path / "interrupted")
    assert (recovery(whole).step, recovery(whole).good_step) == (23, 20)
    assert all(np.isfinite(values).all() for values in whole[-1].generator.weights.values())

    task = ResumeTask(str(tmp_path / "interrupted"))
    resumed = list(vintage_run.resume_events(task, should_stop=bool, should_pause=bool))
    assert resumed[0].step == 21
    assert recovery(resumed) == recovery(whole)
    assert resumed[-1].generator == whole[-1].generator


@pytest.mark.weekly
def test_grain_gone_wild_is_noticed_within_20_steps_and_left_behind(task, trained, monkeypatch):
    break_at(19, roughen, monkeypatch)
    task = replace(task, config=task.config.replace(num_steps=25))
    events = list(vintage_run.train_events(task, should_stop=bool, should_pause=bool))
    recovered = recovery(events)
    assert recovered.step <= 25
    assert recovered.good_step == 0
    assert "grain" in recovered.message
    assert not events[-1].stopped
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    grainy = [generator.apply(picture).astype(float).std() for generator in (trained, events[-1].generator)]
    assert grainy[1] < 1.1 * grainy[0]

"""Interrupted trainings on the command line; the training itself is a stand-in."""

import numpy as np
import pytest
from counting import Counting, make_task
from typer.testing import CliRunner

import napari_retrogan as rg
from napari_retrogan.cli import training
from napari_retrogan.cli.app import app
from napari_retrogan.core.errors import EngineDied
from napari_retrogan.core.training import checkpoints
from napari_retrogan.core.training.checkpoint_writer import CheckpointWriter
from napari_retrogan.core.training.run_task import Run, run_task
from napari_retrogan.core.training.task import TrainingState


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, " ".join((result.stdout + result.stderr).split())


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Keep a training that was interrupted after no step."""
    monkeypatch.setenv(checkpoints.FOLDER_VARIABLE, str(tmp_path / "kept"))
    folder = tmp_path / "kept" / "run"
    CheckpointWriter(make_task(folder, num_steps=9), "torch").write(Counting().capture)
    return folder


@pytest.fixture
def calls(monkeypatch, generator):
    """Put a stand-in for the resumed training in place, and return what it was called with."""
    calls = []

    def iter_resume_training(checkpoint, *, should_stop, backend):
        calls.append((checkpoint, backend))
        yield rg.TrainingStarted(backend="none", device="paper", num_steps=9, step=4)
        yield rg.TrainingRecovered(step=6, good_step=4, message="It went astray and went back.")
        yield rg.CheckpointFailed(message="The disk is full.")
        yield rg.TrainingFinished(generator=generator, stopped=bool(calls[0] == "stopped"))

    monkeypatch.setattr(training, "iter_resume_training", iter_resume_training)
    return calls


def test_the_last_training_is_resumed_and_saved(kept, calls, tmp_path, generator):
    code, said = run("train", "--resume", "--output", tmp_path / "look.retrogan")
    assert code == 0, said
    assert "Resuming step 0 of 9 of slides" in said
    assert "after 4 of at most 9 steps" in said
    assert "It went astray and went back." in said
    assert "The disk is full." in said
    assert rg.load_generator(tmp_path / "look.retrogan") == generator
    assert (calls[0][0].folder, calls[0][1]) == (kept, None)


def test_what_is_stopped_can_be_resumed_and_that_is_said(kept, calls, tmp_path):
    calls.append("stopped")
    code, said = run("train", "--resume", "--output", tmp_path / "look.retrogan")
    assert code == 0, said
    assert "--resume goes on" in said


def test_nothing_to_resume_is_told(tmp_path, monkeypatch, calls):
    monkeypatch.setenv(checkpoints.FOLDER_VARIABLE, str(tmp_path / "kept"))
    code, said = run("train", "--resume", "--output", tmp_path / "look.retrogan")
    assert code == 1
    assert "start a new one" in said
    assert calls == []


@pytest.mark.parametrize("more", [["--photographs", "a.png"], ["--paired"], ["--num-steps", "3"], ["--devices", "2"]])
def test_a_resumed_training_has_its_own_pictures_and_settings(kept, calls, tmp_path, more):
    code, _ = run("train", "--resume", "--output", tmp_path / "look.retrogan", *more)
    assert code == 2
    assert calls == []


def test_a_new_training_needs_pictures(tmp_path):
    code, said = run("train", "--output", tmp_path / "look.retrogan")
    assert code == 2
    assert "--photographs and --vintage" in said


def test_a_dead_process_names_the_checkpoint_and_how_to_go_on(kept, monkeypatch):
    def die(*_, **__):
        raise EngineDied("The training process was ended by SIGKILL.\nIts last words:\nnone")
        yield

    monkeypatch.setattr("napari_retrogan.core.engine.client.stream", die)
    with pytest.raises(EngineDied) as caught:
        list(run_task("a:b", None, Run(), str(kept)))
    first, *others = str(caught.value).splitlines()
    assert first.startswith("The training process was ended by SIGKILL. Its step 0 of 9 of slides, ")
    assert str(kept) in first
    assert "train --resume" in first
    assert others == ["Its last words:", "none"]
    with pytest.raises(EngineDied) as caught:
        list(run_task("a:b", None, Run(), str(kept.parent / "missing")))
    assert "kept" not in str(caught.value)


def test_a_history_comes_back_exactly(kept):
    rows = [{"step": step, "a": float(np.nextafter(step / 3, 1))} for step in (1, 2)]
    rows.append({"step": 3, "a": 0.1, "b": 1e-300})
    state = TrainingState(step=3, arrays={}, history=tuple(rows))
    CheckpointWriter(make_task(kept), "none").write(lambda: state)
    assert list(checkpoints.read_checkpoint(kept)[1].history) == rows

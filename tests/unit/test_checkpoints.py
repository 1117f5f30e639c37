"""Interrupted trainings: killed at any moment, closed, stopped, damaged."""

import os
import pickle
import signal
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from counting import (
    Counting,
    follow,
    guarded,
    interrupt,
    large,
    make_task,
    resume_in_another_process,
    run_counting,
    uninterrupted,
)

import napari_retrogan as rg
from napari_retrogan.core.gan.guarded_training import GuardedTraining
from napari_retrogan.core.training import checkpoint_file, checkpoints
from napari_retrogan.core.training.checkpoint_writer import CheckpointWriter

KILLS = 50


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(checkpoints.FOLDER_VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def run():
    """Return the folder of a training that was interrupted after five steps."""
    folder = checkpoints.new_checkpoint_folder()
    interrupt(folder, 5)
    return folder


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_killed_fifty_times_at_random_moments_it_goes_on_as_if_nothing_had_happened(home):
    folder = home / "run"
    reports = [tuple(map(int, line.split())) for line in run_counting("kill", folder, KILLS, 1)]
    numbers, steps, half_written = zip(*reports, strict=True)
    assert numbers == (signal.SIGKILL,) * KILLS
    assert list(steps) == sorted(steps)
    assert len(set(steps)) > KILLS // 4
    assert sum(half_written) >= 1
    task, state = checkpoints.read_checkpoint(folder)
    same = large()
    for _ in follow(GuardedTraining(same), state.step):
        pass
    np.testing.assert_array_equal(state.arrays["networks/0000"], same.weights)
    assert list(state.history) == same.history
    np.testing.assert_array_equal(task.vintage[0].detail, make_task(folder).vintage[0].detail)
    last = state.step + 40
    *_, resumed = follow(guarded(folder, large()), last)
    *_, whole = follow(GuardedTraining(large()), last)
    assert resumed.generator == whole.generator
    assert not folder.exists()


def test_a_closed_iterator_leaves_a_checkpoint_and_a_finished_training_none(run):
    (found,) = rg.list_checkpoints()
    assert (found.folder, found.step, found.num_steps, found.title) == (run, 5, 100_000, "slides")
    assert (found.backend, found.photographs, found.vintage, found.paired) == ("none", 1, 1, False)
    assert datetime.now().astimezone() - found.saved < timedelta(minutes=1)
    list(follow(guarded(run), 8))
    assert rg.list_checkpoints() == []
    assert not run.exists()


def test_a_stopped_training_can_be_resumed(home):
    answers = iter([False] * 3 + [True])
    *_, finished = follow(guarded(home / "run"), should_stop=lambda: next(answers))
    assert (finished.stopped, finished.generator) == (True, uninterrupted(3).snapshot())
    *_, finished = follow(guarded(home / "run"), 7)
    assert (finished.stopped, finished.generator) == (False, uninterrupted(7).snapshot())


def test_resumed_by_two_at_once_both_give_the_same(run):
    both = [follow(guarded(run), 9), follow(guarded(run), 12)]
    last = [None, None]
    while both[0] or both[1]:
        for index, events in enumerate(both):
            event = next(events, None) if events else None
            if event is None:
                both[index] = None
            else:
                last[index] = event
    assert [event.generator for event in last] == [uninterrupted(9).snapshot(), uninterrupted(12).snapshot()]
    assert not run.exists()


def test_resumed_by_two_processes_at_once_both_give_the_same(home):
    folder = home / "run"
    interrupt(folder, 5, large())
    processes = [resume_in_another_process(folder, steps) for steps in (70, 80)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    told = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    for steps, (output, _) in zip((70, 80), told, strict=True):
        *_, whole = follow(GuardedTraining(large()), steps)
        assert output.splitlines()[-1] == whole.generator
    assert not folder.exists()


def test_a_question_that_raises_leaves_a_checkpoint(home):
    class Abandoned(BaseException):
        pass

    answers = iter([False, False])

    def should_stop():
        for answer in answers:
            return answer
        raise Abandoned

    with pytest.raises(Abandoned):
        list(follow(guarded(home / "run"), should_stop=should_stop))
    assert checkpoints.find_checkpoint(home / "run").step == 2


def test_the_task_comes_back_as_it_was(home):
    task = make_task(home / "run", loss="hinge", seed=7)
    CheckpointWriter(task, "none").write(Counting().capture)
    back, state = checkpoints.read_checkpoint(home / "run")
    assert (back.config, back.paired, back.title, back.checkpoints) == (task.config, False, "slides", task.checkpoints)
    assert state.step == 0
    for ours, theirs in zip((*task.photographs, *task.vintage), (*back.photographs, *back.vintage), strict=True):
        assert (ours.origin, ours.shape) == (theirs.origin, theirs.shape)
        for name in ("view", "thumbnail", "detail"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
            assert getattr(ours, name).dtype == getattr(theirs, name).dtype


def test_the_last_two_states_are_kept_and_a_damaged_one_is_passed_over(run):
    states = checkpoints.state_files(run)
    assert [path.name for path in states] == ["step-00000005.zip", "step-00000004.zip"]
    data = bytearray(states[0].read_bytes())
    data[len(data) // 3] ^= 1
    states[0].write_bytes(data)
    assert checkpoints.read_checkpoint(run)[1].step == 4
    states[0].write_bytes(data[: len(data) // 2])
    assert checkpoints.find_checkpoint(run).step == 4
    states[1].unlink()
    with pytest.raises(rg.InvalidCheckpoint, match="damaged"):
        checkpoints.read_checkpoint(run)
    assert rg.list_checkpoints() == []


@pytest.mark.parametrize("victim", ["pictures.zip", "step-00000005.zip"])
def test_changed_bytes_are_noticed(run, victim):
    checkpoints.state_files(run)[1].unlink()
    whole = (run / victim).read_bytes()
    rng = np.random.default_rng(0)
    for position in rng.integers(0, len(whole), 60):
        data = bytearray(whole)
        data[position] ^= 0xFF
        (run / victim).write_bytes(data)
        try:
            task, state = checkpoints.read_checkpoint(run)
        except rg.InvalidCheckpoint:
            continue
        np.testing.assert_array_equal(state.arrays["networks/0000"], uninterrupted(5).weights)
        np.testing.assert_array_equal(task.photographs[0].detail, make_task(run).photographs[0].detail)


def test_nothing_is_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    file = tmp_path / "trap.zip"
    with zipfile.ZipFile(file, "w") as archive:
        with archive.open("a.npy", "w") as part:
            np.lib.format.write_array(part, np.array([Trap()], object), allow_pickle=True)
        archive.writestr("metadata.json", '{"format_version": 1, "sha256": {"a": "0"}}')
    assert pickle.dumps(Trap())
    with pytest.raises(rg.InvalidCheckpoint):
        checkpoint_file.read_arrays(file)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("name", ["../a", "/a", "A", "a//b", "a b"])
def test_names_that_no_checkpoint_has_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="does not"):
        checkpoint_file.write_arrays(tmp_path / "a.zip", {}, {name: np.zeros(1)})
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(f"{name}.npy", b"")
        archive.writestr("metadata.json", "{}")
    with pytest.raises(rg.InvalidCheckpoint, match="names a part"):
        checkpoint_file.read_arrays(tmp_path / "a.zip")


def test_a_bomb_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(10_000_000))
        archive.writestr("metadata.json", "{}")
    with pytest.raises(rg.InvalidCheckpoint, match="compressed"):
        checkpoint_file.read_arrays(tmp_path / "a.zip")


def test_removing_a_checkpoint_spares_what_is_not_its_own(run):
    own = {"notes.txt", "step-by-step.zip", ".holiday.part.zip"}
    for name in own:
        (run / name).write_text("mine")
    checkpoints.discard_checkpoint(run)
    assert {path.name for path in run.iterdir()} == own
    checkpoints.discard_checkpoint(run / "missing")


def test_resuming_what_is_not_there_is_told(tmp_path):
    with pytest.raises(rg.InvalidCheckpoint, match="start a new one"):
        rg.resume_training()
    with pytest.raises(rg.InvalidCheckpoint, match="list_checkpoints"):
        rg.iter_resume_training(tmp_path)
    with pytest.raises(rg.InvalidConfig, match="'thread'"):
        rg.iter_resume_training(engine="thread")


def test_without_a_variable_they_lie_in_the_persons_data(monkeypatch):
    monkeypatch.delenv(checkpoints.FOLDER_VARIABLE)
    data = platformdirs.user_data_path("napari-retrogan", appauthor=False)
    assert checkpoints.checkpoints_folder() == data / "trainings"

"""Interrupted trainings: killed at any moment, damaged, too large for the disk."""

import errno
import os
import pickle
import signal
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import counting
import numpy as np
import platformdirs
import pytest
from counting import Counting, follow, guarded, large, make_task, uninterrupted

import napari_retrogan as rg
from napari_retrogan.core import checkpoint_file, checkpoint_writer, checkpoints
from napari_retrogan.core.checkpoint_writer import CheckpointWriter
from napari_retrogan.core.gan.guarded import GuardedTraining

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


def interrupt(folder, steps, training=None):
    with closing(follow(guarded(folder, training))) as events:
        while not (isinstance(event := next(events), rg.TrainingProgress) and event.step == steps):
            pass


def recoveries(events):
    return [(event.step, event.good_step) for event in events if isinstance(event, rg.TrainingRecovered)]


def run_counting(*arguments):
    """Run the stand-in as a script and return the words of each line that it prints."""
    command = [sys.executable, counting.__file__, *map(str, arguments)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def write(folder, steps, **settings):
    training = uninterrupted(steps)
    writer = CheckpointWriter(make_task(folder, **settings), "none")
    assert writer.write(training.capture) is None
    return writer


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


def test_a_full_disk_is_told_once_and_training_goes_on(home, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(checkpoint_writer, "write_arrays", fail)
    events = list(follow(guarded(home / "run"), 6))
    told = [event for event in events if isinstance(event, rg.CheckpointFailed)]
    assert len(told) == 1
    assert "No space left" in told[0].message
    assert "goes on in memory" in told[0].message
    assert events[-1].generator == uninterrupted(6).snapshot()


def test_a_folder_that_cannot_be_made_is_told(home):
    home.write_text("a file where the folder should be")
    events = list(follow(guarded(home / "run"), 3))
    assert [type(event) for event in events].count(rg.CheckpointFailed) == 1
    assert isinstance(events[-1], rg.TrainingFinished)
    assert rg.list_checkpoints() == []


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files")
def test_a_checkpoint_that_finds_no_room_leaves_nothing_half_written_and_training_goes_on(home):
    told, generator = run_counting("limit", home / "run", 1_000_000, 9)
    assert "File too large" in told
    assert "goes on in memory" in told
    assert "NAPARI_RETROGAN_CHECKPOINTS" in told
    assert [path.name for path in (home / "run").iterdir()] == ["pictures.zip"]
    *_, whole = follow(GuardedTraining(large()), 9)
    assert generator == whole.generator


@pytest.mark.skipif(os.name != "posix", reason="sets a mode")
def test_a_folder_that_may_not_be_written_is_told_and_training_goes_on(home):
    home.mkdir(mode=0o500)
    if os.access(home, os.W_OK):
        pytest.skip("root may write anywhere")
    events = list(follow(guarded(home / "run"), 6))
    (failure,) = [event for event in events if isinstance(event, rg.CheckpointFailed)]
    assert "Permission denied" in failure.message
    assert events[-1].generator == uninterrupted(6).snapshot()
    assert list(home.iterdir()) == []


def test_that_a_stopped_training_could_not_be_kept_is_told(home):
    home.write_text("a file where the folder should be")
    training = guarded(home / "run", checkpoint_seconds=60.0)
    events = list(follow(training, should_stop=lambda: training.step == 3))
    assert [type(event) for event in events].count(rg.CheckpointFailed) == 1


def test_once_the_disk_has_room_again_checkpoints_are_written(home, monkeypatch):
    full = True
    write_arrays = checkpoint_writer.write_arrays

    def fail(*given):
        if full:
            raise OSError(errno.ENOSPC, "full")
        return write_arrays(*given)

    monkeypatch.setattr(checkpoint_writer, "write_arrays", fail)
    training = guarded(home / "run")
    training.advance()
    full = False
    training.advance()
    assert checkpoints.find_checkpoint(home / "run").step == 2


def test_no_checkpoints_are_written_where_none_are_wanted(home):
    with closing(follow(guarded(home / "run", checkpoint_seconds=0.0))) as events:
        for _ in range(5):
            next(events)
    assert not home.exists()


def test_they_are_written_no_more_often_than_asked(home):
    training = guarded(home / "run", checkpoint_seconds=60.0)
    for _ in range(30):
        training.advance()
    assert not home.exists()


def test_only_the_latest_trainings_are_kept(home):
    folders = [checkpoints.new_checkpoint_folder() for _ in range(6)]
    for index, folder in enumerate(folders):
        write(folder, 1)
        os.utime(folder, (index, index))
    assert set(home.iterdir()) == set(folders[-3:])


def test_an_older_versions_checkpoint_is_refused_in_words_and_forgotten_in_time(home, monkeypatch):
    monkeypatch.setattr(checkpoint_file, "FORMAT_VERSION", 1)
    old = checkpoints.new_checkpoint_folder()
    write(old, 1)
    os.utime(old, (1, 1))
    monkeypatch.undo()
    monkeypatch.setenv(checkpoints.FOLDER_VARIABLE, str(home))
    assert rg.list_checkpoints() == []
    with pytest.raises(rg.InvalidCheckpoint, match="this version can resume"):
        rg.resume_training()
    with pytest.raises(rg.InvalidCheckpoint, match=r"format version 1 .* start a new training"):
        rg.resume_training(old)
    for _ in range(3):
        write(checkpoints.new_checkpoint_folder(), 1)
    assert not old.exists()


FOREIGN = ("holiday", "step-1", "20240131-120000", "20240131-120000-0123abcd")


@pytest.mark.parametrize("data", [b"mine", None], ids=["no zip", "a zip"])
def test_folders_of_ones_own_are_never_touched(home, data):
    for name in FOREIGN:
        (home / name).mkdir(parents=True)
        for file in ("pictures.zip", "step-00000001.zip", "step-by-step.zip", ".a.part.zip"):
            with zipfile.ZipFile(home / name / file, "w") as archive:
                archive.writestr("beach.jpg", b"mine")
            if data is not None:
                (home / name / file).write_bytes(data)
        os.utime(home / name, (1, 1))
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    for _ in range(5):
        write(checkpoints.new_checkpoint_folder(), 1).remove()
        write(checkpoints.new_checkpoint_folder(), 1)
    after = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert {path: after.get(path) for path in before} == before
    assert len(rg.list_checkpoints()) == checkpoint_writer.KEPT_TRAININGS


def test_trainings_that_were_moved_elsewhere_are_not_forgotten(home, tmp_path):
    kept = [tmp_path / "backup" / checkpoints.new_checkpoint_folder().name for _ in range(5)]
    for folder in kept:
        write(folder, 1)
    assert set((tmp_path / "backup").iterdir()) == set(kept)


def test_removing_a_checkpoint_spares_what_is_not_its_own(run):
    own = {"notes.txt", "step-by-step.zip", ".holiday.part.zip"}
    for name in own:
        (run / name).write_text("mine")
    checkpoints.discard_checkpoint(run)
    assert {path.name for path in run.iterdir()} == own
    checkpoints.discard_checkpoint(run / "missing")


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

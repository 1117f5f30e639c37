"""Interrupted trainings: killed at any moment, closed, stopped, damaged."""

import hashlib
import json
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
from safetensors.numpy import load_file

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


@pytest.mark.slow
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
    task = make_task(home / "run", texture_batch_size=12, seed=7)
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
    assert [path.name for path in states] == ["step-00000005.safetensors", "step-00000004.safetensors"]
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


@pytest.mark.parametrize("victim", ["pictures.safetensors", "step-00000005.safetensors"])
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


def test_a_changed_header_is_noticed(run):
    checkpoints.state_files(run)[1].unlink()
    (victim,) = checkpoints.state_files(run)
    whole = victim.read_bytes()
    length = 8 + int.from_bytes(whole[:8], "little")
    for position in (*range(8), *np.random.default_rng(0).integers(8, length, 300)):
        data = bytearray(whole)
        data[position] ^= 1
        victim.write_bytes(data)
        with pytest.raises(rg.InvalidCheckpoint):
            checkpoints.read_checkpoint(run)


def test_other_programs_can_read_the_arrays(run):
    (victim, _) = checkpoints.state_files(run)
    np.testing.assert_array_equal(load_file(victim)["networks/0000"], uninterrupted(5).weights)


def test_nothing_is_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    file = tmp_path / "trap.safetensors"
    with zipfile.ZipFile(file, "w") as archive:
        with archive.open("a.npy", "w") as part:
            np.lib.format.write_array(part, np.array([Trap()], object), allow_pickle=True)
        archive.writestr("metadata.json", '{"format_version": 1, "sha256": {"a": "0"}}')
    with pytest.raises(rg.InvalidCheckpoint):
        checkpoint_file.read_arrays(file)
    file.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(rg.InvalidCheckpoint):
        checkpoint_file.read_arrays(file)
    assert not (tmp_path / "sprung").exists()


def array_file(path, header, data=b""):
    """Write a file whose header tells of arrays what it likes; what it tells of itself is in order."""
    digest = hashlib.sha256()
    for name, told in sorted(header.items()):
        digest.update(f"{name} {'<f4'} {tuple(told['shape'])}\n".encode() + data)
    text = json.dumps({"format_version": checkpoint_file.FORMAT_VERSION, "arrays": digest.hexdigest()})
    notes = {"metadata": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    written = json.dumps({"__metadata__": notes, **header}).encode()
    path.write_bytes(len(written).to_bytes(8, "little") + written + data)
    return path


def told(shape, end, kind="F32"):
    return {"dtype": kind, "shape": shape, "data_offsets": [0, end]}


def test_a_file_from_elsewhere_is_read_if_it_is_in_order(tmp_path):
    file = array_file(tmp_path / "a.safetensors", {"a": told([2], 8)}, np.array([1, 2], "<f4").tobytes())
    np.testing.assert_array_equal(checkpoint_file.read_arrays(file)[1]["a"], [1, 2])


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ({"a": told([2], 8)}, b"1234"),
        ({"a": told([1], 4)}, b"12345678"),
        ({"a": told([10**10], 4)}, b"1234"),
        ({"a": told([2**62, 2**62], 4)}, b"1234"),
        ({"a": told([2**62, 0], 0)}, b""),
        ({"a": told([1] * 70, 4)}, b"1234"),
        ({"a": told([-1], 4)}, b"1234"),
        ({"a": told([1], 4), "b": told([1], 4)}, b"1234"),
        ({"a": told([2], 4, "BF16")}, b"1234"),
        ({"a": told([4], 4, "U8")}, b"1234"),
        ({"a": told([1], 4, "O")}, b"1234"),
        ({f"a{index}": told([0], 0) for index in range(10_001)}, b""),
    ],
)
def test_headers_that_tell_what_is_not_so_are_refused(tmp_path, header, data):
    with pytest.raises(rg.InvalidCheckpoint):
        checkpoint_file.read_arrays(array_file(tmp_path / "a.safetensors", header, data))


@pytest.mark.parametrize("name", ["../a", "/a", "A", "a//b", "a b"])
def test_names_that_no_checkpoint_has_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="does not"):
        checkpoint_file.write_arrays(tmp_path / "a.safetensors", {}, {name: np.zeros(1)})
    with pytest.raises(rg.InvalidCheckpoint, match="names a part"):
        checkpoint_file.read_arrays(array_file(tmp_path / "a.safetensors", {name: told([0], 0)}))


def test_too_large_a_file_or_header_is_not_read(tmp_path):
    file = tmp_path / "a.safetensors"
    with file.open("wb") as opened:
        opened.write((2).to_bytes(8, "little") + b"{}")
        opened.truncate(3 * 2**30)
    with pytest.raises(rg.InvalidCheckpoint, match="larger than"):
        checkpoint_file.read_arrays(file)
    header = b"{" + b" " * 9 * 2**20 + b"}"
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(rg.InvalidCheckpoint, match="damaged"):
        checkpoint_file.read_metadata(file)
    assert not checkpoint_file.is_array_file(file)


@pytest.mark.parametrize("values", [np.zeros(2, bool), np.zeros(2, complex), np.array(["a"]), np.array([None])])
def test_only_numbers_are_written(tmp_path, values):
    with pytest.raises(ValueError, match="does not"):
        checkpoint_file.write_arrays(tmp_path / "a.safetensors", {}, {"a": values})
    assert list(tmp_path.iterdir()) == []


def test_arrays_come_back_as_they_were_and_can_be_written_to(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {
        "swapped": rng.random((3, 4)).astype(">f8"),
        "columns": np.asfortranarray(rng.random((3, 4), np.float32)),
        "strided": rng.random((6, 4)).astype(np.float16)[::2],
        "number": np.array(1.5),
        "none": np.zeros((0, 3), np.int32),
    }
    digest = checkpoint_file.write_arrays(tmp_path / "a.safetensors", {"title": "Dürer"}, arrays)
    metadata, back = checkpoint_file.read_arrays(tmp_path / "a.safetensors")
    assert (metadata["title"], metadata["arrays"]) == ("Dürer", digest)
    assert checkpoint_file.read_metadata(tmp_path / "a.safetensors") == metadata
    assert set(back) == set(arrays)
    for name, values in arrays.items():
        assert back[name].dtype == values.dtype.newbyteorder("<")
        assert back[name].shape == values.shape
        np.testing.assert_array_equal(back[name], values)
        back[name][...] = 0


def test_removing_a_checkpoint_spares_what_is_not_its_own(run):
    own = {"notes.txt", "step-by-step.zip", ".holiday.part.zip", "step-1.safetensors", ".a.part.safetensors"}
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

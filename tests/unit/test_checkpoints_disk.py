"""Where interrupted trainings lie: a full or forbidden disk, and what is forgotten and what is spared."""

import errno
import os
import zipfile
from contextlib import closing

import numpy as np
import pytest
from counting import follow, guarded, large, run_counting, uninterrupted, write
from safetensors.numpy import save

import napari_retrogan as rg
from napari_retrogan.core.gan.guarded_training import GuardedTraining
from napari_retrogan.core.training import checkpoint_file, checkpoint_writer, checkpoints


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(checkpoints.FOLDER_VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


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
    assert [path.name for path in (home / "run").iterdir()] == ["pictures.safetensors"]
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


def test_the_zips_of_earlier_versions_are_refused_in_words_and_forgotten_in_time(home):
    old = checkpoints.new_checkpoint_folder()
    old.mkdir(parents=True)
    for file in ("pictures.zip", "step-00000001.zip", "step-00000002.zip"):
        with zipfile.ZipFile(old / file, "w") as archive:
            archive.writestr("metadata.json", '{"format_version": 3}')
    os.utime(old, (1, 1))
    assert rg.list_checkpoints() == []
    with pytest.raises(rg.InvalidCheckpoint, match="this version can resume"):
        rg.resume_training()
    with pytest.raises(rg.InvalidCheckpoint, match=r"earlier version .* start a new training"):
        rg.resume_training(old)
    for _ in range(3):
        write(checkpoints.new_checkpoint_folder(), 1)
    assert not old.exists()


FOREIGN = ("holiday", "step-1", "20240131-120000", "20240131-120000-0123abcd")


FOREIGN_FILES = ("pictures", "step-00000001", "step-by-step", ".a.part")


@pytest.mark.parametrize("files", [[f"{name}.{ending}" for name in FOREIGN_FILES] for ending in ("zip", "safetensors")])
@pytest.mark.parametrize("data", [b"mine", None, save({"a": np.zeros(3)})], ids=["no zip", "a zip", "safetensors"])
def test_folders_of_ones_own_are_never_touched(home, data, files):
    for name in FOREIGN:
        (home / name).mkdir(parents=True)
        for file in files:
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

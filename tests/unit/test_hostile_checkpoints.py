"""Checkpoints are trusted no more than other files, since the folder that they are kept in may be anyone's."""

import json
import os
import time
import tracemalloc
from datetime import datetime

import numpy as np
import pytest
from counting import interrupt
from typer.testing import CliRunner

import napari_retrogan as rg
from napari_retrogan.cli.app import app
from napari_retrogan.core.foreign.values import MAX_BYTES
from napari_retrogan.core.training import checkpoint_file, checkpoints

STATE = "step-00000005.safetensors"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(checkpoints.FOLDER_VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def run():
    folder = checkpoints.new_checkpoint_folder()
    interrupt(folder, 5)
    for path in checkpoints.state_files(folder)[1:]:
        path.unlink()
    return folder


def change(run, **changes):
    """Write other metadata into a state's file, with the right hash."""
    metadata, arrays = checkpoint_file.read_arrays(run / STATE)
    checkpoint_file.write_arrays(run / STATE, {**metadata, **changes}, arrays)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "n" * 10_000},
        {"title": ["deep"] * 10_001},
        {"more": json.loads("[" * 50 + "]" * 50)},
        {"more": 10**400},
        {"more": ["n" * 400] * (MAX_BYTES // 400)},
        {"step": -1},
        {"step": "5"},
        {"step": 10**15},
        {"photographs": 1e9},
        {"vintage": None},
        {"saved": "yesterday"},
        {"saved": 7},
        {"config": [["num_steps", 10**9]]},
        {"config": {"x" * 90: 1}},
        {"config": 7},
    ],
)
def test_metadata_beyond_what_is_ever_shown_or_used_are_passed_over(run, changes):
    change(run, **changes)
    assert rg.list_checkpoints() == []
    with pytest.raises(rg.InvalidCheckpoint) as caught:
        rg.resume_training(run)
    assert len(str(caught.value)) < 2500


def test_a_title_steers_no_terminal(run):
    change(run, title="\x1b]0;owned\x07 \u202egnp <img src=/dev/zero>\n" * 5, backend="\x1b[2J")
    (found,) = rg.list_checkpoints()
    assert len(str(found)) < 300
    assert all(character.isprintable() for character in f"{found}{found.backend}")
    result = CliRunner().invoke(app, ["train", "--resume", "--output", str(run / "look.retrogan")])
    assert result.exit_code == 1
    assert all(character.isprintable() or character == "\n" for character in result.output)


@pytest.mark.parametrize("saved", ["2024-05-06", "2024-05-06T07:08:09", "0001-01-01T00:00:00+00:00", "9999-12-31"])
def test_times_of_every_kind_are_told_apart(run, saved):
    other = checkpoints.new_checkpoint_folder()
    interrupt(other, 5)
    change(run, saved=saved)
    found = rg.list_checkpoints()
    assert other in [checkpoint.folder for checkpoint in found]
    assert all(checkpoint.saved.tzinfo is not None and isinstance(checkpoint.saved, datetime) for checkpoint in found)


@pytest.mark.parametrize(
    "history",
    [
        np.zeros((200_000, 40)),
        np.full((3, 3), np.inf),
        np.full((3, 3), np.nan),
        np.zeros((3, 3, 3, 3)),
        np.zeros(0),
    ],
)
def test_a_history_that_would_fill_memory_or_is_none_is_refused(run, history):
    metadata, arrays = checkpoint_file.read_arrays(run / STATE)
    metadata["history"] = ["n"] * (history.shape[-1] - 1 if history.ndim == 2 else 3)
    checkpoint_file.write_arrays(run / STATE, metadata, {**arrays, "history": history})
    if history.size == 0:
        assert checkpoints.read_checkpoint(run)[1].history == []
        return
    with pytest.raises(rg.InvalidCheckpoint):
        checkpoints.read_checkpoint(run)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes pipes")
@pytest.mark.parametrize("name", [STATE, checkpoints.PICTURES, "step-00000009.safetensors"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "loop"])
def test_what_is_no_file_is_never_opened(run, name, kind):
    place = run / name
    place.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("/dev/zero" if kind == "device" else place)
    found = rg.list_checkpoints()
    assert [checkpoint.step for checkpoint in found] == ([5] if name == "step-00000009.safetensors" else [])
    if not found:
        with pytest.raises(rg.InvalidCheckpoint):
            checkpoints.read_checkpoint(run)
    assert kind == "loop" or not checkpoints.is_training_folder(run)


@pytest.mark.parametrize("unit", ['"n%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},', '"n%d":[],', '"n%d":0,'])
def test_the_longest_header_takes_little_time_and_memory(run, unit):
    size = checkpoint_file._MAX_HEADER_BYTES
    parts, length = [], 0
    while length < size - 100:
        parts.append(unit % len(parts))
        length += len(parts[-1])
    header = ("{" + "".join(parts).rstrip(",") + "}").ljust(size).encode()
    (run / STATE).write_bytes(size.to_bytes(8, "little") + header)
    start = time.process_time()
    tracemalloc.start()
    assert rg.list_checkpoints() == []
    with pytest.raises(rg.InvalidCheckpoint):
        checkpoints.read_checkpoint(run)
    assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    tracemalloc.stop()
    assert time.process_time() - start < 10

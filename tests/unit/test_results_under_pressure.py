"""Results on disk of runs that are killed at any moment, meet each other, or whose sources change meanwhile.

``NAPARI_RETROGAN_KILLED_RESULTS=20`` kills each kind of run so often.
"""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr
from results_under_pressure import BATCH, STORES, SUFFIXES, generator, picture, prepare, remove, result, work

import napari_retrogan as rg
from napari_retrogan.core import atomic_file
from napari_retrogan.core.output import parts
from napari_retrogan.core.output.reader import Reader
from napari_retrogan.core.output.staging import Staging

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("NAPARI_RETROGAN_KILLED_RESULTS", "2"))
SCRIPT = Path(__file__).with_name("results_under_pressure.py")


@pytest.fixture(scope="module")
def expected():
    """Return what each kind of run writes where nothing happens to it."""
    return generator().apply(picture())


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(parts, "PART_BYTES", 1)
    monkeypatch.setattr(parts, "CHUNK_SIZE", 512)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize("kind", [*STORES, BATCH])
def test_killed_at_random_moments_and_gone_on_with_the_result_is_as_if_nothing_had_happened(tmp_path, expected, kind):
    prepare(kind, tmp_path)
    command = [sys.executable, SCRIPT, "kill", kind, tmp_path, str(KILLS), "1"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stdout.splitlines()) == KILLS
    if kind == BATCH:
        done = work(kind, tmp_path)
        assert len(done.written) + len(done.failed) == len(SUFFIXES)
        assert all("exists already" in failure.reason for failure in done.failed)
        assert not [name for name in names(tmp_path / "out") if name.startswith(".")]
        prepare(kind, tmp_path / "other")
        work(kind, tmp_path / "other")
        for found, same in zip(result(kind, tmp_path), result(kind, tmp_path / "other"), strict=True):
            np.testing.assert_array_equal(found, same)
        return
    if not (tmp_path / STORES[kind]).exists():
        work(kind, tmp_path)
    largest, *_ = result(kind, tmp_path)
    np.testing.assert_array_equal(largest, expected)
    with pytest.raises(rg.OutputExists, match="exists already"):
        work(kind, tmp_path)
    assert names(tmp_path) == sorted(["in.tif", STORES[kind]])


def test_a_batch_removes_what_killed_ones_left_and_nothing_else(tmp_path):
    prepare(BATCH, tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    ended.wait()
    with atomic_file.replacing(out / "a.png") as own:
        own.write_bytes(b"half")
        by = own.name.replace(f"{os.getpid()}", f"{ended.pid}", 1)
        machine = by.split("-")[1]
        spared = {
            own.name,
            by.replace(machine, "0" * 8),
            by.replace(".part", ".port"),
            f".{ended.pid}.part.png",
            "a.part",
        }
        for name in (by, *spared):
            (out / name).write_bytes(b"half")
        (out / by.replace(".png", ".mp4")).mkdir()
        work(BATCH, tmp_path)
        hidden = {name for name in names(out) if "part" in name or "port" in name}
        assert hidden == spared | {by.replace(".png", ".mp4")}


class Killed(BaseException):
    """Stands for the end of the process at one moment; nothing is tidied up but what a lock is."""


def killed_at(monkeypatch, owner, name, *, before=False, number=1):
    """Let the call of this number of a function be the last thing that a run does."""
    usual, calls = getattr(owner, name), []

    def once(*arguments, **options):
        calls.append(name)
        if before and len(calls) == number:
            raise Killed
        given = usual(*arguments, **options)
        if len(calls) == number:
            raise Killed
        return given

    monkeypatch.setattr(owner, name, once)


@pytest.mark.parametrize("kind", STORES)
def test_killed_before_the_record_is_begun_it_starts_anew(tmp_path, monkeypatch, expected, kind):
    prepare(kind, tmp_path)
    with monkeypatch.context() as patch:
        killed_at(patch, zarr if kind == "zarr" else zarr.Group, "create_array")
        with pytest.raises(Killed):
            work(kind, tmp_path)
    work(kind, tmp_path)
    np.testing.assert_array_equal(result(kind, tmp_path)[0], expected)


@pytest.mark.parametrize("kind", STORES)
def test_killed_once_the_result_is_in_its_place_nothing_is_left_after_the_next_call(tmp_path, monkeypatch, kind):
    prepare(kind, tmp_path)
    with monkeypatch.context() as patch:
        killed_at(patch, Staging, "put_in_place")
        with pytest.raises(Killed):
            work(kind, tmp_path)
    assert len(names(tmp_path)) > 2
    with pytest.raises(rg.OutputExists):
        work(kind, tmp_path)
    assert names(tmp_path) == sorted(["in.tif", STORES[kind]])


@pytest.mark.parametrize("number", [1, 2])
def test_killed_while_a_store_is_replaced_the_next_call_finds_a_whole_one(tmp_path, monkeypatch, expected, number):
    prepare("zarr", tmp_path)
    old = zarr.create_array(tmp_path / "out.zarr", data=np.zeros((9, 9), np.uint8))[...]
    with monkeypatch.context() as patch:
        killed_at(patch, Path, "rename", number=number)
        with pytest.raises(Killed):
            work("zarr", tmp_path, overwrite=True)
    assert (tmp_path / ".out.zarr.old").exists()
    with pytest.raises(rg.OutputExists):
        work("zarr", tmp_path)
    assert not (tmp_path / ".out.zarr.old").exists()
    np.testing.assert_array_equal(result("zarr", tmp_path)[0], old if number == 1 else expected)
    work("zarr", tmp_path, overwrite=True)
    np.testing.assert_array_equal(result("zarr", tmp_path)[0], expected)
    assert names(tmp_path) == ["in.tif", "out.zarr"]


@pytest.mark.parametrize("kind", STORES)
def test_a_disk_that_fills_half_way_is_told_and_once_it_is_freed_the_run_goes_on(tmp_path, monkeypatch, expected, kind):
    prepare(kind, tmp_path)
    usual, written = Reader.write, []

    def write(*arguments):
        if len(written) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(arguments)
        usual(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Reader, "write", write)
        with pytest.raises(OSError, match="No space left"):
            work(kind, tmp_path)
    assert not (tmp_path / STORES[kind]).exists()
    told = []
    work(kind, tmp_path, on_progress=lambda *each: told.append(each))
    assert told[0][0] == 4
    np.testing.assert_array_equal(result(kind, tmp_path)[0], expected)
    assert names(tmp_path) == sorted(["in.tif", STORES[kind]])


def changed(place):
    """Change one value that no thumbnail shows, and leave the size as it was."""
    if place.is_dir():
        store = zarr.open_array(place, mode="r+")
        store[1, 1] = 255 - store[1, 1]
        return
    values = tifffile.imread(place)
    values[1, 1] = 255 - values[1, 1]
    tifffile.imwrite(place, values, photometric="rgb", tile=(256, 256))


def stop_after(count):
    answers = iter([False] * count)
    return lambda: next(answers, True)


@pytest.mark.parametrize("kind", ["tiff", "zarr", "memory"])
def test_a_source_that_changed_since_is_not_gone_on_with(tmp_path, kind):
    source = tmp_path / ("in.zarr" if kind == "zarr" else "in.tif")
    if kind == "zarr":
        zarr.create_array(source, data=picture(), chunks=(256, 256, 3))
    else:
        tifffile.imwrite(source, picture(), photometric="rgb", tile=(256, 256))
    given = picture() if kind == "memory" else source
    with pytest.raises(rg.ApplyCancelled):
        rg.apply_to_store(generator(), given, tmp_path / "out.zarr", should_stop=stop_after(4))
    if kind == "memory":
        given[1, 1] = 255 - given[1, 1]
    else:
        changed(source)
    with pytest.raises(rg.OutputExists, match="another generator, picture or settings"):
        rg.apply_to_store(generator(), given, tmp_path / "out.zarr")
    rg.apply_to_store(generator(), given, tmp_path / "out.zarr", resume=False)
    new = given if kind == "memory" else zarr.open_array(source)[...] if kind == "zarr" else tifffile.imread(source)
    np.testing.assert_array_equal(zarr.open_array(tmp_path / "out.zarr")[...], generator().apply(new))


@pytest.mark.parametrize("kind", ["tiff", "zarr"])
def test_a_source_that_changes_while_it_is_styled_is_told(tmp_path, kind):
    source = tmp_path / ("in.zarr" if kind == "zarr" else "in.tif")
    if kind == "zarr":
        zarr.create_array(source, data=picture(), chunks=(256, 256, 3))
    else:
        tifffile.imwrite(source, picture(), photometric="rgb", tile=(256, 256))

    def change_once(done, _):
        if done == 2:
            changed(source)

    with pytest.raises(rg.InvalidImage, match="has changed while it was styled"):
        rg.apply_to_store(generator(), source, tmp_path / "out.zarr", on_progress=change_once)
    assert not (tmp_path / "out.zarr").exists()
    rg.apply_to_store(generator(), source, tmp_path / "out.zarr", resume=False)
    assert names(tmp_path) == sorted([source.name, "out.zarr"])


def test_a_source_that_was_moved_with_its_times_is_gone_on_with(tmp_path):
    zarr.create_array(tmp_path / "in.zarr", data=picture(), chunks=(256, 256, 3))
    with pytest.raises(rg.ApplyCancelled):
        rg.apply_to_store(generator(), tmp_path / "in.zarr", tmp_path / "out.zarr", should_stop=stop_after(4))
    (tmp_path / "in.zarr").rename(tmp_path / "moved.zarr")
    told = []
    rg.apply_to_store(
        generator(), tmp_path / "moved.zarr", tmp_path / "out.zarr", on_progress=lambda *each: told.append(each)
    )
    assert told[0][0] > 1


def test_a_result_may_lie_within_its_sources_group(tmp_path, expected):
    group = zarr.open_group(
        tmp_path / "in.ome.zarr",
        mode="w",
        attributes={"ome": {"version": "0.5", "multiscales": [{"axes": list("yxc"), "datasets": [{"path": "0"}]}],
                            "omero": {"channels": [{"color": c} for c in ("FF0000", "00FF00", "0000FF")]}}},
    )  # fmt: skip
    group.create_array("0", data=picture(), chunks=(256, 256, 3))
    place = tmp_path / "in.ome.zarr" / "styled.ome.zarr"
    rg.apply_to_store(generator(), tmp_path / "in.ome.zarr", place)
    np.testing.assert_array_equal(zarr.open_group(place)["0"][...], expected)


@pytest.mark.parametrize("kind", [*STORES, BATCH])
def test_of_two_processes_at_one_result_one_is_refused_or_both_write_the_same(tmp_path, expected, kind):
    prepare(kind, tmp_path)
    processes = [
        subprocess.Popen(
            [sys.executable, SCRIPT, "work", kind, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout.readline() == "Ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    told = sorted(process.communicate(timeout=120)[0].strip() for process in processes)
    if kind == BATCH:
        assert all(line.startswith("Done") for line in told)
        for found, number in zip(result(kind, tmp_path), range(2), strict=False):
            np.testing.assert_array_equal(found, generator().apply(picture(number)))
        assert names(tmp_path / "out") == sorted(f"{number}{suffix}" for number, suffix in enumerate(SUFFIXES))
        return
    assert told[0] == "Done"
    assert "is being written by another run" in told[1] or "exists already" in told[1]
    np.testing.assert_array_equal(result(kind, tmp_path)[0], expected)
    assert names(tmp_path) == sorted(["in.tif", STORES[kind]])


def test_a_run_that_ended_lets_others_write(tmp_path):
    staging = Staging(tmp_path / "out.zarr")
    with staging.alone():
        assert names(tmp_path) == [".out.zarr.part.lock"]
        with pytest.raises(rg.OutputExists, match="by another run"), Staging(tmp_path / "out.zarr").alone():
            pass
        with Staging(tmp_path / "other.zarr").alone():
            pass
    assert names(tmp_path) == []
    with pytest.raises(ValueError, match="inside"), staging.alone():
        raise ValueError("inside")
    with staging.alone():
        pass
    remove(tmp_path)

"""Folders that hold whatever a file system lets them hold: strange names, loops, pipes, devices, very many files.

``NAPARI_RETROGAN_FILES=100000`` makes a folder of so many.
"""

import io
import os
import threading
import time
import tracemalloc

import numpy as np
import pytest
import tifffile
import zarr
from PIL import Image
from typer.testing import CliRunner

import napari_retrogan as rg
from napari_retrogan.cli.app import app
from napari_retrogan.core.images.files import picture_paths, read_picture
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.output.batch_estimate import estimate_files
from napari_retrogan.core.output.file_plan import plan_files

NUM_FILES = int(os.environ.get("NAPARI_RETROGAN_FILES", "2000"))
MAX_SECONDS = 10
BYTES_A_FILE = 1000
PICTURE = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
OF_UNIX = pytest.mark.skipif(os.name != "posix", reason="names and files that Windows doesn't have")
NAMES = (
    b"line\nbreak.png", b"caf\xe9.png", b"\xff\xfe.tif", b"\x1b[2J\x1b]0;owned\x07.jpg", b"-option.png", b" .png",
    b"a" * 240 + b".png", "été 東京 📷.webp".encode(), b"percent%s{0}.png", b"quote\"'.png", b"[bracket].png",
    b"star*.png", b"back\\slash.png", "‮gnp.png".encode(), b"<img src='x'>.png",
)  # fmt: skip


def encoded(suffix=".png"):
    stream = io.BytesIO()
    Image.fromarray(PICTURE).save(stream, {".jpg": "JPEG", ".tif": "TIFF", ".webp": "WEBP"}.get(suffix, "PNG"))
    return stream.getvalue()


@pytest.fixture
def strange(tmp_path):
    """Return a folder of pictures with every kind of name."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in NAMES:
        path = folder / os.fsdecode(name)
        path.write_bytes(encoded(path.suffix))
    return folder


def make_special(folder):
    """Put what is no file into a folder, under names that pictures have."""
    os.mkfifo(folder / "pipe.png")
    (folder / "zero.tif").symlink_to("/dev/zero")
    (folder / "terminal.png").symlink_to("/dev/tty")
    (folder / "self.png").symlink_to("self.png")
    (folder / "nowhere.png").symlink_to("nowhere")
    (folder / "folder.png").mkdir()
    for number in range(3):
        (folder / f"loop {number}").symlink_to(folder)
        (folder / "folder.png" / f"up {number}").symlink_to("..")


def within(seconds, work):
    """Return what work gives, which must not wait for anything."""
    given = []
    thread = threading.Thread(target=lambda: given.append(work()), daemon=True)
    thread.start()
    thread.join(seconds)
    assert given, "it hangs, or failed"
    return given[0]


@OF_UNIX
def test_names_of_every_kind_are_styled_under_their_own_names(generator, strange, tmp_path):
    done = rg.apply_to_files(generator, strange, tmp_path / "out")
    assert done.failed == []
    assert sorted(os.fsencode(path.name) for path in done.written) == sorted(NAMES)
    assert {path.name for path in done.written} == {path.name for path in (tmp_path / "out").iterdir()}
    path = tmp_path / "out" / os.fsdecode(b"caf\xe9.png")
    np.testing.assert_array_equal(read_picture(path), generator.apply(PICTURE))
    beside = rg.apply_to_files(generator, strange)
    assert len(beside.written) == len(NAMES)
    assert len(rg.apply_to_files(generator, strange).failed) == len(NAMES)


@OF_UNIX
def test_names_steer_no_terminal(strange, tmp_path):
    (strange / os.fsdecode(b"\x1b[2J\xff broken.png")).write_bytes(b"no picture")
    for _ in range(2):
        result = CliRunner().invoke(app, ["apply", "sepia", str(strange), "--output-folder", str(tmp_path / "out")])
        assert result.exit_code == 1
        assert "\\x1b[2J\\udcff broken.png" in result.output
        assert all(letter.isprintable() or letter == "\n" for letter in result.output)


@OF_UNIX
@pytest.mark.parametrize("name", [b"caf\xe9.zarr", b"line\n.ome.zarr", b"\x1b[2J.tif", b"\xff.ome.zarr"])
def test_results_may_have_names_of_every_kind(generator, tmp_path, name):
    source = tmp_path / os.fsdecode(b"in\xe9.zarr")
    zarr.create_array(source, data=PICTURE)
    place = tmp_path / os.fsdecode(name)
    assert rg.apply_to_store(generator, source, place) == place
    assert place.exists()


@OF_UNIX
@pytest.mark.parametrize("pattern", ["", "*", "*.png", "**", "**/*", "**/*.png", "**/**/*.png", "**/folder.png/*"])
def test_what_is_no_file_is_never_opened_and_loops_end(generator, strange, tmp_path, pattern):
    make_special(strange)
    (strange / "folder.png" / "inner.png").write_bytes(encoded())
    (strange / "folder.png" / ".hidden.png").write_bytes(encoded())
    given = strange / pattern if pattern else strange
    found = within(60, lambda: picture_paths(given))
    names = [path.name for path in found]
    assert len(names) == len(set(names))
    outer = {os.fsdecode(name) for name in NAMES if "png" not in pattern or name.endswith(b".png")}
    inner = {"inner.png"} if "**" in pattern else set()
    assert set(names) == (inner if pattern == "**/folder.png/*" else outer | inner)
    plans, _ = within(60, lambda: plan_files(given, tmp_path / "out"))
    assert within(60, lambda: estimate_files(plans, ApplySettings())) is not None


@OF_UNIX
@pytest.mark.parametrize("name", ["pipe.png", "zero.tif", "terminal.png"])
def test_what_is_no_file_is_refused_in_words(generator, tmp_path, name):
    make_special(tmp_path)
    (failure,) = within(60, lambda: rg.apply_to_files(generator, tmp_path / name, tmp_path / "out")).failed
    assert "is no file but a pipe or a device" in failure.reason

    def read():
        with pytest.raises(rg.InvalidImage, match="is no file but a folder, a pipe or a device"):
            read_picture(tmp_path / name)
        return True

    assert within(60, read)


def test_a_folder_that_cannot_be_looked_into_is_told(generator, tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    (failure,) = rg.apply_to_files(generator, tmp_path, tmp_path / "out").failed
    assert "can't be looked into (Permission denied)" in failure.reason


def test_folders_deeper_than_any_recursion_are_looked_into(tmp_path):
    folders = [tmp_path]
    for _ in range(1500):
        folders.append(folders[-1] / "d")
        folders[-1].mkdir()
    (folders[-1] / "a.png").write_bytes(encoded())
    assert picture_paths(tmp_path / "**" / "*.png") == [folders[-1] / "a.png"]
    (folders[-1] / "a.png").unlink()
    for folder in reversed(folders[1:]):
        folder.rmdir()


OME = """<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image
ID="Image:0" Name="a"><Pixels DimensionOrder="XYCZT" ID="Pixels:0" SizeC="1" SizeT="1" SizeX="32" SizeY="32" SizeZ="2"
Type="uint8"><Channel ID="Channel:0:0" SamplesPerPixel="1"/><TiffData FirstZ="0" IFD="0" PlaneCount="1"><UUID
FileName="a.ome.tif">urn:uuid:1</UUID></TiffData><TiffData FirstZ="1" IFD="0" PlaneCount="1"><UUID
FileName="{}">urn:uuid:2</UUID></TiffData></Pixels></Image></OME>"""


@OF_UNIX
@pytest.mark.parametrize(
    ("name", "planes"),
    [
        ("b.tif", 2),
        ("missing.tif", 2),
        ("pipe.tif", 1),
        ("/dev/zero", 1),
        ("../other.tif", 1),
        ("inner/other.tif", 1),
        ("..", 1),
        ("&#46;&#46;/other.tif", 1),
    ],
)
def test_a_tiff_leads_to_files_beside_it_alone(generator, tmp_path, name, planes):
    folder = tmp_path / "in"
    (folder / "inner").mkdir(parents=True)
    os.mkfifo(folder / "pipe.tif")
    plane = np.full((32, 32), 9, np.uint8)
    tifffile.imwrite(folder / "a.ome.tif", plane, description=OME.format(name), metadata=None)
    for other in (folder / "b.tif", tmp_path / "other.tif", folder / "inner" / "other.tif"):
        tifffile.imwrite(other, 7 * plane)
    values = within(60, lambda: read_picture(folder / "a.ome.tif"))
    assert values.size == planes * plane.size
    assert values.max() == (63 if name == "b.tif" else 9)
    within(60, lambda: rg.apply_to_store(generator, folder / "a.ome.tif", tmp_path / "out.zarr"))
    assert zarr.open_array(tmp_path / "out.zarr").size == planes * plane.size
    done = within(60, lambda: rg.apply_to_files(generator, folder / "a.ome.tif", tmp_path / "out"))
    assert done.failed == []


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Return a folder of very many pictures, every second of which was styled before."""
    folder = tmp_path_factory.mktemp("many")
    data = encoded()
    for number in range(NUM_FILES // 2):
        (folder / f"{number:06}.png").write_bytes(data)
        (folder / f"{number:06}-vintage.png").write_bytes(data)
    return folder


@pytest.mark.parametrize("pattern", ["", "*.png", "**/*"])
def test_very_many_files_are_listed_in_bounded_time_and_memory(many, tmp_path, pattern):
    given = many / pattern if pattern else many
    start = time.process_time()
    plans, failed = plan_files(given)
    assert (len(plans), failed) == (NUM_FILES // 2, [])
    assert time.process_time() - start < MAX_SECONDS
    tracemalloc.start()
    assert len(plan_files(given, tmp_path / "out")[0]) == NUM_FILES
    assert tracemalloc.get_traced_memory()[1] < BYTES_A_FILE * NUM_FILES + 5_000_000
    tracemalloc.stop()


class Enough(BaseException):
    """Ends a batch."""


def test_the_first_of_very_many_results_comes_soon(generator, many, tmp_path):
    def end(event):
        if type(event).__name__ == "FileDone":
            raise Enough

    start = time.process_time()
    estimate = estimate_files(plan_files(many, tmp_path / "out")[0], ApplySettings())
    assert estimate.seconds > 0
    with pytest.raises(Enough):
        rg.apply_to_files(generator, many, tmp_path / "out", on_event=end)
    assert time.process_time() - start < MAX_SECONDS

"""Many files: each result like its source, failures told, nothing replaced, subfolders kept."""

from types import SimpleNamespace

import numpy as np
import psutil
import pytest
import tifffile
import zarr
from PIL import Image

import napari_retrogan as rg
from napari_retrogan.core.images.files import read_picture, write_picture
from napari_retrogan.core.output import batch
from napari_retrogan.core.picture_files.colour import adobe_rgb


def array(dtype=np.uint8, shape=(20, 30, 3)):
    return np.random.default_rng(0).integers(0, 255, shape).astype(dtype)


@pytest.fixture
def scans(tmp_path):
    """Make a folder of pictures in several formats, one of them broken."""
    folder = tmp_path / "scans"
    (folder / "deep").mkdir(parents=True)
    exif = Image.Exif()
    exif[274], exif[271] = 6, "Camera works"
    Image.fromarray(array()).save(folder / "a.jpg", exif=exif, icc_profile=b"profile")
    write_picture(folder / "b.png", array(np.uint16))
    write_picture(folder / "c.tif", array(np.float32, (2, 20, 30)))
    Image.fromarray(array()).save(folder / "d.tga")
    (folder / "e.png").write_bytes(b"no picture")
    write_picture(folder / "deep" / "a.png", array(shape=(10, 12)))
    return folder


def test_a_folder_is_done_but_for_what_fails(generator, scans, tmp_path):
    events = []
    result = rg.apply_to_files(generator, scans, tmp_path / "new" / "out", on_event=events.append, grain=2, seed=3)
    assert [path.name for path in result.written] == ["a.jpg", "b.png", "c.tif", "d.png"]
    assert [failure.source.name for failure in result.failed] == ["e.png"]
    assert not result.stopped
    for source, target in (("b.png", "b.png"), ("c.tif", "c.tif"), ("d.tga", "d.png")):
        styled = generator.apply(read_picture(scans / source), grain=2, seed=3)
        np.testing.assert_array_equal(read_picture(tmp_path / "new" / "out" / target), styled)
    with Image.open(tmp_path / "new" / "out" / "a.jpg") as picture:
        assert picture.size == (20, 30)
        assert dict(picture.getexif()) == {271: "Camera works"}
    started = [event for event in events if isinstance(event, rg.FileStarted)]
    assert [(event.source.name, event.number, event.total) for event in started][-1] == ("e.png", 5, 5)
    assert sum(isinstance(event, rg.FileDone) for event in events) == 4
    assert isinstance(events[-1], rg.FileFailed)
    assert any(isinstance(event, rg.FileProgress) and event.done == event.total for event in events)


def test_patterns_keep_their_subfolders(generator, scans, tmp_path):
    result = rg.apply_to_files(generator, str(scans / "**" / "a.*"), tmp_path / "out")
    assert result.failed == []
    assert sorted(str(path.relative_to(tmp_path / "out")) for path in result.written) == ["a.jpg", "deep/a.png"]


def test_without_a_folder_results_stand_beside_their_sources(generator, scans):
    result = rg.apply_to_files(generator, [scans / "b.png"])
    assert result.written == [scans / "b-vintage.png"]


def test_nothing_is_replaced_unless_asked_and_never_a_source(generator, scans, tmp_path):
    out = tmp_path / "out"
    rg.apply_to_files(generator, scans / "b.png", out)
    before = (out / "b.png").read_bytes()
    again = rg.apply_to_files(generator, scans / "b.png", out, grain=0)
    assert "exists already" in again.failed[0].reason
    assert (out / "b.png").read_bytes() == before
    assert rg.apply_to_files(generator, scans / "b.png", out, grain=0, overwrite=True).failed == []
    onto_itself = rg.apply_to_files(generator, scans / "b.png", scans, overwrite=True)
    assert "itself" in onto_itself.failed[0].reason
    both = rg.apply_to_files(generator, [scans / "a.jpg", scans / "deep" / "a.png", scans], out, overwrite=True)
    assert len({path.resolve() for path in both.written}) == len(both.written)


def test_what_is_not_there_fails_by_itself(generator, scans, tmp_path):
    result = rg.apply_to_files(generator, [tmp_path / "none", scans / "b.png"], tmp_path / "out")
    assert len(result.written) == 1
    assert result.failed[0].source == tmp_path / "none"
    assert "does not exist" in result.failed[0].reason


def test_a_stop_ends_the_batch_and_keeps_what_is_written(generator, scans, tmp_path):
    done = []
    result = rg.apply_to_files(
        generator,
        scans,
        tmp_path / "out",
        on_event=lambda event: done.append(event) if isinstance(event, rg.FileDone) else None,
        should_stop=lambda: bool(done),
    )
    assert result.stopped
    assert [path.name for path in result.written] == ["a.jpg"]


def test_stores_and_large_tiff_files_are_styled_part_by_part(generator, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "LARGE_BYTES", 1000)
    picture = array(shape=(300, 280, 3))
    zarr.array(picture, store=tmp_path / "a.zarr")
    exif = Image.Exif()
    exif[271] = "Camera works"
    Image.fromarray(picture).save(tmp_path / "a.jpg", exif=exif, dpi=(300, 300))
    write_picture(tmp_path / "b.tif", picture, like=tmp_path / "a.jpg")
    result = rg.apply_to_files(generator, [tmp_path / "a.zarr", tmp_path / "b.tif"], tmp_path / "out")
    assert result.failed == []
    styled = generator.apply(picture)
    np.testing.assert_array_equal(zarr.open_array(tmp_path / "out" / "a.zarr")[...], styled)
    with tifffile.TiffFile(tmp_path / "out" / "b.tif") as file:
        assert file.is_bigtiff
        np.testing.assert_array_equal(file.asarray(), styled)
        assert file.pages[0].tags[271].value == "Camera works"
        assert file.pages[0].tags[282].value == (300, 1)


@pytest.mark.parametrize(("orientation", "wide"), [(6, False), (1, True), (3, True)])
def test_a_large_tiff_that_is_turned_or_in_a_space_of_its_own_is_right_or_refused(
    generator, tmp_path, monkeypatch, orientation, wide
):
    """It isn't styled part by part, but whole."""
    monkeypatch.setattr(batch, "LARGE_BYTES", 1000)
    stored = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    profile = adobe_rgb() if wide else None
    tags = [(274, 3, 1, orientation, True)]
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", iccprofile=profile, extratags=tags)
    upright = {1: stored, 3: stored[::-1, ::-1], 6: np.rot90(stored, -1)}[orientation]
    same = rg.apply_to_files(generator, tmp_path / "a.tif", tmp_path / "same", strength=0, grain=0).written
    styled = rg.apply_to_files(generator, tmp_path / "a.tif", tmp_path / "styled").written
    for path in same + styled:
        with tifffile.TiffFile(path) as file:
            assert file.pages[0].iccprofile == profile
            assert file.pages[0].tags.valueof(274, 1) == 1
            assert file.pages[0].shape == upright.shape
    np.testing.assert_array_equal(tifffile.imread(same[0]), upright)
    assert (tifffile.imread(styled[0]) != upright).any()
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=60_000, total=60_000))
    (failure,) = rg.apply_to_files(generator, tmp_path / "a.tif", tmp_path / "none").failed
    assert "memory" in failure.reason
    assert "are free" in failure.reason

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fake_training import make_generator
from looks_at_hand import built_in, colour, two_looks
from open_studio import close_studio, open_tab
from stand_ins import WEIGHTS

from napari_retrogan.core.images.files import read_picture, write_picture
from napari_retrogan.plugin.files.batch_widget import NO_LOOK, NO_OUTPUT, NO_SOURCE
from napari_retrogan.plugin.shared import look_thumbnails
from napari_retrogan.plugin.shared.style_choice import NO_FILES
from napari_retrogan.plugin.state import state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def widget(viewer: Any) -> Any:
    """Return the widget in a dock of its viewer."""
    return open_tab(viewer, "files")


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Return a folder of two pictures and a broken one."""
    folder = tmp_path / "scans"
    folder.mkdir()
    random = np.random.default_rng(0)
    for name in ("a.png", "b.tif"):
        write_picture(folder / name, random.integers(0, 256, (30, 40, 3), np.uint8))
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


class Waiting:
    """Applies the identity once the test lets it."""

    id, num_styles, mapping, weights = "waiting", 1, {}, WEIGHTS

    def __init__(self) -> None:
        self.started = False

    def apply(self, image: Any, *, should_stop: Callable[[], bool], **_: Any) -> Any:
        from napari_retrogan import ApplyCancelled

        self.started = True
        while not should_stop():
            pass
        raise ApplyCancelled("Stopped.")


def choose(widget: Any, scans: Path, results: Path) -> None:
    widget.source.value, widget.output.value = scans, results


def test_folders_are_done_and_failures_listed(qtbot, viewer, widget, generator, scans, tmp_path):
    assert widget.status.value == NO_LOOK
    state().add_generator("slides", generator)
    assert NO_SOURCE in widget.status.value
    widget.source.value = scans
    assert NO_OUTPUT in widget.status.value
    assert not widget.start_button.enabled
    widget.output.value = tmp_path / "results"
    widget.controls.sliders["grain"].value = 2.0
    widget.seed.value = 5
    widget.brightness.value = "learnt"
    widget.start_button.native.click()
    qtbot.waitUntil(lambda: not widget.running)
    assert widget.status.value == "2 results written. 1 failed, listed above."
    assert "broken.png: " in widget.failures.text.value
    for name in ("a.png", "b.tif"):
        expected = generator.apply(read_picture(scans / name), grain=2.0, seed=5, brightness="learnt")
        np.testing.assert_array_equal(read_picture(tmp_path / "results" / name), expected)
    assert len(viewer.layers) == 0
    widget.start()
    qtbot.waitUntil(lambda: not widget.running)
    assert "3 failed" in widget.status.value
    assert widget.failures.text.value.count("exists already") == 2


def test_what_failed_can_be_tried_again_alone(qtbot, viewer, widget, generator, scans, tmp_path):
    state().add_generator("slides", generator)
    (scans / "old").mkdir()
    (scans / "broken.png").rename(scans / "old" / "broken.png")
    results = tmp_path / "results"
    choose(widget, scans / "**" / "*.*", results)
    widget.start_button.native.click()
    qtbot.waitUntil(lambda: not widget.running)
    assert widget.status.value == "2 results written. 1 failed, listed above."
    assert widget.failures.retry_button.text == "Try 1 file a&gain"
    before = (results / "a.png").stat().st_mtime_ns
    write_picture(scans / "old" / "broken.png", np.full((9, 9, 3), 90, np.uint8))
    widget.failures.retry_button.native.click()
    qtbot.waitUntil(lambda: not widget.running)
    assert widget.status.value == "1 result written."
    assert (results / "old" / "broken.png").exists()
    assert (results / "a.png").stat().st_mtime_ns == before
    assert not widget.failures.box.native.isVisibleTo(widget.native)


def test_a_style_of_pictures_or_of_a_layer_is_taken(qtbot, viewer, widget, scans, tmp_path):
    generator = make_generator()
    state().add_generator("slides", generator)
    choose(widget, scans, tmp_path / "results")
    menu = widget.style.menu.native
    assert [menu.itemText(row) for row in range(menu.count())] == ["As trained", "Like a layer...", "Like pictures..."]
    menu.setCurrentIndex(2)
    assert widget.status.value.endswith(NO_FILES)
    assert not widget.start_button.enabled
    likes = [scans / "a.png", scans / "b.tif"]
    widget.style.files.line_edit.value = ", ".join(map(str, likes))
    widget.start_button.native.click()
    qtbot.waitUntil(lambda: not widget.running)
    expected = generator.apply(read_picture(scans / "a.png"), style=likes)
    np.testing.assert_array_equal(read_picture(tmp_path / "results" / "a.png"), expected)
    like = viewer.add_image(np.full((40, 40, 3), (200, 100, 50), np.uint8), name="like")
    menu.setCurrentIndex(1)
    assert widget.style.reference.value is like
    widget.overwrite.value = True
    widget.start_button.native.click()
    qtbot.waitUntil(lambda: not widget.running)
    expected = generator.apply(read_picture(scans / "a.png"), style=like)
    np.testing.assert_array_equal(read_picture(tmp_path / "results" / "a.png"), expected)


@pytest.mark.shown
def test_looks_are_shown_on_the_chosen_pictures_and_without_any_on_a_sample(qtbot, viewer, monkeypatch, tmp_path):
    monkeypatch.setattr(look_thumbnails, "catalogue", two_looks)
    widget = open_tab(viewer, "files")
    looks = built_in(widget.generator.grid)
    qtbot.waitUntil(lambda: colour(looks, 0) is not None)
    write_picture(tmp_path / "red.png", np.full((90, 90, 3), (200, 100, 50), np.uint8))
    widget.source.value = tmp_path
    qtbot.waitUntil(lambda: colour(looks, 0) == (100, 100, 50))
    assert len(viewer.layers) == 0


@pytest.mark.shown
def test_path_fields_have_room_for_a_path_in_a_narrow_dock(qtbot, viewer, widget):
    dock = widget.native.window().findChildren(type(viewer.window._qt_viewer.dockLayerList))
    narrow = next(each for each in dock if each.isAncestorOf(widget.native))
    narrow.setFixedWidth(300)
    for field in (widget.source, widget.output):
        qtbot.waitUntil(lambda field=field: 150 < field.line_edit.native.width() < 300)


def test_stop_ends_within_a_tile_and_the_window_may_close_meanwhile(qtbot, viewer, widget, scans, tmp_path):
    waiting: Any = Waiting()
    state().add_generator("waiting", waiting)
    choose(widget, scans, tmp_path / "results")
    widget.start()
    qtbot.waitUntil(lambda: waiting.started)
    assert widget.stop_button.enabled
    widget.stop_button.native.click()
    qtbot.waitUntil(lambda: not widget.running)
    assert "Stopped before the end." in widget.status.value
    waiting.started = False
    widget.start()
    qtbot.waitUntil(lambda: waiting.started)
    job = widget._job
    close_studio(viewer)
    qtbot.waitUntil(lambda: not job.running or job.cancelled)


def test_of_very_many_failures_a_screenful_is_listed_as_text(qtbot, widget, generator, tmp_path):
    """Names that could be HTML, or that no text can hold, are shown as they are."""
    folder = tmp_path / "scans"
    folder.mkdir()
    names = ["<img src='zero'>.png", os.fsdecode(b"caf\xe9.png") if os.name == "posix" else "cafe.png"]
    for name in [*names, *(f"z{number}.png" for number in range(300))]:
        (folder / name).write_bytes(b"no picture")
    state().add_generator("slides", generator)
    choose(widget, folder, tmp_path / "results")
    widget.start()
    qtbot.waitUntil(lambda: not widget.running)
    assert "302 failed" in widget.status.value
    lines = widget.failures.text.value.splitlines()
    assert len(lines) == 201
    assert lines[-1] == "More are not listed."
    assert any(line.startswith("<img src='zero'>.png: ") for line in lines[:200])

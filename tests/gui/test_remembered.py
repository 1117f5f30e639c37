"""What people set in the dock is there again after napari's next start."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from fake_training import make_generator
from looks_at_hand import built_in, click, own, two_looks
from open_studio import close_studio, open_studio

from napari_retrogan.plugin import preferences, remembered
from napari_retrogan.plugin.shared import look_thumbnails
from napari_retrogan.plugin.state import state


def file():
    return Path(os.environ[remembered.FOLDER_VARIABLE]) / "dock.json"


def start_anew(qtbot, viewer):
    """Close the dock, and forget all that only this session knows."""
    close_studio(viewer)
    qtbot.wait(50)
    remembered.forget()
    state.cache_clear()


def test_tab_and_sliders_are_there_again(qtbot, viewer):
    studio = open_studio(viewer, "files")
    studio.looks.controls.sliders["warmth"].value = 0.4
    start_anew(qtbot, viewer)
    again = viewer.window.add_plugin_dock_widget("napari-retrogan", "Studio")[1]
    assert again.tab == "files"
    assert again.looks.controls.taste.warmth == 0.4
    assert again.files.controls.taste.warmth == 0.0


def test_a_file_that_cannot_be_read_counts_as_none():
    remembered.keep("tab", 2)
    remembered.forget()
    assert remembered.recall("tab", 0) == 2
    for text in ("{", "[]", '{"tab": "two"}', '{"tab": 2, "more": "' + "x" * 2**20 + '"}', "\x00" * 10):
        file().write_text(text)
        remembered.forget()
        assert remembered.recall("tab", 0) == 0
        remembered.keep("tab", 1)
        remembered.forget()
        assert remembered.recall("tab", 0) == 1


def test_what_is_too_much_is_not_kept_and_harms_nothing_else():
    remembered.keep("tab", 2)
    for much in ("x" * 1000, list(range(5000)), {"x" * 200: 1}):
        remembered.keep("much", much)
    remembered.forget()
    assert remembered.recall("tab", 0) == 2
    assert remembered.recall("much", "nothing") == "nothing"


def test_two_windows_do_not_take_away_what_the_other_has_kept():
    remembered.keep("tab", 2)
    file().parent.mkdir(parents=True, exist_ok=True)
    file().write_text(json.dumps({"feather": 3.5, "tab": 0}))
    remembered.forget()
    assert (remembered.recall("tab", 0), remembered.recall("feather", 0.0)) == (2, 3.5)


def test_it_is_written_in_a_moment_and_not_while_a_slider_waits(qtbot, monkeypatch):
    written = threading.Event()
    monkeypatch.setattr(os, "fsync", lambda _: written.wait(30))
    for step in range(100):
        remembered.keep("amount", step)
    qtbot.wait(600)
    remembered.keep("amount", 100)
    written.set()
    remembered.forget()
    assert remembered.recall("amount", 0) == 100


def test_a_folder_that_cannot_be_written_is_kept_for_the_session(monkeypatch, tmp_path):
    (tmp_path / "settings").write_text("a file in its place")
    monkeypatch.setenv(remembered.FOLDER_VARIABLE, str(tmp_path / "settings"))
    remembered.forget()
    remembered.keep("tab", 2)
    assert remembered.recall("tab", 0) == 2
    remembered.forget()
    assert remembered.recall("tab", 0) == 0


@pytest.mark.parametrize("where", ["built in", "library"])
@pytest.mark.shown
def test_the_look_that_was_chosen_is_there_again(qtbot, viewer, monkeypatch, where):
    monkeypatch.setattr(look_thumbnails, "catalogue", two_looks)
    preferences.library().add(make_generator(0.25), "Slides")
    cat = viewer.add_image(np.full((60, 80, 3), 200, np.uint8), name="cat")
    widget = open_studio(viewer, "looks").looks
    grid = widget.generator.grid
    looks, name = (built_in(grid), "Cyan prints") if where == "built in" else (own(grid), "Slides")
    qtbot.waitUntil(lambda: own(grid).count() == 1)
    click(looks, looks.count() - 1)
    qtbot.waitUntil(lambda: widget.generator.entry is not None)
    start_anew(qtbot, viewer)
    again = open_studio(viewer, "looks").looks
    qtbot.waitUntil(lambda: again.generator.entry is not None)
    assert again.generator.entry.name == name
    assert not again.preview.box.value
    assert list(viewer.layers) == [cat]


def test_a_look_that_is_gone_is_not_missed(qtbot, viewer):
    remembered.keep("look", "no such look")
    studio = open_studio(viewer, "looks")
    qtbot.wait(300)
    assert studio.looks.generator.entry is None
    assert studio.looks.status.value == "No look yet: choose one, train one or load a file."

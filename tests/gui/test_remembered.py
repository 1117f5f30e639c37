"""What people set in the dock is there again after napari's next start."""

from __future__ import annotations

import os
from pathlib import Path

from open_studio import close_studio, open_studio

from napari_retrogan.plugin import remembered


def test_tab_and_sliders_are_there_again(qtbot, viewer):
    studio = open_studio(viewer, "files")
    studio.looks.controls.sliders["warmth"].value = 0.4
    close_studio(viewer)
    qtbot.wait(50)
    remembered.forget()
    again = viewer.window.add_plugin_dock_widget("napari-retrogan", "Studio")[1]
    assert again.tab == "files"
    assert again.looks.controls.taste.warmth == 0.4
    assert again.files.controls.taste.warmth == 0.0


def test_a_file_that_cannot_be_read_counts_as_none():
    file = Path(os.environ[remembered.FOLDER_VARIABLE]) / "dock.json"
    remembered.keep("tab", 2)
    assert remembered.recall("tab", 0) == 2
    for text in ("{", "[]", '{"tab": "two"}'):
        file.write_text(text)
        remembered.forget()
        assert remembered.recall("tab", 0) == 0

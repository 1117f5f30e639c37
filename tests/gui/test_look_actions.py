"""The library in the grid: what a look's menu and keys do, what is dropped, and what is opened in napari."""

from __future__ import annotations

import numpy as np
import pytest
from fake_training import make_generator
from looks_at_hand import built_in, own, two_looks
from napari.utils.notifications import notification_manager
from open_studio import open_studio
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QInputDialog, QMenu

from napari_retrogan.core.images.files import write_picture
from napari_retrogan.plugin import preferences, remembered
from napari_retrogan.plugin.shared import look_thumbnails
from napari_retrogan.plugin.state import state

pytestmark = pytest.mark.shown


@pytest.fixture
def library(monkeypatch, tmp_path):
    """Return an empty library."""
    monkeypatch.setattr(look_thumbnails, "catalogue", two_looks)
    remembered.forget()
    yield preferences.library()
    remembered.forget()


@pytest.fixture
def widget(viewer, library):
    viewer.add_image(np.full((60, 80, 3), 200, np.uint8), name="cat")
    return open_studio(viewer, "looks").looks


@pytest.fixture
def mine(qtbot, widget, library):
    """Return the group of own looks, which holds one that the keyboard is at."""
    library.add(make_generator(0.25), "Slides")
    looks = own(widget.generator.grid)
    qtbot.waitUntil(lambda: looks.count() == 1)
    looks.setFocus()
    looks.setCurrentRow(0)
    return looks


def titles(looks):
    return [looks.item(row).text() for row in range(looks.count())]


def drop(widget, *files):
    """Drop files as a file manager does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    grid = widget.generator.grid
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    # Qt looks for the first that takes drops: what is below the mouse, here a list of looks, or what that lies in.
    target = grid.childAt(QPoint(20, grid.height() - 20))
    assert target is not grid
    while not target.acceptDrops():
        target = target.parentWidget()
    event = QDragEnterEvent(QPoint(20, 60), copy, data, left, none)
    event.ignore()
    QApplication.sendEvent(target, event)
    assert event.isAccepted()
    QApplication.sendEvent(target, QDropEvent(QPointF(20, 60), copy, data, left, none))


def test_what_the_library_holds_is_offered_and_named_in_results(qtbot, viewer, widget, mine):
    QTest.keyClick(mine, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: widget.generator.entry is not None)
    widget.apply()
    qtbot.waitUntil(lambda: not widget.running)
    assert viewer.layers[-1].name == "cat (Slides)"
    assert viewer.layers[-1].data[0, 0].tolist() == [50, 200, 200]


def test_a_look_is_renamed_noted_and_duplicated_by_keys(qtbot, widget, library, mine, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("Aunt's slides", True))
    QTest.keyClick(mine, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: titles(mine) == ["Aunt's slides"])
    monkeypatch.setattr(QInputDialog, "getMultiLineText", lambda *_, **__: ("For winters.", True))
    QTest.keyClick(mine, Qt.Key.Key_F4)
    qtbot.waitUntil(lambda: "For winters." in mine.item(0).toolTip())
    QTest.keyClick(mine, Qt.Key.Key_F6)
    qtbot.waitUntil(lambda: sorted(titles(mine)) == ["Aunt's slides", "Aunt's slides copy"])
    assert {entry.notes for entry in library.entries()} == {"For winters."}


def test_a_look_is_deleted_and_brought_back(qtbot, widget, library, mine):
    undo = widget.generator.actions.undo_button
    assert not undo.enabled
    QTest.keyClick(mine, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: titles(mine) == [])
    assert library.entries() == ()
    qtbot.mouseClick(undo.native, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: titles(mine) == ["Slides"])
    assert not undo.enabled


def test_favourites_of_the_library_are_kept_there(qtbot, library, mine):
    QTest.keyClicks(mine, "*")
    qtbot.waitUntil(lambda: library.entries()[0].favourite)


def test_the_menu_offers_what_a_look_can_be_asked_for(qtbot, widget, mine):
    actions = {}
    for looks in (mine, built_in(widget.generator.grid)):
        looks.customContextMenuRequested.emit(looks.visualItemRect(looks.item(0)).center())
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        actions[looks] = [action.text() for action in menu.actions()]
        menu.close()
    assert actions[mine] == ["Favourite", "Rename...", "Duplicate", "Notes...", "Card", "Export...", "Delete"]
    assert actions[built_in(widget.generator.grid)] == ["Favourite", "Card", "Export..."]


@pytest.mark.parametrize("ending", ["retrogan", "cube", "onnx"])
def test_a_look_is_exported_by_the_ending_of_its_name(qtbot, widget, mine, tmp_path, monkeypatch, ending):
    file = tmp_path / f"slides.{ending}"
    monkeypatch.setattr("napari_retrogan.plugin.shared.look_actions.show_file_dialog", lambda *_, **__: str(file))
    QTest.keyClick(mine, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: widget.status.value.startswith("Exported Slides"))
    assert file.stat().st_size > 100


def test_a_file_that_is_loaded_twice_is_there_once(qtbot, widget, library, mine, tmp_path):
    file = make_generator(0.25).save(tmp_path / "again.retrogan")
    drop(widget, file)
    qtbot.waitUntil(lambda: state().last is not None)
    assert len(library.entries()) == 1
    assert titles(mine) == ["Slides"]
    assert mine.item(0).isSelected()


def test_a_look_that_is_opened_in_napari_goes_to_the_library(qtbot, viewer, widget, library, tmp_path):
    file = make_generator(0.75).save(tmp_path / "attic.retrogan")
    viewer.open(str(file), plugin="napari-retrogan")
    assert [layer.name for layer in viewer.layers] == ["cat"]
    assert [entry.name for entry in library.entries()] == ["attic"]
    qtbot.waitUntil(lambda: titles(own(widget.generator.grid)) == ["attic"])
    assert widget.generator.entry.name == "attic"


def test_a_picture_that_is_dropped_is_imitated_and_becomes_a_look(qtbot, viewer, widget, library, tmp_path):
    random = np.random.default_rng(0)
    brown = np.clip(random.normal((150, 110, 70), 40, (120, 160, 3)), 0, 255).astype(np.uint8)
    write_picture(tmp_path / "from the attic.png", brown)
    drop(widget, tmp_path / "from the attic.png")
    assert "Looking at from the attic" in widget.status.value
    qtbot.waitUntil(lambda: widget.generator.entry is not None)
    assert widget.generator.entry.name == "from the attic"
    assert [entry.name for entry in library.entries()] == ["from the attic"]
    qtbot.waitUntil(lambda: titles(own(widget.generator.grid)) == ["from the attic"])
    widget.apply()
    qtbot.waitUntil(lambda: not widget.running)
    red, _, blue = viewer.layers["cat (from the attic)"].data[0, 0].astype(int)
    assert red > blue + 10


def test_a_picture_that_is_none_is_refused_in_words(qtbot, widget, library, tmp_path):
    (tmp_path / "notes.png").write_text("no picture")
    drop(widget, tmp_path / "notes.png")
    qtbot.waitUntil(lambda: "notes.png" in widget.status.value)
    assert library.entries() == ()
    assert state().last is None


def test_without_a_place_for_the_library_a_look_is_there_for_the_session_and_words_say_so(
    qtbot, widget, library, tmp_path
):
    library.folder.parent.mkdir(parents=True, exist_ok=True)
    if library.folder.is_dir():
        library.folder.rmdir()
    library.folder.write_text("a file in its place")
    widget.generator.load(make_generator(0.75).save(tmp_path / "attic.retrogan"))
    qtbot.waitUntil(lambda: widget.generator.entry is not None)
    assert titles(own(widget.generator.grid)) == ["attic"]
    assert "can't be used" in notification_manager.records[-1].message
    assert "attic is there until napari ends" in notification_manager.records[-1].message

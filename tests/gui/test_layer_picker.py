"""The lists from which layers, files and folders are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from napari.layers import Image
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QFileDialog

from napari_retrogan.core.images.files import write_picture
from napari_retrogan.plugin import remembered
from napari_retrogan.plugin.layers import METADATA_KEY
from napari_retrogan.plugin.train.train_widget import TrainWidget

if TYPE_CHECKING:
    from pathlib import Path

    from napari.viewer import Viewer
    from pytestqt.qtbot import QtBot


class Lists:
    """Both lists in a window, and hands that use them."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.widget = TrainWidget(viewer)
        self.dock = viewer.window.add_dock_widget(self.widget)
        self.photographs, self.vintage = self.widget.form.photographs, self.widget.form.vintage

    def open(self, *names: str, level: int = 0) -> list[Any]:
        layers = [Image(np.full((30, 40, 3), level, np.uint8), name=name) for name in names]
        self.viewer.layers.extend(layers)
        QApplication.processEvents()
        return layers

    def texts(self, picker: Any) -> list[str]:
        return [picker.rows.item(row).text() for row in range(picker.rows.count()) if not picker.rows.isRowHidden(row)]

    def click(self, picker: Any, row: int, *, box: bool = False, key: Any = Qt.KeyboardModifier.NoModifier) -> None:
        place = picker.rows.visualItemRect(picker.rows.item(row))
        point = place.center()
        point.setX(place.left() + (12 if box else place.width() // 2))
        QTest.mouseClick(picker.rows.viewport(), Qt.MouseButton.LeftButton, key, point)

    def drop(self, picker: Any, *paths: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        given = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(5, 5), *given)
        QApplication.sendEvent(picker.rows.viewport(), enter)
        assert enter.isAccepted()
        QApplication.sendEvent(picker.rows.viewport(), QDropEvent(QPointF(5, 5), *given))


@pytest.fixture
def lists(viewer: Viewer) -> Lists:
    return Lists(viewer)


def names(sources: list[Any]) -> list[str]:
    return [source.name for source in sources]


def test_pictures_are_offered_but_no_results_previews_or_other_kinds(lists: Lists) -> None:
    lists.open("colour")
    lists.viewer.add_image(np.zeros((4, 8, 8), np.uint16), name="stack")
    lists.viewer.add_labels(np.zeros((8, 8), int), name="labels")
    own = {METADATA_KEY: {"source_layer": "colour"}}
    lists.viewer.add_image(np.zeros((8, 8, 3), np.uint8), name="colour (Sepia)", metadata=own)
    QApplication.processEvents()
    assert lists.texts(lists.photographs) == ["colour", "stack"]
    assert lists.photographs.chosen == []


def test_a_click_at_a_box_ticks_a_layer_on_one_side_only(lists: Lists) -> None:
    (cat, dog) = lists.open("cat", "dog")
    lists.click(lists.photographs, 0, box=True)
    assert lists.photographs.chosen == [cat]
    lists.click(lists.vintage, 0, box=True)
    lists.click(lists.vintage, 1, box=True)
    assert lists.vintage.chosen == [cat, dog]
    assert lists.photographs.chosen == []
    lists.click(lists.vintage, 0, box=True)
    assert lists.vintage.chosen == [dog]


def test_the_space_bar_and_a_box_tick_all_that_are_selected(lists: Lists) -> None:
    layers = lists.open(*"abcd")
    rows = lists.photographs.rows
    lists.click(lists.photographs, 0)
    lists.click(lists.photographs, 2, key=Qt.KeyboardModifier.ShiftModifier)
    assert lists.photographs.chosen == []
    QTest.keyClick(rows, Qt.Key.Key_Space)
    assert lists.photographs.chosen == layers[:3]
    lists.click(lists.photographs, 1, box=True)
    assert lists.photographs.chosen == []
    assert names(rows.selected) == ["a", "b", "c"]


def test_all_ticks_what_is_found_and_not_ticked_on_the_other_side(lists: Lists) -> None:
    lists.open("cat", "dog", "cat print", "dog print")
    QTest.keyClicks(lists.vintage.search, "print")
    assert lists.texts(lists.vintage) == ["cat print", "dog print"]
    lists.vintage.all_box.click()
    assert names(lists.vintage.chosen) == ["cat print", "dog print"]
    lists.photographs.all_box.click()
    assert names(lists.photographs.chosen) == ["cat", "dog"]
    assert names(lists.vintage.chosen) == ["cat print", "dog print"]
    assert lists.photographs.all_box.checkState() == Qt.CheckState.Checked
    lists.photographs.all_box.click()
    assert lists.photographs.chosen == []
    lists.vintage.search.clear()
    assert lists.vintage.all_box.checkState() == Qt.CheckState.PartiallyChecked


def test_choices_follow_the_viewer_and_ticks_stay(lists: Lists) -> None:
    (_, stack) = lists.open("colour", "stack")
    lists.photographs.chosen = [stack]
    lists.open("new")
    stack.name = "renamed"
    QApplication.processEvents()
    assert lists.texts(lists.photographs) == ["colour", "renamed", "new"]
    assert names(lists.photographs.chosen) == ["renamed"]
    assert "1" in lists.photographs.heading.value
    lists.viewer.layers.remove(stack)
    assert lists.photographs.chosen == []


def test_rows_show_the_layers_small_and_again_when_they_change(lists: Lists, qtbot: QtBot) -> None:
    def middle() -> int:
        rows = lists.photographs.rows
        image = rows.item(0).icon().pixmap(rows.iconSize()).toImage()
        return image.pixelColor(image.width() // 2, image.height() // 2).red()

    (layer,) = lists.open("cat", level=90)
    qtbot.waitUntil(lambda: middle() == 90)
    layer.data = np.full((30, 40, 3), 170, np.uint8)
    qtbot.waitUntil(lambda: middle() == 170)


@pytest.mark.weekly
def test_a_hundred_layers_are_listed_once(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    filled: list[int] = []
    for picker in (lists.photographs, lists.vintage):
        fill = picker.rows.fill
        monkeypatch.setattr(picker.rows, "fill", lambda rows, fill=fill: (filled.append(len(rows)), fill(rows)))
    lists.open(*(f"picture {number}" for number in range(100)))
    assert filled == [100, 100]
    assert len(lists.texts(lists.vintage)) == 100
    lists.photographs.all_box.click()
    assert len(lists.photographs.chosen) == 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "holiday"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        write_picture(folder / name, np.full((9, 9, 3), 50, np.uint8))
    (folder / "notes.txt").write_text("none")
    return folder


def test_a_folder_is_a_row_with_its_count_and_can_be_removed(
    lists: Lists, folder: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    lists.open("cat")
    picker = lists.photographs
    picker.folder_button.native.click()
    assert picker.chosen == [folder]
    qtbot.waitUntil(lambda: lists.texts(picker) == ["cat", "holiday (2 pictures)"])
    assert not picker.remove_button.enabled
    lists.click(picker, 1)
    picker.remove_button.native.click()
    assert (lists.texts(picker), picker.chosen) == (["cat"], [])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    picker.folder_button.native.click()
    assert lists.texts(picker) == ["cat"]


def test_dropped_pictures_become_layers_and_folders_rows(lists: Lists, folder: Path, qtbot: QtBot) -> None:
    lists.drop(lists.vintage, folder, folder / "b.png", folder / "notes.txt", folder / "a.png")
    qtbot.waitUntil(lambda: len(lists.viewer.layers) == 2)
    assert names(lists.vintage.chosen) == ["b", "a", "holiday"]
    assert lists.photographs.chosen == []
    qtbot.waitUntil(lambda: lists.texts(lists.vintage) == ["b", "a", "holiday (2 pictures)"])


def test_ticks_folders_and_quality_are_there_after_the_next_start(viewer: Viewer, folder: Path) -> None:
    first = Lists(viewer)
    layers = first.open("cat", "dog")
    first.photographs.chosen = [layers[1], folder]
    first.widget.form.quality.value = "fine"
    viewer.window.remove_dock_widget(first.dock)
    first.widget.close()
    first.widget.native.deleteLater()
    viewer.layers.clear()
    remembered.forget()
    second = Lists(viewer)
    assert (second.photographs.chosen, second.vintage.chosen) == ([folder], [])
    assert (second.widget.form.quality.value, second.widget.form.request.config.num_steps) == ("fine", 900)
    (_, dog) = second.open("cat", "dog")
    assert second.photographs.chosen == [dog, folder]
    assert second.widget.form.request.photographs == (dog, folder)

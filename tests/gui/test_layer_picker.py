"""The list from which layers and folders are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from napari.components import ViewerModel
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_retrogan.plugin.train.layer_picker import LayerPicker

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def viewer() -> ViewerModel:
    model = ViewerModel()
    model.add_image(np.zeros((8, 8, 3), np.uint8), name="colour")
    model.add_image(np.zeros((4, 8, 8), np.uint16), name="stack")
    model.add_labels(np.zeros((8, 8), int), name="labels")
    return model


@pytest.fixture
def picker(viewer: ViewerModel) -> LayerPicker:
    picker = LayerPicker(viewer, "Photographs", "hint")
    for event in (viewer.layers.events.inserted, viewer.layers.events.removed, viewer.layers.events.renamed):
        event.connect(picker.reset_choices)
    return picker


def _names(sources: list[Any]) -> list[str]:
    return [source.name for source in sources]


def test_only_suitable_layers_are_offered(picker: LayerPicker) -> None:
    assert _names(picker.choices) == ["colour", "stack"]
    assert picker.chosen == []


def test_a_tick_chooses_and_is_told(picker: LayerPicker, viewer: ViewerModel) -> None:
    told: list[list[str]] = []
    picker.chosen_changed.connect(lambda: told.append(_names(picker.chosen)))
    picker._rows.item(1).setCheckState(Qt.CheckState.Checked)
    assert told == [["stack"]]


def test_choices_follow_the_viewer_and_ticks_stay(picker: LayerPicker, viewer: ViewerModel) -> None:
    picker.chosen = [viewer.layers["stack"]]
    viewer.add_image(np.zeros((8, 8)), name="new")
    viewer.layers["stack"].name = "renamed"
    assert _names(picker.choices) == ["colour", "renamed", "new"]
    assert _names(picker.chosen) == ["renamed"]
    viewer.layers.remove("renamed")
    assert picker.chosen == []


def test_a_folder_is_offered_and_ticked(
    picker: LayerPicker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, viewer: ViewerModel
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    picker._folder_button.native.click()
    viewer.add_image(np.zeros((8, 8)), name="new")
    assert picker.chosen == [tmp_path]
    assert picker._rows.item(3).text() == f"{tmp_path.name} (folder)"


def test_no_folder_chosen_changes_nothing(picker: LayerPicker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    picker._folder_button.native.click()
    assert _names(picker.choices) == ["colour", "stack"]

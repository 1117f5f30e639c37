"""A person's first run: from opening the dock to the first own result in few clicks."""

from __future__ import annotations

import numpy as np
import pytest
from fake_training import STARTED, progress_at
from napari.layers import Image
from open_studio import open_studio
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_retrogan.plugin.layers import METADATA_KEY
from napari_retrogan.plugin.state import state
from napari_retrogan.plugin.train.first_run import SAMPLES_TICKED

pytestmark = pytest.mark.shown

MOST_CLICKS = 4


class Hand:
    """Clicks, and counts how often."""

    def __init__(self):
        self.clicks = 0

    def click(self, button):
        assert button.native.isVisible()
        assert button.native.isEnabled()
        QTest.mouseClick(button.native, Qt.MouseButton.LeftButton)
        self.clicks += 1


@pytest.fixture
def studio(viewer):
    return open_studio(viewer, "train")


def own_results(viewer):
    return [layer for layer in viewer.layers if "source_layer" in layer.metadata.get(METADATA_KEY, {})]


def test_the_first_own_result_takes_few_clicks(qtbot, viewer, studio, training):
    hand, train = Hand(), studio.train
    hand.click(train.form.samples_button)
    qtbot.waitUntil(lambda: train.panel.status.value == SAMPLES_TICKED)
    assert [layer.name for layer in train.form.photographs.chosen] == ["Astronaut", "Coffee", "Photographer"]
    assert all(layer.name.endswith("(print)") for layer in train.form.vintage.chosen)
    assert train.panel.start_button.native is studio.window().focusWidget()
    assert "background-color" in train.panel.start_button.native.styleSheet()
    hand.click(train.panel.start_button)
    assert train.panel.start_button.native.styleSheet() == ""
    training.put(STARTED, progress_at(1))
    training.finish()
    qtbot.waitUntil(lambda: not train.running)
    qtbot.waitUntil(lambda: "Astronaut (preview)" in viewer.layers)
    assert train.panel.apply_button.text == "&Apply to Astronaut"
    hand.click(train.panel.apply_button)
    qtbot.waitUntil(lambda: own_results(viewer) != [])
    assert hand.clicks <= MOST_CLICKS
    (result,) = own_results(viewer)
    entry = state().last
    assert result.name == f"Astronaut ({entry.name})"
    np.testing.assert_array_equal(result.data, training.generator.apply(viewer.layers["Astronaut"].data))
    assert "Astronaut (preview)" not in viewer.layers
    assert train.panel.status.value == f"Added {result.name}."


def test_one_button_applies_to_all_that_are_selected_and_the_samples_open_once(qtbot, viewer, studio, training):
    hand, train = Hand(), studio.train
    for _ in range(2):
        train.panel.say("")
        hand.click(train.form.samples_button)
        qtbot.waitUntil(lambda: train.panel.status.value == SAMPLES_TICKED)
    assert len(viewer.layers) == 6
    assert not train.panel.apply_button.enabled
    train.start()
    training.finish()
    qtbot.waitUntil(lambda: not train.running)
    viewer.layers.selection = {viewer.layers["Coffee"], viewer.layers["Photographer"]}
    assert train.panel.apply_button.text == "&Apply to 2 layers"
    hand.click(train.panel.apply_button)
    qtbot.waitUntil(lambda: len(own_results(viewer)) == 2)
    viewer.layers.selection.clear()
    assert not train.panel.apply_button.enabled


def test_a_preview_that_has_stayed_goes_where_looks_are_chosen(qtbot, viewer, studio, training):
    viewer.add_image(np.full((40, 60, 3), 200, np.uint8), name="photograph")
    vintage = Image(np.full((30, 30, 3), 100, np.uint8), name="vintage")
    viewer.add_layer(vintage)
    studio.train.form.vintage.chosen = [vintage]
    studio.train.start()
    training.finish()
    qtbot.waitUntil(lambda: not studio.train.running)
    qtbot.waitUntil(lambda: "photograph (preview)" in viewer.layers)
    studio.tab = "looks"
    assert studio.train.preview is None

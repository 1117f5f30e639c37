"""Train with Keras through the widget, apply through the other one; this process never imports Keras."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from napari_retrogan.core.engine import client
from napari_retrogan.plugin.apply.apply_widget import ApplyWidget
from napari_retrogan.plugin.state import state
from napari_retrogan.plugin.train.train_widget import TrainWidget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari.viewer import Viewer
    from pytestqt.qtbot import QtBot

SETTINGS = {"texture_batch_size": 3, "preview_seconds": 0.3}


@pytest.fixture
def widget(viewer: Viewer) -> Iterator[Any]:
    random = np.random.default_rng(0)
    photograph = viewer.add_image(random.integers(0, 256, (192, 256, 3), np.uint8), name="photograph")
    specked = np.linspace(60, 200, 256)[:, None] * (random.random((192, 256, 1)) > 0.05) + random.integers(0, 9, 3)
    vintage = viewer.add_image(specked.astype(np.uint8), name="vintage")
    widget = TrainWidget(viewer)
    viewer.window.add_dock_widget(widget)
    widget.form.photographs.chosen = [photograph]
    widget.form.vintage.chosen = [vintage]
    widget.form.main_settings.set_values({"num_steps": 4})
    widget.form.advanced_settings.set_values(SETTINGS)
    yield widget
    client.shut_down()


def _finish(widget: TrainWidget, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not widget.running)


@pytest.mark.slow
def test_train_apply_and_sample_patches(widget: TrainWidget, viewer: Viewer, qtbot: QtBot) -> None:
    widget.start()
    _finish(widget, qtbot)
    entry = state().last
    assert entry is not None, widget.panel.status.value
    assert widget.panel.progress.step == 4
    assert {len(steps) for steps, _ in widget.panel.plot.curves.values()} == {4}

    apply = ApplyWidget(viewer)
    viewer.window.add_dock_widget(apply)
    apply.layer.value = viewer.layers["photograph"]
    apply.apply()
    qtbot.waitUntil(lambda: not apply.running)
    result, source = viewer.layers[f"photograph ({entry.name})"], viewer.layers["photograph"]
    assert (result.data.shape, result.data.dtype) == (source.data.shape, source.data.dtype)
    assert not np.array_equal(result.data, source.data)

    widget.patches.num_steps.value = 2
    widget.patches.number.value = 4
    widget.start_patches()
    _finish(widget, qtbot)
    qtbot.waitUntil(lambda: "vintage (patches)" in viewer.layers)
    assert viewer.layers["vintage (patches)"].data.shape == (65, 65, 3)
    assert state().generators == (entry,)
    assert not {"tensorflow", "keras"} & set(sys.modules)

"""What is refused or explained in words, with a real training process; and layers that change under an apply."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import engine_training
import numpy as np
import pytest
from open_studio import open_tab
from stand_ins import SlowGenerator

from napari_retrogan.core.engine import client
from napari_retrogan.plugin.state import state
from napari_retrogan.plugin.train import train_widget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari.viewer import Viewer
    from pytestqt.qtbot import QtBot

LONG = 100_000


@pytest.fixture(autouse=True)
def no_engine_left() -> Iterator[None]:
    yield
    client.shut_down()


def docked(viewer: Viewer, steps: int) -> Any:
    picture = np.full((40, 60, 3), 200, np.uint8)
    photograph, vintage = (viewer.add_image(picture, name=name) for name in ("photograph", "vintage"))
    widget = train_widget.TrainWidget(viewer)
    viewer.window.add_dock_widget(widget)
    widget.form.photographs.chosen, widget.form.vintage.chosen = [photograph], [vintage]
    widget.form.main_settings.set_values({"num_steps": steps})
    return widget


def words_at_end(widget: Any, qtbot: QtBot) -> str:
    qtbot.waitUntil(lambda: not widget.running)
    return str(widget.panel.status.value)


def test_a_training_in_another_window_is_refused_in_words(
    make_napari_viewer: Callable[..., Viewer], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(train_widget, "iter_train", engine_training.iter_train)
    first, second = (docked(make_napari_viewer(), LONG) for _ in range(2))
    first.start()
    qtbot.waitUntil(lambda: first.panel.progress.step > 2)
    second.start()
    assert "under way already" in words_at_end(second, qtbot)
    assert first.running
    first.stop_and_keep()
    assert words_at_end(first, qtbot).startswith("Stopped early")
    second.form.main_settings.set_values({"num_steps": 5})
    second.start()
    assert words_at_end(second, qtbot).startswith("Done")


def test_a_framework_that_cannot_be_imported_is_explained(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    broken = partial(engine_training.iter_train, function="without_framework")
    monkeypatch.setattr(train_widget, "iter_train", broken)
    widget = docked(viewer, 5)
    widget.start()
    words = words_at_end(widget, qtbot)
    assert "No module named 'keras'" in words
    assert "pip install" in words
    assert state().last is None
    assert widget.panel.start_button.enabled


def test_a_backend_that_is_not_installed_is_explained(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr("napari_retrogan.core.backend._is_installed", lambda name: False)
    widget = docked(viewer, 5)
    widget.start()
    assert "is not installed; install it (pip install tensorflow)" in words_at_end(widget, qtbot)


@pytest.mark.parametrize("begin", ["start", "start_patches"])
def test_a_layer_that_no_longer_holds_a_picture_is_refused_in_words(viewer: Viewer, begin: str) -> None:
    widget = docked(viewer, 5)
    layer = widget.form.vintage.chosen[0]
    layer.visible = False  # napari can't draw what it is to hold.
    layer.data = np.full((40, 60, 3), 1j)
    getattr(widget, begin)()
    assert "choose one with real numbers" in widget.panel.status.value
    assert not widget.running


@pytest.mark.parametrize("change", ["rename", "reshape"])
def test_a_layer_that_changes_under_an_apply_changes_nothing(viewer: Viewer, qtbot: QtBot, change: str) -> None:
    widget = open_tab(viewer, "looks")
    generator: Any = SlowGenerator()
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    layer = viewer.add_image(picture, name="cat")
    widget.layer.value = layer
    state().add_generator("slow", generator)
    widget.apply()
    qtbot.waitUntil(generator.started.is_set)
    if change == "rename":
        layer.name = "dog"
    else:
        layer.data = np.zeros((7, 9, 3), np.uint8)
    generator.let_pass(1000)
    qtbot.waitUntil(lambda: not widget.running)
    np.testing.assert_array_equal(viewer.layers["cat (slow)"].data, picture)

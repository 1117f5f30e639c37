"""The training widget with a real training process: what happens when one of the two ends."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import engine_training
import numpy as np
import pytest
from fake_training import make_generator

from napari_retrogan.core.engine import client
from napari_retrogan.plugin.state import state
from napari_retrogan.plugin.train import train_widget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari.viewer import Viewer
    from pytestqt.qtbot import QtBot

LONG = 100_000
QUIT = """
import sys
import napari
import numpy as np
from functools import partial
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication
import engine_training
from napari_retrogan.core.engine import client
from napari_retrogan.plugin.train import train_widget

ending, function = sys.argv[1:]
train_widget.iter_train = partial(engine_training.iter_train, function=function)
viewer = napari.Viewer(show=True)
photograph, vintage = (viewer.add_image(np.full((40, 60, 3), 200, np.uint8), rgb=True) for _ in range(2))
widget = train_widget.TrainWidget(viewer)
viewer.window.add_dock_widget(widget)
widget.form.photographs.chosen, widget.form.vintage.chosen = [photograph], [vintage]
widget.form.main_settings.set_values({"num_steps": 100_000})
widget.start()

def end_in_mid_run():
    ready = client.engine_process_id() if function == "silent" else widget.preview.layer is not None
    if not ready:
        return
    timer.stop()
    print(client.engine_process_id(), flush=True)
    {"close": viewer.close, "quit": QApplication.quit}[ending]()

timer = QTimer()
timer.timeout.connect(end_in_mid_run)
timer.start(500)
napari.run()
"""


@pytest.fixture
def widget(viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(train_widget, "iter_train", engine_training.iter_train)
    photograph, vintage = (
        viewer.add_image(np.full((40, 60, 3), 200, np.uint8), name=name) for name in ("photograph", "vintage")
    )
    widget = train_widget.TrainWidget(viewer)
    viewer.window.add_dock_widget(widget)
    widget.form.photographs.chosen, widget.form.vintage.chosen = [photograph], [vintage]
    yield widget
    client.shut_down()


def _train(widget: Any, steps: int, qtbot: QtBot) -> None:
    widget.form.main_settings.set_values({"num_steps": steps})
    widget.start()
    qtbot.waitUntil(lambda: widget.panel.progress.step > 2)


def _wait_for_end(widget: Any, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not widget.running)


def _is_alive(process_id: int) -> bool:
    """Tell whether a process runs; one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_training_runs_to_its_end_and_the_process_stays_for_the_next(widget: Any, qtbot: QtBot) -> None:
    _train(widget, 30, qtbot)
    engine = client.engine_process_id()
    _wait_for_end(widget, qtbot)
    assert widget.panel.status.value.startswith("Done")
    assert widget.panel.progress.step == 30
    _train(widget, LONG, qtbot)
    widget.discard()
    _wait_for_end(widget, qtbot)
    assert client.engine_process_id() == engine
    assert len(state().generators) == 1


@pytest.fixture
def log(widget: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> Path:
    """Begin the training with one long step; return the file that holds the number of the last one begun."""
    log = tmp_path / "steps"
    monkeypatch.setattr(
        train_widget, "iter_train", partial(engine_training.iter_train, function="one_long_step", log=str(log))
    )
    widget.form.main_settings.set_values({"num_steps": LONG})
    widget.start()
    qtbot.waitUntil(lambda: widget.panel.progress.step == engine_training.LONG_STEP - 1)
    return log


@pytest.mark.parametrize("word", ["stop_and_keep", "discard", "leave"])
def test_the_step_under_way_is_the_last(widget: Any, log: Path, qtbot: QtBot, word: str) -> None:
    getattr(widget, word)()
    _wait_for_end(widget, qtbot)
    assert int(log.read_text()) == engine_training.LONG_STEP
    kept = [entry.generator for entry in state().generators]
    assert kept == ([make_generator(1 / engine_training.LONG_STEP)] if word == "stop_and_keep" else [])


def test_a_pause_begins_after_the_step_under_way(widget: Any, log: Path, qtbot: QtBot) -> None:
    widget.toggle_pause()
    qtbot.waitUntil(lambda: widget.panel.progress.step == engine_training.LONG_STEP)
    qtbot.wait(500)
    assert int(log.read_text()) == engine_training.LONG_STEP
    widget.toggle_pause()
    qtbot.waitUntil(lambda: widget.panel.progress.step > engine_training.LONG_STEP)
    widget.discard()
    _wait_for_end(widget, qtbot)


@pytest.mark.skipif(not hasattr(os, "kill"), reason="kills a process")
def test_a_killed_process_is_told_and_the_next_start_gets_a_new_one(widget: Any, qtbot: QtBot) -> None:
    _train(widget, LONG, qtbot)
    engine = client.engine_process_id()
    os.kill(engine, 9)
    _wait_for_end(widget, qtbot)
    assert "training process was ended" in widget.panel.status.value
    assert state().last is None
    _train(widget, 30, qtbot)
    assert client.engine_process_id() not in (None, engine)
    _wait_for_end(widget, qtbot)
    assert state().last is not None


def test_a_second_widget_is_told_that_one_training_is_under_way(widget: Any, viewer: Viewer, qtbot: QtBot) -> None:
    second = train_widget.TrainWidget(viewer)
    viewer.window.add_dock_widget(second, name="second")
    second.form.photographs.chosen = [viewer.layers["photograph"]]
    second.form.vintage.chosen = [viewer.layers["vintage"]]
    _train(widget, LONG, qtbot)
    second.start()
    _wait_for_end(second, qtbot)
    assert "under way already" in second.panel.status.value
    assert widget.running
    widget.stop_and_keep()
    _wait_for_end(widget, qtbot)
    assert widget.panel.status.value.startswith("Stopped early")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
@pytest.mark.parametrize(
    ("ending", "function"),
    [
        ("close", "train"),
        pytest.param("quit", "train", marks=pytest.mark.weekly),
        pytest.param("close", "silent", marks=pytest.mark.weekly),
        pytest.param("quit", "silent", marks=pytest.mark.slow),
    ],
)
def test_leaving_napari_in_mid_run_leaves_no_process(
    ending: str, function: str, tmp_path: Path, run_session: Callable[..., list[str]]
) -> None:
    engine = int(run_session(QUIT, tmp_path, ending, function)[-1])
    deadline = time.monotonic() + 5
    while _is_alive(engine) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(engine)

"""Trainings that are stopped, left, resumed or go astray, as the person sees it; the process runs without Keras."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fake_training import NUM_STEPS, STARTED, FakeTraining, make_generator, progress_at
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QCoreApplication, QEvent, Qt, QThreadPool

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.errors import BackendUnavailable, TrainingDiverged
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.training import checkpoints
from napari_retrogan.core.training.checkpoint_writer import CheckpointWriter
from napari_retrogan.core.training.events import (
    CheckpointFailed,
    TrainingFinished,
    TrainingRecovered,
    TrainingStarted,
)
from napari_retrogan.core.training.task import TrainingState, TrainingTask
from napari_retrogan.plugin.state import state
from napari_retrogan.plugin.train import train_widget
from napari_retrogan.plugin.train.train_widget import TrainWidget

if TYPE_CHECKING:
    from pathlib import Path

    from napari.viewer import Viewer
    from pytestqt.qtbot import QtBot

PICTURE = np.full((40, 60, 3), 200, np.uint8)


LAYERS = ("photograph", "print")
"""What is ticked as a photograph, and as a vintage picture."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(checkpoints.FOLDER_VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    training = FakeTraining()
    monkeypatch.setattr(train_widget, "iter_train", training)
    monkeypatch.setattr(train_widget, "iter_resume_training", training)
    return training


@pytest.fixture
def widget(viewer: Viewer, training: FakeTraining) -> TrainWidget:
    for name in LAYERS:
        viewer.add_image(PICTURE, name=name)
    return docked(viewer)


def docked(viewer: Viewer, name: str = "train") -> TrainWidget:
    widget = TrainWidget(viewer)
    viewer.window.add_dock_widget(widget, name=name)
    lists = (widget.form.photographs, widget.form.vintage)
    for picker, name in zip(lists, LAYERS, strict=True):
        picker.chosen = [layer for layer in viewer.layers if layer.name == name]
    return widget


def keep(folder: Path, step: int = 7, title: str = "slides") -> Path:
    """Write a checkpoint as a training does that was interrupted."""
    image = tuple(training_images(PICTURE, 0))
    task = TrainingTask(image, image, TrainingConfig(num_steps=NUM_STEPS), title=title, checkpoints=str(folder))
    kept = TrainingState(step=step, arrays={})
    assert CheckpointWriter(task, "tensorflow").write(lambda: kept) is None
    return folder


def begin(widget: TrainWidget, training: FakeTraining, qtbot: QtBot, **started: Any) -> None:
    training.put(TrainingStarted(backend="none", device="CPU", num_steps=NUM_STEPS, **started), progress_at(1))
    widget.panel.start_button.native.click()
    qtbot.waitUntil(lambda: widget.panel.progress.step == 1)


def wait_for_end(widget: TrainWidget, qtbot: QtBot) -> str:
    qtbot.waitUntil(lambda: not widget.running)
    return str(widget.panel.status.value)


def test_nothing_is_offered_where_nothing_was_interrupted(widget: TrainWidget) -> None:
    assert not widget.panel.resume_button.enabled
    assert widget.panel.interrupted.value == ""


def test_the_training_interrupted_last_is_offered_and_resumed(
    viewer: Viewer, training: FakeTraining, qtbot: QtBot, home: Path
) -> None:
    folder = keep(home / "run")
    widget = docked(viewer)
    panel = widget.panel
    assert panel.resume_button.enabled
    assert panel.interrupted.value.startswith(f"Interrupted: step 7 of {NUM_STEPS} of slides, ")
    training.put(TrainingStarted(backend="none", device="CPU", num_steps=NUM_STEPS, step=7), progress_at(8))
    panel.resume_button.native.click()
    qtbot.waitUntil(lambda: panel.progress.step == 8)
    assert not panel.resume_button.enabled
    assert panel.status.value == "Learning on the processor (CPU). It goes on after step 7."
    checkpoints.discard_checkpoint(folder)
    training.finish()
    assert wait_for_end(widget, qtbot).startswith("Done: the look 'slides' is ready")
    (((checkpoint,), _),) = training.calls
    assert checkpoint.folder == folder
    assert not panel.resume_button.enabled


def test_a_checkpoints_title_is_shown_as_text_and_is_short(viewer: Viewer, home: Path) -> None:
    keep(home / "run", title="<img src='/dev/zero'>\n" + "n" * 400)
    panel = docked(viewer).panel
    assert "<img src='/dev/zero'>\\n" in panel.interrupted.value
    assert panel.interrupted.native.textFormat() == Qt.TextFormat.PlainText
    assert "&lt;img" in panel.resume_button.tooltip
    assert len(panel.interrupted.value) < 300
    assert len(panel.resume_button.tooltip) < 350


def test_a_checkpoint_that_has_gone_meanwhile_is_not_resumed(
    viewer: Viewer, training: FakeTraining, home: Path
) -> None:
    folder = keep(home / "run")
    widget = docked(viewer)
    checkpoints.discard_checkpoint(folder)
    widget.resume()
    assert not widget.running
    assert not widget.panel.resume_button.enabled


def test_discarding_forgets_the_checkpoint(
    widget: TrainWidget, training: FakeTraining, qtbot: QtBot, home: Path
) -> None:
    begin(widget, training, qtbot, checkpoint=str(home / "run"))
    keep(home / "run")
    widget.discard()
    assert wait_for_end(widget, qtbot) == "Discarded; nothing was kept."
    assert checkpoints.list_checkpoints() == []


def test_closing_the_dock_keeps_the_checkpoint_and_says_so(
    viewer: Viewer, widget: TrainWidget, training: FakeTraining, qtbot: QtBot, home: Path
) -> None:
    earlier = state().add_generator("earlier", make_generator())
    begin(widget, training, qtbot, checkpoint=str(home / "run"))
    keep(home / "run")
    widget.native.parent().destroyOnClose()
    qtbot.waitUntil(training.ended.is_set)
    wait_for_end(widget, qtbot)
    assert state().generators == (earlier,)
    assert "Resume last training" in notification_manager.records[-1].message
    assert docked(viewer, "again").panel.resume_button.enabled
    widget.native.deleteLater()
    QCoreApplication.sendPostedEvents(widget.native, QEvent.Type.DeferredDelete)


def test_after_a_failure_the_checkpoint_is_offered(
    widget: TrainWidget, training: FakeTraining, qtbot: QtBot, home: Path
) -> None:
    begin(widget, training, qtbot, checkpoint=str(home / "run"))
    keep(home / "run")
    training.put(BackendUnavailable("The training process could not import its framework; repair it."))
    assert "could not import" in wait_for_end(widget, qtbot)
    assert widget.panel.resume_button.enabled


def test_a_failed_training_leaves_the_former_generator_in_its_place(
    widget: TrainWidget, training: FakeTraining, qtbot: QtBot, tmp_path: Path
) -> None:
    begin(widget, training, qtbot)
    training.finish()
    wait_for_end(widget, qtbot)
    former = state().last
    begin(widget, training, qtbot)
    training.put(TrainingDiverged("The losses are not finite."))
    wait_for_end(widget, qtbot)
    assert state().generators == (former,)
    assert widget.save_button.enabled
    widget.save(tmp_path / "former.retrogan")
    qtbot.waitUntil(lambda: (tmp_path / "former.retrogan").exists())


def test_going_astray_is_told_in_words(widget: TrainWidget, training: FakeTraining, qtbot: QtBot) -> None:
    begin(widget, training, qtbot)
    message = "Training went astray by step 5 (the losses stopped being finite), so it went back."
    training.put(TrainingRecovered(step=5, good_step=0, message=message))
    qtbot.waitUntil(lambda: widget.panel.status.value == message)
    training.put(TrainingFinished(generator=training.generator, stopped=True, reason="It went astray twice."))
    words = wait_for_end(widget, qtbot)
    assert words.startswith("It went astray twice. Stopped early: the look 'print' is ready")


def test_a_checkpoint_that_cannot_be_written_is_told(widget: TrainWidget, training: FakeTraining, qtbot: QtBot) -> None:
    begin(widget, training, qtbot)
    training.put(CheckpointFailed(message="No checkpoint can be written."), progress_at(2))
    qtbot.waitUntil(lambda: widget.panel.status.value == "No checkpoint can be written.")
    training.finish()
    assert wait_for_end(widget, qtbot).startswith("Done")


def change_layer(viewer: Viewer, change: str) -> None:
    """Do to the photograph and the print what people do."""
    for layer in [viewer.layers[name] for name in LAYERS]:
        if change == "rename":
            layer.name = "other"
        elif change == "reshape":
            layer.data = np.zeros((7, 9, 3), np.uint8)
        elif change == "paint":
            layer.data[:] = 0
            layer.refresh()
        else:
            viewer.layers.remove(layer)


@pytest.mark.parametrize(
    ("moment", "change"),
    [
        *[(moment, change) for moment in ("before", "after") for change in ("rename", "reshape", "delete")],
        ("after", "paint"),
    ],
)
def test_layers_that_change_in_mid_run_change_nothing(
    viewer: Viewer, widget: TrainWidget, training: FakeTraining, qtbot: QtBot, moment: str, change: str
) -> None:
    for name in LAYERS:
        viewer.layers[name].data = PICTURE.copy()
    if moment == "before":
        training.may_read.clear()
    widget.panel.start_button.native.click()
    if moment == "after":
        qtbot.waitUntil(lambda: len(training.images) == 2)
    change_layer(viewer, change)
    training.may_read.set()
    training.put(STARTED, progress_at(1))
    qtbot.waitUntil(lambda: widget.panel.progress.step == 1)
    training.finish()
    assert wait_for_end(widget, qtbot) == "Done: the look 'print' is ready, here and in the tab Looks."
    (original,) = training_images(PICTURE, 0)
    for (read,) in training.images:
        assert read.shape == original.shape
        for name in ("view", "thumbnail", "detail"):
            np.testing.assert_array_equal(getattr(read, name), getattr(original, name))


@pytest.mark.parametrize("ending", ["stop_and_keep", "discard", "leave"])
def test_no_worker_and_no_thread_is_left(
    widget: TrainWidget, training: FakeTraining, qtbot: QtBot, ending: str
) -> None:
    pool, threads = QThreadPool.globalInstance(), set(threading.enumerate())
    begin(widget, training, qtbot)
    getattr(widget, ending)()
    wait_for_end(widget, qtbot)
    assert training.ended.is_set()
    qtbot.waitUntil(lambda: pool.activeThreadCount() == 0)
    left = {thread for thread in threading.enumerate() if thread not in threads and thread.is_alive()}
    assert {thread for thread in left if not isinstance(thread, threading._DummyThread)} == set()


def test_the_iterator_is_closed_when_the_run_is_left(widget: TrainWidget, training: FakeTraining, qtbot: QtBot) -> None:
    with closing(training(should_stop=bool, should_pause=bool)):
        pass
    begin(widget, training, qtbot)
    training.put(*[STARTED] * 3)
    widget.leave()
    wait_for_end(widget, qtbot)
    assert training.ended.is_set()

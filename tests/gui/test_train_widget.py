"""The training widget, from the first choice to the generator, with a training that the tests steer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fake_training import NUM_STEPS, STARTED, FakeTraining, make_generator, progress_at
from napari.utils import progress
from qtpy.QtCore import QCoreApplication, QEvent, Qt, QThreadPool
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QMessageBox

from napari_retrogan.core.config import PRESETS, TrainingConfig
from napari_retrogan.core.errors import EngineBusy, EngineDied
from napari_retrogan.core.images.files import write_picture
from napari_retrogan.core.training.events import PreviewReady, TrainingStarted
from napari_retrogan.core.vintage_generator import load_generator
from napari_retrogan.plugin.layers import METADATA_KEY
from napari_retrogan.plugin.preferences import library
from napari_retrogan.plugin.state import state
from napari_retrogan.plugin.train import live_preview, train_widget
from napari_retrogan.plugin.train.progress_row import as_clock
from napari_retrogan.plugin.train.run_panel import MEASURING
from napari_retrogan.plugin.train.training_form import NO_PHOTOGRAPH, NO_VINTAGE, ONLY_VINTAGE, UNEQUAL_PAIRS

if TYPE_CHECKING:
    from pathlib import Path

    from napari.viewer import Viewer
    from pytestqt.qtbot import QtBot


class Bench:
    """A viewer with the widget docked and the training in the test's hand."""

    def __init__(self, viewer: Viewer, training: FakeTraining, qtbot: QtBot) -> None:
        self.viewer, self.training, self.session, self.qtbot = viewer, training, state(), qtbot
        self.photograph = viewer.add_image(np.full((40, 60, 3), 200, np.uint8), name="photograph")
        self.vintage = viewer.add_image(np.full((30, 30, 3), 100, np.uint8), name="vintage")
        self.widget = train_widget.TrainWidget(viewer)
        self.dock = viewer.window.add_dock_widget(self.widget, name="Train vintage GAN")

    @property
    def words(self) -> str:
        return str(self.widget.panel.status.value)

    def until(self, condition: Any) -> None:
        self.qtbot.waitUntil(condition)

    def choose(self) -> None:
        self.widget.form.photographs.chosen = [self.photograph]
        self.widget.form.vintage.chosen = [self.vintage]

    def begin(self) -> None:
        self.choose()
        self.widget.panel.start_button.native.click()
        self.training.put(STARTED, progress_at(1))
        self.until(lambda: self.widget.panel.progress.step == 1)

    def wait_for_end(self) -> None:
        self.until(lambda: not self.widget.running)


@pytest.fixture
def bench(viewer: Viewer, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> Bench:
    training = FakeTraining()
    monkeypatch.setattr(train_widget, "iter_train", training)
    monkeypatch.setattr(train_widget, "iter_train_patch_gan", training)
    return Bench(viewer, training, qtbot)


def test_unmet_needs_are_said_beside_the_disabled_button(bench: Bench) -> None:
    form, panel = bench.widget.form, bench.widget.panel
    assert (bench.words, panel.start_button.enabled) == (NO_VINTAGE, False)
    form.vintage.chosen = [bench.vintage]
    assert (bench.words, panel.start_button.enabled) == (ONLY_VINTAGE, True)
    form.paired.value = True
    assert (bench.words, panel.start_button.enabled) == (NO_PHOTOGRAPH, False)
    form.paired.value = False
    form.photographs.chosen = [bench.photograph]
    assert (bench.words, panel.start_button.enabled) == ("", True)
    another = bench.viewer.add_image(np.full((40, 60, 3), 90, np.uint8), name="another")
    form.photographs.chosen = [bench.photograph, another]
    form.paired.value = True
    assert (bench.words, panel.start_button.enabled) == (UNEQUAL_PAIRS, False)


def test_removing_the_only_choice_brings_the_need_back(bench: Bench) -> None:
    bench.choose()
    bench.viewer.layers.remove(bench.vintage)
    assert (bench.words, bench.widget.panel.start_button.enabled) == (NO_VINTAGE, False)


def test_the_core_gets_what_was_chosen_and_entered(bench: Bench, tmp_path: Path) -> None:
    form = bench.widget.form
    form.photographs.add_folder(tmp_path)
    form.advanced_settings.set_values({"texture_batch_size": 12})
    form.main_settings.set_values({"seed": 7})
    bench.begin()
    bench.training.finish()
    bench.wait_for_end()
    (photographs, vintage), settings = bench.training.calls[0]
    for (captured,), layer in zip((photographs, vintage), (bench.photograph, bench.vintage), strict=True):
        assert (captured.name, captured.data is layer.data) == (layer.name, True)
    assert settings["config"] == TrainingConfig(texture_batch_size=12, seed=7)
    assert settings["paired"] is False
    assert settings["backend"] == "tensorflow"


def test_a_folder_alone_is_enough(bench: Bench, tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", np.full((40, 60, 3), 200, np.uint8))
    bench.widget.form.photographs.add_folder(tmp_path)
    bench.widget.form.vintage.add_folder(tmp_path)
    bench.widget.start()
    assert bench.widget.preview.source is bench.vintage  # It is active, and looks are learnt from no layer.
    bench.training.finish()
    bench.wait_for_end()
    (photographs, vintage), _ = bench.training.calls[0]
    assert (photographs, vintage) == ((tmp_path,), (tmp_path,))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_sets_the_steps(bench: Bench, preset: str) -> None:
    bench.widget.form.quality.value = preset
    assert bench.widget.form.request.config == TrainingConfig.preset(preset)


def test_the_start_of_the_engine_and_its_device_are_told(bench: Bench) -> None:
    bench.choose()
    bench.widget.start()
    assert "Starting the software that learns" in bench.words
    bench.training.put(STARTED)
    bench.until(lambda: bench.words == "Learning on the processor (CPU) with TensorFlow.")
    assert bench.widget.panel.progress.words == f"Step 0 of at most {NUM_STEPS}"
    bench.training.finish()
    bench.wait_for_end()


def test_progress_is_shown_in_the_widget_and_nowhere_else(bench: Bench) -> None:
    before = set(progress._all_instances)
    bar = bench.widget.panel.progress[0][0]
    bench.choose()
    bench.widget.start()
    assert (bar.min, bar.max) == (0, 0)  # Qt moves such a bar.
    bench.training.put(STARTED, *[progress_at(step) for step in range(1, 6)])
    bench.until(lambda: bench.widget.panel.progress.step == 5)
    assert bench.widget.panel.progress.words == "Step 5 of at most 10, at most about 2 seconds left"
    assert (bar.value, bar.max) == (5, NUM_STEPS)
    assert set(progress._all_instances) == before
    steps, losses = bench.widget.panel.plot.curves["drift"]
    np.testing.assert_array_equal(steps, np.arange(1, 6))
    np.testing.assert_allclose(losses, 0.1 * np.arange(1, 6))
    bench.training.finish()
    bench.wait_for_end()
    assert set(progress._all_instances) == before


def test_the_generator_is_offered_and_can_be_saved(bench: Bench, tmp_path: Path) -> None:
    bench.begin()
    assert not bench.widget.save_button.enabled
    bench.training.finish()
    bench.wait_for_end()
    entry = bench.session.last
    assert entry is not None
    assert (entry.name, entry.generator) == ("vintage", bench.training.generator)
    assert bench.words == "Done: the look 'vintage' is ready, here and in the tab Looks."
    assert bench.widget.save_button.enabled
    bench.widget.save(tmp_path / "look")
    bench.until(lambda: bench.words == "Saved vintage as look.retrogan.")
    assert load_generator(tmp_path / "look.retrogan") == entry.generator


def test_it_says_that_the_look_is_measured_until_the_first_step(bench: Bench) -> None:
    config = TrainingConfig(num_steps=NUM_STEPS)
    bench.choose()
    bench.training.put(TrainingStarted(backend="jax", device="CPU", num_steps=NUM_STEPS, config=config))
    bench.widget.panel.start_button.native.click()
    bench.until(lambda: bench.words == f"Learning on the processor (CPU) with JAX. {MEASURING}")
    assert bench.widget.panel.keep_button.enabled
    bench.training.put(progress_at(1))
    bench.until(lambda: bench.words == "Learning on the processor (CPU) with JAX.")
    bench.training.finish()
    bench.wait_for_end()


def test_pause_holds_the_training_until_resumed(bench: Bench) -> None:
    bench.begin()
    button = bench.widget.panel.pause_button
    button.native.click()
    bench.until(bench.training.paused.is_set)
    assert (button.text, bench.widget.panel.state) == ("Res&ume", "paused")
    bench.training.put(progress_at(2))
    button.native.click()
    bench.until(lambda: bench.widget.panel.progress.step == 2)
    assert (button.text, bench.words) == ("Pa&use", "Learning on the processor (CPU) with TensorFlow.")
    bench.training.finish()
    bench.wait_for_end()


@pytest.mark.parametrize("paused", [False, True])
def test_stop_and_keep_keeps_what_is_there(bench: Bench, paused: bool) -> None:
    bench.begin()
    if paused:
        bench.widget.toggle_pause()
        bench.until(bench.training.paused.is_set)
    bench.widget.panel.keep_button.native.click()
    bench.wait_for_end()
    assert bench.session.last is not None
    assert bench.session.last.generator is bench.training.generator
    assert bench.words.startswith("Stopped early: the look 'vintage' is ready")
    assert bench.widget.panel.start_button.enabled


def question(bench: Bench) -> QMessageBox:
    """The question that is open."""
    return next(box for box in bench.widget.native.findChildren(QMessageBox) if box.isVisible())


def press(bench: Bench, text: str) -> None:
    """Press a button of the question."""
    button = next(each for each in question(bench).buttons() if each.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("paused", [False, True])
def test_discard_asks_then_keeps_nothing_and_harms_no_earlier_generator(bench: Bench, paused: bool) -> None:
    earlier = bench.session.add_generator("earlier", make_generator())
    bench.begin()
    if paused:
        bench.widget.toggle_pause()
        bench.until(bench.training.paused.is_set)
    bench.widget.panel.discard_button.native.click()
    assert "1 step" in question(bench).text()
    press(bench, "&Go on training")
    assert bench.widget.running
    bench.widget.panel.discard_button.native.click()
    press(bench, "&Discard")
    bench.wait_for_end()
    assert bench.training.ended.is_set()
    assert bench.session.generators == (earlier,)
    assert library().entries() == ()
    assert bench.words == "Discarded; nothing was kept."
    assert bench.widget.panel.start_button.enabled


def test_discard_asks_nothing_before_the_first_step_and_no_more_after_the_last(bench: Bench) -> None:
    bench.choose()
    bench.widget.panel.start_button.native.click()
    bench.widget.panel.discard_button.native.click()
    bench.wait_for_end()
    assert bench.words == "Discarded; nothing was kept."
    bench.begin()
    bench.widget.panel.discard_button.native.click()
    assert question(bench).isVisible()
    bench.training.finish()
    bench.wait_for_end()
    assert bench.session.last is not None
    assert not any(box.isVisible() for box in bench.widget.native.findChildren(QMessageBox))


def test_closing_napari_loses_nothing_finished_and_keeps_nothing_half_done(bench: Bench) -> None:
    bench.begin()
    bench.training.finish()
    bench.until(lambda: library().entries() != ())
    bench.wait_for_end()
    bench.begin()
    bench.viewer.close()
    assert bench.training.ended.wait(5)
    bench.until(lambda: QThreadPool.globalInstance().activeThreadCount() == 0)
    assert [entry.name for entry in library().entries()] == ["vintage"]


@pytest.mark.parametrize(
    "error",
    [EngineDied("The training process died; start again."), EngineBusy("A training is under way already.")],
)
def test_an_error_of_the_engine_is_said_and_the_next_start_works(bench: Bench, error: Exception) -> None:
    bench.begin()
    bench.training.put(error)
    bench.wait_for_end()
    assert bench.words == str(error)
    assert bench.session.last is None
    bench.begin()
    bench.training.finish()
    bench.wait_for_end()
    assert bench.session.last is not None


def test_a_runtime_error_in_the_worker_is_not_swallowed(bench: Bench) -> None:
    bench.begin()
    bench.training.put(RuntimeError("out of memory"))
    bench.wait_for_end()
    assert "out of memory" in bench.words
    assert bench.widget.panel.start_button.enabled


def test_removing_the_chosen_layers_in_mid_run_changes_nothing(bench: Bench) -> None:
    bench.begin()
    bench.training.put(PreviewReady(step=1, generator=make_generator()))
    bench.until(lambda: bench.widget.preview.layer is not None)
    bench.viewer.layers.remove(bench.photograph)
    bench.viewer.layers.remove(bench.vintage)
    bench.training.put(progress_at(2), PreviewReady(step=2, generator=make_generator(0.1)))
    bench.until(lambda: bench.widget.panel.progress.step == 2)
    bench.training.finish()
    bench.wait_for_end()
    assert bench.session.last is not None
    bench.until(lambda: len(bench.viewer.layers) == 0)


def test_the_preview_stays_when_the_training_ends_and_goes_with_the_next(bench: Bench) -> None:
    bench.begin()
    bench.training.put(PreviewReady(step=1, generator=make_generator()))
    bench.until(lambda: "photograph (preview)" in bench.viewer.layers)
    assert bench.viewer.layers["photograph (preview)"] not in bench.widget.form.photographs.choices
    bench.qtbot.wait(2 * live_preview.UPDATE_MILLISECONDS)  # It stays there, though the active layer is a vintage one.
    bench.training.generator = make_generator(0.1)
    bench.training.finish()
    bench.wait_for_end()
    shown = bench.viewer.layers["photograph (preview)"]
    bench.until(lambda: bool(np.allclose(shown.data, np.round(bench.photograph.data * [0.1, 1, 1]), atol=1)))
    for layer in (bench.photograph, bench.vintage):
        bench.viewer.layers.selection.active = layer
    bench.until(lambda: "vintage (preview)" in bench.viewer.layers)
    assert "photograph (preview)" not in bench.viewer.layers
    bench.begin()
    assert [layer.name for layer in bench.viewer.layers] == ["photograph", "vintage"]
    bench.widget.discard()
    bench.wait_for_end()


@pytest.mark.parametrize("folders", [False, True])
def test_the_preview_follows_the_active_layer(bench: Bench, tmp_path: Path, folders: bool) -> None:
    write_picture(tmp_path / "a.png", np.full((40, 60, 3), 200, np.uint8))
    form = bench.widget.form
    form.vintage.chosen = [tmp_path] if folders else [bench.vintage]
    form.photographs.chosen = [tmp_path] if folders else [bench.photograph]
    bench.viewer.layers.selection.active = bench.photograph
    bench.widget.panel.start_button.native.click()
    bench.training.put(STARTED, progress_at(1), PreviewReady(step=1, generator=make_generator()))
    bench.until(lambda: "photograph (preview)" in bench.viewer.layers)
    other = bench.viewer.add_image(np.full((20, 30, 3), 90, np.uint8), name="other")
    bench.until(lambda: "other (preview)" in bench.viewer.layers)
    assert "photograph (preview)" not in bench.viewer.layers
    assert bench.viewer.layers.selection.active is other
    bench.viewer.add_points(np.zeros((1, 2)), name="points")
    bench.until(lambda: bench.widget.preview.source is other)
    bench.viewer.layers.remove("other (preview)")
    bench.viewer.layers.selection.active = bench.photograph
    bench.training.put(progress_at(2), PreviewReady(step=2, generator=make_generator(0.1)))
    bench.until(lambda: bench.widget.panel.progress.step == 2)
    bench.qtbot.wait(2 * live_preview.UPDATE_MILLISECONDS)
    assert not any("preview" in layer.name for layer in bench.viewer.layers)
    bench.training.finish()
    bench.wait_for_end()


def test_the_time_is_told_from_the_first_second(bench: Bench) -> None:
    elapsed = bench.widget.panel.progress.elapsed
    bench.choose()
    bench.widget.panel.start_button.native.click()
    assert elapsed.value == "0:00"
    bench.until(lambda: elapsed.value == "0:01")  # Nothing has come from the engine yet.
    bench.training.put(STARTED, progress_at(1))
    bench.until(lambda: bench.widget.panel.progress.step == 1)
    bench.training.finish()
    bench.wait_for_end()
    assert elapsed.value >= "0:01"
    assert [as_clock(seconds) for seconds in (0.4, 61, 3600)] == ["0:00", "1:01", "1:00:00"]


def test_closing_the_dock_ends_the_training_without_a_generator(bench: Bench) -> None:
    bench.begin()
    bench.dock.destroyOnClose()
    bench.until(bench.training.ended.is_set)
    bench.wait_for_end()
    assert bench.session.last is None
    bench.widget.native.deleteLater()
    QCoreApplication.sendPostedEvents(bench.widget.native, QEvent.Type.DeferredDelete)


def test_hiding_the_dock_does_not_disturb_the_training(bench: Bench) -> None:
    bench.begin()
    bench.dock.hide()
    bench.training.put(progress_at(2))
    bench.until(lambda: bench.widget.panel.progress.step == 2)
    bench.training.finish()
    bench.wait_for_end()
    assert bench.session.last is not None


def test_closing_the_window_in_mid_run_ends_the_training(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    shut_down = threading.Event()
    monkeypatch.setattr("napari_retrogan.plugin.train.training_run.shut_down", shut_down.set)
    activities = set(progress._all_instances)
    bench.begin()
    bench.training.put(PreviewReady(step=1, generator=make_generator()))
    bench.until(lambda: bench.widget.preview.layer is not None)
    bench.viewer.close()
    assert bench.training.ended.wait(5)
    assert shut_down.is_set()
    assert set(progress._all_instances) == activities
    assert bench.session.last is None


def test_patches_become_a_layer(bench: Bench) -> None:
    class Sampler:
        def sample(self, number: int, seed: int) -> np.ndarray:
            return np.full((number, 32, 32, 3), seed / 100, np.float32)

    bench.choose()
    bench.training.generator = Sampler()
    bench.widget.form.main_settings.set_values({"seed": 9})
    bench.widget.patches.num_steps.value = 5
    bench.widget.patches.number.value = 4
    bench.widget.patches.start_button.native.click()
    assert not bench.widget.patches.start_button.enabled
    bench.training.put(STARTED)
    bench.training.finish()
    bench.until(lambda: "vintage (patches)" in bench.viewer.layers)
    layer = bench.viewer.layers["vintage (patches)"]
    assert (layer.rgb, layer.data.shape, layer.contrast_limits) == (True, (65, 65, 3), [0, 1])
    np.testing.assert_allclose(layer.data[0, 0], 0.09)
    assert bench.words == "Done: 'vintage (patches)' shows 4 patches drawn from noise."
    assert bench.training.calls[0][1]["num_steps"] == 5
    assert bench.session.last is None


def test_a_layer_is_ticked_on_one_side_only_and_results_are_not_offered(bench: Bench) -> None:
    form = bench.widget.form
    bench.choose()
    form.vintage.chosen = [bench.vintage, bench.photograph]
    assert form.photographs.chosen == []
    form.photographs.chosen = [bench.vintage]
    assert form.vintage.chosen == [bench.photograph]
    result = bench.viewer.add_image(np.zeros((40, 60, 3), np.uint8), metadata={METADATA_KEY: {"source_layer": "cat"}})
    assert result not in form.photographs.choices


def test_what_is_trained_is_in_the_library_at_once(bench: Bench) -> None:
    bench.begin()
    bench.training.finish()
    bench.wait_for_end()
    assert [entry.name for entry in library().entries()] == ["vintage"]

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from fake_training import make_generator
from napari.utils import progress
from napari.utils.notifications import notification_manager
from open_studio import close_studio, open_tab
from qtpy.QtCore import QThreadPool
from stand_ins import FailingGenerator, SlowGenerator

import napari_retrogan as rg
from napari_retrogan.core.inference.taste import Taste
from napari_retrogan.plugin.apply.apply_widget import NO_LAYER, NO_LOOK, ApplyWidget
from napari_retrogan.plugin.shared.brightness_menu import BY_THE_STYLE
from napari_retrogan.plugin.state import state


@pytest.fixture
def widget(viewer):
    """Return the widget in a dock of its viewer."""
    return open_tab(viewer, "looks")


@pytest.fixture
def slow():
    """Return a generator under way in tiles, which never outlives its test."""
    generator = SlowGenerator()
    yield generator
    generator.let_pass(1000)


def finish(qtbot, widget):
    qtbot.waitUntil(lambda: not widget.running)


def start(qtbot, widget, generator):
    state().add_generator("slow", generator)
    widget.apply()
    qtbot.waitUntil(generator.started.is_set)


def test_the_main_way(qtbot, viewer, widget, generator, photograph):
    source = viewer.add_image(photograph, name="cat", scale=(2, 3))
    entry = state().add_generator("slides", generator)
    widget.controls.taste = Taste(strength=0.5, grain=2.0, softness=0.5, warmth=-0.3)
    widget.seed.value = 7
    widget.apply_button.native.click()
    finish(qtbot, widget)
    result = viewer.layers[-1]
    assert result.name == "cat (slides)"
    np.testing.assert_array_equal(result.data, generator.apply(photograph, 0.5, 2.0, 7, softness=0.5, warmth=-0.3))
    np.testing.assert_array_equal(source.data, photograph)
    assert list(result.scale) == [2, 3]
    assert result.metadata["napari_retrogan"]["generator"] == {"id": entry.generator.id, "file": None}
    assert widget.status.value == "Added cat (slides)."
    assert widget.progress_bar.value == 100
    assert not progress._all_instances


def test_brightness_is_the_generators_choice_or_the_persons(qtbot, viewer, widget, generator, photograph):
    source = viewer.add_image(photograph, name="cat")
    state().add_generator("slides", generator)
    for entry, brightness in ((BY_THE_STYLE, None), ("kept", "kept"), ("learnt", "learnt")):
        widget.brightness.value = entry
        viewer.layers.selection.active = source
        widget.apply()
        finish(qtbot, widget)
        result = viewer.layers[-1]
        np.testing.assert_array_equal(result.data, generator.apply(photograph, brightness=brightness))
        assert result.metadata["napari_retrogan"]["parameters"].get("brightness") == brightness


def test_each_result_gets_a_name_of_its_own(qtbot, viewer, widget, generator, photograph):
    viewer.add_image(photograph, name="cat")
    state().add_generator("slides", generator)
    for _ in range(2):
        widget.apply()
        finish(qtbot, widget)
    assert [layer.name for layer in viewer.layers] == ["cat", "cat (slides)", "cat (slides) [1]"]


def test_what_is_missing_is_said_beside_the_disabled_button(viewer, widget, generator, photograph):
    assert widget.status.value == NO_LOOK
    assert not widget.apply_button.enabled
    state().add_generator("slides", generator)
    assert NO_LAYER in widget.status.value
    viewer.add_labels(np.zeros((9, 9), int))
    assert NO_LAYER in widget.status.value
    assert not widget.apply_button.enabled
    viewer.add_image(photograph)
    assert NO_LAYER not in widget.status.value
    assert widget.apply_button.enabled
    viewer.layers.clear()
    assert not widget.apply_button.enabled


def test_only_image_layers_are_offered_and_renaming_is_followed(viewer, widget, photograph):
    image = viewer.add_image(photograph, name="cat")
    viewer.add_labels(np.zeros((9, 9), int), name="cells")
    assert widget.layer.choices == (image,)
    image.name = "tom"
    assert widget.layer.native.findText("tom") == 0


def test_it_opens_on_the_selected_layer_and_the_newest_generator(viewer, generator, photograph):
    viewer.add_image(photograph, name="first")
    second = viewer.add_image(photograph, name="second")
    viewer.add_image(photograph, name="third")
    viewer.layers.selection.active = second
    state().add_generator("old", generator)
    state().add_generator("new", generator)
    widget = open_tab(viewer, "looks")
    assert widget.layer.value is second
    assert widget.generator.entry is state().last


def test_the_layer_is_captured_when_the_run_starts(qtbot, viewer, widget, slow, photograph):
    source = viewer.add_image(photograph, name="cat", scale=(2, 2))
    other = viewer.add_image(photograph, name="dog", scale=(5, 5))
    widget.layer.value = source
    start(qtbot, widget, slow)
    widget.layer.value = other
    source.scale, source.name = (9, 9), "renamed"
    slow.let_pass()
    finish(qtbot, widget)
    assert viewer.layers[-1].name == "cat (slow)"
    assert list(viewer.layers[-1].scale) == [2, 2]


def test_progress_is_shown_here_and_in_the_activity_dock(qtbot, viewer, widget, slow, photograph):
    viewer.add_image(photograph, name="cat")
    start(qtbot, widget, slow)
    (bar,) = progress._all_instances
    slow.let_pass(2)
    qtbot.waitUntil(lambda: widget.progress_bar.value == 50)
    assert bar.n == 50
    assert bar.desc.startswith("slow on cat")
    assert widget.cancel_button.enabled
    assert not widget.apply_button.enabled
    slow.let_pass()
    finish(qtbot, widget)
    assert not progress._all_instances


def test_cancel_ends_the_run_without_a_result(qtbot, viewer, widget, slow, photograph):
    viewer.add_image(photograph)
    start(qtbot, widget, slow)
    slow.let_pass(1)
    widget.cancel_button.native.click()
    finish(qtbot, widget)
    assert slow.ended.is_set()
    assert len(viewer.layers) == 1
    assert widget.status.value == "Cancelled."
    assert widget.apply_button.enabled
    assert not widget.cancel_button.enabled


def test_removing_the_layer_ends_the_run(qtbot, viewer, widget, slow, photograph):
    source = viewer.add_image(photograph, name="cat")
    start(qtbot, widget, slow)
    viewer.layers.remove(source)
    finish(qtbot, widget)
    assert slow.ended.is_set()
    assert not viewer.layers
    assert "cat was removed, so the run ended." in widget.status.value


def test_removing_another_layer_does_not(qtbot, viewer, widget, slow, photograph):
    source = viewer.add_image(photograph, name="cat")
    other = viewer.add_image(photograph, name="dog")
    widget.layer.value = source
    start(qtbot, widget, slow)
    viewer.layers.remove(other)
    slow.let_pass()
    finish(qtbot, widget)
    assert viewer.layers[-1].name == "cat (slow)"


def test_closing_the_viewer_ends_the_run(qtbot, viewer, widget, slow, photograph):
    viewer.add_image(photograph)
    start(qtbot, widget, slow)
    viewer.close()
    assert QThreadPool.globalInstance().waitForDone(10_000)
    assert slow.ended.is_set()
    qtbot.wait(50)
    assert not progress._all_instances


def test_closing_the_window_ends_the_run(qtbot, viewer, widget, slow, photograph):
    viewer.add_image(photograph)
    start(qtbot, widget, slow)
    viewer.window.close()
    assert QThreadPool.globalInstance().waitForDone(10_000)
    assert slow.ended.is_set()
    qtbot.wait(50)
    assert not progress._all_instances


def test_closing_the_dock_ends_the_run(qtbot, viewer, widget, slow, photograph):
    viewer.add_image(photograph)
    start(qtbot, widget, slow)
    close_studio(viewer)
    assert QThreadPool.globalInstance().waitForDone(10_000)
    qtbot.wait(50)
    assert slow.ended.is_set()
    assert len(viewer.layers) == 1
    assert not progress._all_instances
    state().add_generator("later", slow)
    viewer.add_image(photograph)


def test_a_dask_layer_gives_a_lazy_layer(qtbot, viewer, widget, generator):
    computed = []

    def look(block, block_info=None):
        if block_info:
            computed.append(block_info[0]["chunk-location"][0])
        return block

    stack = da.random.default_rng(0).random((5, 40, 50), chunks=(1, 40, 50), dtype=np.float32)
    stack = stack.map_blocks(look, dtype=np.float32, meta=np.empty((0, 0, 0), np.float32))
    viewer.add_image(stack, name="film", contrast_limits=(0, 1), cache=False)
    viewer.dims.set_current_step(0, 2)
    computed.clear()
    state().add_generator("slides", generator)
    widget.apply()
    finish(qtbot, widget)
    assert isinstance(viewer.layers["film (slides)"].data, da.Array)
    drawn_by_napari = {0, 2}
    assert set(computed) <= drawn_by_napari


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (rg.InvalidImage("Layer 'cat' is empty; choose another."), "Layer 'cat' is empty; choose another."),
        (RuntimeError("no memory"), "Something unforeseen went wrong (RuntimeError: no memory)."),
        (NotImplementedError("no kernel"), "NotImplementedError: no kernel"),
    ],
)
def test_errors_are_sentences_without_a_trace(qtbot, viewer, widget, photograph, error, words):
    viewer.add_image(photograph)
    state().add_generator("bad", FailingGenerator(error))
    widget.apply()
    finish(qtbot, widget)
    assert words in widget.status.value
    assert words in notification_manager.records[-1].message
    assert not hasattr(notification_manager.records[-1], "exception")
    assert len(viewer.layers) == 1
    assert widget.apply_button.enabled


def test_generators_are_saved_and_loaded_in_workers(qtbot, viewer, widget, generator, photograph, tmp_path):
    viewer.add_image(photograph)
    state().add_generator("slides", generator)
    widget.generator.save(tmp_path / "kodachrome")
    qtbot.waitUntil(lambda: state().last.file is not None)
    file = tmp_path / "kodachrome.retrogan"
    assert file.exists()
    qtbot.waitUntil(lambda: widget.generator.load_button.enabled)
    widget.generator.load(file)
    qtbot.waitUntil(lambda: widget.generator.entry.name == "kodachrome")
    widget.apply()
    finish(qtbot, widget)
    provenance = viewer.layers[-1].metadata["napari_retrogan"]
    assert provenance["generator"] == {"id": generator.id, "file": str(file)}


def test_a_file_that_is_no_generator_is_refused_in_words(qtbot, widget, tmp_path):
    file = tmp_path / "notes.retrogan"
    file.write_text("not a generator")
    widget.generator.load(file)
    qtbot.waitUntil(lambda: widget.generator.load_button.enabled)
    assert "notes.retrogan" in widget.status.value
    assert NO_LOOK in widget.status.value
    assert state().generators == ()


def test_the_dialogs_lead_to_files(qtbot, widget, generator, tmp_path, monkeypatch):
    module = "napari_retrogan.plugin.shared.look_files.show_file_dialog"
    monkeypatch.setattr(module, lambda *_, **__: None)
    widget.generator.load_button.native.click()
    assert widget.generator.load_button.enabled
    state().add_generator("slides", generator)
    monkeypatch.setattr(module, lambda *_, **__: str(tmp_path / "a.retrogan"))
    widget.generator.save_button.native.click()
    qtbot.waitUntil(lambda: (tmp_path / "a.retrogan").exists() and widget.generator.load_button.enabled)
    widget.generator.load_button.native.click()
    qtbot.waitUntil(lambda: state().last.name == "a")


def test_a_new_seed_is_drawn(widget):
    widget.fields.new_seed_button.native.click()
    assert widget.seed.value != 0


def test_a_removed_generator_is_offered_no_more(widget, generator):
    entry = state().add_generator("slides", generator)
    assert widget.generator.entry is entry
    state().remove(entry)
    assert widget.generator.entry is None
    assert not widget.generator.save_button.enabled


def test_it_works_without_a_dock(qtbot, viewer, generator, photograph):
    viewer.add_image(photograph, name="cat")
    widget = ApplyWidget(viewer)
    state().add_generator("slides", generator)
    widget.apply()
    finish(qtbot, widget)
    assert viewer.layers[-1].name == "cat (slides)"
    widget.native.deleteLater()
    qtbot.wait(50)


def test_it_follows_the_selection_unless_it_is_pinned(viewer, widget, photograph):
    cat, dog = (viewer.add_image(photograph, name=name) for name in ("cat", "dog"))
    assert widget.layer.value is dog
    viewer.layers.selection.active = cat
    assert widget.layer.value is cat
    widget.target.pin.native.click()
    viewer.layers.selection.active = dog
    assert widget.layer.value is cat
    widget.target.pin.native.click()
    assert widget.layer.value is dog
    viewer.add_labels(np.zeros((9, 9), int))
    assert widget.layer.value is dog


def test_all_selected_layers_get_the_look(qtbot, viewer, widget, generator, photograph):
    layers = [viewer.add_image(photograph, name=name) for name in ("cat", "dog", "cow")]
    state().add_generator("slides", generator)
    viewer.layers.selection = layers[:2]
    assert widget.apply_button.text == "&Apply to 2 layers"
    widget.apply_button.native.click()
    finish(qtbot, widget)
    assert [layer.name for layer in viewer.layers][3:] == ["cat (slides)", "dog (slides)"]
    assert set(viewer.layers.selection) == set(layers[:2])
    assert widget.status.value == "Added 2 layers."
    assert widget.progress_bar.value == 100


def test_cancel_ends_what_waits_too(qtbot, viewer, widget, slow, photograph):
    layers = [viewer.add_image(photograph, name=name) for name in ("cat", "dog")]
    viewer.layers.selection = layers
    start(qtbot, widget, slow)
    widget.cancel_button.native.click()
    finish(qtbot, widget)
    qtbot.wait(100)
    assert list(viewer.layers) == layers
    assert widget.status.value == "Cancelled."


def test_parts_that_a_look_lacks_are_told_at_their_sliders(viewer, widget, generator, photograph):
    viewer.add_image(photograph)
    sliders = widget.controls.sliders
    state().add_generator("plain", make_generator())
    assert (sliders["grain"].enabled, sliders["softness"].enabled) == (False, False)
    assert sliders["grain"].tooltip == "This look has no grain."
    assert sliders["strength"].enabled
    state().add_generator("slides", generator)
    assert sliders["grain"].enabled
    assert sliders["softness"].enabled
    assert "trained amount" in sliders["grain"].tooltip

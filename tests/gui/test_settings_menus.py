"""Presets, the settings of a result, and what is copied to be typed: it gives the same pixels."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
from fake_training import make_generator
from looks_at_hand import built_in, click, two_looks
from open_studio import open_tab
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QInputDialog, QMenu
from typer.testing import CliRunner

from napari_retrogan.cli.app import app
from napari_retrogan.core.architecture import MAPPING_SHAPES
from napari_retrogan.core.images.files import read_picture, write_picture
from napari_retrogan.core.inference.taste import Taste
from napari_retrogan.core.vintage_generator import VintageGenerator
from napari_retrogan.plugin import preferences
from napari_retrogan.plugin.apply.preset_menu import DELETE, KEEP, OF_LAYER
from napari_retrogan.plugin.layers import METADATA_KEY
from napari_retrogan.plugin.shared import look_thumbnails
from napari_retrogan.plugin.state import state

pytestmark = pytest.mark.shown

CAT = np.random.default_rng(5).integers(0, 256, (40, 50, 3), np.uint8)


@pytest.fixture
def widget(viewer, monkeypatch, request):
    if "built in" not in request.node.name:
        monkeypatch.setattr(look_thumbnails, "catalogue", two_looks)
    return open_tab(viewer, "looks")


def open_menu(qtbot, button):
    """Press a button by the keyboard and return the menu that it opens."""
    button.native.setFocus()
    QTest.keyClick(button.native, Qt.Key.Key_Space)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def titles(menu):
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def choose(qtbot, button, title, submenu=None):
    """Choose an entry of the menu that a button opens, by the arrow keys."""
    menu = open_menu(qtbot, button)
    if submenu is not None:
        opened = next(action.menu() for action in menu.actions() if action.text() == submenu)
        next(action for action in opened.actions() if action.text() == title).trigger()
        menu.close()
        return
    for _ in menu.actions():
        QTest.keyClick(menu, Qt.Key.Key_Down)
        if menu.activeAction() is not None and menu.activeAction().text() == title:
            QTest.keyClick(menu, Qt.Key.Key_Return)
            return
    raise AssertionError(titles(menu))


def keep_as(qtbot, widget, monkeypatch, name):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: (name, True))
    choose(qtbot, widget.presets.button, KEEP)
    qtbot.waitUntil(lambda: widget.status.value.startswith("Kept the settings as"))


def presets(qtbot, widget):
    menu = open_menu(qtbot, widget.presets.button)
    found = titles(menu)
    menu.close()
    return found[: found.index(KEEP)]


def test_settings_are_kept_under_a_name_and_taken_back(qtbot, viewer, widget, monkeypatch):
    widget.controls.taste = Taste(strength=0.7, warmth=0.3)
    widget.brightness.choose("learnt")
    assert presets(qtbot, widget) == ["No presets yet"]
    keep_as(qtbot, widget, monkeypatch, "Warm & soft")
    qtbot.waitUntil(lambda: presets(qtbot, widget) == ["Warm && soft"])
    widget.controls.reset()
    widget.brightness.choose(None)
    widget.seed.value = 9
    choose(qtbot, widget.presets.button, "Warm && soft")
    assert widget.controls.taste == Taste(strength=0.7, warmth=0.3)
    assert (widget.brightness.brightness, widget.seed.value) == ("learnt", 9)
    assert widget.status.value.startswith("Set as in Warm & soft.")
    kept = preferences.library().presets()["Warm & soft"]
    assert (kept["warmth"], "seed" in kept) == (0.3, False)
    choose(qtbot, widget.presets.button, "Warm && soft", submenu=DELETE)
    qtbot.waitUntil(lambda: presets(qtbot, widget) == ["No presets yet"])


def test_a_name_that_is_taken_is_numbered_and_loses_nothing(qtbot, widget, monkeypatch):
    for warmth in (0.1, 0.2):
        widget.controls.sliders["warmth"].value = warmth
        widget._say("")
        keep_as(qtbot, widget, monkeypatch, "Warm")
    kept = preferences.library().presets()
    assert {name: preset["warmth"] for name, preset in kept.items()} == {"Warm": 0.1, "Warm (2)": 0.2}


def test_a_library_that_cannot_be_written_says_so_and_keeps_the_sliders(qtbot, widget, monkeypatch):
    library = preferences.library()
    library.folder.parent.mkdir(parents=True, exist_ok=True)
    if library.folder.is_dir():
        library.folder.rmdir()
    library.folder.write_text("a file in its place")
    widget.controls.sliders["warmth"].value = 0.4
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("Warm", True))
    choose(qtbot, widget.presets.button, KEEP)
    qtbot.waitUntil(lambda: "can't be used" in widget.status.value)
    assert widget.controls.taste.warmth == 0.4


def test_look_and_settings_of_a_result_are_there_again(qtbot, viewer, widget):
    cat = viewer.add_image(CAT, name="cat")
    looks = built_in(widget.generator.grid)
    click(looks, 1)
    qtbot.waitUntil(lambda: widget.generator.entry is not None)
    widget.controls.taste = Taste(strength=0.6, fade=0.5)
    widget.seed.value = 12
    widget.brightness.choose("learnt")
    widget.apply()
    qtbot.waitUntil(lambda: not widget.running)
    click(looks, 0)
    qtbot.waitUntil(lambda: widget.generator.entry.name == "Dim slides")
    widget.controls.reset()
    widget.seed.value = 0
    widget.brightness.choose(None)
    assert titles(open_menu(qtbot, widget.presets.button))[-1] == OF_LAYER.format(name="this layer")
    QApplication.activePopupWidget().close()
    viewer.layers.selection.active = viewer.layers["cat (Cyan prints)"]
    choose(qtbot, widget.presets.button, OF_LAYER.format(name="cat (Cyan prints)"))
    qtbot.waitUntil(lambda: widget.generator.entry.name == "Cyan prints")
    assert widget.controls.taste == Taste(strength=0.6, fade=0.5)
    assert (widget.seed.value, widget.brightness.brightness) == (12, "learnt")
    viewer.layers.selection.active = cat
    widget.apply()
    qtbot.waitUntil(lambda: not widget.running)
    np.testing.assert_array_equal(viewer.layers[-1].data, viewer.layers["cat (Cyan prints)"].data)


def test_a_style_that_was_drawn_is_drawn_again(qtbot, viewer, widget, generator):
    random = np.random.default_rng(0)
    mapping = {name: random.normal(0, 0.1, shape).astype(np.float32) for name, shape in MAPPING_SHAPES.items()}
    drawing = VintageGenerator.from_weights(make_generator(0.3).weights, mapping=mapping)
    state().add_generator("drawing", drawing)
    state().add_generator("slides", generator)
    told = {"generator": {"id": drawing.id}, "parameters": {"style": 7, "grain": 2.0}}
    viewer.add_image(CAT, name="made elsewhere", metadata={METADATA_KEY: told})
    choose(qtbot, widget.presets.button, OF_LAYER.format(name="made elsewhere"))
    assert widget.generator.entry.name == "drawing"
    assert widget.controls.taste == Taste(grain=2.0)
    assert widget.style.style == 7


def test_a_layer_that_tells_nothing_of_use_offers_no_settings(qtbot, viewer, widget):
    cat = viewer.add_image(CAT, name="cat")
    for told in (
        "words",
        {"parameters": {"strength": 1}},
        {"generator": {}, "parameters": {"strength": "strong"}},
        {"generator": {}, "parameters": {"strength": 40}},
    ):
        cat.metadata = {METADATA_KEY: told}
        menu = open_menu(qtbot, widget.presets.button)
        assert not menu.actions()[-1].isEnabled()
        menu.close()


def test_settings_of_a_look_that_is_gone_are_taken_with_a_word(qtbot, viewer, widget):
    told = {"generator": {"id": "gone", "file": "/nowhere.retrogan"}, "parameters": {"warmth": 0.5}, "look": "Attic"}
    viewer.add_image(CAT, name="old", metadata={METADATA_KEY: told})
    choose(qtbot, widget.presets.button, OF_LAYER.format(name="old"))
    assert widget.controls.taste == Taste(warmth=0.5)
    assert "Its look Attic is not here any more" in widget.status.value


def opened(viewer, folder, picture=CAT, name="cat.png"):
    """Open a picture that was written to a file."""
    write_picture(folder / name, picture)
    (layer,) = viewer.open(str(folder / name), plugin="napari-retrogan")
    return layer


def applied(qtbot, viewer, widget):
    widget.apply_button.native.click()
    qtbot.waitUntil(lambda: not widget.running)
    return viewer.layers[-1].data


def copied(qtbot, widget, kind):
    QApplication.clipboard().clear()
    choose(qtbot, widget.copy_menu.button, kind)
    return QApplication.clipboard().text()


def run_as_command(text, folder):
    words = shlex.split(text)
    assert words[:2] == ["napari-retrogan", "apply"]
    done = CliRunner().invoke(app, [*words[1:], "--output-folder", str(folder)])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("where", ["built in", "library", "file"])
def test_the_copied_text_gives_the_same_pixels(qtbot, viewer, widget, generator, tmp_path, where):
    layer = opened(viewer, tmp_path)
    if where == "built in":
        widget.generator.choose("warm-slide-1950s")
    elif where == "library":
        preferences.library().add(generator, "Aunt's slides")
        state().add_generator("Aunt's slides", generator)
        qtbot.waitUntil(lambda: [look.title for look in widget.generator.shelf.own()] == ["Aunt's slides"])
        qtbot.waitUntil(lambda: widget.generator.shelf.own()[0].stored is not None)
    else:
        state().add_generator("slides", generator, generator.save(tmp_path / "my slides.retrogan"))
    qtbot.waitUntil(lambda: widget.generator.entry is not None)
    widget.controls.taste = Taste(strength=0.8, warmth=-0.3, grain=0.5)
    widget.seed.value = 7
    widget.brightness.choose("learnt")
    viewer.layers.selection.active = layer
    expected = applied(qtbot, viewer, widget)
    viewer.layers.selection.active = layer
    exec(copied(qtbot, widget, "Python, for napari's console"), {"viewer": viewer})
    np.testing.assert_array_equal(viewer.layers[-1].data, expected)
    viewer.layers.selection.active = layer
    run_as_command(copied(qtbot, widget, "Command line"), tmp_path / "results")
    np.testing.assert_array_equal(read_picture(tmp_path / "results" / "cat.png"), expected)


def test_grey_layers_are_named_with_their_black_and_white(qtbot, viewer, widget, generator, tmp_path):
    layer = opened(viewer, tmp_path, CAT[..., 0].astype(np.uint16) * 20, "grey.tif")
    layer.contrast_limits = (50, 4000)
    state().add_generator("slides", generator, generator.save(tmp_path / "slides.retrogan"))
    expected = applied(qtbot, viewer, widget)
    viewer.layers.selection.active = layer
    text = copied(qtbot, widget, "Command line")
    assert "--value-range 50.0 4000.0" in text
    run_as_command(text, tmp_path / "results")
    np.testing.assert_array_equal(read_picture(tmp_path / "results" / "grey.tif"), expected)


def test_regions_and_several_layers_are_copied_for_the_console(qtbot, viewer, widget, generator, tmp_path):
    state().add_generator("slides", generator, generator.save(tmp_path / "slides.retrogan"))
    layers = [viewer.add_image(CAT, name=name) for name in ("cat", "it's")]
    labels = np.zeros((40, 50), int)
    labels[10:30, 10:30] = 1
    viewer.add_labels(labels, name="sky")
    widget.region.menu.native.setFocus()
    QTest.keyClick(widget.region.menu.native, Qt.Key.Key_End)
    widget.region.feather.value = 3
    viewer.layers.selection = layers
    widget.apply()
    qtbot.waitUntil(lambda: not widget.running)
    expected = [viewer.layers[f"{layer.name} (slides)"].data for layer in layers]
    exec(copied(qtbot, widget, "Python, for napari's console"), {"viewer": viewer})
    for added, picture in zip(viewer.layers[-2:], expected, strict=True):
        np.testing.assert_array_equal(added.data, picture)
    assert copied(qtbot, widget, "Command line") == ""
    assert "The command line knows no regions" in widget.status.value


def test_what_cannot_be_named_is_said_and_nothing_is_copied(qtbot, viewer, widget, generator):
    viewer.add_image(CAT, name="cat")
    state().add_generator("slides", generator)
    assert copied(qtbot, widget, "Python, for napari's console") == ""
    assert "slides is in no file yet" in widget.status.value
    assert copied(qtbot, widget, "Command line") == ""

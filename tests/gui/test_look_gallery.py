"""The looks that come with the package in the Apply widget: thumbnails of the person's layer, and the choice."""

from __future__ import annotations

from dataclasses import dataclass

import dask.array as da
import numpy as np
import pytest
from fake_training import make_generator

from napari_retrogan.plugin.layers import LayerSnapshot
from napari_retrogan.plugin.shared import built_in_looks
from napari_retrogan.plugin.shared.built_in_looks import LookCatalogue, thumbnail_level
from napari_retrogan.plugin.state import state


@dataclass(frozen=True)
class Look:
    name: str
    title: str
    description: str


LOOKS = (Look("dim", "Dim slides", "Half of red is gone."), Look("cyan", "Cyan prints", "No red is left."))
SHARES = {"dim": 0.5, "cyan": 0.0}


@pytest.fixture
def loaded(monkeypatch):
    """Put two looks in place of those that come with the package; the list tells which were read."""
    loaded = []

    def load(name):
        loaded.append(name)
        return make_generator(SHARES[name])

    monkeypatch.setattr(built_in_looks, "catalogue", lambda: LookCatalogue(lambda: LOOKS, load))
    return loaded


@pytest.fixture
def widget(viewer, loaded):
    return viewer.window.add_plugin_dock_widget("napari-retrogan", "Apply vintage style")[1]


def colour(widget, row):
    """Return the middle colour of a thumbnail, or None where it is empty."""
    image = widget.gallery.list.item(row).icon().pixmap(96, 96).toImage()
    middle = image.pixelColor(image.width() // 2, image.height() // 2)
    return None if middle.alpha() == 0 else (middle.red(), middle.green(), middle.blue())


def click(widget, row):
    widget.gallery.list.itemClicked.emit(widget.gallery.list.item(row))


def test_thumbnails_show_the_looks_on_the_layer(qtbot, viewer, widget):
    viewer.window._qt_window.show()
    viewer.add_image(np.full((300, 200, 3), 200, np.uint8), name="cat")
    qtbot.waitUntil(lambda: colour(widget, 1) is not None)
    assert colour(widget, 0) == pytest.approx((100, 200, 200), abs=2)
    assert colour(widget, 1) == pytest.approx((0, 200, 200), abs=2)
    item = widget.gallery.list.item(0)
    assert (item.text(), item.toolTip()) == ("Dim slides", "Half of red is gone.")
    widget.layer.value.data = np.full((300, 200, 3), 100, np.uint8)
    qtbot.waitUntil(lambda: colour(widget, 0) == pytest.approx((50, 100, 100), abs=2))


def test_nothing_is_computed_before_it_is_seen(qtbot, viewer, widget, loaded, photograph):
    viewer.add_image(photograph)
    assert not widget.gallery.list.isVisible()
    qtbot.wait(300)
    assert loaded == []
    viewer.window._qt_window.show()
    qtbot.waitUntil(lambda: loaded == ["dim", "cyan"])


def test_choosing_a_look_makes_it_the_generator_once(qtbot, viewer, widget, loaded, photograph):
    viewer.add_image(photograph, name="cat")
    click(widget, 1)
    qtbot.waitUntil(lambda: widget.generator.entry is not None)
    assert widget.generator.combo.value == "Cyan prints"
    assert widget.gallery.list.item(1).isSelected()
    click(widget, 0)
    qtbot.waitUntil(lambda: widget.generator.combo.value == "Dim slides")
    click(widget, 1)
    assert widget.generator.combo.value == "Cyan prints"
    assert [entry.look for entry in state().generators] == ["cyan", "dim"]
    assert not widget.gallery.list.item(0).isSelected()
    widget.apply()
    qtbot.waitUntil(lambda: not widget.running)
    assert viewer.layers[-1].data[..., 0].max() == 0


def test_a_look_that_cannot_be_read_is_told(qtbot, viewer, monkeypatch, photograph):
    def load(_):
        raise OSError("gone")

    monkeypatch.setattr(built_in_looks, "catalogue", lambda: LookCatalogue(lambda: LOOKS, load))
    viewer.add_image(photograph)
    _, widget = viewer.window.add_plugin_dock_widget("napari-retrogan", "Apply vintage style")
    click(widget, 0)
    qtbot.waitUntil(lambda: "gone" in widget.status.value)


def test_the_preview_comes_and_goes_with_its_tick(qtbot, viewer, widget, photograph):
    source = viewer.add_image(photograph, name="cat")
    click(widget, 1)
    qtbot.waitUntil(lambda: widget.generator.entry is not None)
    widget.preview.box.value = True
    qtbot.waitUntil(lambda: widget.preview.layer is not None)
    assert widget.layer.choices == (source,)
    widget.controls.sliders["strength"].value = 0
    qtbot.waitUntil(lambda: np.array_equal(widget.preview.layer.data, photograph))
    viewer.layers.remove(widget.preview.layer)
    qtbot.waitUntil(lambda: not widget.preview.box.value)
    widget.preview.box.value = True
    qtbot.waitUntil(lambda: widget.preview.layer is not None)
    widget.apply()
    qtbot.waitUntil(lambda: not widget.running)
    assert [layer.name for layer in viewer.layers] == ["cat", "cat (vintage)"]
    assert not widget.preview.box.value


def test_closing_the_dock_takes_the_preview_along(qtbot, viewer, widget, photograph):
    source = viewer.add_image(photograph)
    click(widget, 0)
    widget.preview.box.value = True
    qtbot.waitUntil(lambda: widget.preview.layer is not None)
    viewer.window.remove_dock_widget(widget.native)
    qtbot.wait(50)
    assert list(viewer.layers) == [source]
    viewer.layers.clear()


def test_closing_the_window_ends_a_preview(qtbot, viewer, widget, photograph):
    viewer.add_image(photograph)
    click(widget, 0)
    widget.preview.box.value = True
    qtbot.waitUntil(lambda: widget.preview.layer is not None)
    widget.controls.sliders["fade"].value = 0.5
    viewer.close()
    qtbot.wait(100)


def test_a_pyramid_is_read_at_its_coarsest_sufficient_level(viewer):
    levels = [da.zeros((size, 2 * size), chunks=64) for size in (800, 200, 60, 40)]
    layer = viewer.add_image(levels, multiscale=True, contrast_limits=(0, 1))
    assert thumbnail_level(LayerSnapshot.of(layer)) == 2

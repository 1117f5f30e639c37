"""The grid of looks, driven by mouse and keyboard: thumbnails, hovering, choosing, searching, favourites."""

from __future__ import annotations

import threading
from dataclasses import replace

import dask.array as da
import numpy as np
import pytest
from looks_at_hand import LOOKS, built_in, click, colour, hover, own, two_looks
from open_studio import close_studio, open_studio
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel

from napari_retrogan.plugin import remembered
from napari_retrogan.plugin.layers import LayerSnapshot
from napari_retrogan.plugin.shared import look_thumbnails
from napari_retrogan.plugin.shared.look_grid import OWN
from napari_retrogan.plugin.shared.look_list import Tile
from napari_retrogan.plugin.shared.look_thumbnails import LookCatalogue, thumbnail_level
from napari_retrogan.plugin.state import state

pytestmark = pytest.mark.shown

PICTURE = np.full((300, 200, 3), 200, np.uint8)
GREY, DIM, CYAN = (200, 200, 200), (100, 200, 200), (0, 200, 200)


@pytest.fixture
def loaded(monkeypatch, tmp_path):
    """Put two looks in place of those that come with the package; the list tells which were read."""
    loaded = []
    monkeypatch.setattr(look_thumbnails, "catalogue", lambda: two_looks(loaded))
    remembered.forget()
    yield loaded
    remembered.forget()


@pytest.fixture
def studio(viewer, loaded):
    return open_studio(viewer, "looks")


@pytest.fixture
def widget(studio):
    return studio.looks


@pytest.fixture
def looks(widget):
    """Return the group of looks that come with the package."""
    return built_in(widget.generator.grid)


def shows(widget, colour):
    """Return whether the preview, of whatever part is in view, has this colour throughout."""
    return lambda: widget.preview.layer is not None and np.abs(widget.preview.layer.data - np.array(colour)).max() <= 1


def test_thumbnails_show_the_looks_on_the_layer(qtbot, viewer, widget, looks):
    viewer.add_image(PICTURE.copy(), name="cat")
    qtbot.waitUntil(lambda: colour(looks, 1) is not None)
    assert colour(looks, 0) == pytest.approx((100, 200, 200), abs=2)
    assert colour(looks, 1) == pytest.approx((0, 200, 200), abs=2)
    assert (looks.item(0).text(), looks.item(0).toolTip()) == ("Dim slides", "Dim slides\nHalf of red is gone.")
    widget.layer.value.data = np.full((300, 200, 3), 100, np.uint8)
    qtbot.waitUntil(lambda: colour(looks, 0) == pytest.approx((50, 100, 100), abs=2))


def test_without_a_layer_the_looks_are_shown_on_a_sample(qtbot, viewer, widget, looks):
    qtbot.waitUntil(lambda: colour(looks, 1) is not None)
    sample = colour(looks, 0)
    assert colour(looks, 1)[0] == 0
    assert sample[0] > 0
    cat = viewer.add_image(PICTURE.copy(), name="cat")
    qtbot.waitUntil(lambda: colour(looks, 1) == pytest.approx(CYAN, abs=2))
    viewer.layers.remove(cat)
    qtbot.waitUntil(lambda: colour(looks, 0) == sample)


def test_nothing_is_computed_before_it_is_seen(qtbot, viewer, studio, loaded, photograph):
    studio.tab = "train"
    viewer.add_image(photograph)
    qtbot.wait(400)
    assert loaded == []
    studio.tab = "looks"
    qtbot.waitUntil(lambda: loaded == ["dim", "cyan"])


def goes_on_to_dim_slides(looks, widget):
    """Move the mouse there, as long as what is chosen still makes room for itself, and return whether they are shown.

    Moves within a look tell nothing new.
    """
    hover(looks, 0)
    return shows(widget, DIM)()


def test_hovering_shows_a_look_and_leaving_brings_back_what_was_there(qtbot, viewer, widget, looks):
    cat = viewer.add_image(PICTURE, name="cat")
    hover(looks, 1)
    qtbot.waitUntil(shows(widget, CYAN))
    hover(looks, 0)
    qtbot.waitUntil(shows(widget, DIM))
    assert widget.generator.entry is None
    assert viewer.layers.selection.active is cat
    QTest.mouseMove(widget.seed.native, QPoint(3, 3))
    qtbot.waitUntil(lambda: list(viewer.layers) == [cat])
    click(looks, 1)
    qtbot.waitUntil(shows(widget, CYAN))
    qtbot.waitUntil(lambda: goes_on_to_dim_slides(looks, widget))
    QTest.mouseMove(widget.seed.native, QPoint(3, 3))
    qtbot.waitUntil(shows(widget, CYAN))


def test_a_look_that_is_read_late_leaves_what_the_mouse_is_at_by_then(qtbot, viewer, monkeypatch):
    read = threading.Event()
    two = two_looks()

    def load(name):
        if name == "cyan":
            read.wait(60)
        return two.load(name)

    monkeypatch.setattr(look_thumbnails, "catalogue", lambda: LookCatalogue(two.looks, load))
    viewer.add_image(PICTURE, name="cat")
    widget = open_studio(viewer, "looks").looks
    looks = built_in(widget.generator.grid)
    click(looks, 1)
    hover(looks, 0)
    qtbot.waitUntil(shows(widget, DIM))
    read.set()
    qtbot.waitUntil(lambda: widget.generator.entry is not None)
    qtbot.wait(200)
    assert shows(widget, DIM)()
    QTest.mouseMove(widget.seed.native, QPoint(3, 3))
    qtbot.waitUntil(shows(widget, CYAN))


def test_looks_stand_under_the_headings_of_their_groups(qtbot, viewer, monkeypatch):
    looks = two_looks()
    listed = [replace(look, group=group) for look, group in zip(LOOKS, ("Slides", "Prints"), strict=True)]
    monkeypatch.setattr(look_thumbnails, "catalogue", lambda: LookCatalogue(lambda: listed, looks.load))
    viewer.add_image(PICTURE, name="cat")
    widget = open_studio(viewer, "looks").looks
    grid = widget.generator.grid
    assert {group: each.keys for group, each in grid.lists.items()} == {OWN: [], "Slides": ["dim"], "Prints": ["cyan"]}
    headings = [label.text() for label in grid.findChildren(QLabel) if label.text() in grid.lists]
    tops = {label.text(): label.y() for label in grid.findChildren(QLabel)}
    assert sorted(headings, key=tops.get) == [OWN, "Slides", "Prints"]
    slides, prints = grid.lists["Slides"], grid.lists["Prints"]
    slides.setFocus()
    slides.setCurrentRow(0)
    QTest.keyClick(slides, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: widget.generator.entry is not None and widget.generator.entry.name == "Cyan prints")
    QTest.keyClick(prints, Qt.Key.Key_Up)
    QTest.keyClick(slides, Qt.Key.Key_Up)
    assert grid.current == "dim"
    grid.search.setText("cyan")
    assert not slides.isVisible()
    assert prints.isVisible()


def test_clicking_a_look_keeps_it_and_names_the_result(qtbot, viewer, widget, looks):
    viewer.add_image(PICTURE, name="cat")
    click(looks, 1)
    qtbot.waitUntil(lambda: widget.generator.entry is not None)
    assert widget.generator.entry.name == "Cyan prints"
    assert looks.item(1).isSelected()
    assert widget.preview.box.value
    click(looks, 0)
    qtbot.waitUntil(lambda: widget.generator.entry.name == "Dim slides")
    click(looks, 1)
    assert widget.generator.entry.name == "Cyan prints"
    assert [entry.look for entry in state().generators] == ["cyan", "dim"]
    assert not looks.item(0).isSelected()
    qtbot.mouseClick(widget.apply_button.native, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not widget.running)
    assert [layer.name for layer in viewer.layers] == ["cat", "cat (Cyan prints)"]
    assert viewer.layers[-1].metadata["napari_retrogan"]["look"] == "Cyan prints"
    assert viewer.layers[-1].data[..., 0].max() == 0
    assert not widget.preview.box.value


def test_arrow_keys_choose_what_they_highlight_across_groups(qtbot, viewer, widget, looks, generator):
    viewer.add_image(PICTURE, name="cat")
    state().add_generator("mine", generator)
    mine = own(widget.generator.grid)
    assert mine.keys == ["session:mine"]
    mine.setFocus()
    mine.setCurrentRow(0)
    QTest.keyClick(mine, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: widget.generator.entry.name == "Dim slides")
    assert looks.window().focusWidget() is looks
    QTest.keyClick(looks, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: widget.generator.entry.name == "Cyan prints")
    assert looks.item(1).isSelected()
    QTest.keyClick(looks, Qt.Key.Key_Left)
    QTest.keyClick(looks, Qt.Key.Key_Up)
    assert looks.window().focusWidget() is mine
    assert widget.generator.entry.name == "mine"


def test_searching_and_favourites_leave_what_is_wanted(qtbot, widget, looks):
    grid = widget.generator.grid
    QTest.keyClicks(grid.search, "PRINT")
    assert grid.keys == ["cyan"]
    grid.search.clear()
    looks.setFocus()
    looks.setCurrentRow(0)
    QTest.keyClicks(looks, "*")
    qtbot.mouseClick(grid.favourites, Qt.MouseButton.LeftButton)
    assert grid.keys == ["dim"]
    remembered.forget()
    assert remembered.recall("favourites", []) == ["dim"]
    QTest.keyClicks(grid.search, "prints")
    assert grid.keys == []
    assert grid._empty.isVisible()


def test_the_grid_wraps_with_the_width_and_shows_full_names(qtbot, viewer, widget, looks):
    looks.setFixedWidth(100)
    qtbot.waitUntil(lambda: looks.visualItemRect(looks.item(1)).top() > looks.visualItemRect(looks.item(0)).top())
    high = looks.height()
    looks.setFixedWidth(300)
    qtbot.waitUntil(lambda: looks.visualItemRect(looks.item(1)).top() == looks.visualItemRect(looks.item(0)).top())
    assert looks.height() < high
    assert looks.verticalScrollBar().maximum() == 0


def test_a_long_name_has_room_for_all_its_lines(qtbot, widget, looks):
    looks.setFixedWidth(100)
    qtbot.waitUntil(lambda: looks.gridSize().width() <= 100)
    short = looks.gridSize().height()
    tile = Tile(key="long", title="Dye-transfer cinema prints of the late 1940s", description="")
    looks.fill([tile], {})
    assert looks.gridSize().height() > short
    assert looks.gridSize().height() >= looks.iconSize().height() + 3 * looks.fontMetrics().lineSpacing()


def test_a_look_that_cannot_be_read_is_told(qtbot, viewer, loaded, monkeypatch, photograph):
    def load(_):
        raise OSError("gone")

    monkeypatch.setattr(look_thumbnails, "catalogue", lambda: LookCatalogue(lambda: LOOKS, load))
    viewer.add_image(photograph)
    widget = open_studio(viewer, "looks").looks
    click(built_in(widget.generator.grid), 0)
    qtbot.waitUntil(lambda: "gone" in widget.status.value)


def test_the_preview_comes_and_goes_with_its_tick(qtbot, viewer, widget, looks):
    source = viewer.add_image(PICTURE, name="cat")
    click(looks, 1)
    qtbot.waitUntil(shows(widget, CYAN))
    assert widget.layer.choices == (source,)
    widget.controls.sliders["strength"].value = 0
    qtbot.waitUntil(shows(widget, GREY))
    viewer.layers.remove(widget.preview.layer)
    qtbot.waitUntil(lambda: not widget.preview.box.value)
    widget.preview.box.value = True
    qtbot.waitUntil(lambda: widget.preview.layer is not None)
    widget.apply()
    qtbot.waitUntil(lambda: not widget.running)
    assert [layer.name for layer in viewer.layers] == ["cat", "cat (Cyan prints)"]
    assert not widget.preview.box.value


def test_closing_the_dock_takes_the_preview_along(qtbot, viewer, studio, looks, photograph):
    source = viewer.add_image(photograph)
    click(looks, 0)
    qtbot.waitUntil(lambda: studio.looks.preview.layer is not None)
    close_studio(viewer)
    qtbot.wait(50)
    assert list(viewer.layers) == [source]
    viewer.layers.clear()


def test_closing_the_window_ends_a_preview(qtbot, viewer, widget, looks, photograph):
    viewer.add_image(photograph)
    click(looks, 0)
    qtbot.waitUntil(lambda: widget.preview.layer is not None)
    widget.controls.sliders["fade"].value = 0.5
    viewer.close()
    qtbot.wait(100)


def test_a_pyramid_is_read_at_its_coarsest_sufficient_level(viewer):
    levels = [da.zeros((size, 2 * size), chunks=64) for size in (800, 200, 90, 30)]
    layer = viewer.add_image(levels, multiscale=True, contrast_limits=(0, 1))
    assert thumbnail_level(LayerSnapshot.of(layer)) == 2

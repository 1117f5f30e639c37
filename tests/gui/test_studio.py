"""The one dock: how napari's menus open it, what is in view in it, and what the keyboard does."""

from __future__ import annotations

import itertools

import napari
import numpy as np
import pytest
from fake_training import NUM_STEPS, STARTED, progress_at
from napari._app_model import get_app_model
from napari.utils.action_manager import action_manager
from narrow_studio import TABS, expect_to_fit, in_view, open_narrow_studio
from open_studio import close_studio
from qtpy.QtCore import QPoint, QRect, Qt
from qtpy.QtGui import QAction
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractButton, QApplication, QScrollArea, QSlider

from napari_retrogan.plugin.apply.apply_widget import ApplyWidget
from napari_retrogan.plugin.studio.studio import Studio

pytestmark = pytest.mark.shown

A_ROW = 12
"""Pixels by which the middles of widgets side by side may differ."""


@pytest.fixture
def studio(qtbot, viewer):
    """Return the dock, as narrow as it may be in a laptop's window with napari's own docks open."""
    return open_narrow_studio(qtbot, viewer)


def begin(qtbot, viewer, studio, training):
    photograph = viewer.add_image(np.full((40, 60, 3), 200, np.uint8), name="photograph")
    vintage = viewer.add_image(np.full((30, 30, 3), 100, np.uint8), name="vintage")
    studio.train.form.photographs.chosen = [photograph]
    studio.train.form.vintage.chosen = [vintage]
    click(studio.train.panel.start_button)
    training.put(STARTED, progress_at(1))
    qtbot.waitUntil(lambda: studio.train.panel.progress.step == 1)


def click(button):
    QTest.mouseClick(button.native, Qt.MouseButton.LeftButton)


def test_a_storm_of_layers_is_followed_once_the_window_rests(qtbot, viewer, studio, monkeypatch):
    offered = []
    reset_choices = ApplyWidget.reset_choices
    monkeypatch.setattr(ApplyWidget, "reset_choices", lambda widget: (offered.append(1), reset_choices(widget)))
    for number in range(10):
        viewer.add_image(np.zeros((4, 4), np.uint8), name=str(number))
    assert len(studio.looks.layer.choices) == 10
    for _ in range(1000):
        studio.reset_choices()
    assert len(offered) < 300
    last = viewer.add_image(np.zeros((4, 4), np.uint8), name="last")
    assert last not in studio.looks.layer.choices
    qtbot.waitUntil(lambda: last in studio.looks.layer.choices)


@pytest.mark.parametrize(
    ("command", "tab"), [("train_widget", "train"), ("apply_widget", "looks"), ("batch_widget", "files")]
)
def test_each_entry_of_the_menu_opens_the_one_dock_at_its_tab(viewer, command, tab):
    run = get_app_model().commands.execute_command
    run(f"napari-retrogan.{command}").result()
    run("napari-retrogan.train_widget").result()
    run(f"napari-retrogan.{command}").result()
    (studio,) = (widget for widget in viewer.window.dock_widgets.values() if isinstance(widget, Studio))
    assert studio.tab == tab
    assert "Studio (RetroGAN)" in viewer.window.dock_widgets


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_fits_a_laptop(qtbot, studio, tab):
    expect_to_fit(qtbot, studio, tab)


def test_what_steers_a_training_stays_in_view_in_every_tab(qtbot, viewer, studio, training):
    begin(qtbot, viewer, studio, training)
    panel = studio.train.panel
    for tab in ("train", "looks", "files", "train"):
        studio.tab = tab
        qtbot.wait(50)
        for each in (panel.pause_button, panel.keep_button, panel.discard_button, panel.progress):
            assert in_view(each.native), (tab, each)
    studio.tab = "looks"
    click(panel.pause_button)
    qtbot.waitUntil(training.paused.is_set)
    click(panel.pause_button)
    click(panel.keep_button)
    qtbot.waitUntil(lambda: not studio.train.running)
    qtbot.waitUntil(lambda: not panel.steering.native.isVisible())
    studio.tab = "train"
    assert in_view(panel.pause_button.native)


def test_words_move_no_button(qtbot, viewer, studio, training):
    panel = studio.train.panel
    buttons = (panel.start_button, panel.pause_button, panel.keep_button, panel.discard_button)

    def places():
        QApplication.processEvents()
        return [button.native.mapTo(studio, QPoint(0, 0)) for button in buttons]

    before = places()
    panel.say("Something long. " * 30)
    assert places() == before
    begin(qtbot, viewer, studio, training)
    assert places() == before
    training.put(progress_at(NUM_STEPS))
    training.finish()
    qtbot.waitUntil(lambda: not studio.train.running)
    assert places() == before
    for tab, page, pressed in (
        ("looks", studio.looks, studio.looks.apply_button),
        ("files", studio.files, studio.files.start_button),
    ):
        studio.tab = tab
        QApplication.processEvents()
        place = pressed.native.mapTo(studio, QPoint(0, 0))
        page._say("Something long. " * 30)
        page.estimate.text.value = "Something else that takes two lines or more. " * 3
        QApplication.processEvents()
        assert pressed.native.mapTo(studio, QPoint(0, 0)) == place


@pytest.mark.parametrize("tab", ["train", "looks", "files"])
def test_tab_leads_through_a_page_from_top_to_bottom_and_shows_where_it_is(qtbot, viewer, studio, tab):
    viewer.add_image(np.zeros((9, 9, 3), np.uint8))
    studio.tab = tab
    window = studio.window()
    qtbot.wait(300)
    studio.tabs.tabBar().setFocus()
    page = studio.tabs.currentWidget()
    visited = []
    for _ in range(80):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        focus = window.focusWidget()
        if not page.isAncestorOf(focus):
            break
        visited.append(focus)
    assert len(visited) > 5
    scroll = page.findChild(QScrollArea)
    for place in (page, scroll.widget()):
        here = [widget for widget in visited if scroll.isAncestorOf(widget) == (place is not page)]
        heights = [widget.mapTo(place, widget.rect().center()).y() for widget in here]
        assert all(later >= earlier - A_ROW for earlier, later in itertools.pairwise(heights)), heights


def test_the_marked_letters_are_nobody_elses(viewer, studio):
    def letters(texts):
        return [text[text.index("&") + 1].lower() for text in texts if "&" in text]

    menus = letters(action.text() for action in viewer.window._qt_window.menuBar().actions())
    tabs = [studio.tabs.tabText(number) for number in range(studio.tabs.count())]
    steering = {button.text() for button in studio.train.panel.steering.native.findChildren(QAbstractButton)}
    for page in (studio.train, studio.looks, studio.files):
        buttons = {button.text() for button in page.native.findChildren(QAbstractButton)} - steering
        found = letters([*tabs, *steering, *buttons])
        assert len(found) == len(set(found))
        assert not set(menus) & set(found)
        alt = {f"Alt+{letter.upper()}" for letter in found}
        assert not alt & keys_of_napari(viewer)
    assert "H" not in keys_of_napari(viewer)


def keys_of_napari(viewer):
    """Every key that does something in napari: those of its actions, menus, viewer and kinds of layers."""
    shortcuts = [key for keys in action_manager._shortcuts.values() for key in keys]
    menus = [binding.keybinding for binding in get_app_model().keybindings]
    kinds = [napari.layers.Image, napari.layers.Labels, napari.layers.Points, napari.layers.Shapes, type(viewer)]
    maps = [key for kind in kinds for key in kind.class_keymap]
    actions = [action.shortcut().toString() for action in viewer.window._qt_window.findChildren(QAction)]
    return {str(key).replace("-", "+") for key in (*shortcuts, *menus, *maps, *actions)}


def test_closing_the_dock_ends_a_training_that_can_be_resumed(qtbot, viewer, studio, training):
    begin(qtbot, viewer, studio, training)
    close_studio(viewer)
    qtbot.waitUntil(training.ended.is_set)
    viewer.add_image(np.zeros((9, 9, 3), np.uint8))
    qtbot.wait(50)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_has_the_keyboard_is_seen_in_both_themes(qtbot, viewer, studio, theme):
    viewer.theme = theme
    studio.tab = "looks"
    studio.window().activateWindow()
    qtbot.waitUntil(studio.window().isActiveWindow)
    looks = studio.looks
    slider = looks.controls.sliders["strength"].native.findChild(QSlider)
    shown = [slider, looks.preview.box.native, looks.presets.button.native, looks.generator.grid.search]
    scroll = studio.tabs.currentWidget().findChild(QScrollArea)
    for widget in (*shown, looks.generator.grid.favourites):
        if scroll.isAncestorOf(widget):
            scroll.ensureWidgetVisible(widget)
        blue = []
        for focus in (studio.tabs.tabBar(), widget):
            focus.setFocus(Qt.FocusReason.TabFocusReason)
            qtbot.waitUntil(focus.hasFocus)
            blue.append(blue_points(widget))
        assert blue[1] > blue[0] + widget.width(), (widget, blue)


def blue_points(widget):
    """Return how many points of a widget, as its window shows it, are of about the colour that focus has."""
    image = widget.window().grab(QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())).toImage()
    points = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return sum(point.blue() > point.red() + 50 for point in points)

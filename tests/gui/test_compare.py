"""Before and after: the divider on the canvas, and the original for as long as a button or a key is held."""

from __future__ import annotations

import numpy as np
import pytest
from fake_training import make_generator
from open_studio import close_studio, open_studio
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_retrogan.plugin.apply.compare import source_of
from napari_retrogan.plugin.state import state
from napari_retrogan.plugin.window.canvas_divider import canvas_of

pytestmark = pytest.mark.shown

GREY = np.full((60, 90, 3), 200, np.uint8)
DIM = (100, 200, 200)


@pytest.fixture
def widget(viewer):
    return open_studio(viewer, "looks").looks


@pytest.fixture
def previewed(qtbot, viewer, widget):
    """Return the widget while a look is previewed that halves red."""
    viewer.add_image(GREY, name="cat")
    state().add_generator("dim", make_generator(0.5))
    widget.preview.box.value = True
    qtbot.waitUntil(lambda: widget.preview.layer is not None)
    viewer.reset_view()
    return widget


def drag(widget, point):
    """Move the mouse with its button down, which QTest's own move can't."""
    place, everywhere = QPointF(point), QPointF(widget.mapToGlobal(point))
    left = Qt.MouseButton.LeftButton
    event = QMouseEvent(QEvent.Type.MouseMove, place, everywhere, left, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def row_of(viewer):
    """Return the colours along the middle of the canvas."""
    picture = viewer.screenshot(canvas_only=True, flash=False)
    return picture[picture.shape[0] // 2, :, :3]


def at(viewer, share):
    """Return a colour on the canvas, at a share of its width."""
    line = row_of(viewer)
    return tuple(int(value) for value in line[round(share * (len(line) - 1))])


def test_a_divider_is_dragged_between_before_and_after(qtbot, viewer, previewed):
    box = previewed.compare.divider_box.native
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    line = previewed.compare.divider.line
    qtbot.waitUntil(lambda: previewed.compare.divider.layer is not None)
    qtbot.waitUntil(lambda: at(viewer, 0.4) == (200, 200, 200))
    assert at(viewer, 0.6) == DIM
    canvas = canvas_of(previewed.native)
    QTest.mousePress(line, Qt.MouseButton.LeftButton, pos=line.rect().center())
    goal = line.mapFrom(canvas, QPoint(round(0.7 * canvas.width()), canvas.height() // 2))
    drag(line, goal)
    QTest.mouseRelease(line, Qt.MouseButton.LeftButton, pos=line.rect().center())
    assert line.share == pytest.approx(0.7, abs=0.02)
    qtbot.waitUntil(lambda: at(viewer, 0.6) == (200, 200, 200))
    QTest.keyClick(line, Qt.Key.Key_Left)
    assert line.share == pytest.approx(0.68, abs=0.02)
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert not previewed.compare.divider_box.value
    qtbot.waitUntil(lambda: at(viewer, 0.4) == DIM)
    assert [layer.name for layer in viewer.layers] == ["cat", "cat (preview)"]


def test_a_result_is_compared_with_its_source_without_copying_it(qtbot, viewer, widget):
    cat = viewer.add_image(GREY, name="cat")
    state().add_generator("dim", make_generator(0.5))
    widget.apply()
    qtbot.waitUntil(lambda: not widget.running)
    result = viewer.layers["cat (dim)"]
    assert source_of(result, viewer) is cat
    viewer.layers.selection.active = result
    widget.compare.divider_box.value = True
    qtbot.waitUntil(lambda: widget.compare.divider.layer is not None)
    before = widget.compare.divider.layer
    assert np.shares_memory(before.data, cat.data)
    assert before not in widget.layer.choices
    qtbot.waitUntil(lambda: at(viewer, 0.4) == (200, 200, 200))
    assert at(viewer, 0.6) == DIM
    viewer.layers.remove(before)
    qtbot.waitUntil(lambda: not widget.compare.divider_box.value)
    assert widget.compare.divider.line is None


def test_the_button_shows_the_original_while_it_is_held(qtbot, viewer, previewed):
    button = previewed.compare.original_button.native
    qtbot.waitUntil(lambda: at(viewer, 0.5) == DIM)
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: at(viewer, 0.5) == (200, 200, 200))
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: at(viewer, 0.5) == DIM)


def test_the_key_shows_the_original_while_it_is_held(qtbot, viewer, previewed):
    canvas = canvas_of(previewed.native)
    canvas.setFocus()
    QTest.keyPress(canvas, Qt.Key.Key_H)
    assert not previewed.preview.layer.visible
    QTest.keyRelease(canvas, Qt.Key.Key_H)
    assert previewed.preview.layer.visible


def test_closing_the_dock_ends_it_all(qtbot, viewer, previewed):
    previewed.compare.divider_box.value = True
    qtbot.waitUntil(lambda: previewed.compare.divider.layer is not None)
    close_studio(viewer)
    qtbot.wait(50)
    assert [layer.name for layer in viewer.layers] == ["cat"]
    assert not [key for key in viewer.keymap if "H" in str(key)]
    viewer.layers.clear()

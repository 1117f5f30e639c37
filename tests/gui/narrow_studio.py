"""The dock as narrow as it may be, and whether all of a tab fits into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from open_studio import open_studio
from qtpy.QtCore import QPoint, QRect, Qt
from qtpy.QtWidgets import QAbstractScrollArea, QPushButton, QScrollArea, QWidget
from superqt import QCollapsible

if TYPE_CHECKING:
    from napari.viewer import Viewer
    from pytestqt.qtbot import QtBot

    from napari_retrogan.plugin.studio.studio import Studio, Tab

TABS = ("train", "looks", "files")
LAPTOP = (1366, 768)
NARROWEST = 300


def open_narrow_studio(qtbot: QtBot, viewer: Viewer) -> Studio:
    """Open the dock as narrow as it may be in a laptop's window with napari's own docks open."""
    window: Any = viewer.window._qt_window
    window.setGeometry(0, 0, *LAPTOP)
    studio = open_studio(viewer, "train")
    dock = studio.parentWidget()
    window.resizeDocks([dock], [NARROWEST], Qt.Orientation.Horizontal)
    dock.setFixedWidth(NARROWEST)
    qtbot.waitUntil(lambda: dock.width() == NARROWEST)
    return studio


def in_view(widget: QWidget) -> bool:
    """Tell whether all of a widget is on the screen, not scrolled or clipped away."""
    if not widget.isVisible():
        return False
    window = widget.window()
    here = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    return widget.visibleRegion().boundingRect() == widget.rect() and window.rect().contains(here)


def expect_to_fit(qtbot: QtBot, studio: Studio, tab: Tab) -> None:
    """Fail unless a tab with all of its sections open is no wider than the dock, and its foot stays in view."""
    studio.tab = tab
    qtbot.wait(100)
    page = studio.tabs.currentWidget()
    assert studio.width() <= NARROWEST
    assert studio.minimumSizeHint().width() <= NARROWEST
    scroll = page.findChild(QScrollArea)
    assert scroll.widget().width() <= scroll.viewport().width()
    assert scroll.viewport().height() > 150
    outside = [button for button in page.findChildren(QPushButton) if not scroll.isAncestorOf(button)]
    assert len(outside) >= 2
    assert all(in_view(button) for button in outside if button.isVisibleTo(page))
    for section in page.findChildren(QCollapsible):
        section.expand(animate=False)
    qtbot.wait(200)
    inside = [
        widget
        for widget in scroll.widget().findChildren(QPushButton)
        if widget.isVisible() and not isinstance(widget.parent(), QAbstractScrollArea)
    ]
    for widget in inside:
        scroll.ensureWidgetVisible(widget)
        qtbot.waitUntil(lambda widget=widget: in_view(widget))

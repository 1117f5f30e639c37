"""One viewer of napari for many tests, each of which finds it as a new one: most of a window test's time is napari's
start. A viewer that its test has closed, or that a failed test has left, is not used again.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from typing import Any
from unittest.mock import patch

from app_model import Application
from napari import Viewer
from napari._app_model._app import NapariApplication, _napari_names
from napari._qt._qapp_model.qactions import init_qactions
from napari._qt.dialogs.qt_notification import NapariQtNotification
from napari._qt.qt_viewer import QtViewer
from napari._qt.threads.status_checker import StatusChecker
from napari.plugins import _initialize_plugins
from napari.settings import get_settings
from napari.utils.events import EventedModel
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QCoreApplication, QEvent
from qtpy.QtWidgets import QApplication, QWidget

_PLAIN = (bool, int, float, str, tuple)


class SharedViewer:
    """Lends its viewer to one test after another."""

    def __init__(self) -> None:
        self._viewer: Viewer | None = None
        self._patches: list[Any] = []
        self._widgets: set[QWidget] = set()

    def lend(self, *, shown: bool = False) -> Viewer:
        """Return the viewer as if it were new, its window shown already or not yet."""
        if self._viewer is not None and self._shown != shown:
            self.close()
        if self._viewer is None:
            self._open(shown)
        return self._viewer

    def take_back(self, *, failed: bool) -> None:
        """Put the viewer back as it was, or close it; fail if the test has left a widget behind."""
        if self._viewer is None:
            return
        window = getattr(self._viewer.window, "_qt_window", None)
        if failed or window is None or window.isVisible() != self._shown:
            # Hidden windows that were shown once do not always draw when they are shown again.
            self.close()
            return
        self._put_back(self._viewer)
        _delete_what_is_due()
        gc.collect(1)
        if self._left():
            gc.collect()  # Some of it may be garbage that this has not come to.
        left = self._left()
        if left:
            self.close()
        assert not left, f"The test has left widgets behind: {left}"

    def _left(self) -> list[QWidget]:
        """Return the widgets that nobody owns; napari's own menus for its layers have parents, and go with these."""
        tops = QApplication.topLevelWidgets()
        return [widget for widget in tops if widget.parent() is None and widget not in self._widgets]

    def _put_back(self, viewer: Viewer) -> None:
        window = viewer.window._qt_window
        # Running work ends as it does when napari closes.
        viewer.window._task_status_manager.cancel_all()
        window._qt_viewer.dims.stop()
        viewer.layers.clear()
        docked = [dock.widget() for dock in viewer.window._wrapped_dock_widgets.values()]
        viewer.window.remove_dock_widget("all")
        for widget in docked:
            with suppress(RuntimeError):
                widget.deleteLater()
        for notification in window.findChildren(NapariQtNotification):
            notification.deleteLater()
        notification_manager.records.clear()
        get_settings().reset()
        _restore(viewer, self._state)
        window.restoreState(self._docks)
        window.setGeometry(self._geometry)

    def close(self) -> None:
        """Close the viewer, as a person does, if there is one."""
        viewer, self._viewer = self._viewer, None
        if viewer is None:
            return
        get_settings().reset()
        if hasattr(viewer.window, "_qt_window"):
            with patch.object(viewer.window._qt_window, "_save_current_window_settings"):
                viewer.close()
        else:
            viewer.close()
        del viewer
        while self._patches:
            self._patches.pop().stop()
        # The viewer's list of commands, gone with its window, still listens to this.
        Application.get_app("shared").menus.menus_changed.disconnect()
        Application.destroy("shared")
        _initialize_plugins.cache_clear()
        init_qactions.cache_clear()
        _delete_what_is_due()
        gc.collect(1)
        QtViewer._instances.clear()

    def _open(self, shown: bool) -> None:
        get_settings().reset()
        _initialize_plugins.cache_clear()
        init_qactions.cache_clear()
        app = NapariApplication("shared")
        app.injection_store.namespace = _napari_names
        self._patches = [
            patch.object(NapariApplication, "get_app_model", return_value=app),
            patch.object(StatusChecker, "start", lambda _: None),
            patch.object(QtViewer, "_get_console", _no_console),
        ]
        for each in self._patches:
            each.start()
        self._viewer = Viewer(show=shown, show_welcome_screen=False)
        window = self._viewer.window._qt_window
        self._shown = shown
        self._state = _values(self._viewer)
        self._docks, self._geometry = window.saveState(), window.geometry()
        self._widgets = set(QApplication.topLevelWidgets())


def _no_console(*_: Any) -> QWidget:
    widget = QWidget()
    widget._update_theme = lambda *_: None
    return widget


def _values(model: EventedModel) -> dict[str, Any]:
    """Return the values of a model's fields, those of models in it as well."""
    found = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, EventedModel):
            found[name] = _values(value)
        elif isinstance(value, _PLAIN):
            found[name] = value
    return found


def _restore(model: EventedModel, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, dict):
            _restore(getattr(model, name), value)
        elif getattr(model, name) != value:
            setattr(model, name, value)


def _delete_what_is_due() -> None:
    for _ in range(2):
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

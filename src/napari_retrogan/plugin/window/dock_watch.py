"""Notices when a widget's dock is closed or its window goes away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget


class DockWatch(QObject):  # type: ignore[misc]
    """Watches a docked widget; hiding the dock or letting it float does not count as closing it.

    Parameters
    ----------
    widget
        What is docked.
    on_undocked
        Called when napari takes the widget out of its dock, which is how it closes a plugin's dock.
    on_destroyed
        Called when the widget is being destroyed; it can't be used any more then.
    """

    def __init__(self, widget: QWidget, on_undocked: Callable[[], None], on_destroyed: Callable[[], None]) -> None:
        super().__init__()
        self._widget = widget
        self._on_undocked = on_undocked
        self._on_destroyed = on_destroyed
        widget.installEventFilter(self)
        widget.destroyed.connect(self._tell_destroyed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look for the loss of the parent; let every event pass."""
        if event.type() == QEvent.Type.ParentChange and self._widget.parent() is None:
            self._on_undocked()
        return False

    def _tell_destroyed(self, *_: Any) -> None:
        """Pass the end on."""
        self._on_destroyed()

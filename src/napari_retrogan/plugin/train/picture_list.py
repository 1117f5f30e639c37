"""A list of pictures with boxes to tick: one by one, or several that are selected at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSignalBlocker, QSize, Qt, Signal
from qtpy.QtGui import QPainter, QPalette
from qtpy.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.train.layer_thumbnails import THUMBNAIL_BOX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from napari.layers import Image
    from qtpy.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QIcon, QKeyEvent, QMouseEvent, QPaintEvent

_SOURCE, _TICKED = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_ROW_HEIGHT = THUMBNAIL_BOX.height() + 4
_VISIBLE_ROWS = 4
_FRAME = 4
_STATES = {True: Qt.CheckState.Checked, False: Qt.CheckState.Unchecked}


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRow:
    """A layer, file or folder as the list shows it."""

    source: Image | Path
    text: str
    tooltip: str
    icon: QIcon
    ticked: bool


class PictureList(QListWidget):  # type: ignore[misc]
    """Rows that are ticked with the mouse or the space bar; of several that are selected, all at once.

    Signals: ``ticked`` when the person has ticked or unticked rows, ``removal_wanted`` when the person wants the
    selected rows gone, and ``dropped`` with a list of files and folders.
    """

    ticked = Signal()
    removal_wanted = Signal()
    dropped = Signal(list)

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._hint = hint
        self._pressed: list[QListWidgetItem] = []
        self._together: list[QListWidgetItem] = []
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setUniformItemSizes(True)
        self.setIconSize(THUMBNAIL_BOX)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAcceptDrops(True)
        self.setFixedHeight(_VISIBLE_ROWS * _ROW_HEIGHT + _FRAME)
        self.itemChanged.connect(self._notice)

    @property
    def found(self) -> list[Image | Path]:
        """What is listed and passes the search."""
        return [item.data(_SOURCE) for item in self._items() if not item.isHidden()]

    @property
    def selected(self) -> list[Image | Path]:
        """What is selected."""
        return [item.data(_SOURCE) for item in self._selected()]

    @property
    def checked(self) -> list[Image | Path]:
        """What is ticked, in or out of the search."""
        return [item.data(_SOURCE) for item in self._items() if item.checkState() == Qt.CheckState.Checked]

    def fill(self, rows: Sequence[PictureRow]) -> None:
        """Show these rows; selection and place stay."""
        with QSignalBlocker(self):
            if [id(item.data(_SOURCE)) for item in self._items()] != [id(row.source) for row in rows]:
                self._list(rows)
            for item, row in zip(self._items(), rows, strict=True):
                item.setText(row.text)
                item.setToolTip(row.tooltip)
                item.setIcon(row.icon)
                _tick(item, ticked=row.ticked)
        self.viewport().update()

    def find(self, words: str) -> None:
        """Show only rows whose text holds each of the words."""
        wanted = words.casefold().split()
        for item in self._items():
            item.setHidden(not all(word in item.text().casefold() for word in wanted))
        self.viewport().update()

    def tick(self, sources: Iterable[Image | Path], *, ticked: bool) -> None:
        """Tick or untick what is listed of these, as the person has asked for it."""
        wanted = {id(source) for source in sources}
        with QSignalBlocker(self):
            for item in self._items():
                if id(item.data(_SOURCE)) in wanted:
                    _tick(item, ticked=ticked)
        self.ticked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tick what is selected with the space bar, and take it away with the delete key."""
        current = self.currentItem()
        if event.key() == Qt.Key.Key_Space and current is not None:
            self.tick(self.selected or [current.data(_SOURCE)], ticked=not current.data(_TICKED))
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removal_wanted.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember what is selected: a click at the box of one of several ticks all of them."""
        self._pressed = self._selected()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let boxes be ticked, alone or together; those that are ticked together stay selected."""
        super().mouseReleaseEvent(event)
        for item in self._together:
            item.setSelected(True)
        self._pressed, self._together = [], []

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if _files(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Take them wherever they are let go."""
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand the files on."""
        event.acceptProposedAction()
        self.dropped.emit(_files(event.mimeData()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say what belongs here while nothing is listed."""
        super().paintEvent(event)
        if not self.found:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.viewport().rect().adjusted(8, 4, -8, -4), flags, self._hint_now)
            painter.end()

    @property
    def _hint_now(self) -> str:
        return tr("No picture of that name.") if self.count() else self._hint

    def _list(self, rows: Sequence[PictureRow]) -> None:
        """List other rows than before."""
        selected, place = {id(source) for source in self.selected}, self.verticalScrollBar().value()
        current = self.currentItem()
        current_source = None if current is None else current.data(_SOURCE)
        self._pressed, self._together = [], []
        self.clear()
        for row in rows:
            item = QListWidgetItem()
            item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setSizeHint(QSize(0, _ROW_HEIGHT))
            item.setData(_SOURCE, row.source)
            self.addItem(item)
            if row.source is current_source:
                self.setCurrentItem(item)
        for item in self._items():
            item.setSelected(id(item.data(_SOURCE)) in selected)
        self.verticalScrollBar().setValue(place)

    def _notice(self, item: QListWidgetItem) -> None:
        """Tick all that are selected with the row whose box was clicked, or that row alone."""
        ticked = item.checkState() == Qt.CheckState.Checked
        if ticked == item.data(_TICKED):
            return
        together = [each.data(_SOURCE) for each in self._pressed]
        clicked = item.data(_SOURCE)
        if any(source is clicked for source in together):
            self._together = self._pressed
            self.tick(together, ticked=ticked)
        else:
            self.tick([clicked], ticked=ticked)

    def _selected(self) -> list[QListWidgetItem]:
        """Return the selected rows that are seen, from the top."""
        return [item for item in self._items() if item.isSelected() and not item.isHidden()]

    def _items(self) -> list[QListWidgetItem]:
        """Return all rows."""
        return [self.item(row) for row in range(self.count())]


def _tick(item: QListWidgetItem, *, ticked: bool) -> None:
    """Tick or untick a row."""
    item.setCheckState(_STATES[ticked])
    item.setData(_TICKED, ticked)


def _files(data: Any) -> list[Path]:
    """Return the local files and folders that are dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]

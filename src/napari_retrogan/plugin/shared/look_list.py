"""One group of looks as a grid of thumbnails that wraps with the width and is as high as it needs to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from qtpy.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from qtpy.QtWidgets import QAbstractItemView, QFrame, QListView, QListWidget, QListWidgetItem, QSizePolicy

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.shared.look_thumbnails import SHARPNESS, THUMBNAIL_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from qtpy.QtGui import QKeyEvent, QResizeEvent

_BOX = QSize(THUMBNAIL_SIZE, 60)
_GAP, _EDGE = 6, 4
_LEAST_NAME_LINES = 2
_KEY = Qt.ItemDataRole.UserRole
_STAR = "★"
_STAR_COLOUR, _STAR_SHADE = "#ffd24a", "#303030"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A look as the grid shows it; ``key`` tells looks apart."""

    key: str
    title: str
    description: str
    favourite: bool = False


class LookList(QListWidget):  # type: ignore[misc]
    """The looks of one group: the keyboard chooses what it highlights, the mouse what it clicks.

    Signals carry the key of a look: ``chosen``, ``hovered`` (empty when the mouse has left), and ``left``, with -1 or
    1 when the keyboard goes beyond the first or last row.
    """

    chosen = Signal(str)
    hovered = Signal(str)
    left = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIconSize(_BOX)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.itemEntered.connect(lambda item: self.hovered.emit(item.data(_KEY)))
        self.viewportEntered.connect(lambda: self.hovered.emit(""))
        self.itemClicked.connect(lambda item: self.chosen.emit(item.data(_KEY)))

    @property
    def keys(self) -> list[str]:
        """The looks, in the order of the screen."""
        return [self.item(row).data(_KEY) for row in range(self.count())]

    @property
    def current(self) -> str | None:
        """The look that the keyboard is at."""
        item = self.currentItem()
        return None if item is None else item.data(_KEY)

    def fill(self, tiles: Sequence[Tile], pictures: Mapping[str, NDArray[np.uint8]]) -> None:
        """Show these looks."""
        current = self.current
        self.clear()
        for tile in tiles:
            item = QListWidgetItem(_icon(pictures.get(tile.key), favourite=tile.favourite), tile.title)
            item.setToolTip(f"{tile.title}\n{tile.description}".strip())
            item.setData(_KEY, tile.key)
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole,
                tr("{look}, favourite", look=tile.title) if tile.favourite else tile.title,
            )
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            self.addItem(item)
            if tile.key == current:
                self.setCurrentItem(item)
        self._fit()

    def show_picture(self, key: str, picture: NDArray[np.uint8], *, favourite: bool) -> None:
        """Show another thumbnail of a look."""
        for item in self._items(key):
            item.setIcon(_icon(picture, favourite=favourite))

    def mark(self, key: str | None) -> None:
        """Show which look is chosen, or that none of these is."""
        for row in range(self.count()):
            item = self.item(row)
            item.setSelected(item.data(_KEY) == key)
            if item.isSelected() and not self.hasFocus():
                self.setCurrentItem(item)

    def take_keyboard(self, *, at_end: bool) -> None:
        """Go on where the keyboard has left another group."""
        self.setFocus(Qt.FocusReason.TabFocusReason)
        self.setCurrentRow(self.count() - 1 if at_end else 0)
        self.chosen.emit(self.current)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose what a key has highlighted; arrows go on into the group above or below."""
        before = self.currentRow()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.current:
            self.chosen.emit(self.current)
            return
        if event.text() and not event.text().isspace():
            event.ignore()  # Letters are for the window, such as the one that shows the original.
            return
        super().keyPressEvent(event)
        if self.currentRow() != before and self.current:
            self.chosen.emit(self.current)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Left):
            self.left.emit(-1)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Right):
            self.left.emit(1)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell when the mouse goes."""
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit("")
        return bool(super().viewportEvent(event))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap anew."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the letters."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        """Share the width out evenly, and be as high as all rows."""
        width = self.viewport().width() - _EDGE
        columns = max(1, width // (THUMBNAIL_SIZE + _GAP))
        cell = QSize(width // columns, _BOX.height() + self._height_of_names(width // columns) + _GAP)
        self.setGridSize(cell)
        for row in range(self.count()):
            self.item(row).setSizeHint(cell)
        self.setFixedHeight(-(-self.count() // columns) * cell.height() + _EDGE)

    def _height_of_names(self, width: int) -> int:
        """Return how high the longest name is in a column of so many pixels."""
        letters = self.fontMetrics()
        room, wrapped = QRect(0, 0, width - 2 * _GAP, 1000), int(Qt.TextFlag.TextWordWrap)
        names = (letters.boundingRect(room, wrapped, self.item(row).text()) for row in range(self.count()))
        return int(max([_LEAST_NAME_LINES * letters.lineSpacing(), *(name.height() for name in names)]))

    def _items(self, key: str) -> list[Any]:
        """Return the item of a look, if it is shown."""
        return [self.item(row) for row in range(self.count()) if self.item(row).data(_KEY) == key]


def _icon(picture: NDArray[np.uint8] | None, *, favourite: bool) -> QIcon:
    """Return a thumbnail (y, x, 3) fitted into its box, unchanged where it is selected, with a star or without."""
    ground = QPixmap(SHARPNESS * _BOX)
    ground.setDevicePixelRatio(SHARPNESS)
    ground.fill(Qt.GlobalColor.transparent)
    painter = QPainter(ground)
    if picture is not None:
        height, width = picture.shape[:2]
        image = QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
        fitted = image.scaled(
            ground.size(), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        fitted.setDevicePixelRatio(SHARPNESS)
        left, top = _BOX.width() - fitted.width() / SHARPNESS, _BOX.height() - fitted.height() / SHARPNESS
        painter.drawImage(QPointF(left / 2, top), fitted)
    if favourite:
        font = painter.font()
        font.setPixelSize(18)
        painter.setFont(font)
        for shift, colour in ((1, _STAR_SHADE), (0, _STAR_COLOUR)):
            painter.setPen(QColor(colour))
            painter.drawText(_BOX.width() - 20 + shift, 18 + shift, _STAR)
    painter.end()
    icon = QIcon(ground)
    icon.addPixmap(ground, QIcon.Mode.Selected)
    return icon

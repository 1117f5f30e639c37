"""All looks in groups, with a search and favourites; what is shown of them on a layer is told by its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QTimer, Signal
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from napari_retrogan.plugin.language import tr, tr_core
from napari_retrogan.plugin.shared.look_list import LookList, Tile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from qtpy.QtCore import QPoint
    from qtpy.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent

_LEAVE_MILLISECONDS = 120
"""From one look to the next the mouse crosses a gap; that is not leaving."""

OWN = "My looks"
NO_OWN_LOOKS = "None yet: train one, drop a picture here, or load a file."
NONE_FOUND = "No look of that name."


class LookGrid(QWidget):  # type: ignore[misc]
    """Thumbnails to choose a look from, by mouse and by keyboard.

    Signals: ``chosen`` and ``hovered`` with the key of a look (hovered also with nothing, when the mouse has left),
    ``menu_wanted`` with that and a place on the screen, ``key_pressed`` with a key of the keyboard that chooses none,
    ``dropped`` with a list of files, and ``shown`` when it comes into view.
    """

    chosen = Signal(str)
    hovered = Signal(str)
    menu_wanted = Signal(str, object)
    key_pressed = Signal(str)
    dropped = Signal(list)
    shown = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._tiles: dict[str, list[Tile]] = {OWN: []}
        self._pictures: dict[str, NDArray[np.uint8]] = {}
        self._marked: str | None = None
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search looks"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(tr("Search looks"))
        self.favourites = QToolButton()
        self.favourites.setText("★")
        self.favourites.setCheckable(True)
        self.favourites.setToolTip(tr("Show favourites only; the star key (*) makes the chosen look one."))
        self.favourites.setAccessibleName(tr("Favourites only"))
        self.lists: dict[str, LookList] = {}
        self._headings: dict[str, QLabel] = {}
        self._empty = QLabel()
        self._empty.setWordWrap(True)
        self._leaving = QTimer(self)
        self._leaving.setSingleShot(True)
        self._leaving.setInterval(_LEAVE_MILLISECONDS)
        self._leaving.timeout.connect(lambda: self.hovered.emit(""))
        self.setAcceptDrops(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._arrange()
        self._connect()

    @property
    def current(self) -> str | None:
        """The look that the keyboard is at, in the group that it was in last."""
        focus = self.focusWidget()
        return next((each.current for each in self.lists.values() if each is focus), self._marked)

    @property
    def keys(self) -> list[str]:
        """The looks in view of the filters, in the order of the screen."""
        return [key for each in self.lists.values() for key in each.keys]

    def set_tiles(self, own: Sequence[Tile], built_in: Mapping[str, Sequence[Tile]]) -> None:
        """Show these looks: the person's own, and those that come with the package by their groups."""
        self._tiles = {OWN: list(own)} | {group: list(tiles) for group, tiles in built_in.items()}
        for group in self._tiles:
            if group not in self.lists:
                self._add_group(group)
        known = {tile.key for tiles in self._tiles.values() for tile in tiles}
        self._pictures = {key: picture for key, picture in self._pictures.items() if key in known}
        self._fill()

    def show_pictures(self, pictures: Mapping[str, NDArray[np.uint8]]) -> None:
        """Put thumbnails (y, x, 3) in their places."""
        self._pictures |= pictures
        for group, tiles in self._tiles.items():
            for tile in tiles:
                if tile.key in pictures:
                    self.lists[group].show_picture(tile.key, pictures[tile.key], favourite=tile.favourite)

    def mark(self, key: str | None) -> None:
        """Show which look is chosen."""
        self._marked = key
        for each in self.lists.values():
            each.mark(key)

    def showEvent(self, event: QEvent) -> None:
        """Tell that thumbnails are seen now."""
        super().showEvent(event)
        self.shown.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell of a key, and leave it to the window: none of them means anything there."""
        self.key_pressed.emit(QKeySequence(event.keyCombination()).toString().removeprefix("Shift+"))
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if _files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand the files on."""
        event.acceptProposedAction()
        self.dropped.emit(_files(event.mimeData()))

    def _arrange(self) -> None:
        """Put everything from top to bottom."""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        filters = QHBoxLayout()
        filters.addWidget(self.search)
        filters.addWidget(self.favourites)
        layout.addLayout(filters)
        self._add_group(OWN)
        layout.addWidget(self._empty)

    def _add_group(self, group: str) -> None:
        """Put another group below the others."""
        title = tr(OWN) if group == OWN else tr_core(group)
        heading, each = QLabel(title), LookList()
        self._headings[group], self.lists[group] = heading, each
        each.setAccessibleName(title)
        self.layout().addWidget(heading)
        self.layout().addWidget(each)
        each.chosen.connect(self.chosen)
        each.hovered.connect(self._hover)
        each.left.connect(lambda step: self._go_on(group, step))
        each.customContextMenuRequested.connect(lambda point: self._ask_for_menu(each, point))

    def _connect(self) -> None:
        """Listen to the filters."""
        self.search.textChanged.connect(self._fill)
        self.favourites.toggled.connect(self._fill)

    def _fill(self, *_: object) -> None:
        """Show the looks that pass the filters."""
        words = self.search.text().casefold().split()
        for group, tiles in self._tiles.items():
            found = [
                tile
                for tile in tiles
                if all(word in tile.title.casefold() for word in words)
                and (tile.favourite or not self.favourites.isChecked())
            ]
            self.lists[group].fill(found, self._pictures)
            self.lists[group].setVisible(bool(found))
            self._headings[group].setVisible(bool(found) or (group == OWN and not tiles))
        filtered = bool(words) or self.favourites.isChecked()
        self._empty.setText(tr(NONE_FOUND) if filtered and not self.keys else tr(NO_OWN_LOOKS))
        self._empty.setVisible(not self.keys if filtered else not self._tiles[OWN])
        self.mark(self._marked)

    def _hover(self, key: str) -> None:
        """Tell a look at once, and that the mouse has left after a moment."""
        if key:
            self._leaving.stop()
            self.hovered.emit(key)
        else:
            self._leaving.start()

    def _go_on(self, group: str, step: int) -> None:
        """Let the keyboard go on in the next group above or below that shows looks."""
        groups = list(self.lists)
        place = groups.index(group)
        beyond = groups[place + 1 :] if step > 0 else reversed(groups[:place])
        following = next((self.lists[each] for each in beyond if self.lists[each].count()), None)
        if following is not None:
            following.take_keyboard(at_end=step < 0)

    def _ask_for_menu(self, each: LookList, point: QPoint) -> None:
        """Ask for the menu of the look under the mouse, or of the one that the keyboard is at."""
        item = each.itemAt(point) or each.currentItem()
        if item is not None:
            key = each.keys[each.row(item)]
            self.menu_wanted.emit(key, each.viewport().mapToGlobal(point))


def _files(data: Any) -> list[Path]:
    """Return the local files that are dragged."""
    from pathlib import Path

    urls: Iterable[Any] = data.urls()
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]

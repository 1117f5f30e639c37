"""A list with check boxes from which several image layers and folders are chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, PushButton
from psygnal import Signal
from qtpy.QtCore import QSignalBlocker, Qt
from qtpy.QtWidgets import QFileDialog, QListWidget, QListWidgetItem, QSizePolicy

from napari_retrogan.plugin.layers import METADATA_KEY, image_layers
from napari_retrogan.plugin.shared.arrange import row, words

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.viewer import Viewer

_ROW_HEIGHT = 17
_VISIBLE_ROWS = 4
_SOURCE = Qt.ItemDataRole.UserRole


class LayerPicker(Container[Any]):
    """Offers the viewer's suitable image layers, but for results and previews of this plugin, and folders of pictures.

    The list follows the viewer's layers; what was chosen stays chosen for as long as it exists.

    Parameters
    ----------
    viewer
        Whose layers are offered.
    title
        Stands above the list.
    folder_hint
        Tooltip of the button that adds a folder: what kind of pictures to put there.
    """

    chosen_changed = Signal()

    def __init__(self, viewer: Viewer, title: str, folder_hint: str) -> None:
        super().__init__(labels=False)
        self.margins = (0, 0, 0, 0)
        self._viewer = viewer
        self._title = title
        self._folders: list[Path] = []
        self._rows = QListWidget()
        self._rows.setFixedHeight(_ROW_HEIGHT * _VISIBLE_ROWS)
        self._rows.setToolTip("Tick one or several. Layers that hold no grey or colour picture are not listed.")
        self._rows.itemChanged.connect(self._tell)
        self._folder_button = PushButton(text="Add folder...", tooltip=folder_hint)
        self._folder_button.changed.connect(self._ask_for_folder)
        self._folder_button.native.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.append(row(words(f"<b>{title}</b>", marked_up=True), self._folder_button))
        self.native.layout().addWidget(self._rows)
        self.reset_choices()

    @property
    def choices(self) -> list[Image | Path]:
        """What is offered: layers in the viewer's order, then folders."""
        return [item.data(_SOURCE) for item in self._items()]

    @property
    def chosen(self) -> list[Image | Path]:
        """The layers and folders that are ticked."""
        return [item.data(_SOURCE) for item in self._items() if item.checkState() == Qt.CheckState.Checked]

    @chosen.setter
    def chosen(self, sources: list[Image | Path]) -> None:
        for source in sources:
            if isinstance(source, Path) and source not in self._folders:
                self._folders.append(source)
        self._fill(sources)
        self.chosen_changed.emit()

    def add_folder(self, folder: str | Path) -> None:
        """Offer a folder of pictures, ticked."""
        self.chosen = [*self.chosen, Path(folder)]

    def reset_choices(self, *_: Any) -> None:
        """Follow the viewer's list of layers."""
        before = self.chosen
        self._fill(before)
        if self.chosen != before:
            self.chosen_changed.emit()

    def _fill(self, chosen: list[Image | Path]) -> None:
        """List what there is and tick what is chosen."""
        layers = [layer for layer in image_layers(self._viewer.layers) if METADATA_KEY not in layer.metadata]
        with QSignalBlocker(self._rows):
            self._rows.clear()
            for source in [*layers, *self._folders]:
                self._rows.addItem(_item(source, ticked=source in chosen))

    def _items(self) -> list[QListWidgetItem]:
        """Return the rows of the list."""
        return [self._rows.item(row) for row in range(self._rows.count())]

    def _tell(self, *_: Any) -> None:
        """Say that a tick has changed."""
        self.chosen_changed.emit()

    def _ask_for_folder(self) -> None:
        """Let the user choose a folder."""
        folder = QFileDialog.getExistingDirectory(self.native, f"Add a folder to {self._title.lower()}")
        if folder:
            self.add_folder(folder)


def _item(source: Image | Path, *, ticked: bool) -> QListWidgetItem:
    """Make the row of a layer or folder."""
    folder = isinstance(source, Path)
    item = QListWidgetItem(f"{source.name} (folder)" if folder else source.name)
    item.setToolTip(f"Every picture in {source}" if folder else _describe(source))
    item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
    item.setData(_SOURCE, source)
    return item


def _describe(layer: Any) -> str:
    """Say a layer's shape and kind of values."""
    shape = layer.data[0].shape if layer.multiscale else layer.data.shape
    return f"{layer.name}: {' x '.join(str(size) for size in shape)}, {layer.dtype}{', RGB' if layer.rgb else ''}"

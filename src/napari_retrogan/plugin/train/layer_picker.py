"""A list with check boxes from which several image layers, files and folders are chosen."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, PushButton
from psygnal import Signal
from qtpy.QtCore import QSignalBlocker, Qt, QTimer
from qtpy.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLineEdit, QSizePolicy, QStyle

from napari_retrogan.core.foreign.values import MAX_NAME, shown
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import METADATA_KEY, image_layers
from napari_retrogan.plugin.shared.arrange import row, words
from napari_retrogan.plugin.train.dropped_files import count_pictures_in, open_as_layers
from napari_retrogan.plugin.train.picture_list import PictureList, PictureRow
from napari_retrogan.plugin.train.remembered_choice import keep_choice, recall_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from napari.layers import Image
    from napari.viewer import Viewer

    from napari_retrogan.plugin.train.layer_thumbnails import LayerThumbnails
    from napari_retrogan.plugin.window.jobs import Job

_HINT = "Open pictures in napari, or drop files and folders here."
_MOST_OPENED = 24
"""Of more files dropped at once each is a row of its own, and no layer: they might not fit the memory."""


class LayerPicker(Container[Any]):
    """Offers the viewer's suitable image layers, but for results and previews of this plugin, and files and folders.

    The list follows the viewer's layers, once for many changes; what was chosen stays chosen for as long as it exists,
    and is ticked again after napari's next start.

    Parameters
    ----------
    viewer
        Whose layers are offered.
    title
        Stands above the list.
    folder_hint
        Tooltip of the button that adds a folder: what kind of pictures to put there.
    thumbnails
        Makes the small pictures of layers.
    place
        Under this name the choice is remembered.
    """

    chosen_changed = Signal()

    def __init__(
        self, viewer: Viewer, title: str, folder_hint: str, thumbnails: LayerThumbnails, place: str = ""
    ) -> None:
        super().__init__(labels=False)
        self.margins = (0, 0, 0, 0)
        self._viewer, self._title, self._thumbnails, self._place = viewer, title, thumbnails, place
        self._paths: list[Path] = []
        self._counts: dict[Path, str] = {}
        self._ticked: set[Image | Path] = set()
        self._seen: weakref.WeakSet[Image] = weakref.WeakSet()
        self._awaited: set[str] = set()
        self._jobs: list[Job] = []
        self.taken: Callable[[], Iterable[Image | Path]] = tuple
        self._make(folder_hint)
        self._timer = QTimer(self.rows)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._show)
        self._connect()
        self._recall()
        self._show()

    @property
    def choices(self) -> list[Image | Path]:
        """What is offered: layers in the viewer's order, then files and folders."""
        suitable = image_layers(self._viewer.layers)
        offered = {layer for layer in suitable if METADATA_KEY not in layer.metadata} | self._ticked
        return [*(layer for layer in self._viewer.layers if layer in offered), *self._paths]

    @property
    def chosen(self) -> list[Image | Path]:
        """The layers, files and folders that are ticked."""
        return [source for source in (*self._viewer.layers, *self._paths) if source in self._ticked]

    @chosen.setter
    def chosen(self, sources: Iterable[Image | Path]) -> None:
        sources = list(sources)
        new = [source for source in sources if isinstance(source, Path) and source not in self._paths]
        self._add_paths(new)
        self._ticked = set(sources)
        self._remember()
        self._show()
        self.chosen_changed.emit()

    def add_folder(self, folder: str | Path) -> None:
        """Offer a folder of pictures, or a file, ticked."""
        self.chosen = [*self.chosen, Path(folder)]

    def add_files(self, files: list[Path]) -> None:
        """Offer what was dropped, ticked: folders and films as they are, pictures as layers unless they are many."""
        from napari_retrogan.core.films.container import is_film

        pictures = [file for file in files if not file.is_dir() and not is_film(file)]
        opened = pictures if len(pictures) <= _MOST_OPENED else []
        self.chosen = [*self.chosen, *(file for file in files if file not in opened)]
        if opened:
            self._jobs.append(open_as_layers(self._viewer, opened, self._tick_too))

    def remove_paths(self, paths: Iterable[Path]) -> None:
        """Offer files and folders no more; on disk they stay."""
        gone = set(paths)
        self._paths = [path for path in self._paths if path not in gone]
        self.chosen = [source for source in self.chosen if source not in gone]

    def reset_choices(self, *_: Any) -> None:
        """Follow the viewer's list of layers: choose at once what is left of the choice, and list the rest soon."""
        there = set(self._viewer.layers)
        gone = {source for source in self._ticked if not isinstance(source, Path) and source not in there}
        self._ticked -= gone
        self._timer.start()
        if gone:
            self.chosen_changed.emit()

    def note_taken(self) -> None:
        """Take note that other layers are ticked on the other side."""
        self._allow()

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        for job in self._jobs:
            job.abandon()
        self._thumbnails.made.disconnect(self._refresh_rows, missing_ok=True)

    def _make(self, folder_hint: str) -> None:
        """Make title, buttons, search and list, from top to bottom."""
        self.heading = words(marked_up=True)
        self.folder_button = PushButton(text=tr("Add folder..."), tooltip=folder_hint)
        self.remove_button = PushButton(
            text="✕",
            tooltip=tr("Take the selected folders and files off the list; on disk they stay."),
        )
        self.remove_button.native.setAccessibleName(tr("Remove selected folders"))
        for button in (self.folder_button, self.remove_button):
            button.native.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(tr("Search {list}", list=self._title.lower()))
        self.all_box = QCheckBox(tr("All"))
        self.all_box.setTristate(True)
        self.all_box.setToolTip(tr("Tick or untick all that are listed here and not ticked on the other side."))
        self.all_box.setAccessibleName(tr("All {list}", list=self._title.lower()))
        self.rows = PictureList(tr(_HINT))
        self.rows.setToolTip(
            tr("Tick one or several: select a range with Shift and press the space bar. Drop folders and files here.")
        )
        self.rows.setAccessibleName(self._title)
        self.append(row(self.heading, self.folder_button, self.remove_button))
        filters = QHBoxLayout()
        filters.addWidget(self.search)
        filters.addWidget(self.all_box)
        self.native.layout().addLayout(filters)
        self.native.layout().addWidget(self.rows)

    def _connect(self) -> None:
        """Listen to the list and to what stands above it."""
        self.rows.ticked.connect(self._take_ticks)
        self.rows.removal_wanted.connect(self._remove_selected)
        self.rows.dropped.connect(self.add_files)
        self.rows.itemSelectionChanged.connect(self._allow)
        self.search.textChanged.connect(self._find)
        self.all_box.clicked.connect(self._tick_all)
        self.folder_button.changed.connect(self._ask_for_folder)
        self.remove_button.changed.connect(self._remove_selected)
        self._thumbnails.made.connect(self._refresh_rows)

    def _show(self) -> None:
        """List what there is and tick what is chosen."""
        self._timer.stop()
        self._tick_awaited()
        self._refresh_rows()
        self._find(self.search.text())

    def _refresh_rows(self) -> None:
        """Show each row as it is now."""
        self.rows.fill([self._row(source) for source in self.choices])
        self._allow()

    def _row(self, source: Image | Path) -> PictureRow:
        """Return a layer, file or folder as the list shows it."""
        ticked = source in self._ticked
        if not isinstance(source, Path):
            icon = self._thumbnails.icon(source)
            return PictureRow(source=source, text=source.name, tooltip=_describe(source), icon=icon, ticked=ticked)
        folder = source.is_dir()
        kind = QStyle.StandardPixmap.SP_DirIcon if folder else QStyle.StandardPixmap.SP_FileIcon
        text = f"{shown(source.name, MAX_NAME)} ({self._counts.get(source, tr('folder'))})" if folder else source.name
        tip = tr("Every picture in {folder}", folder=source) if folder else str(source)
        return PictureRow(
            source=source, text=text, tooltip=tip, icon=self.rows.style().standardIcon(kind), ticked=ticked
        )

    def _find(self, text: str) -> None:
        """Show the rows that hold the words that are searched for."""
        self.rows.find(text)
        self._allow()

    def _allow(self) -> None:
        """Show how many are ticked, and allow what can be done."""
        number = len(self._ticked)
        self.heading.value = f"<b>{self._title}</b>{f': {number}' if number else ''}"
        self.remove_button.enabled = any(isinstance(source, Path) for source in self.rows.selected)
        free = self._free()
        ticked = [source for source in free if source in self._ticked]
        state = Qt.CheckState.Unchecked if not ticked else Qt.CheckState.PartiallyChecked
        with QSignalBlocker(self.all_box):
            self.all_box.setCheckState(Qt.CheckState.Checked if free and len(ticked) == len(free) else state)
            self.all_box.setEnabled(bool(free))

    def _free(self) -> list[Image | Path]:
        """Return what is seen in the list and not ticked on the other side."""
        taken = set(self.taken())
        return [source for source in self.rows.found if isinstance(source, Path) or source not in taken]

    def _take_ticks(self) -> None:
        """Choose what the person has ticked."""
        self._ticked = set(self.rows.checked) & {*self._viewer.layers, *self._paths}
        self._remember()
        self._allow()
        self.chosen_changed.emit()

    def _tick_all(self) -> None:
        """Tick all that are seen, or untick them if they all are ticked."""
        free = self._free()
        self.rows.tick(free, ticked=not all(source in self._ticked for source in free))

    def _tick_too(self, layers: list[Any]) -> None:
        """Choose further layers."""
        self.chosen = [*self.chosen, *layers]

    def _remove_selected(self) -> None:
        """Take the selected folders and files off the list."""
        self.remove_paths(source for source in self.rows.selected if isinstance(source, Path))

    def _add_paths(self, paths: list[Path]) -> None:
        """Offer files and folders, and count what is in the folders."""
        self._paths += paths
        folders = [path for path in paths if path.is_dir()]
        if folders:
            self._jobs.append(count_pictures_in(folders, self._note_counts))

    def _note_counts(self, counts: dict[Path, str]) -> None:
        """Show how many pictures folders hold."""
        self._counts |= counts
        self._show()

    def _remember(self) -> None:
        """Remember what is chosen until napari's next start."""
        names = (source.name for source in self.chosen if not isinstance(source, Path))
        keep_choice(self._place, names, {path: path in self._ticked for path in self._paths})

    def _recall(self) -> None:
        """Offer the files and folders of last time, and await its layers."""
        known = recall_choice(self._place)
        self._awaited = set(known.names)
        self._add_paths(list(known.paths))
        self._ticked |= {path for path, ticked in known.paths.items() if ticked}

    def _tick_awaited(self) -> None:
        """Tick layers of the names that were ticked last time, when they come."""
        new = [source for source in self.choices if not isinstance(source, Path) and source not in self._seen]
        self._seen.update(new)
        again = {layer for layer in new if layer.name in self._awaited}
        self._awaited -= {layer.name for layer in again}
        if not again <= self._ticked:
            self._ticked |= again
            self.chosen_changed.emit()

    def _ask_for_folder(self) -> None:
        """Let the user choose a folder."""
        folder = QFileDialog.getExistingDirectory(self.native, tr("Add a folder to {list}", list=self._title.lower()))
        if folder:
            self.add_folder(folder)


def _describe(layer: Any) -> str:
    """Say a layer's shape and kind of values."""
    shape = layer.data[0].shape if layer.multiscale else layer.data.shape
    return f"{layer.name}: {' x '.join(str(size) for size in shape)}, {layer.dtype}{', RGB' if layer.rgb else ''}"

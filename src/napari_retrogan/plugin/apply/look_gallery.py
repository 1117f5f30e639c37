"""The looks that come with the package, each shown on the person's own layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psygnal import Signal
from qtpy.QtCore import QEvent, QObject, QSize, Qt, QTimer
from qtpy.QtGui import QIcon, QImage, QPixmap
from qtpy.QtWidgets import QFrame, QListView, QListWidget, QListWidgetItem, QSizePolicy

from napari_retrogan.plugin.layers import LayerSnapshot
from napari_retrogan.plugin.shared.built_in_looks import (
    THUMBNAIL_SIZE,
    Look,
    LookCatalogue,
    render_thumbnails,
    thumbnail_level,
)
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.preview_layer import leading_position

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from napari.layers import Image
    from napari.viewer import Viewer
    from numpy.typing import NDArray

_DELAY_MILLISECONDS = 150
_CELL = QSize(THUMBNAIL_SIZE + 12, THUMBNAIL_SIZE + 40)
_NAME = Qt.ItemDataRole.UserRole


class LookGallery(QObject):  # type: ignore[misc]
    """A strip of thumbnails to choose a look from; nothing is computed before it is on the screen.

    Parameters
    ----------
    viewer
        Tells which plane of a stack is shown.
    source
        Where the looks come from.
    on_error
        Gets the exception when thumbnails can't be made.
    """

    look_chosen = Signal(object)

    def __init__(self, viewer: Viewer, source: LookCatalogue, on_error: Callable[[Exception], None]) -> None:
        super().__init__()
        self._viewer, self._source, self._on_error = viewer, source, on_error
        self._layer: Image | None = None
        self._job: Job | None = None
        self._stale = True
        self.looks = {look.name: look for look in source.looks()}
        self.list = _make_list()
        for look in self.looks.values():
            self.list.addItem(_make_item(look))
        self.list.setVisible(bool(self.looks))
        self.list.installEventFilter(self)
        self.list.itemClicked.connect(self._tell)
        self.list.itemActivated.connect(self._tell)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MILLISECONDS)
        self._timer.timeout.connect(self._render)

    def show_on(self, layer: Image | None) -> None:
        """Show the looks on another layer from now on."""
        if layer is self._layer:
            return
        self._disconnect()
        self._layer = layer
        if layer is not None:
            layer.events.data.connect(self.refresh)
            layer.events.contrast_limits.connect(self.refresh)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Make the thumbnails anew, soon and only while they are seen."""
        self._stale = True
        if self.looks and self.list.isVisible():
            self._timer.start()

    def select(self, name: str | None) -> None:
        """Mark the look of this name as the chosen one, or none."""
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setSelected(item.data(_NAME) == name)

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        self._timer.stop()
        self._disconnect()
        self._layer = None
        if self._job is not None:
            self._job.abandon()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Make stale thumbnails when the strip appears; let every event pass."""
        if event.type() == QEvent.Type.Show and self._stale:
            self._timer.start()
        return False

    def _disconnect(self) -> None:
        """Listen to the layer no more."""
        if self._layer is not None:
            self._layer.events.data.disconnect(self.refresh)
            self._layer.events.contrast_limits.disconnect(self.refresh)

    def _render(self) -> None:
        """Make all thumbnails in a worker; an earlier one's are dropped."""
        if self._job is not None:
            self._job.abandon()
        if self._layer is None or not self.list.isVisible():
            return
        self._stale = False
        snapshot = LayerSnapshot.of(self._layer)
        leading = leading_position(self._layer, self._viewer, thumbnail_level(snapshot))
        looks = tuple(self.looks.values())
        self._job = run_job(
            lambda job: render_thumbnails(job, self._source, looks, snapshot, leading),
            title="thumbnails of the looks",
            on_events=self._show,
            on_error=self._on_error,
        )

    def _show(self, reports: list[Any]) -> None:
        """Put thumbnails in their places."""
        pictures = dict(reports)
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.data(_NAME) in pictures:
                item.setIcon(_make_icon(pictures[item.data(_NAME)]))

    def _tell(self, item: QListWidgetItem) -> None:
        """Say which look was chosen."""
        self.look_chosen.emit(self.looks[item.data(_NAME)])


def _make_list() -> QListWidget:
    """Return the strip: one row, scrolled sideways."""
    strip = QListWidget()
    strip.setViewMode(QListView.ViewMode.IconMode)
    strip.setFlow(QListView.Flow.LeftToRight)
    strip.setWrapping(False)
    strip.setMovement(QListView.Movement.Static)
    strip.setResizeMode(QListView.ResizeMode.Adjust)
    strip.setUniformItemSizes(True)
    strip.setIconSize(QSize(THUMBNAIL_SIZE, THUMBNAIL_SIZE))
    strip.setGridSize(_CELL)
    strip.setWordWrap(True)
    strip.setTextElideMode(Qt.TextElideMode.ElideNone)
    strip.setFrameShape(QFrame.Shape.NoFrame)
    strip.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    strip.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    strip.setFixedHeight(_CELL.height() + strip.horizontalScrollBar().sizeHint().height() + 4)
    return strip


def _make_item(look: Look) -> QListWidgetItem:
    """Return the place of a look, empty until its thumbnail is there."""
    empty = QPixmap(THUMBNAIL_SIZE, THUMBNAIL_SIZE)
    empty.fill(Qt.GlobalColor.transparent)
    item = QListWidgetItem(QIcon(empty), look.title)
    item.setToolTip(look.description)
    item.setData(_NAME, look.name)
    item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
    return item


def _make_icon(picture: NDArray[np.uint8]) -> QIcon:
    """Return a thumbnail (y, x, 3) fitted into its square, unchanged where it is selected."""
    height, width = picture.shape[:2]
    image = QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    fitted = QPixmap.fromImage(image).scaled(
        QSize(THUMBNAIL_SIZE, THUMBNAIL_SIZE),
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    icon = QIcon(fitted)
    icon.addPixmap(fitted, QIcon.Mode.Selected)
    return icon

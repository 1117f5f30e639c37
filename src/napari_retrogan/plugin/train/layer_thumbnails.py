"""Small pictures of layers for lists, made in a worker and kept while the layers stay as they are."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
from psygnal import Signal
from qtpy.QtCore import QSize, Qt, QTimer
from qtpy.QtGui import QIcon, QImage, QPainter, QPixmap

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import LayerSnapshot, unsuitable_reason
from napari_retrogan.plugin.shared.look_thumbnails import SHARPNESS, thumbnail_level
from napari_retrogan.plugin.window.jobs import Job, run_job

if TYPE_CHECKING:
    from napari.layers import Image
    from numpy.typing import NDArray

THUMBNAIL_BOX = QSize(40, 30)
_DELAY_MILLISECONDS = 150


class LayerThumbnails:
    """Makes the small pictures of layers; ``made`` tells that some have come."""

    made = Signal()

    def __init__(self) -> None:
        self._icons: weakref.WeakKeyDictionary[Image, QIcon] = weakref.WeakKeyDictionary()
        self._wanted: weakref.WeakSet[Image] = weakref.WeakSet()
        self._watched: weakref.WeakSet[Image] = weakref.WeakSet()
        self._job: Job | None = None
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MILLISECONDS)
        self._timer.timeout.connect(self._make)

    def icon(self, layer: Image) -> QIcon:
        """Return the picture of a layer; an empty one, of the same size, until it is made."""
        if layer not in self._icons:
            self._icons[layer] = _drawn(None)
            self._want(layer)
        return self._icons[layer]

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        self._timer.stop()
        if self._job is not None:
            self._job.abandon()

    def _want(self, layer: Image) -> None:
        """Have the picture of a layer made soon, and anew whenever the layer changes."""
        if layer not in self._watched:
            self._watched.add(layer)
            layer.events.data.connect(self._look_again)
            layer.events.contrast_limits.connect(self._look_again)
        self._wanted.add(layer)
        self._timer.start()

    def _look_again(self, event: Any) -> None:
        """Make another picture of a layer that has changed."""
        self._want(event.source)

    def _make(self) -> None:
        """Make all that is wanted, in a worker."""
        if self._job is not None:
            return
        layers = [layer for layer in self._wanted if unsuitable_reason(layer) is None]
        self._wanted.clear()
        if layers:
            sources = [(weakref.ref(layer), LayerSnapshot.of(layer)) for layer in layers]
            self._job = run_job(
                lambda job: _make_pictures(job, sources),
                title=tr("thumbnails of layers"),
                on_events=self._take,
                on_end=self._end,
            )

    def _take(self, reports: list[Any]) -> None:
        """Keep pictures, and tell that they are there."""
        for reference, picture in reports:
            layer = reference()
            if layer is not None:
                self._icons[layer] = _drawn(picture)
        self.made.emit()

    def _end(self) -> None:
        """Make what has been wanted meanwhile."""
        self._job = None
        if self._wanted:
            self._timer.start()


def _make_pictures(job: Job, sources: list[tuple[weakref.ref[Image], LayerSnapshot]]) -> None:
    """Report a picture (y, x, 3) uint8 of each layer; in a worker."""
    from napari_retrogan.core.images.overview import overview

    for reference, snapshot in sources:
        if job.should_stop():
            return
        try:
            small = overview(*_middle_plane(snapshot))
        except Exception:  # noqa: BLE001, S112 - a picture that can't be read has no thumbnail; training says why
            continue
        values = np.rint(255 * small).astype(np.uint8)
        values = np.repeat(values[..., None], 3, axis=-1) if values.ndim == 2 else values
        job.report((reference, np.ascontiguousarray(values)))


def _middle_plane(snapshot: LayerSnapshot) -> tuple[Any, int, tuple[float, float] | None]:
    """Return the plane in the middle of a layer, how large a picture of it is wanted, and its limits."""
    level = snapshot.levels[thumbnail_level(snapshot)]
    leading = level.shape[: len(level.shape) - (3 if snapshot.rgb else 2)]
    plane = level[tuple(length // 2 for length in leading)]
    return plane, SHARPNESS * THUMBNAIL_BOX.width(), None if snapshot.rgb else snapshot.contrast_limits


def _drawn(picture: NDArray[np.uint8] | None) -> QIcon:
    """Return a picture (y, x, 3) fitted into its box, unchanged where its row is selected; without one, nothing."""
    ground = QPixmap(SHARPNESS * THUMBNAIL_BOX)
    ground.fill(Qt.GlobalColor.transparent)
    if picture is not None:
        height, width = picture.shape[:2]
        image = QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).scaled(
            ground.size(), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        painter = QPainter(ground)
        painter.drawImage((ground.width() - image.width()) // 2, (ground.height() - image.height()) // 2, image)
        painter.end()
    ground.setDevicePixelRatio(SHARPNESS)
    icon = QIcon(ground)
    icon.addPixmap(ground, QIcon.Mode.Selected)
    return icon

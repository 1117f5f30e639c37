"""Thumbnails of all looks on the layer at hand, or on a sample, made in a worker and only while they are seen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import LayerSnapshot
from napari_retrogan.plugin.shared.look_thumbnails import render_thumbnails, small_layer, small_sample, thumbnail_level
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.preview_layer import leading_position

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Image
    from napari.viewer import Viewer

    from napari_retrogan.plugin.shared.look_grid import LookGrid
    from napari_retrogan.plugin.shared.look_shelf import LookShelf

_DELAY_MILLISECONDS = 150


class ThumbnailMaker:
    """Keeps the grid's thumbnails up to date with its looks and with one layer; a sample stands in where there is none.

    Parameters
    ----------
    viewer
        Tells which plane of a stack is shown.
    grid
        Gets the thumbnails.
    shelf
        Tells which looks there are.
    on_error
        Gets the exception when thumbnails can't be made.
    """

    def __init__(self, viewer: Viewer, grid: LookGrid, shelf: LookShelf, on_error: Callable[[Exception], None]) -> None:
        self._viewer, self._grid, self._shelf, self._on_error = viewer, grid, shelf, on_error
        self._layer: Image | None = None
        self._job: Job | None = None
        self._made: set[str] = set()
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MILLISECONDS)
        self._timer.timeout.connect(self._render)
        grid.shown.connect(self.refresh_new)

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
        """Make all thumbnails anew, soon and only while they are seen."""
        self._made.clear()
        self.refresh_new()

    def refresh_new(self) -> None:
        """Make those thumbnails that there are none of yet, soon and only while they are seen."""
        if self._grid.isVisible() and not self._made.issuperset(self._shelf.looks()):
            self._timer.start()

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        self._timer.stop()
        self._disconnect()
        self._layer = None
        if self._job is not None:
            self._job.abandon()

    def _disconnect(self) -> None:
        """Listen to the layer no more."""
        if self._layer is not None:
            self._layer.events.data.disconnect(self.refresh)
            self._layer.events.contrast_limits.disconnect(self.refresh)

    def _render(self) -> None:
        """Make the thumbnails in a worker; those of an earlier call are dropped."""
        if self._job is not None:
            self._job.abandon()
        if not self._grid.isVisible():
            return
        looks = {key: look.load for key, look in self._shelf.looks().items() if key not in self._made}
        read = small_sample if self._layer is None else partial(small_layer, *self._plane(self._layer))
        self._job = run_job(
            lambda job: render_thumbnails(job, looks, read),
            title=tr("thumbnails of the looks"),
            on_events=self._show,
            on_error=self._on_error,
        )

    def _plane(self, layer: Image) -> tuple[LayerSnapshot, tuple[int, ...]]:
        """Return what a layer is, and which plane of it is shown."""
        snapshot = LayerSnapshot.of(layer)
        return snapshot, leading_position(layer, self._viewer, thumbnail_level(snapshot))

    def _show(self, reports: list[Any]) -> None:
        """Put thumbnails in their places."""
        pictures = dict(reports)
        self._made.update(pictures)
        self._grid.show_pictures(pictures)

"""Before and after: held side by side by a divider on the canvas, or one in the place of the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QTimer

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import METADATA_KEY, LayerSnapshot, unsuitable_reason
from napari_retrogan.plugin.window.canvas_divider import CanvasDivider, canvas_of
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.preview_layer import (
    SCREEN_SIZE,
    PreviewLayer,
    View,
    is_preview,
    plane_in_view,
    visible_view,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Image, Layer
    from napari.viewer import Viewer
    from numpy.typing import NDArray
    from qtpy.QtWidgets import QWidget

_UPDATE_MILLISECONDS = 40


def source_of(layer: Layer | None, viewer: Viewer) -> Layer | None:
    """Return the layer that a result was made from, if it is there; a layer that is no result is its own."""
    if layer is None:
        return None
    provenance = layer.metadata.get(METADATA_KEY)
    name = provenance.get("source_layer") if isinstance(provenance, dict) else None
    if not isinstance(name, str):
        return layer
    return next((each for each in viewer.layers if each.name == name), None)


class HeldOriginal:
    """Hides previews and results of a layer for as long as a key or button is held.

    Parameters
    ----------
    viewer
        Whose layers are hidden.
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._hidden: list[Layer] = []

    def hold(self, layer: Layer | None) -> None:
        """Show the original of a layer."""
        source = source_of(layer, self._viewer)
        if self._hidden or source is None:
            return
        for each in self._viewer.layers:
            made_of_it = each is not source and source_of(each, self._viewer) is source
            if each.visible and (made_of_it or is_preview(each)):
                self._hidden.append(each)
        for each in self._hidden:
            each.visible = False

    def let_go(self) -> None:
        """Show again what was hidden."""
        hidden, self._hidden = self._hidden, []
        for each in hidden:
            each.visible = True


class Divider:
    """Shows the original on the left of a line that is dragged across the canvas, and what lies over it on the right.

    The original's pixels in view are read once a view, in a worker; moving the line shows more or less of them, without
    a copy.

    Parameters
    ----------
    viewer
        Gets a layer of what was before, for as long as the divider is there.
    dock
        A widget in the viewer's window.
    on_closed
        Called when the person has ended it, by Escape or by removing its layer.
    """

    def __init__(self, viewer: Viewer, dock: QWidget, on_closed: Callable[[], None]) -> None:
        self._viewer, self._dock, self._on_closed = viewer, dock, on_closed
        self.line: CanvasDivider | None = None
        self._source: Image | None = None
        self._snapshot: LayerSnapshot | None = None
        self._cover: PreviewLayer | None = None
        self._view: View | None = None
        self._before: NDArray[Any] | None = None
        self._shown: tuple[View, int] | None = None
        self._job: Job | None = None
        self._timer = QTimer()
        self._timer.setInterval(_UPDATE_MILLISECONDS)
        self._timer.timeout.connect(self._update)

    @property
    def layer(self) -> Image | None:
        """The layer of what was before, while there is one."""
        return None if self._cover is None else self._cover.layer

    def show_on(self, layer: Layer | None) -> None:
        """Compare a layer, or the one that it was made from, with what lies over it; None ends that."""
        source: Any = source_of(layer, self._viewer)
        if source is not None and unsuitable_reason(source) is not None:
            source = None
        if source is self._source:
            return
        self._clear()
        self._source = source
        canvas = canvas_of(self._dock) if source is not None else None
        if canvas is None:
            self._source = None
            return
        self._snapshot = LayerSnapshot.of(source)
        self._cover = PreviewLayer(self._viewer, self._snapshot, "before")
        self.line = CanvasDivider(canvas)
        self.line.closed.connect(self._on_closed)
        self.line.moved.connect(self._update)
        source.events.data.connect(self._look_again)
        source.events.contrast_limits.connect(self._look_again)
        self._timer.start()

    def abandon(self) -> None:
        """Stop and leave the viewer alone, because it is going away."""
        self._timer.stop()
        if self._job is not None:
            self._job.abandon()
        if self._source is not None:
            self._source.events.data.disconnect(self._look_again)
            self._source.events.contrast_limits.disconnect(self._look_again)
        self._source = self.line = self._cover = None

    def _clear(self) -> None:
        """Take the line and its layer away."""
        line, cover = self.line, self._cover
        self.abandon()
        if line is not None:
            line.remove()
        if cover is not None:
            cover.remove()
        self._view = self._before = self._shown = self._job = None

    def _look_again(self, *_: object) -> None:
        """Take what the layer is now."""
        if self._source is not None:
            self._snapshot = LayerSnapshot.of(self._source)
            self._view = None

    def _update(self, *_: object) -> None:
        """Show what is on the left of the line, and read it first if it has not been in view."""
        source, snapshot, cover = self._source, self._snapshot, self._cover
        if source is None or snapshot is None or cover is None:
            return
        if cover.removed or source not in self._viewer.layers:
            self._on_closed()
            return
        view = visible_view(source, self._viewer, SCREEN_SIZE)
        if view != self._view and self._job is None:
            self._job = run_job(
                lambda _: _pixels(snapshot, view),
                title=tr("before"),
                on_done=lambda before: self._take(view, before),
                on_end=self._end,
            )
        self._show()

    def _take(self, view: View, before: NDArray[Any]) -> None:
        """Show what was read."""
        self._view, self._before = view, before
        self._show()

    def _end(self) -> None:
        """Allow the next view to be read."""
        self._job = None

    def _show(self) -> None:
        """Show so much of what was read as lies on the left of the line."""
        view, before, cover, line = self._view, self._before, self._cover, self.line
        if view is None or before is None or cover is None or line is None:
            return
        left, right = view.columns
        column = min(max(round(self._column(line.share) / view.stride), left), right)
        if (view, column) != self._shown:
            self._shown = view, column
            if column > left:
                cover.put(before[:, : column - left], replace(view, columns=(left, column)))
            if cover.layer is not None:
                cover.layer.visible = column > left
        layers = self._viewer.layers
        if cover.layer is not None and not cover.removed and layers[-1] is not cover.layer:
            layers.move(layers.index(cover.layer), len(layers))

    def _column(self, share: float) -> float:
        """Return the column of the source's level in view that lies at a share of the canvas' width."""
        source, canvas = self._source, canvas_of(self._dock)
        assert source is not None  # noqa: S101 - the line is there for a source only
        width = 0 if canvas is None else canvas.width()
        world = np.array(self._viewer.dims.point, float)
        camera = getattr(self._viewer, "scene", self._viewer).camera  # napari before 0.9 has no scene
        centre, zoom = camera.center, camera.zoom
        down, across = self._viewer.dims.displayed[-2:]
        world[down], world[across] = centre[-2], centre[-1] + (share - 0.5) * width / zoom
        column = float(np.asarray(source.world_to_data(world))[-1])
        level = self._view.level if self._view is not None else 0
        return column / float(source.downsample_factors[level][source.ndim - 1]) if source.multiscale else column


def _pixels(snapshot: LayerSnapshot, view: View) -> NDArray[Any]:
    """Return the pixels of a view."""
    plane, (top, left, height, width) = plane_in_view(snapshot, view)
    return np.asarray(plane[top : top + height, left : left + width])

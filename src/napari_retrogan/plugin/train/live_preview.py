"""What the generator in training makes of what is in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QTimer

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import LayerSnapshot, image_layers, unsuitable_reason, unwrap
from napari_retrogan.plugin.window.drawing_pace import Pace
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.preview_layer import (
    PreviewLayer,
    View,
    is_preview,
    pixel_size,
    plane_in_view,
    visible_view,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from napari.layers import Image, Layer
    from napari.viewer import Viewer

    from napari_retrogan.core.vintage_generator import VintageGenerator

UPDATE_MILLISECONDS = 350
MOST_REST_SECONDS = 5.0


class LivePreview:
    """Keeps a preview layer up to date while a training runs and after it, over the layer that is active.

    At most three times a second, and never while an earlier one is being computed, the latest generator
    is applied to what is in view; less often where that takes long, unless something else comes into view. A
    layer that the user has removed does not come back.

    Parameters
    ----------
    viewer
        Gets the preview layer, and tells which layer is active.
    photograph
        The layer to show the look on until another one becomes active; untouched.
    """

    def __init__(self, viewer: Viewer, photograph: Layer | None = None) -> None:
        self._viewer: Viewer = unwrap(viewer)
        self._source: Any = None
        self._wanted: Any = None
        self._active: Any = self._viewer.layers.selection.active
        self._generator: VintageGenerator | None = None
        self._shown: VintageGenerator | None = None
        self._view: View | None = None
        self._pace = Pace(MOST_REST_SECONDS)
        self._job: Job | None = None
        self._shown_in: PreviewLayer | None = None
        self._timer = QTimer()
        self._timer.setInterval(UPDATE_MILLISECONDS)
        self._timer.timeout.connect(self._update)
        self._timer.start()
        self._turn_to(photograph)
        self._viewer.layers.selection.events.active.connect(self._follow)

    def show(self, generator: VintageGenerator) -> None:
        """Show this generator's look from the next update on."""
        self._generator = generator

    def close(self) -> None:
        """Stop, and remove the preview layer if it is still there."""
        self.abandon()
        if self._shown_in is not None:
            self._shown_in.remove()

    @property
    def layer(self) -> Image | None:
        """The preview layer, once there is one."""
        return None if self._shown_in is None else self._shown_in.layer

    @property
    def source(self) -> Image | None:
        """The layer that the look is shown on."""
        source: Image | None = self._source
        return source

    def abandon(self) -> None:
        """Stop and leave the viewer alone, because it is going away."""
        self._timer.stop()
        self._viewer.layers.selection.events.active.disconnect(self._follow)
        if self._job is not None:
            self._job.abandon()

    def _follow(self, *_: object) -> None:
        """Take note of another layer that has become active, if it is no preview.

        Where a preview is added, napari selects it, and the layer that was active before becomes so again. Layers also
        become active while others are being removed, when none may be added or removed: that is left for later.
        """
        active = self._viewer.layers.selection.active
        if active is not None and active is not self._active and not is_preview(active):
            self._wanted = self._active = active

    def _turn_to(self, layer: Layer | None) -> None:
        """Show the look on another layer; on one that holds no picture it isn't shown, and stays where it is."""
        self._wanted = None
        if layer is None or layer is self._source or unsuitable_reason(layer) is not None:
            return
        self._forget()
        self._source = unwrap(layer)
        self._shown_in = PreviewLayer(self._viewer, LayerSnapshot.of(layer))
        self._view = None

    def _forget(self) -> None:
        """Show the look on no layer."""
        if self._job is not None:
            self._job.abandon()
            self._job = None
        if self._shown_in is not None:
            self._shown_in.remove()
        self._shown_in = self._source = None

    def _update(self) -> None:
        """Go to the layer that is active, and compute what is new: another generator or another view."""
        if self._shown_in is not None and self._shown_in.removed:
            self._timer.stop()
            return
        if self._wanted is not None and self._wanted in self._viewer.layers:
            self._turn_to(self._wanted)
        if self._source is not None and self._source not in self._viewer.layers:
            self._forget()
        if self._generator is not None and self._shown_in is not None and unsuitable_reason(self._source) is None:
            self._compute(self._generator, self._source, self._shown_in)

    def _compute(self, generator: VintageGenerator, source: Image, shown_in: PreviewLayer) -> None:
        """Compute what is in view of a layer, unless that is being done or known."""
        if self._job is not None and self._job.running:
            return
        view = visible_view(source, self._viewer)
        if self._view == view and (self._shown is generator or not self._pace.rested):
            return
        self._pace.begin()
        self._shown, self._view = generator, view
        snapshot = LayerSnapshot.of(source)
        self._job = run_job(
            lambda _: _render(generator, snapshot, view),
            title=tr("live preview"),
            on_done=lambda picture: shown_in.put(picture, view),
        )


def first_to_show(viewer: Viewer, photographs: Collection[Any], vintage: Collection[Any]) -> Image | None:
    """Return the layer on which a look is best seen at first: one that it isn't learnt from.

    That is the active layer, else a photograph that is trained with, else any other picture.
    """
    pictures = [layer for layer in image_layers(viewer.layers) if not is_preview(layer) and layer not in vintage]
    active = viewer.layers.selection.active
    wanted = [
        *(layer for layer in pictures if layer is active),
        *(layer for layer in pictures if layer in photographs),
        *pictures,
    ]
    return next(iter(wanted), None)


def _render(generator: VintageGenerator, snapshot: LayerSnapshot, view: View) -> np.ndarray[Any, Any]:
    """Return a generator's look of what is in view, with as much of its grain as such a view leaves."""
    plane, region = plane_in_view(snapshot, view)
    preview = generator.preview(
        plane,
        rgb=snapshot.rgb,
        value_range=None if snapshot.rgb else snapshot.contrast_limits,
        region=region,
        pixel_size=pixel_size(snapshot, view),
    )
    return np.asarray(preview.render())

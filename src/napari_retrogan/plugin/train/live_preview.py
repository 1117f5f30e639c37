"""What the generator in training makes of what is in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QTimer

from napari_retrogan.plugin.layers import LayerSnapshot, unwrap
from napari_retrogan.plugin.window.drawing_pace import Pace
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.preview_layer import PreviewLayer, View, pixel_size, plane_in_view, visible_view

if TYPE_CHECKING:
    from napari.layers import Image, Layer
    from napari.viewer import Viewer

    from napari_retrogan.core.vintage_generator import VintageGenerator

UPDATE_MILLISECONDS = 350
MOST_REST_SECONDS = 5.0


class LivePreview:
    """Keeps the preview layer of one photograph up to date while its training runs.

    At most three times a second, and never while an earlier one is being computed, the latest generator
    is applied to what is in view; less often where that takes long, unless something else comes into view. A
    layer that the user has removed does not come back.

    Parameters
    ----------
    viewer
        Gets the preview layer.
    photograph
        The layer to show the look on; untouched.
    """

    def __init__(self, viewer: Viewer, photograph: Layer) -> None:
        self._viewer: Viewer = unwrap(viewer)
        self._photograph: Any = unwrap(photograph)
        self._snapshot = LayerSnapshot.of(photograph)
        self._generator: VintageGenerator | None = None
        self._shown: VintageGenerator | None = None
        self._view: View | None = None
        self._pace = Pace(MOST_REST_SECONDS)
        self._job: Job | None = None
        self._shown_in = PreviewLayer(self._viewer, self._snapshot)
        self._timer = QTimer()
        self._timer.setInterval(UPDATE_MILLISECONDS)
        self._timer.timeout.connect(self._update)
        self._timer.start()

    def show(self, generator: VintageGenerator) -> None:
        """Show this generator's look from the next update on."""
        self._generator = generator

    def close(self) -> None:
        """Stop, and remove the preview layer if it is still there."""
        self.abandon()
        self._shown_in.remove()

    @property
    def layer(self) -> Image | None:
        """The preview layer, once there is one."""
        return self._shown_in.layer

    def abandon(self) -> None:
        """Stop and leave the viewer alone, because it is going away."""
        self._timer.stop()
        if self._job is not None:
            self._job.abandon()

    def _update(self) -> None:
        """Compute what is new: another generator or another view."""
        if self._job is not None and self._job.running:
            return
        if self._shown_in.removed:
            self._timer.stop()
            return
        generator = self._generator
        if generator is None:
            return
        view = visible_view(self._photograph, self._viewer)
        if self._view == view and (self._shown is generator or not self._pace.rested):
            return
        self._pace.begin()
        self._shown, self._view = generator, view
        self._job = run_job(
            lambda _: _render(generator, self._snapshot, view),
            title="live preview",
            on_done=lambda picture: self._shown_in.put(picture, view),
        )


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

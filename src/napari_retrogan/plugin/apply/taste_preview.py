"""A layer that follows the sliders: the look on what is in view, with any amounts, at once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer

from napari_retrogan.plugin.apply.exact_view import exact_view
from napari_retrogan.plugin.apply.region_view import blend_view
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import LayerSnapshot, unwrap
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.preview_layer import (
    SCREEN_SIZE,
    PreviewLayer,
    View,
    pixel_size,
    plane_in_view,
    visible_view,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from napari.layers import Image, Layer
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_retrogan.core.inference.region_mask import FeatheredMask
    from napari_retrogan.core.inference.settings import Brightness
    from napari_retrogan.core.inference.styled_preview import StyledPreview
    from napari_retrogan.core.inference.taste import Taste
    from napari_retrogan.core.vintage_generator import VintageGenerator

UPDATE_MILLISECONDS = 40
_CALM_UPDATES = 4
"""Without a change before a view is computed as `apply` does it."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the network has to run for: a change of anything else is arithmetic."""

    generator: VintageGenerator
    style: Any
    seed: int
    brightness: Brightness | None
    view: View
    edition: int


@dataclass(frozen=True, slots=True)
class _Styled:
    """What the network made of a scene, and the generator of the scene's style that it did this with."""

    scene: _Scene
    generator: VintageGenerator
    preview: StyledPreview


class TastePreview:
    """Keeps a preview layer of one layer up to date with generator, amounts and view.

    The network runs in a worker, once for each generator, style, seed, brightness and view; what the sliders change
    after that takes a few milliseconds, also in a worker. Only the latest state is computed. A view that has more
    pixels than can be shown at once is thinned out, with as much grain as is left of it then; once nothing has changed
    for a moment, the pixels that `apply` gives take its place.

    Parameters
    ----------
    viewer
        Gets the preview layer.
    source
        The layer to show the look on; untouched.
    on_removed
        Called when the user has removed the preview layer; it does not come back.
    on_error
        Gets the exception when the preview can't be computed.

    Raises
    ------
    InvalidImage
        If the layer is not an image that a generator can be applied to.
    """

    def __init__(
        self, viewer: Viewer, source: Layer, on_removed: Callable[[], None], on_error: Callable[[Exception], None]
    ) -> None:
        self._viewer: Viewer = unwrap(viewer)
        self._source: Any = unwrap(source)
        self._snapshot = LayerSnapshot.of(source)
        self._on_removed, self._on_error = on_removed, on_error
        self._shown_in = PreviewLayer(self._viewer, self._snapshot)
        self._wanted: tuple[VintageGenerator, Any, int, Brightness | None, Taste, FeatheredMask | None] | None = None
        self._requested: tuple[_Scene, Taste, FeatheredMask | None] | None = None
        self._styled: _Styled | None = None
        self._edition = 0
        self._job: Job | None = None
        self._exact_job: Job | None = None
        self._calm = 0
        self._source.events.data.connect(self._look_again)
        self._source.events.contrast_limits.connect(self._look_again)
        self._timer = QTimer()
        self._timer.setInterval(UPDATE_MILLISECONDS)
        self._timer.timeout.connect(self._update)
        self._timer.start()

    @property
    def layer(self) -> Image | None:
        """The preview layer, once there is one."""
        return self._shown_in.layer

    def show(
        self,
        generator: VintageGenerator,
        taste: Taste,
        seed: int,
        style: Any = None,
        brightness: Brightness | None = None,
        region: FeatheredMask | None = None,
    ) -> None:
        """Show this, at once or after what is being computed; the style is as for `VintageGenerator.with_style`."""
        self._wanted = generator, style, seed, brightness, taste, region
        self._update()

    def close(self) -> None:
        """Stop, and remove the preview layer if it is still there."""
        self.abandon()
        self._shown_in.remove()

    def abandon(self) -> None:
        """Stop and leave the viewer alone, because it is going away."""
        self._timer.stop()
        self._source.events.data.disconnect(self._look_again)
        self._source.events.contrast_limits.disconnect(self._look_again)
        for job in (self._job, self._exact_job):
            if job is not None:
                job.abandon()

    def _look_again(self, *_: object) -> None:
        """Take what the layer is now."""
        self._snapshot = LayerSnapshot.of(self._source)
        self._edition += 1

    def _update(self) -> None:
        """Compute what is new, unless something is being computed."""
        if self._shown_in.removed:
            self._on_removed()
            return
        if self._wanted is None or (self._job is not None and self._job.running):
            return
        generator, style, seed, brightness, taste, region = self._wanted
        scene = _Scene(generator, style, seed, brightness, visible_view(self._source, self._viewer), self._edition)
        if self._requested == (scene, taste, region):
            self._calm += 1
            if self._calm == _CALM_UPDATES and scene.view.stride > 1:
                self._show_exactly(scene, taste, region)
            return
        self._requested, self._calm = (scene, taste, region), 0
        if self._exact_job is not None:
            self._exact_job.abandon()
        known, snapshot = self._styled, self._snapshot
        self._job = run_job(
            lambda _: _render(known, scene, snapshot, taste, region),
            title=tr("preview"),
            on_done=lambda result: self._put(*result),
            on_error=self._on_error,
        )

    def _show_exactly(self, scene: _Scene, taste: Taste, region: FeatheredMask | None) -> None:
        """Put what `apply` gives in the place of the quick picture."""
        view = visible_view(self._source, self._viewer, SCREEN_SIZE)
        known, snapshot = self._styled, self._snapshot
        settings = {**asdict(taste), "seed": scene.seed, "brightness": scene.brightness}
        self._exact_job = run_job(
            lambda job: exact_view(_generator_of(known, scene), snapshot, view, settings, region, job.should_stop),
            title=tr("preview"),
            on_done=lambda picture: self._shown_in.put(picture, view),
            on_error=self._on_error,
        )

    def _put(self, styled: _Styled, picture: NDArray[np.generic]) -> None:
        """Show a picture, and keep what the next one is made of."""
        self._styled = styled
        self._shown_in.put(picture, styled.scene.view)


def _render(
    known: _Styled | None, scene: _Scene, snapshot: LayerSnapshot, taste: Taste, region: FeatheredMask | None
) -> tuple[_Styled, NDArray[np.generic]]:
    """Return what the network makes of a scene, unless that is known, and the picture of it."""
    styled = known if known is not None and known.scene == scene else _style(known, scene, snapshot)
    return styled, blend_view(styled.preview.render(**asdict(taste)), snapshot, scene.view, region)


def _style(known: _Styled | None, scene: _Scene, snapshot: LayerSnapshot) -> _Styled:
    """Run the network on a scene."""
    generator = _generator_of(known, scene)
    plane, region = plane_in_view(snapshot, scene.view)
    preview = generator.preview(
        plane,
        scene.seed,
        brightness=scene.brightness,
        rgb=snapshot.rgb,
        value_range=None if snapshot.rgb else snapshot.contrast_limits,
        region=region,
        pixel_size=pixel_size(snapshot, scene.view),
    )
    return _Styled(scene, generator, preview)


def _generator_of(known: _Styled | None, scene: _Scene) -> VintageGenerator:
    """Return the generator of a scene's style; to read one off pictures again for each view would take too long."""
    if scene.style is None:
        return scene.generator
    if known is not None and (known.scene.generator, known.scene.style) == (scene.generator, scene.style):
        return known.generator
    return scene.generator.with_style(scene.style)

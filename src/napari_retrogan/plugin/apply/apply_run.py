"""Applying a generator beside a running window: one job for the widget and the command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Layer
from napari.utils import progress

from napari_retrogan.core.inference.pool import Progress
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.styled_array import StyledArray
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import LayerSnapshot, apply_to_snapshot, unique_name, unwrap
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.lazy_drawing import LazyDrawing
from napari_retrogan.plugin.window.notices import show_failure
from napari_retrogan.plugin.window.preview_layer import kept_selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.types import LayerDataTuple
    from napari.viewer import Viewer

    from napari_retrogan.core.inference.region_mask import FeatheredMask
    from napari_retrogan.plugin.state import GeneratorEntry

_AS_TRAINED = ApplySettings()


class ApplyRun:
    """One run of a generator on one layer, from the click to the new layer in the viewer.

    What the layer is gets captured here and now; picking, moving or renaming layers afterwards
    changes nothing. Removing the layer or closing the window ends the run within a tile.

    Parameters
    ----------
    viewer
        Gets the new layer.
    entry
        The generator to apply.
    layer
        Image layer to apply it to; untouched.
    settings
        How much of the look, and what is added to it; by default the look as it was trained.
    style
        As for `VintageGenerator.apply`.
    marks_layer
        Whether marks become a layer of their own above the result.
    region
        Where on the layer; by default everywhere.
    on_progress
        Gets the share that is done, from 0 to 1.
    on_done, on_error, on_end
        Called on the main thread with the new layer; with the exception; and last, in every case.

    Raises
    ------
    InvalidImage
        If the layer is not an image that a generator can be applied to.
    """

    def __init__(
        self,
        viewer: Viewer,
        entry: GeneratorEntry,
        layer: Layer,
        settings: ApplySettings = _AS_TRAINED,
        *,
        style: Any = None,
        marks_layer: bool = False,
        region: FeatheredMask | None = None,
        on_progress: Callable[[float], None] | None = None,
        on_done: Callable[[Layer], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
        on_end: Callable[[], None] | None = None,
    ) -> None:
        snapshot = LayerSnapshot.of(layer)
        self._viewer, self._layer = unwrap(viewer), unwrap(layer)
        self._on_progress, self._on_done, self._on_end = on_progress, on_done, on_end
        self.source, self.source_removed = snapshot.name, False

        def work(job: Job) -> list[LayerDataTuple]:
            return apply_to_snapshot(
                entry.generator,
                snapshot.with_levels(job.should_stop),
                settings,
                style=style,
                region=region,
                file=None if entry.file is None else str(entry.file),
                look=entry.name,
                progress=Progress(lambda done, total: job.report((done, total)), job.should_stop),
                marks_layer=marks_layer,
            )

        self._bar = progress(total=100, desc=tr("{look} on {layer}", look=entry.name, layer=snapshot.name))
        self._viewer.layers.events.removed.connect(self._stop_without_source)
        self.job = run_job(
            work,
            title=tr("applying {look} to {layer}", look=entry.name, layer=snapshot.name),
            on_events=self._show_progress,
            on_done=self._add_layers,
            on_error=on_error,
            on_end=self._end,
            on_quit=self._end,
        )

    def cancel(self) -> None:
        """End within a tile, without a result."""
        self.job.cancel()

    def abandon(self) -> None:
        """End within a tile and call nothing any more, because who asked is going away."""
        self._on_progress = self._on_done = self._on_end = None
        self.job.cancel()

    def _show_progress(self, reports: list[Any]) -> None:
        """Move napari's activity bar and the caller's."""
        done, total = reports[-1]
        self._bar.update(round(100 * done / total) - self._bar.n)
        if self._on_progress is not None:
            self._on_progress(done / total)

    def _stop_without_source(self, event: Any) -> None:
        """Cancel when the source has left the viewer."""
        if event.value is self._layer:
            self.source_removed = True
            self.job.cancel()

    def _add_layers(self, results: list[LayerDataTuple]) -> None:
        """Put the result in the viewer, and its marks above it."""
        added = [self._add_layer(*result) for result in results]
        if self._on_done is not None:
            self._on_done(added[0])

    def _add_layer(self, data: Any, options: dict[str, Any], kind: str) -> Layer:
        """Put a layer in the viewer under a name that is free now; what is selected stays so, for the next look."""
        name = unique_name(options["name"], (layer.name for layer in self._viewer.layers))
        levels = list(data) if options["multiscale"] else [data]
        if all(isinstance(level, StyledArray) for level in levels):
            levels = LazyDrawing(self._viewer, levels, show_failure).levels
            data = levels if options["multiscale"] else levels[0]
        with kept_selection(self._viewer):
            return self._viewer.add_layer(Layer.create(data, {**options, "name": name}, kind))

    def _end(self) -> None:
        """Let go of the viewer and of the activity bar."""
        self._bar.close()
        self._viewer.layers.events.removed.disconnect(self._stop_without_source)
        if self._on_end is not None:
            self._on_end()

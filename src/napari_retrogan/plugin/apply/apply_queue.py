"""Applying a look to several layers, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.plugin.apply.apply_run import ApplyRun
from napari_retrogan.plugin.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Layer
    from napari.viewer import Viewer

    from napari_retrogan.plugin.apply.apply_request import ApplyRequest


def added_words(layers: list[Layer]) -> str:
    """Say which layers a run has added."""
    if len(layers) == 1:
        return tr("Added {name}.", name=layers[0].name)
    return tr("Added {number} layers.", number=len(layers))


class ApplyQueue:
    """Runs a look on layers, each captured when its turn begins; a failure or a cancel ends all of it.

    Parameters
    ----------
    viewer
        Gets the new layers.
    on_progress
        Gets the share that is done, from 0 to 1.
    on_done
        Gets the new layers once all are there.
    on_error
        Gets the exception.
    on_end
        Called last in every case, with a sentence if it was cancelled.
    """

    def __init__(
        self,
        viewer: Viewer,
        *,
        on_progress: Callable[[float], None],
        on_done: Callable[[list[Layer]], None],
        on_error: Callable[[Exception], None],
        on_end: Callable[[str], None],
    ) -> None:
        self._viewer = viewer
        self._on_progress, self._on_done, self._on_error, self._on_end = on_progress, on_done, on_error, on_end
        self._run: ApplyRun | None = None
        self._waiting: list[Any] = []
        self._added: list[Layer] = []
        self._total = 0
        self._request: ApplyRequest | None = None

    @property
    def running(self) -> bool:
        """Whether a look is being applied."""
        return self._run is not None

    def start(self, request: ApplyRequest) -> None:
        """Apply a look to layers; ends what was running before only by `cancel`.

        Raises
        ------
        InvalidImage
            If the first layer is not an image that a look can be applied to, or the region encloses nothing.
        """
        self._request = request
        self._waiting, self._added, self._total = list(request.layers), [], len(request.layers)
        self._next()

    def cancel(self) -> None:
        """End within a tile, without further results."""
        self._waiting = []
        if self._run is not None:
            self._run.cancel()

    def abandon(self) -> None:
        """End within a tile and call nothing any more, because who asked is going away."""
        self._waiting = []
        if self._run is not None:
            self._run.abandon()

    def _next(self) -> None:
        """Begin with the next layer."""
        request, layer = self._request, self._waiting.pop(0)
        assert request is not None  # noqa: S101 - `start` has set it
        self._run = ApplyRun(
            self._viewer,
            request.entry,
            layer,
            request.settings,
            style=request.style,
            marks_layer=request.marks_layer,
            region=None if request.region is None else request.region.of(layer),
            on_progress=lambda share: self._on_progress((len(self._added) + share) / self._total),
            on_done=self._added.append,
            on_error=self._fail,
            on_end=self._end,
        )

    def _fail(self, error: Exception) -> None:
        """Go on with no further layer."""
        self._waiting = []
        self._total = 0
        self._on_error(error)

    def _end(self) -> None:
        """Go on with the next layer, or tell that all is done."""
        run, self._run = self._run, None
        cancelled = run is not None and run.job.cancelled
        if self._waiting and not cancelled:
            self._waiting = [layer for layer in self._waiting if layer in self._viewer.layers]
        if self._waiting and not cancelled:
            try:
                self._next()
            except InvalidImage as error:
                self._fail(error)
        if self.running:
            return
        if self._added and len(self._added) == self._total:
            self._on_done(self._added)
        words = ""
        if run is not None and cancelled:
            words = (
                tr("{name} was removed, so the run ended.", name=run.source) if run.source_removed else tr("Cancelled.")
            )
        self._on_end(words)

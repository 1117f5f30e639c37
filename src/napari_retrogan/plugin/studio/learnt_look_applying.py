"""The look that a training has just learnt, applied to the selected layers as the preview shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.plugin.apply.apply_queue import ApplyQueue, added_words
from napari_retrogan.plugin.apply.apply_request import ApplyRequest
from napari_retrogan.plugin.layers import labelled_time_axis
from napari_retrogan.plugin.window.notices import sentence, show_failure

if TYPE_CHECKING:
    from napari.layers import Image, Layer
    from napari.viewer import Viewer

    from napari_retrogan.plugin.state import GeneratorEntry
    from napari_retrogan.plugin.train.learnt_look import LearntLook


class LearntLookApplying:
    """Does what the button of a `LearntLook` asks for: the look as it was trained, on each layer.

    Parameters
    ----------
    viewer
        Gets the new layers.
    learnt
        Asks, and is told what becomes of it.
    """

    def __init__(self, viewer: Viewer, learnt: LearntLook) -> None:
        self._learnt = learnt
        self._queue = ApplyQueue(
            viewer,
            on_progress=learnt.show_progress,
            on_done=self._tell_done,
            on_error=self._tell_failure,
            on_end=learnt.end_applying,
        )
        learnt.wanted.connect(self._start)
        learnt.unwanted.connect(self._queue.cancel)

    def abandon(self) -> None:
        """End within a tile and tell nobody, because the dock is going away."""
        self._queue.abandon()

    def _start(self, entry: GeneratorEntry, layers: list[Image]) -> None:
        """Begin; an axis that all layers call time keeps one look from frame to frame."""
        axes = {labelled_time_axis(layer) for layer in layers}
        settings = ApplySettings(time_axis=axes.pop() if len(axes) == 1 else None)
        try:
            self._queue.start(ApplyRequest(entry=entry, layers=layers, settings=settings))
        except InvalidImage as error:
            self._tell_failure(error)
        else:
            self._learnt.show_progress(0.0)

    def _tell_done(self, layers: list[Layer]) -> None:
        """Say which layers are there now."""
        self._learnt.end_applying(added_words(layers), added=True)

    def _tell_failure(self, error: Exception) -> None:
        """Say what went wrong, in the dock and as a notification."""
        show_failure(error)
        self._learnt.end_applying(sentence(error))

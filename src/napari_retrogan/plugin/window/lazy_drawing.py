"""Lazy results that napari draws without waiting: coarse at first, and as they are once a worker has computed them.

napari cuts what is in view out of a layer's array and waits for its pixels on the main thread. The arrays here give
it a stand-in at once, have the pixels computed in a worker, and then let it draw again. Whoever else asks an array for
its pixels gets them as ever.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import dask
import numpy as np
from qtpy.QtCore import QTimer

from napari_retrogan.core.inference.styled_array import StyledArray, in_words
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.window.jobs import Job, run_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.viewer import Viewer
    from numpy.typing import NDArray

_MOST_KEPT_BYTES = 2**28
_DRAWING_SETTING = "optimization.fuse.active"
"""napari turns this setting of Dask's off for as long as it draws a lazy layer."""


class LazyDrawing:
    """What is known of one lazy picture, and what is being computed for napari to draw.

    Parameters
    ----------
    viewer
        Draws again what a worker has computed.
    levels
        The picture's arrays from the finest; `levels` of the drawing are to be shown in their place.
    on_error
        Gets the exception when a part can't be computed; it stays as its stand-in.
    """

    def __init__(self, viewer: Viewer, levels: list[Any], on_error: Callable[[Exception], object]) -> None:
        self._viewer, self._on_error = viewer, on_error
        self._pictures: OrderedDict[str, NDArray[Any]] = OrderedDict()
        self._wanted: OrderedDict[str, _DrawnArray] = OrderedDict()
        self._overviews: dict[tuple[Any, ...], NDArray[Any]] = {}
        self._job: Job | None = None
        self.levels = [_drawn(level, self) for level in levels]

    def picture(self, part: _DrawnArray) -> NDArray[Any]:
        """Return the pixels of a part if they are known; else a stand-in, and have them computed."""
        name = str(part.name)
        if name in self._pictures:
            self._pictures.move_to_end(name)
            return self._pictures[name]
        self._wanted[name] = part
        # Not before napari comes to its next turn: a worker beside the one in which it adds the layer, and asks for
        # this, makes that turn several times as long.
        QTimer.singleShot(0, self._start)
        return self._stand_in(part)

    def _start(self) -> None:
        """Compute what was asked for last, unless something is being computed."""
        if self._wanted and (self._job is None or not self._job.running):
            name, part = self._wanted.popitem()
            self._job = run_job(
                # Dask otherwise takes the callbacks of the whole process away and puts them back: napari's cache, which
                # is one while napari draws, would then stay in force for everybody.
                lambda _: StyledArray.compute(part, callbacks=[]),
                title=tr("drawing a lazy result"),
                on_done=lambda picture: self._keep(name, part, picture),
                on_error=lambda error: self._fail(name, part, error),
            )

    def _keep(self, name: str, part: _DrawnArray, picture: NDArray[Any]) -> None:
        """Remember a part, draw with it, and compute what that asks for."""
        self._pictures[name] = picture
        if part.cut is not None and part.cut[0] == len(self.levels) - 1:
            self._overviews = {_plane(part.cut[1]): picture}
        while sum(each.nbytes for each in self._pictures.values()) > _MOST_KEPT_BYTES and len(self._pictures) > 2:
            self._pictures.popitem(last=False)
        self._wanted.clear()
        for layer in self._viewer.layers:
            shown = layer.data if getattr(layer, "multiscale", False) else [layer.data]
            if getattr(shown[0], "drawing", None) is self:
                layer.refresh()

    def _fail(self, name: str, part: _DrawnArray, error: Exception) -> None:
        """Say what is wrong, once: the stand-in stays."""
        self._keep(name, part, self._stand_in(part))
        self._on_error(error)

    def _stand_in(self, part: _DrawnArray) -> NDArray[Any]:
        """Return the part as the coarsest level shows it; black where that is not known yet."""
        overview = None if part.cut is None else self._overviews.get(_plane(part.cut[1]))
        spans = [] if part.cut is None else [each for each in part.cut[1] if isinstance(each, slice)]
        if part.cut is None or overview is None or len(spans) < 2:
            return np.zeros(part.shape, part.dtype)
        whole = self.levels[part.cut[0]].shape
        axes = [axis for axis, each in enumerate(part.cut[1]) if isinstance(each, slice)]
        stand_in = overview
        for position, (axis, span) in enumerate(zip(axes[:2], spans[:2], strict=True)):
            places = np.arange(*span.indices(whole[axis])) * overview.shape[position] // whole[axis]
            stand_in = stand_in.take(places, position)
        return stand_in if stand_in.shape == part.shape else np.zeros(part.shape, part.dtype)


class _DrawnArray(StyledArray):
    """A styled picture, or a part of it, that napari draws without waiting."""

    __slots__ = ()
    drawing: LazyDrawing | None = None
    cut: tuple[int, tuple[Any, ...]] | None = None

    def __getitem__(self, index: Any) -> Any:
        part = super().__getitem__(index)
        drawing = self.drawing
        if part is self or drawing is None:
            return part
        number = next((number for number, level in enumerate(drawing.levels) if level is self), None)
        _drawn(part, drawing)
        part.cut = None if number is None or not isinstance(index, tuple) else (number, index)
        return part

    def compute(self, **options: Any) -> Any:
        """Return the pixels, or a stand-in while napari draws."""
        on_main_thread = threading.current_thread() is threading.main_thread()
        if self.drawing is not None and on_main_thread and dask.config.get(_DRAWING_SETTING, None) is False:
            return self.drawing.picture(self)
        return super().compute(**options)


def _drawn(array: Any, drawing: LazyDrawing) -> Any:
    """Return a new Dask array, which nobody else holds yet, as one of a drawing."""
    part = getattr(array, "_part", "")
    in_words(array, part).__class__ = _DrawnArray
    array.drawing = drawing
    return array


def _plane(index: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return which plane of a stack an index cuts out: what it holds besides slices, and where."""
    return tuple((axis, int(each)) for axis, each in enumerate(index) if not isinstance(each, slice))

"""Curves of the losses, drawn while the training runs."""

from __future__ import annotations

import importlib
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from magicgui.widgets import Container
from qtpy.QtCore import QEvent, QObject
from qtpy.QtGui import QPalette
from qtpy.QtWidgets import QSizePolicy

from napari_retrogan.core.training.losses_in_words import LOSSES_EXPLAINED, loss_in_words
from napari_retrogan.plugin.language import tr, tr_core
from napari_retrogan.plugin.shared.arrange import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from qtpy.QtWidgets import QWidget

# Okabe and Ito's palette: told apart by colour-blind people, and on dark and light grounds.
_COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#D55E00", "#0072B2", "#999999", "#F0E442")
_MOST_POINTS = 4000
_HEIGHT = 150


def import_plotting() -> None:
    """Import what draws the curves, which takes up to a second: in a worker, before they are needed."""
    importlib.import_module("pyqtgraph")


class LossPlot(Container[Any]):
    """One curve a loss, with a legend; thinned out when a run is long."""

    def __init__(self) -> None:
        super().__init__(labels=False)
        self.margins = (0, 0, 0, 0)
        self._plot: Any = None
        self._view: Any = None
        self._axes: list[Any] = []
        self._curves: dict[str, Any] = {}
        self._steps: list[int] = []
        self._losses: dict[str, list[float]] = {}
        self._stride = 1
        self._legend = words(marked_up=True)
        self._legend.tooltip = tr_core(LOSSES_EXPLAINED)
        self.append(self._legend)
        self._theme_watch = _ThemeWatch(self.native, self._follow_theme)

    @property
    def curves(self) -> dict[str, tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
        """Steps and values that each curve shows."""
        return {name: curve.getData() for name, curve in self._curves.items()}

    def clear_curves(self) -> None:
        """Start anew, in the colours of the present theme."""
        self._steps, self._losses, self._stride = [], {}, 1
        self._curves = {}
        self._legend.value = ""
        if self._plot is not None:
            self._view.clear()
            self._take_theme(self._plot)

    def add(self, step: int, losses: Mapping[str, float]) -> None:
        """Remember one step's losses; `draw` shows them."""
        if step % self._stride:
            return
        self._steps.append(step)
        for name, value in losses.items():
            known = self._losses.setdefault(name, [float("nan")] * (len(self._steps) - 1))
            known.append(value)
        for known in self._losses.values():
            known.extend([float("nan")] * (len(self._steps) - len(known)))
        if len(self._steps) > _MOST_POINTS:
            self._thin_out()

    def draw(self) -> None:
        """Show what was added since the last time."""
        if self._plot is None:
            self._plot = self._make_plot()
        steps = np.asarray(self._steps, float)
        for name, values in self._losses.items():
            if name not in self._curves and _is_telling(name, values):
                self._add_curve(name)
            if name in self._curves:
                self._curves[name].setData(steps, np.asarray(values))

    def _thin_out(self) -> None:
        """Keep every second point, now and from now on."""
        self._stride *= 2
        kept = [index for index, step in enumerate(self._steps) if step % self._stride == 0]
        self._steps = [self._steps[index] for index in kept]
        self._losses = {name: [values[index] for index in kept] for name, values in self._losses.items()}

    def _make_plot(self) -> Any:
        """Make the plot on first use.

        A bare view and two axes; pyqtgraph's own plot item brings menus that outlive the window.
        """
        import pyqtgraph

        plot = pyqtgraph.GraphicsLayoutWidget()
        plot.setFixedHeight(_HEIGHT)
        plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._view = pyqtgraph.ViewBox(enableMenu=False, enableMouse=False)
        self._axes = [pyqtgraph.AxisItem("left"), pyqtgraph.AxisItem("bottom", text=tr("step"))]
        plot.addItem(self._view, row=0, col=1)
        plot.addItem(self._axes[0], row=0, col=0)
        plot.addItem(self._axes[1], row=1, col=1)
        for axis in self._axes:
            axis.linkToView(self._view)
        self.native.layout().addWidget(plot)
        self._take_theme(plot)
        return plot

    def _add_curve(self, name: str) -> None:
        """Draw another curve, in the next colour."""
        import pyqtgraph

        colour = _COLOURS[len(self._curves) % len(_COLOURS)]
        self._curves[name] = pyqtgraph.PlotCurveItem(pen=colour, connect="finite")
        self._view.addItem(self._curves[name])
        self._legend.value = _legend(self._curves)

    def _follow_theme(self) -> None:
        """Take the colours of another theme."""
        if self._plot is not None:
            self._take_theme(self._plot)

    def _take_theme(self, plot: Any) -> None:
        """Take ground and ink from the window's palette."""
        palette = self.native.palette()
        ink = palette.color(QPalette.ColorRole.WindowText)
        plot.setBackground(palette.color(QPalette.ColorRole.Window))
        for axis in self._axes:
            axis.setPen(ink)
            axis.setTextPen(ink)


class _ThemeWatch(QObject):  # type: ignore[misc]
    """Tells when a widget gets the style of another theme."""

    def __init__(self, widget: QWidget, on_change: Callable[[], None]) -> None:
        super().__init__(widget)
        self._on_change = on_change
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look for changes of the style; let every event pass."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._on_change()
        return False


def _is_telling(name: str, values: list[float]) -> bool:
    """Leave out sums, scores and losses that are not in force."""
    return name != "loss" and not name.endswith("score") and any(values)


def _legend(names: Iterable[str]) -> str:
    """Return rich text that names each curve beside its colour; it wraps, and hides no curve."""
    return " &nbsp; ".join(
        f'<span style="color:{colour}">&#9632;</span>&nbsp;{tr_core(loss_in_words(name)).replace(" ", "&nbsp;")}'
        for name, colour in zip(names, cycle(_COLOURS), strict=False)
    )

"""A line over napari's canvas that the mouse and the arrow keys move from side to side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, QPointF, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPolygonF
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from qtpy.QtWidgets import QWidget

from napari_retrogan.plugin.language import tr

if TYPE_CHECKING:
    from qtpy.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

_WIDTH = 25
_KNOB, _ARROW = 11, 5
_STEP = 0.02
_LINE, _EDGE = QColor("#ffffff"), QColor(0, 0, 0, 150)


def canvas_of(widget: QWidget) -> QWidget | None:
    """Return the canvas of the window that a widget is docked in, if there is one."""
    return next(iter(widget.window().findChildren(QOpenGLWidget)), None)


class CanvasDivider(QWidget):  # type: ignore[misc]
    """A vertical line with a knob; ``moved`` tells its place as a share of the canvas' width, ``closed`` Escape.

    Parameters
    ----------
    canvas
        What it lies on; its size is followed.
    """

    moved = Signal(float)
    closed = Signal()

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._share = 0.5
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAccessibleName(tr("Divider between before and after"))
        self.setToolTip(tr("Drag, or press the arrow keys: before on the left, after on the right. Escape ends it."))
        canvas.installEventFilter(self)
        self._place()
        self.show()

    @property
    def share(self) -> float:
        """How far from the left it is, from 0 to 1."""
        return self._share

    @share.setter
    def share(self, share: float) -> None:
        self._share = min(max(share, 0.0), 1.0)
        self._place()
        self.moved.emit(self._share)

    def remove(self) -> None:
        """Take the line away."""
        self._canvas.removeEventFilter(self)
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the canvas' size; let every event pass."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the line."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the line with the mouse."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.share = self.mapToParent(event.pos()).x() / max(self._canvas.width(), 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the line by keys."""
        step = {Qt.Key.Key_Left: -_STEP, Qt.Key.Key_Right: _STEP}.get(event.key())
        if step is not None:
            self.share += step
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line, and a knob with two arrows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, height = self.width() / 2, self.height()
        for colour, width in ((_EDGE, 4.0), (_LINE, 2.0)):
            pen = painter.pen()
            pen.setColor(colour)
            pen.setWidthF(width)
            painter.setPen(pen)
            painter.drawLine(QPointF(middle, 0), QPointF(middle, height))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_EDGE)
        painter.drawEllipse(QPointF(middle, height / 2), _KNOB + 1, _KNOB + 1)
        painter.setBrush(_LINE)
        painter.drawEllipse(QPointF(middle, height / 2), _KNOB, _KNOB)
        painter.setBrush(QColor("#3d85c6") if self.hasFocus() else _EDGE)
        for side in (-1, 1):
            tip, base = middle + side * (_KNOB - 2), middle + side * 3
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(tip, height / 2),
                        QPointF(base, height / 2 - _ARROW),
                        QPointF(base, height / 2 + _ARROW),
                    ]
                )
            )
        painter.end()

    def _place(self) -> None:
        """Lie where the share says."""
        left = round(self._share * self._canvas.width() - _WIDTH / 2)
        self.setGeometry(left, 0, _WIDTH, self._canvas.height())

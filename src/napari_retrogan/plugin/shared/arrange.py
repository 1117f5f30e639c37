"""How the widgets of this plugin are laid out."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, Label
from magicgui.widgets.bases import ButtonWidget
from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QFormLayout, QFrame, QLabel, QScrollArea, QSizePolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magicgui.widgets.bases import Widget


def words(text: str = "", *, marked_up: bool = False) -> Label:
    """Return a label that wraps its text to whatever width it gets; names and errors in it are text, never HTML."""
    label = Label(value=text)
    label.native.setTextFormat(Qt.TextFormat.RichText if marked_up else Qt.TextFormat.PlainText)
    label.native.setWordWrap(True)
    label.native.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    label.native.setSizePolicy(policy)
    return label


def row(*widgets: Widget) -> Container[Any]:
    """Put widgets side by side."""
    container = Container[Any](widgets=list(widgets), layout="horizontal", labels=False)
    container.margins = (0, 0, 0, 0)
    return container


def column(*widgets: Widget) -> Container[Any]:
    """Put widgets one below the other."""
    container = Container[Any](widgets=list(widgets), labels=False)
    container.margins = (0, 0, 0, 0)
    return container


def labelled(*widgets: Widget) -> QFormLayout:
    """Put widgets one below the other, their labels aligned on the left; buttons carry their own."""
    layout = QFormLayout()
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    for widget in widgets:
        if isinstance(widget, ButtonWidget):
            layout.addRow(widget.native)
        else:
            label = QLabel(widget.label)
            label.setToolTip(widget.tooltip)
            layout.addRow(label, widget.native)
    return layout


@contextmanager
def drawn_once(widget: Widget) -> Iterator[None]:
    """Draw what changes inside a widget once, after all of it has changed and found its place.

    Beside napari's canvas each drawing makes Qt put the whole window together; without a graphics card the processor
    does that. A bar draws itself with every value, and napari's own progress lets Qt draw in between.
    """
    native = widget.native
    native.setUpdatesEnabled(False)
    try:
        yield
    finally:
        timer = QTimer(native)
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: native.setUpdatesEnabled(True))
        timer.timeout.connect(timer.deleteLater)
        timer.start(0)


class VerticalScroll(QScrollArea):  # type: ignore[misc]
    """Scrolls its content up and down, and is always as wide as the content needs."""

    def __init__(self, content: Widget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content.native)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the content's width; fonts and folded sections change it."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            bar = self.verticalScrollBar().sizeHint().width()
            self.setMinimumWidth(self.widget().minimumSizeHint().width() + bar)
        return bool(super().eventFilter(watched, event))

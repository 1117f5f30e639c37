"""How the widgets of this plugin are laid out."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, FileEdit, Label
from magicgui.widgets.bases import ButtonWidget, Widget
from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QComboBox, QFormLayout, QFrame, QLabel, QLayout, QScrollArea, QSizePolicy, QWidget

from napari_retrogan.plugin.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magicgui.types import FileDialogMode

_PAGE_MARGINS = (4, 4, 4, 4)
_ROOM_MARGIN = 6
_FEWEST_LETTERS = 8


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


def stacked(*parts: Widget | QWidget | QLayout) -> Container[Any]:
    """Put widgets, also such of Qt's own, and layouts one below the other."""
    container = column(*(part for part in parts if isinstance(part, Widget)))
    layout = container.native.layout()
    for part in parts:
        if isinstance(part, QLayout):
            layout.addLayout(part)
        else:
            layout.addWidget(part.native if isinstance(part, Widget) else part)
    return container


def path_edit(mode: FileDialogMode, tooltip: str) -> FileEdit:
    """Return a field for a path, or several, whose button leaves it the width."""
    field = FileEdit(mode=mode, nullable=True, tooltip=tooltip)
    field.choose_btn.text = tr("Choose...")
    field.choose_btn.native.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return field


def captioned(widget: Widget) -> Container[Any]:
    """Put a widget below its label, where it needs the width."""
    container = column(words(widget.label), widget)
    container.native.layout().setSpacing(0)
    return container


def labelled(*widgets: Widget) -> QFormLayout:
    """Put widgets one below the other, their labels aligned on the left; buttons carry their own."""
    layout = QFormLayout()
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    for widget in widgets:
        if isinstance(widget, ButtonWidget):
            layout.addRow(widget.native)
        else:
            layout.addRow(_Caption(widget), widget.native)
    return layout


class _Caption(QLabel):  # type: ignore[misc]
    """Names a field, and is there as long as the field is: a row of a form that is hidden takes no room."""

    def __init__(self, widget: Widget) -> None:
        super().__init__(widget.label)
        self.setToolTip(widget.tooltip)
        # Before it has a place, also what is to be seen counts as hidden.
        if widget.native.isHidden() and widget.native.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide):
            self.hide()
        widget.native.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Come and go with the field."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self.setHidden(watched.isHidden())
        return bool(super().eventFilter(watched, event))


def fill_page(page: Container[Any], body: Widget, footer: Widget) -> None:
    """Fill a tab: what scrolls, and below it what is always in view."""
    page.margins = (0, 0, 0, 0)
    body.native.layout().setContentsMargins(*_PAGE_MARGINS)
    body.native.layout().addStretch(1)
    footer.native.layout().setContentsMargins(*_PAGE_MARGINS)
    footer.native.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    page.native.layout().setSpacing(0)
    page.native.layout().addWidget(VerticalScroll(body))
    page.native.layout().addWidget(footer.native)
    _make_narrow(page.native)
    order_tabs(page.native)


def order_tabs(widget: QWidget, after: QWidget | None = None) -> None:
    """Let the Tab key lead through a widget as the eye goes: as its layouts have it, not as its parts were made.

    It comes there from another widget of the window, if one is given.
    """
    found = [*([] if after is None else [after]), *_stops(widget)]
    for earlier, later in itertools.pairwise(found):
        QWidget.setTabOrder(earlier, later)


def _stops(widget: QWidget) -> list[QWidget]:
    """Return what in a widget the Tab key stops at, in the order of its layouts."""
    if isinstance(widget, QScrollArea) and widget.widget() is not None:
        return _stops(widget.widget())
    own = [widget] if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None else []
    return own if widget.layout() is None else [*own, *_stops_of(widget.layout())]


def _stops_of(layout: QLayout) -> list[QWidget]:
    """Return what in a layout the Tab key stops at."""
    found: list[QWidget] = []
    for item in (layout.itemAt(number) for number in range(layout.count())):
        if item.widget() is not None:
            found += _stops(item.widget())
        elif item.layout() is not None:
            found += _stops_of(item.layout())
    return found


def _make_narrow(widget: QWidget) -> None:
    """Let no menu below a widget be as wide as its longest entry, which may be any layer's name."""
    for menu in widget.findChildren(QComboBox):
        menu.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        menu.setMinimumContentsLength(_FEWEST_LETTERS)


class Room(QScrollArea):  # type: ignore[misc]
    """Room for so many lines of words: fewer leave it empty and more scroll in it, so that words move nothing.

    Parameters
    ----------
    label
        The words, as of `words`.
    lines
        How many are seen at once.
    """

    def __init__(self, label: Label, lines: int) -> None:
        super().__init__()
        self._label, self._lines = label.native, lines
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setStyleSheet("QLabel { padding: 0px; margin: 0px; }")
        policy = self._label.sizePolicy()
        policy.setVerticalPolicy(QSizePolicy.Policy.Preferred)  # Or a line that fits would be given two, to scroll in.
        self._label.setSizePolicy(policy)
        self.setWidget(self._label)
        self._reserve()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the letters."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._reserve()

    def showEvent(self, event: QEvent) -> None:
        """Take the size of the letters that napari's theme has given by now."""
        super().showEvent(event)
        self._reserve()

    def _reserve(self) -> None:
        """Be as high as the lines."""
        metrics = self._label.fontMetrics()
        self.setFixedHeight(self._lines * max(metrics.lineSpacing(), metrics.height()) + _ROOM_MARGIN)


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
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content.native)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the content's width; fonts and folded sections change it."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            bar = self.verticalScrollBar().sizeHint().width()
            self.setMinimumWidth(self.widget().minimumSizeHint().width() + bar)
        return bool(super().eventFilter(watched, event))

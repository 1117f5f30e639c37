"""How widgets are laid out and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magicgui.widgets import Container, ProgressBar
from qtpy.QtCore import QEvent, QObject

from napari_retrogan.plugin.shared.arrange import drawn_once, words

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class _Drawings(QObject):
    """Counts how often a widget is drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_what_changes_together_is_drawn_once(qtbot: QtBot) -> None:
    bar, line = ProgressBar(min=0, max=100), words("Step 0")
    box = Container(widgets=[bar, line], labels=False)
    qtbot.addWidget(box.native)
    box.show()
    qtbot.waitExposed(box.native)
    qtbot.wait(50)
    drawings = _Drawings()
    bar.native.installEventFilter(drawings)
    with drawn_once(box):
        for value in range(1, 6):
            bar.value, line.value = value, f"Step {value}"
            assert drawings.count == 0
    qtbot.waitUntil(lambda: drawings.count > 0)
    qtbot.wait(50)
    assert drawings.count <= 2
    assert box.native.updatesEnabled()
    bar.native.removeEventFilter(drawings)
    box.close()

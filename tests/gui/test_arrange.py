"""How widgets are laid out and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from magicgui.widgets import Container, ProgressBar
from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QTextDocument

from napari_retrogan.core.atomic_file import refuse_existing
from napari_retrogan.core.errors import InvalidImage, OutputExists
from napari_retrogan.core.training.run_task import _HOW_TO_RESUME
from napari_retrogan.plugin.shared.arrange import drawn_once, words
from napari_retrogan.plugin.window.notices import as_text, in_window, sentence

if TYPE_CHECKING:
    from pathlib import Path

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


_HOSTILE = "<img src='/dev/zero'> <b>bold</b>"


def test_words_are_shown_as_they_are_unless_they_are_our_own_markup(qtbot: QtBot) -> None:
    for label, rich in ((words(_HOSTILE), False), (words("<b>ours</b>", marked_up=True), True)):
        qtbot.addWidget(label.native)
        assert (label.native.textFormat() == Qt.TextFormat.RichText) is rich
        assert rich or label.native.textFormat() == Qt.TextFormat.PlainText


def test_errors_and_notices_are_text_of_a_screenful_at_most() -> None:
    assert len(sentence(InvalidImage("n" * 100_000))) == 1000
    assert len(sentence(RuntimeError("n" * 100_000))) == 1000
    assert sentence(InvalidImage("one\ntwo\x1b[2J")) == "one\ntwo\\x1b[2J"
    document = QTextDocument()
    document.setHtml(as_text(_HOSTILE))
    assert document.toPlainText() == _HOSTILE
    assert as_text("Nothing & nobody") == "Nothing & nobody"


@pytest.mark.parametrize(
    "words",
    [
        "/a exists already; allow it to be replaced (overwrite=True, --overwrite) or choose another name.",
        "Kept in /b: resume it by Resume last training in the Train widget, napari-retrogan train --resume, or "
        "napari_retrogan.resume_training().",
        "/c is a half-written result of another generator, picture or settings. Pass resume=False to delete it and "
        "start anew, or choose another output.",
    ],
)
def test_a_window_says_nothing_of_python_or_options(words: str) -> None:
    said = sentence(OutputExists(words))
    assert not any(code in said for code in ("=", "--", "()", "napari_retrogan"))
    assert said.endswith(".")
    assert "  " not in said


def test_what_a_window_leaves_out_is_what_the_core_says(tmp_path: Path) -> None:
    with pytest.raises(OutputExists) as caught:
        refuse_existing(tmp_path, overwrite=False)
    assert sentence(caught.value) == f"{tmp_path} exists already; allow it to be replaced or choose another name."
    assert "napari_retrogan" not in in_window(f"Kept: {_HOW_TO_RESUME}.")

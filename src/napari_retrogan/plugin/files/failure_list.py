"""What gave no result and why, and what is to be said of results, with a button that tries those again that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magicgui.widgets import PushButton, TextEdit

from napari_retrogan.core.foreign.values import shown
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.shared.arrange import column
from napari_retrogan.plugin.window.notices import in_window

if TYPE_CHECKING:
    from pathlib import Path

_MOST_LINES = 200
_SEEN_LINES = 4


class FailureList:
    """Lines of a run, which come into view with the first of them.

    Attributes
    ----------
    box
        Holds all of it.
    text
        A line for each file that failed, or of whose result there is something to say.
    retry_button
        For its owner to listen to.
    """

    def __init__(self) -> None:
        self.text = TextEdit(value="")
        self.text.read_only = True
        self.text.native.setFixedHeight(_SEEN_LINES * self.text.native.fontMetrics().lineSpacing() + 12)
        self.text.native.setTabChangesFocus(True)
        self.retry_button = PushButton(
            text=tr("Try a&gain"), tooltip=tr("Try those again that failed, with the look and settings chosen now.")
        )
        self.box = column(self.text, self.retry_button)
        self.box.visible = False
        self._lines: list[str] = []
        self._failed: list[Path] = []

    @property
    def failed(self) -> frozenset[Path]:
        """What has failed."""
        return frozenset(self._failed)

    def clear(self) -> None:
        """List nothing."""
        self._lines.clear()
        self._failed.clear()
        self.text.value = ""
        self.box.visible = False

    def add_failure(self, source: Path, reason: str) -> None:
        """List a file that gave no result."""
        self._failed.append(source)
        self.add_remark(source, reason.removeprefix(f"{source} "))

    def add_remark(self, source: Path, words: str) -> None:
        """Add a line, as long as a person would read them."""
        if len(self._lines) > _MOST_LINES:
            return
        full = len(self._lines) == _MOST_LINES
        self._lines.append(tr("More are not listed.") if full else f"{shown(source.name)}: {shown(in_window(words))}")
        self.text.native.setPlainText("\n".join(self._lines))
        self.box.visible = True

    def allow(self, *, running: bool) -> None:
        """Allow the button where something can be tried again."""
        number = len(self._failed)
        self.retry_button.visible = bool(number)
        self.retry_button.enabled = bool(number) and not running
        self.retry_button.text = (
            tr("Try 1 file a&gain") if number == 1 else tr("Try {number} files a&gain", number=number)
        )

"""The question whether what a training has learnt so far is to be thrown away; the training goes on meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMessageBox

from napari_retrogan.plugin.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget


class DiscardQuestion:
    """Asks whether to discard; nothing waits for the answer, and going on is what the return key does.

    Parameters
    ----------
    parent
        Whose window the question belongs to.
    on_yes
        Called if the training is to be discarded.
    """

    def __init__(self, parent: QWidget, on_yes: Callable[[], None]) -> None:
        self._parent, self._on_yes = parent, on_yes
        self._box: QMessageBox | None = None

    def ask(self, steps: int) -> None:
        """Ask, unless the question is open already, or nothing has been learnt yet that could be lost."""
        if not steps:
            self._on_yes()
        elif self._box is None:
            self._open(
                tr("Discard what 1 step of training have taught?")
                if steps == 1
                else tr("Discard what {number} steps of training have taught?", number=steps)
            )

    def close(self) -> None:
        """Ask no more, because the training has ended."""
        if self._box is not None:
            self._box.close()

    def _open(self, question: str) -> None:
        """Show the question."""
        title = tr("Discard the training?")
        self._box = box = QMessageBox(QMessageBox.Icon.Question, title, question, parent=self._parent)
        box.setInformativeText(tr("Nothing of it is kept. Stop and keep ends the training too, and keeps the look."))
        discard = box.addButton(tr("&Discard"), QMessageBox.ButtonRole.DestructiveRole)
        going_on = box.addButton(tr("&Go on training"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(going_on)
        box.setEscapeButton(going_on)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        discard.clicked.connect(lambda: self._on_yes())
        box.finished.connect(self._forget)
        box.open()

    def _forget(self, *_: object) -> None:
        """Take note that the question is answered."""
        self._box = None

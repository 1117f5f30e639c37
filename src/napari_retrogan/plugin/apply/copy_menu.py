"""The button that copies what is typed to get the same pixels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from magicgui.widgets import PushButton
from qtpy.QtCore import QPoint
from qtpy.QtWidgets import QApplication, QMenu

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.plugin.apply.typed_text import as_command, as_python
from napari_retrogan.plugin.language import tr, tr_core

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.viewer import Viewer

    from napari_retrogan.plugin.apply.apply_request import ApplyRequest
    from napari_retrogan.plugin.shared.look_shelf import LookShelf

    AsText = Callable[[ApplyRequest, LookShelf, Viewer], str]


class CopyMenu:
    """A button with a menu: for the console, or for the command line.

    Parameters
    ----------
    viewer, shelf
        Tell how layers and looks are named.
    chosen
        Returns what is chosen now, if it can be applied.
    say
        Gets a sentence about what has happened.
    """

    def __init__(
        self, viewer: Viewer, shelf: LookShelf, chosen: Callable[[], ApplyRequest | None], say: Callable[[str], None]
    ) -> None:
        self._viewer, self._shelf, self._chosen, self._say = viewer, shelf, chosen, say
        self.button = PushButton(
            text=tr("Copy as"), tooltip=tr("Copy what is typed to get the same pixels as Apply gives.")
        )
        self.button.changed.connect(self.show)

    def show(self) -> None:
        """Show the menu below the button."""
        menu = QMenu(self.button.native)
        for title, as_text, words in (
            (tr("Python, for napari's console"), as_python, tr("Copied the lines for napari's console.")),
            (tr("Command line"), as_command, tr("Copied the command line.")),
        ):
            menu.addAction(title).triggered.connect(partial(self._copy, as_text, words))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.button.native.mapToGlobal(QPoint(0, self.button.native.height())))

    def _copy(self, as_text: AsText, words: str, *_: object) -> None:
        """Put the text in the clipboard, or say why there is none."""
        request = self._chosen()
        if request is None:
            return
        try:
            QApplication.clipboard().setText(as_text(request, self._shelf, self._viewer))
        except InvalidConfig as error:
            words = tr_core(str(error))
        self._say(words)

"""What can be done with a look besides applying it: by a menu at it, and by keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from magicgui.widgets import PushButton, show_file_dialog
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QInputDialog, QMenu, QMessageBox

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.notices import show_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtCore import QPoint

    from napari_retrogan.core.library.trash import DeletedLook
    from napari_retrogan.plugin.shared.look_grid import LookGrid
    from napari_retrogan.plugin.shared.look_shelf import LookShelf, ShelfLook

_STAR, _RENAME, _DUPLICATE, _NOTES, _CARD, _EXPORT, _DELETE = (
    "Favourite",
    "Rename...",
    "Duplicate",
    "Notes...",
    "Card",
    "Export...",
    "Delete",
)
_KEYS = {
    _STAR: "*",
    _RENAME: "F2",
    _DUPLICATE: "F6",
    _NOTES: "F4",
    _CARD: "F3",
    _EXPORT: "F5",
    _DELETE: "Del",
}
_UNDO_KEY = "Ctrl+Z"
_OF_OWN = (_RENAME, _DUPLICATE, _NOTES, _DELETE)
"""What only a look of the library can be asked for."""


class LookActions:
    """The menu of a look, its keys, and the button that takes a deletion back.

    The library is changed in a worker. Names and notes are asked for in napari's window.

    Parameters
    ----------
    grid
        Whose looks they are.
    shelf
        Tells what the looks are.
    say
        Gets a sentence about what has happened.
    """

    def __init__(self, grid: LookGrid, shelf: LookShelf, say: Callable[[str], None]) -> None:
        self._grid, self._shelf, self._say = grid, shelf, say
        self._jobs: list[Job] = []
        self._deleted: list[DeletedLook] = []
        self.undo_button = PushButton(
            text=tr("Undo"), enabled=False, tooltip=tr("Bring back the look that was deleted last.")
        )
        self.undo_button.changed.connect(self.undo)
        self._acts: dict[str, Callable[[ShelfLook], None]] = {
            _STAR: shelf.star,
            _RENAME: self._ask_and_rename,
            _DUPLICATE: self._duplicate,
            _NOTES: self._ask_for_notes,
            _CARD: self._show_card,
            _EXPORT: self._ask_and_export,
            _DELETE: self._delete,
        }
        grid.key_pressed.connect(self._take_key)
        grid.menu_wanted.connect(self.show_menu)

    def show_menu(self, key: str, place: QPoint) -> None:
        """Show what can be done with a look."""
        look = self._shelf.looks().get(key)
        if look is None:
            return
        menu = QMenu(self._grid)
        for title, act in self._acts.items():
            if look.stored is None and title in _OF_OWN:
                continue
            action = menu.addAction(_title(title))
            action.setShortcut(QKeySequence(_KEYS[title]))
            action.setCheckable(title == _STAR)
            action.setChecked(title == _STAR and look.favourite)
            action.triggered.connect(partial(_call, act, look))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def undo(self) -> None:
        """Bring back the look that was deleted last."""
        library = self._shelf.library
        if library is not None and self._deleted:
            deleted = self._deleted.pop()
            self.undo_button.enabled = bool(self._deleted)
            self._run(partial(library.restore, deleted), lambda entry: tr("{name} is back.", name=entry.name))

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        for job in self._jobs:
            job.abandon()

    def _take_key(self, key: str) -> None:
        """Do what a key stands for to the look that the keyboard is at."""
        if key == _UNDO_KEY:
            self.undo()
        look = self._shelf.looks().get(self._grid.current or "")
        for title, act in self._acts.items():
            if key == _KEYS[title] and look is not None and (look.stored is not None or title not in _OF_OWN):
                act(look)

    def _run(self, work: Callable[[], Any], tell: Callable[[Any], str]) -> None:
        """Change the library in a worker and say what has happened."""
        self._jobs = [job for job in self._jobs if job.running]
        self._jobs.append(
            run_job(
                lambda _: work(),
                title=tr("changing the library"),
                on_done=lambda result: self._say(tell(result)),
                on_error=partial(show_failure, say=self._say),
            )
        )

    def _ask_and_rename(self, look: ShelfLook) -> None:
        name, given = QInputDialog.getText(self._grid, tr("Rename look"), tr("Name"), text=look.title)
        if given and look.stored is not None and self._shelf.library is not None and name.strip():
            self._run(
                partial(self._shelf.library.rename, look.stored.id, name),
                lambda entry: tr("Renamed {name}.", name=entry.name),
            )

    def _duplicate(self, look: ShelfLook) -> None:
        if look.stored is not None and self._shelf.library is not None:
            self._run(
                partial(self._shelf.library.duplicate, look.stored.id),
                lambda entry: tr("Added {name}.", name=entry.name),
            )

    def _ask_for_notes(self, look: ShelfLook) -> None:
        if look.stored is None or self._shelf.library is None:
            return
        notes, given = QInputDialog.getMultiLineText(self._grid, look.title, tr("Notes"), look.stored.notes)
        if given:
            self._run(partial(self._shelf.library.set_notes, look.stored.id, notes), lambda entry: tr("Noted."))

    def _show_card(self, look: ShelfLook) -> None:
        """Show what is known of a look; its words may come from a file, so they are text and never HTML."""
        box = QMessageBox(self._grid)
        box.setWindowTitle(look.title)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(look.title)
        box.setInformativeText(look.description)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _ask_and_export(self, look: ShelfLook) -> None:
        file = show_file_dialog(
            "w", tr("Export look"), start_path=f"{look.title}.retrogan", filter=_files(), parent=self._grid
        )
        if file:
            self.export(look, file)

    def export(self, look: ShelfLook, file: Any) -> None:
        """Write a look to a ``.retrogan``, ``.cube`` or ``.onnx`` file, by the name's ending."""
        from pathlib import Path

        path = Path(file)

        def write() -> Path:
            generator = look.load()
            if path.suffix.lower() == ".retrogan":
                return generator.save(path, overwrite=True)
            return generator.export(path, overwrite=True)

        self._run(write, lambda written: tr("Exported {look} as {file}.", look=look.title, file=written.name))

    def _delete(self, look: ShelfLook) -> None:
        library = self._shelf.library
        if look.stored is None or library is None:
            return

        def tell(deleted: DeletedLook) -> str:
            self._deleted.append(deleted)
            self.undo_button.enabled = True
            return tr("Deleted {name}; Undo brings it back.", name=deleted.name)

        self._run(partial(library.delete, look.stored.id), tell)


def _title(act: str) -> str:
    """Return what the menu calls an act."""
    titles = {
        _STAR: tr(_STAR),
        _RENAME: tr(_RENAME),
        _DUPLICATE: tr(_DUPLICATE),
        _NOTES: tr(_NOTES),
        _CARD: tr(_CARD),
        _EXPORT: tr(_EXPORT),
        _DELETE: tr(_DELETE),
    }
    return titles[act]


def _files() -> str:
    """Return the kinds of files that a look is exported as."""
    kinds = {"retrogan": tr("Look"), "cube": tr("Colour table"), "onnx": tr("Network")}
    return ";;".join(f"{kind} (*.{suffix})" for suffix, kind in kinds.items())


def _call(act: Callable[[ShelfLook], None], look: ShelfLook, *_: object) -> None:
    """Do something with a look, whatever else Qt tells."""
    act(look)

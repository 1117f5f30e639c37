"""Slider settings under names, and those of a result: a button with a menu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from magicgui.widgets import PushButton
from psygnal import Signal
from qtpy.QtCore import QPoint
from qtpy.QtWidgets import QInputDialog, QMenu

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.notices import show_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from napari_retrogan.plugin.shared.look_shelf import LookShelf

KEEP, DELETE, OF_LAYER = "Keep these settings as...", "Delete", "Settings of {name}"
NO_PRESETS = "No presets yet"


class PresetMenu:
    """Offers the presets of the library; what is chosen is told by ``chosen``, with the settings by name.

    The library is read and changed in workers. ``of_layer_chosen`` tells that the settings of the layer at hand are
    wanted.

    Parameters
    ----------
    shelf
        Tells the library, and when it has changed.
    settings
        Returns what is kept under a name.
    layer
        Returns the name of the layer at hand, if it says which settings it was made with.
    say
        Gets a sentence about what has happened.
    """

    chosen = Signal(str, dict)
    of_layer_chosen = Signal()

    def __init__(
        self,
        shelf: LookShelf,
        settings: Callable[[], Mapping[str, Any]],
        layer: Callable[[], str | None],
        say: Callable[[str], None],
    ) -> None:
        self._shelf, self._settings, self._layer, self._say = shelf, settings, layer, say
        self._presets: dict[str, dict[str, Any]] = {}
        self._jobs: list[Job] = []
        self.button = PushButton(
            text=tr("Presets"), tooltip=tr("Keep the settings of the sliders under a name, and take them back.")
        )
        self.button.changed.connect(self.show)
        shelf.changed.connect(self._read)
        self._read()

    def show(self) -> None:
        """Show the menu below the button."""
        menu = QMenu(self.button.native)
        for name, settings in self._presets.items():
            menu.addAction(_plain(name)).triggered.connect(partial(self._choose, name, settings))
        if not self._presets:
            menu.addAction(tr(NO_PRESETS)).setEnabled(False)
        menu.addSeparator()
        keep = menu.addAction(tr(KEEP))
        keep.triggered.connect(self._ask_and_keep)
        keep.setEnabled(self._shelf.library is not None)
        forget = menu.addMenu(tr(DELETE))
        forget.setEnabled(bool(self._presets))
        for name in self._presets:
            forget.addAction(_plain(name)).triggered.connect(partial(self._delete, name))
        menu.addSeparator()
        layer = self._layer()
        of_layer = menu.addAction(_plain(tr(OF_LAYER, name=layer or tr("this layer"))))
        of_layer.triggered.connect(lambda: self.of_layer_chosen.emit())
        of_layer.setEnabled(layer is not None)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.button.native.mapToGlobal(QPoint(0, self.button.native.height())))

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        self._shelf.changed.disconnect(self._read, missing_ok=True)
        for job in self._jobs:
            job.abandon()

    def _choose(self, name: str, settings: Mapping[str, Any], *_: object) -> None:
        """Tell which settings are wanted."""
        self.chosen.emit(name, dict(settings))

    def _ask_and_keep(self) -> None:
        """Keep the settings under a name that the person gives."""
        library, settings = self._shelf.library, self._settings()
        name, given = QInputDialog.getText(self.button.native, tr("Keep settings"), tr("Name"))
        if given and name.strip() and library is not None:
            self._run(
                lambda: library.save_preset(name, settings),
                lambda kept: tr("Kept the settings as {name}.", name=kept),
            )

    def _delete(self, name: str, *_: object) -> None:
        """Forget the settings of that name."""
        library = self._shelf.library
        if library is not None:
            self._run(lambda: library.delete_preset(name), lambda _: tr("Deleted the preset {name}.", name=name))

    def _read(self) -> None:
        """Take the presets that there are now; a library that can't be read says so where it is used."""
        library = self._shelf.library
        if library is not None:
            self._run(library.presets, None)

    def _run(self, work: Callable[[], Any], tell: Callable[[Any], str] | None) -> None:
        """Read or change the library in a worker; without words to tell, its result are the presets."""

        def take(result: Any) -> None:
            if tell is None:
                self._presets = dict(sorted(result.items(), key=lambda item: item[0].casefold()))
            else:
                self._say(tell(result))

        self._jobs = [job for job in self._jobs if job.running]
        fail = None if tell is None else partial(show_failure, say=self._say)
        self._jobs.append(run_job(lambda _: work(), title=tr("presets"), on_done=take, on_error=fail))


def _plain(name: str) -> str:
    """Return a name as a menu shows it, in which a single & would mark a letter."""
    return name.replace("&", "&&")

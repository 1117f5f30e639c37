"""Choosing a look in the grid, and reading and writing their files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from magicgui.widgets import PushButton
from psygnal import Signal

from napari_retrogan.core.foreign.values import MAX_NAME, shown
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.remembered import keep, recall
from napari_retrogan.plugin.shared.dropped_pictures import imitate_files
from napari_retrogan.plugin.shared.look_actions import LookActions
from napari_retrogan.plugin.shared.look_files import LOOK_SUFFIX, ask_what_to_load, ask_where_to_save, save_entry
from napari_retrogan.plugin.shared.look_grid import LookGrid
from napari_retrogan.plugin.shared.look_reading import LookReading, read_file
from napari_retrogan.plugin.shared.look_shelf import LookShelf
from napari_retrogan.plugin.shared.thumbnail_maker import ThumbnailMaker
from napari_retrogan.plugin.state import GeneratorEntry, state
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.notices import show_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Image
    from napari.viewer import Viewer

    from napari_retrogan.core.vintage_generator import VintageGenerator
    from napari_retrogan.plugin.shared.look_list import Tile

_LOOK = "look"


class LookChoice:
    """The grid of looks with its two buttons, for a widget to arrange.

    It follows the session's generators and chooses each new one; without any, it starts with the look that was chosen
    when napari ended last. ``picked`` is emitted when the person has chosen a
    look in the grid and it is read.

    Parameters
    ----------
    viewer
        Tells which plane of a stack is shown.
    say
        Gets a sentence about what has happened.
    on_change
        Called when another look, or none, is chosen, and when the buttons have changed.
    on_hover
        Gets the generator that the mouse is at in the grid, and None when it has left.
    """

    picked = Signal()

    def __init__(
        self,
        viewer: Viewer,
        say: Callable[[str], None],
        on_change: Callable[[], None],
        on_hover: Callable[[VintageGenerator | None], None] | None = None,
    ) -> None:
        self._say, self._on_change, self._on_hover = say, on_change, on_hover
        self._entry: GeneratorEntry | None = state().last
        self._job: Job | None = None
        self._drop_job: Job | None = None
        self._hovered, self._last = "", "" if self._entry is not None else recall(_LOOK, "")
        self.grid = LookGrid()
        self.shelf = LookShelf()
        self._reading = LookReading(self.shelf, on_error=partial(show_failure, say=say))
        self.thumbnails = ThumbnailMaker(viewer, self.grid, self.shelf, on_error=partial(show_failure, say=say))
        self.actions = LookActions(self.grid, self.shelf, say)
        self.load_button = PushButton(
            text=tr("Load..."), tooltip=tr("Read a look from a .retrogan file into the library.")
        )
        self.save_button = PushButton(text=tr("Save..."), tooltip=tr("Write the chosen look to a .retrogan file."))
        self.load_button.changed.connect(self._ask_and_load)
        self.save_button.changed.connect(self._ask_and_save)
        self.grid.chosen.connect(self.choose)
        self.grid.hovered.connect(self._hover)
        self.grid.dropped.connect(self._take_files)
        self.shelf.changed.connect(self._show_shelf)
        state().generator_added.connect(self._take_new)
        state().generator_removed.connect(self._withdraw)
        self._show_shelf()
        self._allow()

    @property
    def entry(self) -> GeneratorEntry | None:
        """The chosen generator."""
        return self._entry

    def choose(self, key: str) -> None:
        """Choose a look; it is read in a worker the first time."""
        resting = self._hovered

        def take(entry: GeneratorEntry) -> None:
            self._take(entry)
            self._tell_picked(resting)

        self._read_look(key, take)

    def choose_known(self, generator_id: str, title: str, file: str) -> bool:
        """Choose the look of a generator's id, of a title or of a file, whichever there is, and tell whether it is."""
        key = self.shelf.find(generator_id, title)
        on_disk = bool(file) and Path(file).is_file()
        if key is not None:
            self._read_look(key, self._take)
        elif on_disk:
            self.load(file)
        return key is not None or on_disk

    def show_on(self, layer: Image | None) -> None:
        """Show the looks on another layer from now on."""
        self.thumbnails.show_on(layer)

    def load(self, file: str | Path) -> None:
        """Read a generator in a worker, keep it in the library and offer it."""
        path = Path(file)
        message = tr("Loading {file}...", file=path.name)
        name = shown(path.stem, MAX_NAME)
        self._job = run_job(
            lambda _: read_file(path, name),
            title=message,
            on_done=lambda generator: state().add_generator(name, generator, path),
            on_error=partial(show_failure, say=self._say),
            on_end=self._end,
        )
        self._say(message)
        self._refresh()

    def save(self, file: str | Path) -> None:
        """Write the chosen generator in a worker; the ending is added where it is missing."""
        if self.entry is not None:
            self._job = save_entry(self.entry, file, self._say, on_end=self._end)
            self._refresh()

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        self._reading.detach()
        for job in (self._job, self._drop_job):
            if job is not None:
                job.abandon()
        self.actions.detach()
        self.thumbnails.detach()
        self.shelf.detach()
        state().generator_added.disconnect(self._take_new, missing_ok=True)
        state().generator_removed.disconnect(self._withdraw, missing_ok=True)

    def _read_look(self, key: str, take: Callable[[GeneratorEntry], None]) -> None:
        """Take a look once it is read, in a worker the first time."""
        look = self.shelf.looks().get(key)
        if look is not None:
            self.grid.mark(key)
            self._reading.choose(look, take)

    def _choose_last(self) -> None:
        """Choose what was chosen when napari ended last, as soon as it is there and if nothing else is by then."""
        if self._last and self._entry is None and self._last in self.shelf.looks():
            key, self._last = self._last, ""
            self._read_look(key, self._take)

    def _take_files(self, files: list[Path]) -> None:
        """Load looks that were dropped, and imitate pictures."""
        looks = [file for file in files if file.suffix.lower() == LOOK_SUFFIX]
        for file in looks:
            self.load(file)
        pictures = [file for file in files if file not in looks]
        if pictures:
            self._drop_job = imitate_files(pictures, self._say)

    def _hover(self, key: str) -> None:
        """Tell the generator under the mouse, once it is read."""
        self._hovered = key
        look, on_hover = self.shelf.looks().get(key), self._on_hover
        if on_hover is None:
            return
        if look is None:
            on_hover(None)
            return

        def tell(generator: VintageGenerator) -> None:
            if key == self._hovered:
                on_hover(generator)

        self._reading.glance(look, tell)

    def _tell_picked(self, resting: str) -> None:
        """Tell a choice, and let it be shown instead of the look that the mouse rested at, if it is still there."""
        self.picked.emit()
        if self._hovered == resting:
            self._hover("")

    def _take_new(self, entry: GeneratorEntry) -> None:
        """Choose a generator that has just been trained, loaded or read."""
        self._take(entry)
        self._say(tr("{name} is ready.", name=entry.name))

    def _take(self, entry: GeneratorEntry) -> None:
        """Choose a generator of the session."""
        self._entry, self._last = entry, ""
        self._mark()
        self._refresh()

    def _withdraw(self, entry: GeneratorEntry) -> None:
        """Offer a generator no more."""
        if self._entry is entry:
            self._entry = state().last
            self._mark()
        self._refresh()

    def _mark(self) -> None:
        """Show which look is chosen, and remember it until napari's next start."""
        key = self.shelf.key_of(self._entry)
        self.grid.mark(key)
        if key is not None:
            keep(_LOOK, key)

    def _show_shelf(self) -> None:
        """Show the looks that there are now."""
        groups: dict[str, list[Tile]] = {}
        for look in self.shelf.built_in():
            groups.setdefault(look.group, []).append(look.tile)
        self.grid.set_tiles([look.tile for look in self.shelf.own()], groups)
        self._mark()
        self.thumbnails.refresh_new()
        self._choose_last()

    def _end(self) -> None:
        """Allow the next file."""
        self._job = None
        self._refresh()

    def _ask_and_load(self) -> None:
        """Let the user choose a file to read."""
        file = ask_what_to_load(self.grid)
        if file:
            self.load(file)

    def _ask_and_save(self) -> None:
        """Let the user choose a file to write."""
        file = self.entry and ask_where_to_save(self.entry, self.grid)
        if file:
            self.save(file)

    def _refresh(self, *_: object) -> None:
        """Allow what can be done now and pass the change on."""
        self._allow()
        self._on_change()

    def _allow(self) -> None:
        """Disable the buttons that have nothing to do, or that are at it."""
        self.load_button.enabled = self._job is None
        self.save_button.enabled = self._job is None and self.entry is not None

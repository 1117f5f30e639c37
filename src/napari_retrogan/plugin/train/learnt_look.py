"""The look that was learnt last: applied to what is selected by one button, and saved by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_retrogan.core.foreign.values import shown
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import image_layers
from napari_retrogan.plugin.shared.look_files import ask_where_to_save, save_entry
from napari_retrogan.plugin.window.preview_layer import is_preview

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from magicgui.widgets import PushButton
    from napari.layers import Image
    from napari.viewer import Viewer

    from napari_retrogan.plugin.state import GeneratorEntry
    from napari_retrogan.plugin.window.jobs import Job

_LETTERS = 20
"""Of a layer's name that a button has room for."""


class LearntLook:
    """Offers a look for the selected layers.

    ``wanted`` is emitted with a look of the session and the layers that are to get it; whoever applies it says so by
    `show_progress` and `end_applying`. ``unwanted`` tells that this is to be cancelled.

    Parameters
    ----------
    viewer
        Tells which layers are selected.
    apply_button, save_button
        What it is offered by.
    say
        Gets sentences about what happens.
    on_applied
        Called when the results are there.
    """

    wanted = Signal(object, list)
    unwanted = Signal()

    def __init__(
        self,
        viewer: Viewer,
        apply_button: PushButton,
        save_button: PushButton,
        say: Callable[[str], None],
        on_applied: Callable[[], None],
    ) -> None:
        self._viewer, self._say, self._on_applied = viewer, say, on_applied
        self._apply_button, self._save_button = apply_button, save_button
        self._entry: GeneratorEntry | None = None
        self._applying = False
        self._job: Job | None = None
        apply_button.changed.connect(self.apply)
        save_button.changed.connect(self._ask_and_save)
        viewer.layers.selection.events.changed.connect(self.refresh)
        self.refresh()

    def offer(self, entry: GeneratorEntry) -> None:
        """Offer a look in place of the last one."""
        self._entry = entry
        self.refresh()

    def apply(self) -> None:
        """Ask for the look on the layers that are selected, or no more for it while it is being applied."""
        layers = self._targets()
        if self._applying:
            self.unwanted.emit()
        elif self._entry is not None and layers:
            self.wanted.emit(self._entry, layers)

    def show_progress(self, share: float) -> None:
        """Say that the look is being applied, and what share of it is done."""
        self._applying = True
        self._say(tr("Applying the look: {share} done.", share=f"{share:.0%}"))
        self.refresh()

    def end_applying(self, words: str, *, added: bool = False) -> None:
        """Say what became of it, and whether the results are there."""
        self._applying = False
        if added:
            self._on_applied()
        if words:
            self._say(words)
        self.refresh()

    def save(self, file: str | Path) -> None:
        """Write the look to a file; the ending is added where it is missing."""
        if self._entry is not None:
            self._job = save_entry(self._entry, file, self._say)

    def refresh(self, *_: object) -> None:
        """Say on the button what gets the look, and allow what can be done."""
        names = [layer.name for layer in self._targets()]
        self._save_button.enabled = self._entry is not None
        self._apply_button.enabled = self._applying or (self._entry is not None and bool(names))
        self._apply_button.text = tr("Cancel applying") if self._applying else self._describe(names)

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        self._viewer.layers.selection.events.changed.disconnect(self.refresh)
        if self._job is not None:
            self._job.abandon()

    def _describe(self, names: list[str]) -> str:
        """Return what the button says that gives layers of these names the look."""
        if self._entry is None or not names:
            return tr("&Apply the look")
        if len(names) > 1:
            return tr("&Apply to {number} layers", number=len(names))
        return tr("&Apply to {name}", name=shown(names[0], _LETTERS).replace("&", "&&"))

    def _targets(self) -> list[Image]:
        """Return the selected layers that are pictures of the person's own."""
        selected = self._viewer.layers.selection
        return [layer for layer in image_layers(selected) if not is_preview(layer)]

    def _ask_and_save(self) -> None:
        """Let the user choose a file to write."""
        native: Any = self._save_button.native
        file = self._entry and ask_where_to_save(self._entry, native)
        if file:
            self.save(file)

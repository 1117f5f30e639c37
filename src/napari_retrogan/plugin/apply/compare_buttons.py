"""The tick and the button, and the key, that show what was before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox, PushButton

from napari_retrogan.plugin.apply.compare import Divider, HeldOriginal
from napari_retrogan.plugin.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari.layers import Image, Layer
    from napari.viewer import Viewer
    from qtpy.QtWidgets import QWidget

ORIGINAL_KEY = "H"
"""One that napari gives no meaning to."""


class CompareButtons:
    """Shows the original for as long as a button or a key is held, or on one side of a divider on the canvas.

    Parameters
    ----------
    viewer
        Whose canvas it is.
    dock
        A widget in its window.
    layer
        Returns the layer whose original is shown.
    """

    def __init__(self, viewer: Viewer, dock: QWidget, layer: Callable[[], Layer | None]) -> None:
        self._viewer, self._layer = viewer, layer
        self.held = HeldOriginal(viewer)
        self.divider = Divider(viewer, dock, on_closed=self._untick)
        self.divider_box = CheckBox(
            text=tr("Co&mpare"),
            value=False,
            tooltip=tr("Before and after on the two sides of a line that you can drag."),
        )
        self.original_button = PushButton(
            text=tr("Original"),
            tooltip=tr("Hold to see the layer as it was; or hold the key {key} on the canvas.", key=ORIGINAL_KEY),
        )
        self.divider_box.changed.connect(self._toggle)
        self.original_button.native.pressed.connect(self._hold)
        self.original_button.native.released.connect(self.held.let_go)
        viewer.bind_key(ORIGINAL_KEY, self._hold_by_key, overwrite=True)

    def follow(self, layer: Image | None) -> None:
        """Compare another layer from now on, if anything is compared."""
        self.divider_box.enabled = self.original_button.enabled = layer is not None
        self.divider.show_on(layer if self.divider_box.value else None)

    def close(self) -> None:
        """Show everything as it is, and let go of the key."""
        self.held.let_go()
        self.divider_box.value = False
        self._let_go_of_key()

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        self._let_go_of_key()
        self.divider.abandon()

    def _hold(self) -> None:
        """Show the original."""
        self.held.hold(self._layer())

    def _hold_by_key(self, _: Any) -> Iterator[None]:
        """Show the original until napari goes on with this: when the key is let go."""
        self._hold()
        yield
        self.held.let_go()

    def _let_go_of_key(self) -> None:
        """Leave the key to others, unless somebody else has it already."""
        bound = {key: value for key, value in self._viewer.keymap.items() if value == self._hold_by_key}
        for key in bound:
            del self._viewer.keymap[key]

    def _toggle(self, *_: object) -> None:
        """Begin or end with the divider."""
        self.follow(self._layer())

    def _untick(self) -> None:
        """Take the tick away, and the divider with it."""
        self.divider_box.value = False

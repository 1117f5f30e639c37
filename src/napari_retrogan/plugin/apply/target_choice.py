"""Which layers get the look: the active one, all that are selected, or one that stays chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from magicgui.widgets import CheckBox, ComboBox

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import image_layers
from napari_retrogan.plugin.shared.arrange import row
from napari_retrogan.plugin.window.preview_layer import is_preview

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Image
    from napari.viewer import Viewer


class TargetChoice:
    """A menu of layers that follows the selection in napari's list, unless it is pinned.

    Parameters
    ----------
    viewer
        Whose layers are offered.
    on_change
        Called when other layers are chosen.

    Attributes
    ----------
    box
        Holds the menu and the pin.
    """

    def __init__(self, viewer: Viewer, on_change: Callable[[], None]) -> None:
        self._viewer, self._on_change = viewer, on_change
        self.menu = ComboBox(
            choices=lambda _: self.pictures(),
            tooltip=tr(
                "The picture that gets the look, as a new layer; it stays as it is. It follows the layer that is "
                "selected in the list of layers."
            ),
        )
        self.pin = CheckBox(
            text=tr("Pin"), tooltip=tr("Stay at this layer, whatever is selected in the list of layers.")
        )
        self.box = row(self.menu, self.pin)
        self.menu.changed.connect(self._tell)
        self.pin.changed.connect(self._follow)
        viewer.layers.selection.events.changed.connect(self._follow)
        viewer.layers.selection.events.active.connect(self._follow)
        self._follow()

    def pictures(self) -> list[Image]:
        """Return the layers that are pictures of the person's own."""
        return [layer for layer in image_layers(self._viewer.layers) if not is_preview(layer)]

    @property
    def layers(self) -> list[Image]:
        """What gets the look: all layers that are selected with the chosen one, or that one alone."""
        chosen: Any = self.menu.value
        if chosen is None:
            return []
        selected = [layer for layer in self.pictures() if layer in self._viewer.layers.selection]
        return selected if chosen in selected and not self.pin.value else [cast("Image", chosen)]

    @property
    def names(self) -> str:
        """What gets the look, in words."""
        layers = self.layers
        return layers[0].name if len(layers) == 1 else tr("{number} layers", number=len(layers))

    @property
    def apply_words(self) -> str:
        """What the button says that applies a look to these layers."""
        number = len(self.layers)
        return tr("&Apply") if number < 2 else tr("&Apply to {number} layers", number=number)

    def reset_choices(self) -> None:
        """Offer the layers that there are now."""
        self.menu.reset_choices()
        self._follow()

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        self._viewer.layers.selection.events.changed.disconnect(self._follow)
        self._viewer.layers.selection.events.active.disconnect(self._follow)

    def _follow(self, *_: object) -> None:
        """Take the layer that is active, or the first of several that are selected, if it is a picture."""
        selected = [layer for layer in self.menu.choices if layer in self._viewer.layers.selection]
        if not self.pin.value and selected and self.menu.value not in selected:
            self.menu.value = selected[0]
        self._tell()

    def _tell(self, *_: object) -> None:
        """Pass a change on."""
        self._on_change()

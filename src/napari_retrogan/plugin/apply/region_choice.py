"""Where on a layer the look is applied: all over it, or inside what is drawn in a Shapes or Labels layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox, FloatSpinBox

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.inference.region_mask import DEFAULT_FEATHER, MAX_FEATHER
from napari_retrogan.plugin.apply.apply_request import ChosenRegion
from napari_retrogan.plugin.language import tr, tr_core
from napari_retrogan.plugin.regions import region_layers
from napari_retrogan.plugin.remembered import keep, recall

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Image, Layer
    from napari.viewer import Viewer

    from napari_retrogan.core.inference.region_mask import FeatheredMask

WHOLE = "whole layer"
_FEATHER = "feather"
_PLACED = ("data", "scale", "translate", "rotate", "shear", "affine")
_DRAWN = (*_PLACED, "paint", "labels_update")
"""Events of a layer after which it lies elsewhere, or something else is drawn in it."""


class RegionChoice:
    """A menu of regions that shows itself where there are any, and how far they fade out.

    Parameters
    ----------
    viewer
        Whose layers are offered.
    on_change
        Called when another region or feather is chosen.
    on_drawn
        Called when the chosen one, or the layer that it is a region of, is changed or moved.

    Attributes
    ----------
    menu
        ``WHOLE``, and the Shapes and Labels layers.
    feather
        In pixels of the layer.
    """

    def __init__(self, viewer: Viewer, on_change: Callable[[], None], on_drawn: Callable[[], None]) -> None:
        self._viewer, self._on_change, self._on_drawn = viewer, on_change, on_drawn
        self._watched: tuple[tuple[Layer | None, tuple[str, ...]], ...] = ()
        self._image: Image | None = None
        self._known: FeatheredMask | None = None
        self._refusal = ""
        self.menu = ComboBox(
            label=tr("Region"),
            choices=lambda _: [(tr("Whole layer"), WHOLE), *((layer.name, layer) for layer in self._offered())],
            tooltip=tr(
                "Where the look is applied: inside the shapes of a Shapes layer, or the labels of a Labels layer."
            ),
        )
        self.feather = FloatSpinBox(
            label=tr("Feather"),
            value=min(max(recall(_FEATHER, DEFAULT_FEATHER), 0.0), MAX_FEATHER),
            min=0,
            max=MAX_FEATHER,
            step=1,
            tooltip=tr("Over so many pixels the look fades out at the region's border, half of them inside."),
        )
        self.feather.native.setSuffix(tr(" px"))
        self.feather.native.setDecimals(1)
        self._show()
        self.menu.changed.connect(self._take)
        self.feather.changed.connect(self._take)

    @property
    def chosen(self) -> ChosenRegion | None:
        """What captures the chosen region of a layer; None for the whole of it."""
        drawn: Any = self.menu.value
        return None if drawn in (None, WHOLE) else ChosenRegion(drawn=drawn, feather=self.feather.value)

    @property
    def mask(self) -> FeatheredMask | None:
        """The chosen region of the layer at hand; the same object until one of them changes."""
        chosen, image = self.chosen, self._image
        if self._known is None and chosen is not None and image is not None and not self._refusal:
            try:
                self._known = chosen.of(image)
            except InvalidImage as error:
                self._refusal = tr_core(str(error))
        return self._known

    @property
    def missing(self) -> str | None:
        """What has to be drawn yet, in a sentence."""
        return None if self.mask is not None else self._refusal or None

    def follow(self, image: Image | None) -> None:
        """Tell the region of another layer from now on."""
        if image is not self._image:
            self._image = image
            self._forget()
        self._watch()

    def reset_choices(self) -> None:
        """Offer the layers that there are now; the chosen one stays, under whatever name."""
        chosen = self.menu.value
        with self.menu.changed.blocked():
            self.menu.reset_choices()
            self.menu.value = chosen if chosen in self.menu.choices else WHOLE
        if self.menu.value is not chosen:
            self._forget()
        self._show()

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        self._listen_to(())

    def _offered(self) -> list[Layer]:
        """Return the layers that tell a region."""
        return region_layers(self._viewer.layers)

    def _show(self) -> None:
        """Show what is needed only."""
        self.menu.visible = len(self.menu.choices) > 1
        self.feather.visible = self.chosen is not None

    def _take(self, *_: object) -> None:
        """Take another region or feather."""
        keep(_FEATHER, float(self.feather.value))
        self._forget()
        self._show()
        self._on_change()

    def _watch(self) -> None:
        """Listen to the region's layer and the one that it is a region of, while there is one."""
        drawn: Any = self.menu.value
        self._listen_to(() if self.chosen is None else ((drawn, _DRAWN), (self._image, _PLACED)))

    def _listen_to(self, layers: tuple[tuple[Layer | None, tuple[str, ...]], ...]) -> None:
        """Listen to these events of layers in place of the last ones."""
        if layers == self._watched:
            return
        for event in _events(self._watched):
            event.disconnect(self._look_again)
        self._watched = layers
        for event in _events(layers):
            event.connect(self._look_again)

    def _look_again(self, *_: object) -> None:
        """Take what is drawn now."""
        had, refused = self._known, self._refusal
        self._forget()
        if (self.mask is None) == (had is None) and refused == self._refusal:
            self._on_drawn()
        else:
            self._on_change()

    def _forget(self) -> None:
        """Capture the region anew when it is asked for."""
        self._known, self._refusal = None, ""


def _events(layers: tuple[tuple[Layer | None, tuple[str, ...]], ...]) -> list[Any]:
    """Return those of the events that the layers have."""
    return [
        getattr(layer.events, name)
        for layer, names in layers
        if layer is not None
        for name in names
        if hasattr(layer.events, name)
    ]

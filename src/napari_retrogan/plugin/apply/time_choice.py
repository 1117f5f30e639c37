"""Which axis of a stack is time, where the array alone cannot tell, and what grain does over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox, Container

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import labelled_time_axis, stack_axes
from napari_retrogan.plugin.shared.grain_over_time import grain_over_time_menu

if TYPE_CHECKING:
    from napari.layers import Image

    from napari_retrogan.core.inference.settings import GrainOverTime

_NO_AXIS = -1


class TimeChoice:
    """Two menus that show themselves for stacks only.

    Attributes
    ----------
    box
        Holds both; hidden while the layer is a single picture.
    axis
        Offers the axes before rows and columns, and none; an axis that the layer's labels call time is chosen.
    grain
        Whether each frame gets new grain; usable once an axis is time.
    """

    def __init__(self) -> None:
        self.axis = ComboBox(
            label=tr("Time axis"),
            choices=[(tr("none"), _NO_AXIS)],
            value=_NO_AXIS,
            tooltip=tr("Along it the planes are frames of a film, so the look is kept from flickering."),
        )
        self.grain = grain_over_time_menu()
        self.box = Container[Any](widgets=[self.axis, self.grain])
        self.box.margins = (0, 0, 0, 0)
        self._offered: tuple[Any, ...] = ()
        self.axis.changed.connect(self._refresh)
        self.follow(None)

    @property
    def time_axis(self) -> int | None:
        """The number of the axis that is time, if any is."""
        return None if self.axis.value in (None, _NO_AXIS) else int(self.axis.value)

    @property
    def grain_over_time(self) -> GrainOverTime:
        """``"new"`` or ``"fixed"``; without time, new."""
        return "fixed" if self.time_axis is not None and self.grain.value == "fixed" else "new"

    def follow(self, layer: Image | None) -> None:
        """Offer the axes of a layer; what was chosen for it stays until another layer comes."""
        axes = () if layer is None else stack_axes(layer)
        if self._offered != (layer, axes):
            self._offered = (layer, axes)
            self.axis.choices = [(tr("none"), _NO_AXIS), *((name, number) for number, name in enumerate(axes))]
            time = None if layer is None else labelled_time_axis(layer)
            self.axis.value = _NO_AXIS if time is None else time
        self.box.visible = bool(axes)
        self._refresh()

    def take(self, time_axis: int | None, grain_over_time: GrainOverTime) -> None:
        """Choose an axis if the layer has it, and what grain does over it."""
        wanted = _NO_AXIS if time_axis is None else time_axis
        if wanted in self.axis.choices:
            self.axis.value = wanted
            self.grain.value = grain_over_time

    def _refresh(self, *_: object) -> None:
        """Allow a choice of grain where there is time."""
        self.grain.enabled = self.time_axis is not None

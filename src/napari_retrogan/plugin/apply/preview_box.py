"""The tick that shows the look on the layer itself before it is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox

from napari_retrogan.plugin.apply.taste_preview import TastePreview
from napari_retrogan.plugin.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Image
    from napari.viewer import Viewer

    from napari_retrogan.core.inference.region_mask import FeatheredMask
    from napari_retrogan.core.inference.settings import Brightness
    from napari_retrogan.core.inference.taste import Taste
    from napari_retrogan.core.vintage_generator import VintageGenerator


class PreviewBox:
    """A tick box and the preview layer that it stands for; the layer goes with the tick and the other way round.

    Parameters
    ----------
    viewer
        Gets the preview layer.
    on_change
        Called when the tick changes; calls `follow`.
    on_error
        Gets the exception when the preview can't be computed; the tick goes.
    """

    def __init__(self, viewer: Viewer, on_change: Callable[[], None], on_error: Callable[[Exception], None]) -> None:
        self._viewer, self._on_error = viewer, on_error
        self._preview: TastePreview | None = None
        self._layer: Image | None = None
        self.box = CheckBox(
            text=tr("Previ&ew"),
            value=False,
            tooltip=tr("Show the look on what is in view, in a layer of its own that follows the sliders."),
        )
        self.box.changed.connect(on_change)

    @property
    def layer(self) -> Image | None:
        """The preview layer, while there is one."""
        return None if self._preview is None else self._preview.layer

    def follow(
        self,
        generator: VintageGenerator | None,
        layer: Image | None,
        taste: Taste,
        seed: int,
        style: Any = None,
        brightness: Brightness | None = None,
        region: FeatheredMask | None = None,
        *,
        hovering: bool = False,
    ) -> None:
        """Show this, if the box is ticked or the mouse is at it, and there is something to show."""
        wanted = None if generator is None or not (self.box.value or hovering) else layer
        if wanted is not self._layer:
            # The layer that goes is an event of the viewer, upon which this is called once more.
            preview, self._preview, self._layer = self._preview, None, wanted
            if preview is not None:
                preview.close()
            if wanted is not None and wanted is self._layer and self._preview is None:
                self._preview = TastePreview(self._viewer, wanted, self._untick, self._fail)
        if self._preview is not None and generator is not None:
            self._preview.show(generator, taste, seed, style, brightness, region)

    def close(self) -> None:
        """Remove the preview layer."""
        preview, self._preview, self._layer = self._preview, None, None
        if preview is not None:
            preview.close()

    def abandon(self) -> None:
        """Stop and leave the viewer alone, because it is going away."""
        if self._preview is not None:
            self._preview.abandon()
        self._preview = self._layer = None

    def _untick(self) -> None:
        """Take the tick away, and the layer with it."""
        self.close()
        self.box.value = False

    def _fail(self, error: Exception) -> None:
        """Show nothing rather than something old."""
        self._untick()
        self._on_error(error)

"""What is to be applied to what, as it is chosen at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari_retrogan.plugin.regions import region_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari.layers import Image, Layer

    from napari_retrogan.core.inference.region_mask import FeatheredMask
    from napari_retrogan.core.inference.settings import ApplySettings
    from napari_retrogan.plugin.state import GeneratorEntry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChosenRegion:
    """A layer that tells where a look is applied, and how many pixels the look fades out over."""

    drawn: Layer
    feather: float

    def of(self, image: Image) -> FeatheredMask:
        """Capture the region of a layer.

        Raises
        ------
        InvalidImage
            If nothing is enclosed.
        """
        return region_of(self.drawn, image, self.feather)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ApplyRequest:
    """A look for some layers; ``style`` is as for `VintageGenerator.apply`, and no region is the whole of a layer."""

    entry: GeneratorEntry
    layers: Sequence[Image]
    settings: ApplySettings
    style: Any = None
    region: ChosenRegion | None = None
    marks_layer: bool = False

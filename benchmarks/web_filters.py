"""Photo filters of the web as looks with a known truth: some bend colour only, some darken or tint the corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pilgram
from film import Picture, develop
from PIL import Image

FILTERS = (
    "aden",
    "brooklyn",
    "earlybird",
    "hudson",
    "kelvin",
    "lofi",
    "mayfair",
    "nashville",
    "reyes",
    "slumber",
    "toaster",
    "walden",
    "xpro2",
)
"""Every second of the package's filters in alphabetical order, so that nobody chose them."""


@dataclass(frozen=True)
class WebFilter:
    """A filter of the ``pilgram`` package, which works with eight bits, with synthetic softness and grain."""

    name: str

    def colours(self, picture: Picture) -> Picture:
        """Return (Y, X, 3) RGB in [0, 1] through the filter alone."""
        image = Image.fromarray(np.rint(picture * 255).astype(np.uint8))
        filtered = getattr(pilgram, self.name)(image).convert("RGB")
        return np.asarray(filtered, np.float32) / np.float32(255)

    def expose(self, picture: Picture, seed: int) -> Picture:
        """Return the picture through the filter, soft and grainy like a film."""
        return develop(self.colours(picture), seed)

"""What is drawn by place on a picture, and not by a network: which look's, by which seed, on which picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from napari_retrogan.core.inference.noise import NUMBERS_A_LEVEL

if TYPE_CHECKING:
    from napari_retrogan.core.inference.settings import ApplySettings


@dataclass(frozen=True, slots=True)
class Placed:
    """What a look draws by place on one picture.

    Attributes
    ----------
    weights
        What the look's graph carries of it.
    seed, plane
        Of its places, and the picture's number in its stack.
    pixel_size
        Height and width of a pixel in pixels of full size.
    """

    weights: bytes
    seed: int
    plane: int
    pixel_size: tuple[float, float] = (1.0, 1.0)

    @classmethod
    def of(
        cls, weights: bytes, settings: ApplySettings, number: int, pixel_size: tuple[float, float] = (1.0, 1.0)
    ) -> Self:
        """Return that of the picture of that noise plane; all levels of a pyramid have the same number here."""
        return cls(weights, settings.seed, number % NUMBERS_A_LEVEL, pixel_size)

"""What a person is told of a look's texture, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_retrogan.core.looks.marks import describe_marks
from napari_retrogan.core.looks.particles import describe_particles
from napari_retrogan.core.looks.screen import describe_screen
from napari_retrogan.core.looks.stray_light import describe_stray_light

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def describe_texture(weights: Mapping[str, NDArray[Any]]) -> list[str]:
    """Return what was told of lens and film, particles, marks and a screen, as far as there is any of it."""
    described = describe_stray_light, describe_particles, describe_marks, describe_screen
    return [sentence for describe in described for sentence in describe(weights)]

"""What a person is told of the particles of a look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_retrogan.core.stages.particles import Particles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def describe_particles(weights: Mapping[str, NDArray[Any]]) -> list[str]:
    """Return a sentence for each kind of particles that grain is made of."""
    told = Particles.of(weights)
    sentences = []
    if told.share:
        sentences.append(
            f"Grain is black specks {2 * told.radius:.1f} pixels wide, more of them in darker places: the slider Grain."
        )
    if told.purity:
        sentences.append(
            f"The vintage pictures are seen through coloured grains {told.size:.1f} pixels apart, and results are too: "
            "the slider Grain."
        )
    return sentences

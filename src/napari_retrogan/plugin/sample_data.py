"""Sample layers from pictures that come with scikit-image: nothing is downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari.types import LayerDataTuple

PHOTOGRAPHS = ("astronaut", "coffee")
PRINTS = ("chelsea", "rocket")
PRINT_LOOK = "faded_slide"


def photographs() -> list[LayerDataTuple]:
    """Return photographs as image layers, (Y, X, 3) uint8."""
    return [_layer(name, name) for name in PHOTOGRAPHS]


def vintage_prints() -> list[LayerDataTuple]:
    """Return simulated prints of other photographs, all of one look, as image layers."""
    return [_layer(name, f"{name} (simulated print)", seed) for seed, name in enumerate(PRINTS)]


def photographs_and_prints() -> list[LayerDataTuple]:
    """Return photographs and simulated prints together: what a first training needs."""
    return [*photographs(), *vintage_prints()]


def _layer(picture: str, name: str, print_seed: int | None = None) -> LayerDataTuple:
    """Make a layer of one of scikit-image's pictures, printed if a seed for the grain is given."""
    from napari.types import LayerDataTuple
    from skimage import data

    from napari_retrogan.core.looks.film import simulate_print

    image = getattr(data, picture)()
    if print_seed is not None:
        image = simulate_print(image, PRINT_LOOK, print_seed)
    return LayerDataTuple((image, {"name": name, "rgb": True}, "image"))

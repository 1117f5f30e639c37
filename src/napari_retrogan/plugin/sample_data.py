"""Sample layers from pictures that come with scikit-image: nothing is downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari.types import LayerDataTuple
    from numpy.typing import NDArray


def photographs() -> list[LayerDataTuple]:
    """Return photographs as image layers: uint8, in colour or grey."""
    from napari_retrogan.core.simulation.samples import sample_photographs

    return _layers(sample_photographs())


def vintage_prints() -> list[LayerDataTuple]:
    """Return simulated prints of other photographs, all of one look, as image layers."""
    from napari_retrogan.core.simulation.samples import sample_prints

    return _layers(sample_prints())


def photographs_and_prints() -> list[LayerDataTuple]:
    """Return photographs and simulated prints together: what a first training needs."""
    return [*photographs(), *vintage_prints()]


def _layers(pictures: dict[str, NDArray[Any]]) -> list[LayerDataTuple]:
    """Make a layer of each picture."""
    from napari.types import LayerDataTuple

    return [
        LayerDataTuple((picture, {"name": name, "rgb": picture.ndim == 3}, "image"))
        for name, picture in pictures.items()
    ]

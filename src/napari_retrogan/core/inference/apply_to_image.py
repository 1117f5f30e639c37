"""Applies a generator to whatever is given: an array, a lazy one, or the levels of a pyramid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.images.arrays import is_lazy, read_levels, read_source
from napari_retrogan.core.images.layout import read_layout
from napari_retrogan.core.inference.pool import UNWATCHED, Progress
from napari_retrogan.core.inference.tiling import read_region

if TYPE_CHECKING:
    from napari_retrogan.core.generator_file.contents import GeneratorContents
    from napari_retrogan.core.inference.settings import ApplySettings


def apply_to_image(
    generator: GeneratorContents,
    graph: bytes,
    image: Any,
    settings: ApplySettings,
    *,
    rgb: bool | None = None,
    multiscale: bool | None = None,
    region: tuple[int, int, int, int] | None = None,
    progress: Progress = UNWATCHED,
) -> Any:
    """Do the work of `VintageGenerator.apply` with checked settings and the generator's graph for full size."""
    settings = settings.for_look(generator.weights)
    levels, rgb = read_levels(image, rgb, multiscale)
    if levels:
        from napari_retrogan.core.inference.multiscale import apply_to_levels

        if region is not None:
            raise InvalidConfig("region is a part of one picture; pass the level of the pyramid that it is a part of.")
        settings = settings.for_layout(read_layout(levels[0].shape, rgb))
        return apply_to_levels(generator, graph, levels, rgb, settings, progress)
    array, rgb = read_source(image, rgb)
    layout = read_layout(array.shape, rgb)
    settings = settings.for_layout(layout)
    part = None if region is None else read_region(region)
    if is_lazy(array):
        from napari_retrogan.core.inference.lazy import apply_to_dask

        return apply_to_dask(graph, array, layout, settings, region=part)
    from napari_retrogan.core.inference.eager import apply_to_array

    return apply_to_array(graph, array, layout, settings, region=part, progress=progress)

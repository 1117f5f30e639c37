"""Which graph tiles are styled with: made from a generator's weights for the settings, once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_retrogan.core.generator_file.contents import GeneratorContents
    from napari_retrogan.core.inference.settings import ApplySettings

FULL_SIZE = (1.0, 1.0)


def graph_for(
    generator: GeneratorContents,
    settings: ApplySettings,
    factors: tuple[float, float] = FULL_SIZE,
    depth: float = 1.0,
) -> bytes:
    """Return the graph that applies settings.

    Parameters
    ----------
    generator
        Its weights tell the look.
    settings
        On the CPU the graph leaves out what they don't want, and is made for tiles alone; other providers get the
        graph that suits them all.
    factors, depth
        Those of `coarser_weights`, for pixels larger than the trained ones.
    """
    if not settings.for_tiles:
        return _made_once(generator, factors, depth, None)
    wanted = settings.softness > 0, settings.grain > 0
    amounts = {settings.strength, settings.softness or 1, settings.grain or 1} != {1}
    return _made_once(generator, factors, depth, (*wanted, amounts))


@lru_cache(maxsize=64)
def _made_once(
    generator: GeneratorContents, factors: tuple[float, float], depth: float, for_tiles: tuple[bool, bool, bool] | None
) -> bytes:
    """Make a graph: for tiles on the CPU with detail, grain and amounts or without, or one with everything."""
    from napari_retrogan.core.graphs.generator_graph import build_graph
    from napari_retrogan.core.graphs.tile_graph import build_tile_graph
    from napari_retrogan.core.inference.coarser_weights import coarser_weights

    full_size = factors == FULL_SIZE and depth == 1
    weights = generator.weights if full_size else coarser_weights(generator.weights, factors, depth)
    if for_tiles is None:
        return build_graph(weights)
    detail, grain, amounts = for_tiles
    return build_tile_graph(weights, detail=detail, grain=grain, amounts=amounts)

"""Which graph tiles are styled with: made from a generator's weights for the settings, once."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING

from napari_retrogan.core.inference.exposure import EXPOSURE_GRAPH
from napari_retrogan.core.inference.particle_fields import particle_bytes
from napari_retrogan.core.inference.screen_dots import screen_bytes
from napari_retrogan.core.stages.marks import MarkStatistics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_retrogan.core.generator_file.contents import GeneratorContents
    from napari_retrogan.core.inference.settings import ApplySettings, Brightness

_FULL_SIZE = (1.0, 1.0)
MARK_STATISTICS = "mark_statistics"
"""The property by which a look's graph carries its `MarkStatistics` where marks are wanted, in base 64."""

SCREEN_WEIGHTS = "screen_weights"
"""The property by which a look's graph carries what `screen_bytes` returns where a screen is wanted, in base 64."""

PARTICLE_BYTES = "particles"
"""The property by which a look's graph carries what `particle_bytes` returns where grain is wanted, in base 64."""

_COLOURS_GRAPH = "colours_graph"
"""The property by which a graph whose pictures keep their brightness carries that of its colours alone, in base 64."""


def graph_for(
    generator: GeneratorContents,
    settings: ApplySettings,
    factors: tuple[float, float] = _FULL_SIZE,
    depth: float = 1.0,
) -> bytes:
    """Return the graph that applies settings.

    Parameters
    ----------
    generator
        Its weights tell the look, and its provenance the brightness where none is chosen.
    settings
        On the CPU the graph leaves out what they don't want, and is made for tiles alone; other providers get the
        graph that suits them all.
    factors, depth
        Those of `coarser_weights`, for pixels larger than the trained ones.
    """
    wanted = None
    if settings.for_tiles:
        amounts = {settings.strength, settings.softness or 1, settings.grain or 1} != {1}
        wanted = settings.softness > 0, settings.grain > 0, amounts
    colours = colours_graph(generator, settings.brightness) if settings.strength else b""
    own = settings.for_look(generator.weights)
    halo = settings.halo if own.exposures else 0
    drawn = tuple(name for name in ("grain", "screen", "marks") if getattr(own, name))
    return _made_once(generator, factors, depth, wanted, colours, own.exposures, halo, drawn)


def colours_graph(generator: GeneratorContents, brightness: Brightness | None) -> bytes:
    """Return the graph of a look's colours alone if the brightness is kept, and no bytes if it is as learnt.

    None is the generator's own choice: kept, but as learnt where its colours were trained on pairs.
    """
    if brightness is None:
        own = generator.provenance
        brightness = "learnt" if own.get("paired") and "style" not in own else "kept"
    return _made_once(generator, _FULL_SIZE, 1.0, (False, False, False)) if brightness == "kept" else b""


def parts_graph(generator: GeneratorContents, settings: ApplySettings, factors: tuple[float, float]) -> bytes:
    """Return the graph that stops before the amounts, which carries that of what happens before colours."""
    return _parts_once(generator, factors, settings.exposures, settings.halo)


@lru_cache(maxsize=16)
def carried_colours(graph: bytes) -> bytes:
    """Return the graph of colours alone that a graph carries; no bytes if the brightness is as learnt."""
    import onnx

    properties = {each.key: each.value for each in onnx.load_model_from_string(graph).metadata_props}
    return base64.b64decode(properties.get(_COLOURS_GRAPH, ""))


@lru_cache(maxsize=64)
def _made_once(
    generator: GeneratorContents,
    factors: tuple[float, float],
    depth: float,
    for_tiles: tuple[bool, bool, bool] | None,
    colours: bytes = b"",
    exposures: tuple[str, ...] = (),
    halo: int = 0,
    drawn: tuple[str, ...] = (),
) -> bytes:
    """Make a graph: for tiles on the CPU with detail, grain and amounts or without, or one with everything.

    It carries the graph of colours, that of what happens before them and what is known of particles, a screen and
    marks, which no graph draws, as far as there is any of it, so that all travel as one.
    """
    from napari_retrogan.core.graphs.exposure_graph import build_exposure_graph
    from napari_retrogan.core.graphs.generator_graph import build_graph
    from napari_retrogan.core.graphs.tile_graph import build_tile_graph
    from napari_retrogan.core.inference.coarser_weights import coarser_weights

    full_size = factors == _FULL_SIZE and depth == 1
    weights = generator.weights if full_size else coarser_weights(generator.weights, factors, depth)
    if for_tiles is None:
        graph = build_graph(weights)
    else:
        detail, grain, amounts = for_tiles
        graph = build_tile_graph(weights, detail=detail, grain=grain, amounts=amounts)
    carried = {_COLOURS_GRAPH: colours}
    if exposures:
        carried[EXPOSURE_GRAPH] = build_exposure_graph(weights, exposures, halo)
    if "grain" in drawn:
        carried[PARTICLE_BYTES] = particle_bytes(weights)
    if "screen" in drawn:
        carried[SCREEN_WEIGHTS] = screen_bytes(weights)
    if "marks" in drawn:
        carried[MARK_STATISTICS] = MarkStatistics.of(weights).to_bytes()
    return _carrying(graph, {name: each for name, each in carried.items() if each})


@lru_cache(maxsize=32)
def _parts_once(
    generator: GeneratorContents, factors: tuple[float, float], exposures: tuple[str, ...], halo: int
) -> bytes:
    """Make the graph of a preview."""
    from napari_retrogan.core.graphs.exposure_graph import build_exposure_graph
    from napari_retrogan.core.graphs.generator_graph import build_graph
    from napari_retrogan.core.inference.coarser_weights import coarser_weights

    weights = generator.weights if factors == _FULL_SIZE else coarser_weights(generator.weights, factors)
    graph = build_graph(weights, parts=True)
    return _carrying(graph, {EXPOSURE_GRAPH: build_exposure_graph(weights, exposures, halo)} if exposures else {})


def _carrying(graph: bytes, others: Mapping[str, bytes]) -> bytes:
    """Return a graph that carries others by name."""
    if not others:
        return graph
    import onnx

    model = onnx.load_model_from_string(graph)
    for name, other in others.items():
        model.metadata_props.add(key=name, value=base64.b64encode(other).decode())
    return bytes(model.SerializeToString(deterministic=True))

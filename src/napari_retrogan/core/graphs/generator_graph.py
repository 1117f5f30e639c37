"""The vintage generator as an ONNX graph: the chain of stages as it is written, with every amount an input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray
from onnx import TensorProto, helper

from napari_retrogan.core.architecture import NOISE_CHANNELS, THUMBNAIL_SIZE
from napari_retrogan.core.graphs.builder import OPSET, SAMPLING_OPSET, GraphBuilder
from napari_retrogan.core.graphs.graph_operations import GraphOperations
from napari_retrogan.core.stages.chain import (
    ADDED_STAGES,
    EXPOSURE_STAGES,
    HALO,
    expose,
    exposure_halo,
    render,
    render_parts,
    stages_in,
)
from napari_retrogan.core.stages.colour import POSITION_CHANNELS

Weights = Mapping[str, NDArray[Any]]

SOURCES = {"image": "image", "position": "place", "thumbnail": "thumbnail", "noise": "noise"}
"""How a graph calls what the chain of stages begins with."""

AMOUNTS = ("strength", *(stage.name for stage in reversed(ADDED_STAGES)))
PARTS = ("toned", *(f"{stage.name}_change" for stage in ADDED_STAGES))
"""The outputs of a graph that stops before the amounts."""


def build_graph(weights: Weights, *, parts: bool = False, exposure: bool = False) -> bytes:
    """Return the serialised graph of a generator.

    Parameters
    ----------
    weights
        Arrays by the names of ``stages.chain.WEIGHT_SHAPES``; widths are taken from their shapes.
    parts
        Whether to stop before the amounts: for previews, which add the parts up themselves.
    exposure
        Whether to begin before lens and film have had their part, as far as the look has any of it.

    Returns
    -------
    bytes
        A graph of single precision: ``image`` (1, 3, Y, X) in [0, 1], ``place`` (1, 3, Y, X), which
        is that of ``images.pixel_positions``, ``thumbnail`` (1, 3, 64, 64), ``noise`` (1, 3, Y, X), ``strength`` (),
        ``grain`` () and ``softness`` () to ``result`` (1, 3, Y - 6, X - 6) in [0, 1]; as parts the first four to
        ``toned`` in [0, 1] and what each further stage would change of it, of that shape. With exposure, image and
        place have a halo of `exposure_halo` around whole blocks in the place of 3, and the amounts of what lens and
        film do are inputs too; that of ``fringes`` is times the whole picture's half diagonal in pixels.
    """
    builder = GraphBuilder()
    operations = GraphOperations(builder)
    sources, photograph = dict(SOURCES), None
    before = [stage for stage in EXPOSURE_STAGES if exposure and stage in stages_in(weights)]
    if before:
        margin = exposure_halo(before, HALO)
        amounts = {stage.name: stage.name for stage in before}
        sources["image"] = expose(operations, weights, "image", "place", amounts, HALO)
        sources["position"] = operations.crop("place", margin - HALO)
        photograph = operations.crop("image", margin)
    if parts:
        toned, changes = render_parts(operations, weights, sources)
        outputs, found = PARTS, (toned, *changes.values())
    else:
        amounts = {stage.name: stage.name for stage in ADDED_STAGES}
        outputs, found = ("result",), (render(operations, weights, sources, "strength", amounts, photograph),)
    for name, value in zip(outputs, found, strict=True):
        builder.add("Identity", value, output=name)
    inner_shape: list[Any] = [1, 3, "inner_height", "inner_width"]
    further = [helper.make_tensor_value_info(stage.name, TensorProto.FLOAT, []) for stage in before]
    return builder.build(
        "vintage_generator",
        [*graph_inputs()[: len(SOURCES) if parts else None], *further],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, inner_shape) for name in outputs],
        opset=SAMPLING_OPSET if before else OPSET,
    )


def graph_inputs() -> list[Any]:
    """Return what the graph of a vintage generator takes: pictures, then amounts."""
    picture: list[Any] = ["height", "width"]
    shapes = {
        "image": [1, 3, *picture],
        "place": [1, POSITION_CHANNELS, *picture],
        "thumbnail": [1, 3, THUMBNAIL_SIZE, THUMBNAIL_SIZE],
        "noise": [1, NOISE_CHANNELS, *picture],
        **{name: [] for name in AMOUNTS},
    }
    return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]

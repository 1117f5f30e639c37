"""Layers of odd names, kinds and fates in a real viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np
import pytest
from napari.layers import Labels, Layer, Points, Shapes
from stand_ins import SlowGenerator

import napari_retrogan as rg
from documented_inputs import as_written, documented
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.plugin.apply.apply_run import ApplyRun
from napari_retrogan.plugin.state import state

if TYPE_CHECKING:
    from napari.viewer import Viewer
    from pytestqt.qtbot import QtBot

NAMES = {
    "a name with slashes and a colon": "a/b\\c: d",
    "a name with emoji and accents": "📷 été",
    "a name from right to left": "תמונה ישנה",
    "a name with %s, braces and markup": "%s {0} <b>",
    "a name of 300 characters": "x" * 300,
    "a name of one space": " ",
}
OTHERS = {
    "a Labels layer": lambda: Labels(np.zeros((9, 9), int), name="a/b"),
    "a Shapes layer": lambda: Shapes(name="תמונה"),
    "a Points layer": lambda: Points(name="📷"),
}
CHOOSE, EXPECTED = "choose an Image layer", "or an image layer"


def _apply(viewer: Viewer, layer: Any, generator: Any, qtbot: QtBot) -> ApplyRun:
    entry = state().add_generator("look", generator)
    return ApplyRun(viewer, entry, layer)


def test_results_of_any_name_are_added_and_source_is_named(
    viewer: Viewer, generator: Any, photograph: Any, qtbot: QtBot
) -> None:
    for name in NAMES.values():
        layer = viewer.add_image(photograph, name=name)
        job = _apply(viewer, layer, generator, qtbot).job
        qtbot.waitUntil(lambda job=job: not job.running)
        result = viewer.layers[-1]
        assert result.name.startswith(f"{layer.name} (look")
        assert result.metadata["napari_retrogan"]["source_layer"] == layer.name
        np.testing.assert_array_equal(result.data, generator.apply(photograph))
        assert len(training_images(layer, 0)) == 1


def test_a_layer_that_is_removed_meanwhile_ends_the_run(viewer: Viewer, photograph: Any, qtbot: QtBot) -> None:
    slow = SlowGenerator()
    layer = viewer.add_image(photograph)
    run = _apply(viewer, layer, slow, qtbot)
    qtbot.waitUntil(slow.started.is_set)
    viewer.layers.remove(layer)
    qtbot.waitUntil(lambda: not run.job.running)
    assert slow.ended.is_set()
    assert len(viewer.layers) == 0


@pytest.mark.parametrize("given", OTHERS)
def test_layers_that_are_no_images_are_refused_everywhere(generator: Any, given: str) -> None:
    layer = OTHERS[given]()
    with pytest.raises(rg.InvalidImage, match=CHOOSE):
        rg.apply_to_layer(generator, layer)
    for act in (lambda: generator.apply(layer), lambda: training_images([layer], 0)):
        with pytest.raises(rg.InvalidImage, match=EXPECTED):
            act()


def test_the_documentation_says_the_same() -> None:
    refused = tuple(as_written(f"InvalidImage: {words}") for words in (CHOOSE, EXPECTED))
    rows = [(given, "styled", "read") for given in NAMES] + [(given, *refused) for given in OTHERS]
    assert documented("Layers in napari") == rows


def test_what_cannot_be_drawn_is_told(viewer: Viewer, generator: Any, photograph: Any) -> None:
    def read(block: Any, block_info: Any) -> Any:
        if block_info[0]["chunk-location"][0] == 1:
            raise OSError("the disk is gone")
        return block

    frames = da.from_array(np.stack([photograph] * 2), chunks=(1, -1, -1, -1))
    frames = frames.map_blocks(read, dtype=np.uint8, meta=np.empty((0,) * 4, np.uint8))
    layer = viewer.add_image(frames, contrast_limits=(0, 255))
    viewer.dims.set_point(0, 0)
    viewer.add_layer(Layer.create(*rg.apply_to_layer(generator, layer)))
    viewer.layers.remove(layer)
    with pytest.raises(rg.InvalidImage, match=r"part \[1.*the disk is gone"):
        viewer.dims.set_point(0, 1)
    viewer.dims.set_point(0, 0)

"""Layers of odd names, kinds and fates in a real viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from stand_ins import SlowGenerator

import napari_retrogan as rg
from napari_retrogan.core.images.stack import training_images
from napari_retrogan.plugin.applying import Applying
from napari_retrogan.plugin.state import state

if TYPE_CHECKING:
    from napari.viewer import Viewer
    from pytestqt.qtbot import QtBot

NAMES = ["a/b\\c: d", "📷 été", "תמונה ישנה", "%s {0} <b>", "x" * 300, " "]


def _apply(viewer: Viewer, layer: Any, generator: Any, qtbot: QtBot) -> Applying:
    entry = state().add_generator("look", generator)
    return Applying(viewer, entry, layer)


def test_results_of_any_name_are_added_and_source_is_named(
    viewer: Viewer, generator: Any, photograph: Any, qtbot: QtBot
) -> None:
    for name in NAMES:
        layer = viewer.add_image(photograph, name=name)
        job = _apply(viewer, layer, generator, qtbot).job
        qtbot.waitUntil(lambda job=job: not job.running, timeout=30_000)
        result = viewer.layers[-1]
        assert result.name.startswith(f"{layer.name} (vintage)")
        assert result.metadata["napari_retrogan"]["source_layer"] == layer.name
        np.testing.assert_array_equal(result.data, generator.apply(photograph))


def test_a_layer_that_is_removed_meanwhile_ends_the_run(viewer: Viewer, photograph: Any, qtbot: QtBot) -> None:
    slow = SlowGenerator()
    layer = viewer.add_image(photograph)
    run = _apply(viewer, layer, slow, qtbot)
    qtbot.waitUntil(slow.started.is_set)
    viewer.layers.remove(layer)
    qtbot.waitUntil(lambda: not run.job.running, timeout=10_000)
    assert slow.ended.is_set()
    assert len(viewer.layers) == 0


def test_layers_that_are_no_images_are_refused_everywhere(generator: Any) -> None:
    from napari.layers import Labels, Points

    for layer in (Labels(np.zeros((9, 9), int), name="a/b"), Points(name="📷")):
        with pytest.raises(rg.InvalidImage, match="choose an Image layer"):
            rg.apply_to_layer(generator, layer)
        with pytest.raises(rg.InvalidImage, match="or an image layer"):
            generator.apply(layer)
        with pytest.raises(rg.InvalidImage, match=r"expected image layers|can't be read as an array"):
            training_images(layer, 0)

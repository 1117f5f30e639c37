"""Marks on results in napari: the slider, and the tick that makes them a layer of their own."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from fake_training import make_generator
from napari.layers import Image, Layer
from open_studio import open_tab
from qtpy.QtCore import Qt

import napari_retrogan as rg
from napari_retrogan.core.stages.marks import USUAL_MARKS
from napari_retrogan.plugin.state import state


@pytest.fixture(scope="module")
def marked():
    """A generator whose look has many marks."""
    weights = {**make_generator().weights, **USUAL_MARKS.weights(), "marks/rate": np.full(5, 900, np.float32)}
    return rg.VintageGenerator.from_weights(weights)


def test_marks_become_a_layer_above_the_result(marked, photograph):
    layer = Image(photograph, scale=(2, 3), name="cat")
    assert isinstance(rg.apply_to_layer(marked, layer, marks=1), tuple)
    result, marks = (Layer.create(*each) for each in rg.apply_to_layer(marked, layer, marks=1, marks_layer=True))
    np.testing.assert_array_equal(result.data, marked.apply(photograph))
    np.testing.assert_array_equal(marks.data, marked.draw_marks(photograph))
    assert (marks.name, marks.rgb, list(marks.scale)) == ("cat (vintage), marks", True, [2, 3])
    assert marks.metadata["napari_retrogan"]["parameters"]["marks"] == 1
    assert result.metadata["napari_retrogan"]["parameters"]["marks"] == 0
    assert len(rg.apply_to_layer(marked, layer, marks_layer=True)) == 1


def test_lazy_and_grey_layers_get_one_too(marked):
    grey = np.full((60, 80), 100, np.uint8)
    for data in (grey, da.from_array(grey, chunks=(30, 40))):
        layers = rg.apply_to_layer(marked, Image(data, colormap="green"), marks=1, marks_layer=True)
        above = Layer.create(*layers[1])
        np.testing.assert_array_equal(np.asarray(above.data), marked.draw_marks(grey, rgb=False))


@pytest.mark.parametrize("lazy", [False, True])
def test_marks_stay_inside_a_region(marked, photograph, lazy):
    region = np.zeros(photograph.shape[:2], bool)
    region[:, :40] = True
    data = da.from_array(photograph) if lazy else photograph
    given = {"marks": 1, "marks_layer": True, "region": region, "feather": 0}
    alpha = np.asarray(rg.apply_to_layer(marked, Image(data), **given)[1][0])[..., 3]
    np.testing.assert_array_equal(alpha, np.where(region, marked.draw_marks(photograph)[..., 3], 0))


def test_the_tick_gives_two_layers(qtbot, viewer, marked, photograph):
    widget = open_tab(viewer, "looks")
    viewer.add_image(photograph, name="cat")
    state().add_generator("slides", marked)
    assert not widget.fields.marks_layer.enabled
    widget.controls.sliders["marks"].value = 1.0
    assert widget.fields.marks_layer.enabled
    qtbot.mouseClick(
        widget.fields.marks_layer.native,
        Qt.MouseButton.LeftButton,
        pos=widget.fields.marks_layer.native.rect().center(),
    )
    if not widget.fields.marks_layer.value:  # Where the style of the system takes clicks on the box alone.
        qtbot.keyClick(widget.fields.marks_layer.native, Qt.Key.Key_Space)
    widget.apply_button.native.click()
    qtbot.waitUntil(lambda: not widget.running)
    assert [layer.name for layer in viewer.layers] == ["cat", "cat (slides)", "cat (slides), marks"]
    np.testing.assert_array_equal(viewer.layers[-1].data, marked.draw_marks(photograph))
    np.testing.assert_array_equal(viewer.layers[-2].data, marked.apply(photograph))
    assert widget.status.value == "Added cat (slides)."

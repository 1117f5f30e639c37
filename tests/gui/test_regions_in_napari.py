"""Regions drawn in napari: where they lie in space, how they are chosen in the dock, and what results say of them."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from fake_training import make_generator
from looks_at_hand import two_looks
from napari.components import ViewerModel
from napari.layers import Image, Labels, Points, Shapes
from open_studio import close_studio, open_tab
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

import napari_retrogan as rg
from napari_retrogan.plugin.layers import METADATA_KEY
from napari_retrogan.plugin.shared import look_thumbnails
from napari_retrogan.plugin.state import state

pytestmark = pytest.mark.shown

GREY = np.full((60, 90, 3), 200, np.uint8)
DIM = (100, 200, 200)
SQUARE = np.array([[9.5, 19.5], [9.5, 49.5], [39.5, 49.5], [39.5, 19.5]])


@pytest.fixture(scope="module")
def dim():
    """Return a look that halves red."""
    return make_generator(0.5)


def styled(dim, layer, region, feather=0.0, **options):
    """Return which pixels of a layer of grey became dim."""
    data, _, _ = rg.apply_to_layer(dim, layer, region=region, feather=feather, **options)
    return np.asarray(data)[..., 0] == DIM[0]


def box(found):
    """Return first and last row and column of what is true, all of which it must be."""
    rows, columns = np.nonzero(found)
    edges = (rows.min(), rows.max(), columns.min(), columns.max())
    assert found[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].all()
    return tuple(int(edge) for edge in edges)


def labels_of_square():
    labels = np.zeros((60, 90), np.uint8)
    labels[10:40, 20:50] = 5
    return labels


@pytest.mark.parametrize(
    "region",
    [
        Shapes([SQUARE], shape_type="polygon"),
        Shapes([SQUARE], shape_type="rectangle"),
        Labels(labels_of_square()),
        labels_of_square() > 0,
        da.from_array(labels_of_square(), chunks=20),
    ],
    ids=["polygon", "rectangle", "labels", "array", "lazy array"],
)
def test_all_kinds_of_regions_tell_the_same(dim, region):
    assert box(styled(dim, Image(GREY), region)) == (10, 39, 20, 49)


def test_layers_lie_where_they_are_in_space(dim):
    image = Image(GREY, scale=(2, 3), translate=(100, -30))
    world = image.data_to_world((0, 0)) + SQUARE * (2, 3)
    shapes = Shapes([world / 0.5], shape_type="polygon", scale=(0.5, 0.5))
    assert box(styled(dim, image, shapes)) == (10, 39, 20, 49)
    labels = Labels(labels_of_square()[::2, ::2], scale=(4, 6), translate=(101, -28.5))
    assert box(styled(dim, image, labels)) == (10, 39, 20, 49)
    turned = Image(GREY, rotate=90)
    corners = np.array([turned.data_to_world(corner) for corner in SQUARE])
    assert box(styled(dim, turned, Shapes([corners], shape_type="polygon"))) == (10, 39, 20, 49)
    labels = Labels(labels_of_square(), rotate=90)
    assert box(styled(dim, turned, labels)) == (10, 39, 20, 49)


def test_an_ellipse_is_round_and_lines_enclose_nothing(dim):
    shapes = Shapes([SQUARE], shape_type="ellipse")
    found = styled(dim, Image(GREY), shapes)
    assert found.sum() == pytest.approx(np.pi * 15**2, rel=0.02)
    assert found[25, 35]
    assert not found[11, 21]
    shapes.add([[[0, 0], [50, 80]]], shape_type="line")
    np.testing.assert_array_equal(styled(dim, Image(GREY), shapes), found)


def test_in_a_stack_shapes_count_where_they_were_drawn(dim):
    stack = Image(np.stack([GREY[..., 0]] * 3), scale=(5, 1, 1), contrast_limits=(0, 255))
    whole = np.asarray(dim.apply(stack.data, rgb=False))
    on_one = Shapes([np.insert(SQUARE, 0, 5, axis=1)], shape_type="polygon")
    data, _, _ = rg.apply_to_layer(dim, stack, region=on_one, feather=0)
    np.testing.assert_array_equal(data[[0, 2]], stack.data[[0, 2]])
    np.testing.assert_array_equal(data[1, 10:40, 20:50], whole[1, 10:40, 20:50])
    on_all = Shapes([SQUARE], shape_type="polygon")
    data, _, _ = rg.apply_to_layer(dim, stack, region=on_all, feather=0)
    np.testing.assert_array_equal(data[:, 10:40, 20:50], whole[:, 10:40, 20:50])
    np.testing.assert_array_equal(data[:, 40:], stack.data[:, 40:])


def test_a_region_with_more_axes_than_the_picture_counts_wherever_along_them_it_is(dim):
    labels = np.zeros((4, 60, 90), np.uint8)
    labels[3] = labels_of_square()
    assert box(styled(dim, Image(GREY), Labels(labels))) == (10, 39, 20, 49)
    shapes = Shapes([np.insert(SQUARE, 0, 3, axis=1)], shape_type="polygon")
    assert box(styled(dim, Image(GREY), shapes)) == (10, 39, 20, 49)


def test_lazy_and_multiscale_layers_have_the_region_too(dim):
    lazy = Image(da.from_array(GREY, chunks=(30, 30, 3)), rgb=True)
    data, _, _ = rg.apply_to_layer(dim, lazy, region=Labels(labels_of_square()), feather=0)
    assert isinstance(data, da.Array)
    assert box(data.compute()[..., 0] == DIM[0]) == (10, 39, 20, 49)
    fine = np.repeat(np.repeat(GREY, 2, axis=0), 2, axis=1)
    pyramid = Image([fine, GREY], multiscale=True, rgb=True, scale=(0.5, 0.5))
    (first, second), _, _ = rg.apply_to_layer(dim, pyramid, region=Shapes([SQUARE], shape_type="polygon"), feather=0)
    # Of each unit of the shapes the finest level has two pixels.
    assert box(first[..., 0] == DIM[0]) == (19, 78, 39, 98)
    assert box(second[..., 0] == DIM[0]) == (10, 39, 20, 49)


def test_the_result_says_which_region_it_has(dim):
    image = Image(GREY, name="cat")
    _, options, _ = rg.apply_to_layer(dim, image, region=Labels(labels_of_square(), name="sky"), feather=3)
    provenance = options["metadata"][METADATA_KEY]
    assert (provenance["region"], provenance["feather"]) == ("sky", 3.0)
    _, options, _ = rg.apply_to_layer(dim, image, region=labels_of_square())
    assert (options["metadata"][METADATA_KEY]["region"], options["metadata"][METADATA_KEY]["feather"]) == (
        "a mask",
        8.0,
    )
    assert "region" not in rg.apply_to_layer(dim, image)[1]["metadata"][METADATA_KEY]


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (Shapes(name="empty"), "'empty' encloses nothing: draw"),
        (Shapes([[[0, 0], [9, 9]]], shape_type="line", name="line"), "'line' encloses nothing"),
        (Points([[1, 1]], name="spots"), "'spots' is a Points layer; a region is"),
        (np.ones((5, 5)), r"shape \(5, 5\), but 'cat' has the shape \(60, 90\)"),
        (np.ones(90), r"shape \(90,\)"),
    ],
)
def test_what_tells_no_region_is_refused_in_words(dim, region, words):
    with pytest.raises(rg.InvalidImage, match=words):
        rg.apply_to_layer(dim, Image(GREY, name="cat"), region=region)


@pytest.fixture
def widget(viewer, dim, monkeypatch):
    monkeypatch.setattr(look_thumbnails, "catalogue", two_looks)
    widget = open_tab(viewer, "looks")
    state().add_generator("dim", dim)
    return widget


def choose_last(menu):
    """Choose the last entry of a menu by the keyboard."""
    menu.native.setFocus()
    QTest.keyClick(menu.native, Qt.Key.Key_End)


def test_the_menu_is_there_where_there_is_a_region(qtbot, viewer, widget):
    viewer.add_image(GREY, name="cat")
    assert not widget.region.menu.native.isVisible()
    shapes = viewer.add_shapes([SQUARE], shape_type="polygon", name="sky")
    assert widget.region.menu.native.isVisible()
    assert not widget.region.feather.native.isVisible()
    choose_last(widget.region.menu)
    assert widget.region.feather.native.isVisible()
    shapes.name = "the sky"
    assert widget.region.menu.native.currentText() == "the sky"
    viewer.layers.remove(shapes)
    assert not widget.region.menu.native.isVisible()
    assert not widget.region.feather.native.isVisible()
    assert widget.region.mask is None


def test_preview_and_result_are_styled_inside_the_region(qtbot, viewer, widget):
    cat = viewer.add_image(GREY, name="cat")
    shapes = viewer.add_shapes([SQUARE], shape_type="polygon", name="sky")
    viewer.reset_view()
    widget.target.pin.value = True
    choose_last(widget.region.menu)
    widget.region.feather.native.setValue(6)
    qtbot.mouseClick(widget.preview.box.native, Qt.MouseButton.LeftButton)
    expected, _, _ = rg.apply_to_layer(state().last.generator, cat, region=shapes, feather=6)
    qtbot.waitUntil(lambda: widget.preview.layer is not None)
    qtbot.waitUntil(lambda: np.array_equal(widget.preview.layer.data, expected))
    shapes.data = [SQUARE + 15]
    moved, _, _ = rg.apply_to_layer(state().last.generator, cat, region=shapes, feather=6)
    qtbot.waitUntil(lambda: np.array_equal(widget.preview.layer.data, moved))
    qtbot.mouseClick(widget.apply_button.native, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not widget.running)
    result = viewer.layers["cat (dim)"]
    np.testing.assert_array_equal(result.data, moved)
    assert result.metadata[METADATA_KEY]["region"] == "sky"
    assert result.metadata[METADATA_KEY]["feather"] == 6


def test_the_preview_follows_the_brush(qtbot, viewer, widget):
    viewer.add_image(GREY, name="cat")
    labels = viewer.add_labels(np.zeros((60, 90), np.uint8), name="sky")
    viewer.reset_view()
    choose_last(widget.region.menu)
    widget.region.feather.value = 0
    widget.preview.box.value = True
    qtbot.waitUntil(lambda: widget.preview.layer is not None)
    assert (widget.preview.layer.data == 200).all()
    labels.paint((30, 40), 1)
    qtbot.waitUntil(lambda: tuple(widget.preview.layer.data[30, 40]) == DIM)
    assert tuple(widget.preview.layer.data[0, 0]) == (200, 200, 200)
    assert [layer.name for layer in viewer.layers] == ["cat", "cat (preview)", "sky"]


def test_a_region_that_encloses_nothing_is_told_beside_the_disabled_button(viewer, widget):
    viewer.add_image(GREY, name="cat")
    shapes = viewer.add_shapes(name="sky")
    choose_last(widget.region.menu)
    assert "'sky' encloses nothing: draw" in widget.status.value
    assert not widget.apply_button.enabled
    shapes.add([SQUARE], shape_type="polygon")
    assert widget.apply_button.enabled
    assert "encloses nothing" not in widget.status.value


def test_several_layers_have_the_region_each_in_its_own_place(qtbot, viewer, widget):
    cat = viewer.add_image(GREY, name="cat")
    dog = viewer.add_image(GREY, name="dog", translate=(0, 10))
    viewer.add_labels(labels_of_square(), name="sky")
    choose_last(widget.region.menu)
    widget.region.feather.value = 0
    viewer.layers.selection = [cat, dog]
    widget.apply_button.native.click()
    qtbot.waitUntil(lambda: not widget.running)
    assert box(viewer.layers["cat (dim)"].data[..., 0] == DIM[0]) == (10, 39, 20, 49)
    assert box(viewer.layers["dog (dim)"].data[..., 0] == DIM[0]) == (10, 39, 10, 39)


def test_the_feather_is_there_again_and_nothing_is_listened_to_after_the_dock(qtbot, viewer, widget):
    viewer.add_image(GREY, name="cat")
    shapes = viewer.add_shapes([SQUARE], shape_type="polygon")
    choose_last(widget.region.menu)
    widget.region.feather.native.setValue(21)
    close_studio(viewer)
    qtbot.wait(50)
    shapes.data = [SQUARE + 3]
    again = open_tab(viewer, "looks")
    assert again.region.feather.value == 21


def test_regions_work_without_a_window(dim):
    viewer = ViewerModel()
    layer = viewer.add_image(GREY)
    shapes = viewer.add_shapes([SQUARE], shape_type="rectangle")
    assert box(styled(dim, layer, shapes)) == (10, 39, 20, 49)

"""Another style of a generator, chosen in the Apply widget or passed on by `apply_to_layer`."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from fake_training import make_generator
from napari.layers import Image
from open_studio import open_tab
from qtpy.QtCore import Qt

import napari_retrogan as rg
from napari_retrogan.core.architecture import MAPPING_SHAPES
from napari_retrogan.core.stages.chain import STYLE_NAMES
from napari_retrogan.plugin.shared import look_thumbnails
from napari_retrogan.plugin.shared.look_thumbnails import LookCatalogue
from napari_retrogan.plugin.shared.style_choice import AS_TRAINED, DRAW, LIKE_LAYER, NO_REFERENCE, StyleChoice
from napari_retrogan.plugin.state import state


def random_arrays(shapes, seed, scale):
    random = np.random.default_rng(seed)
    return {name: np.float32(scale * random.standard_normal(shape)) for name, shape in shapes.items()}


@pytest.fixture(scope="session")
def two_styles():
    """Return a generator that halves red, whose second style takes it away, and that draws others."""
    half, none = make_generator(0.5).weights, make_generator(0.0).weights
    return rg.VintageGenerator.from_weights(
        half,
        styles=[{name: none[name] for name in STYLE_NAMES}],
        mapping=random_arrays(MAPPING_SHAPES, 1, 0.3),
        provenance={"styles": [[1, 2, 4], [3]]},
    )


@pytest.fixture
def widget(viewer, monkeypatch):
    monkeypatch.setattr(look_thumbnails, "catalogue", lambda: LookCatalogue(tuple, make_generator))
    return open_tab(viewer, "looks")


@pytest.fixture
def sepia():
    """Return a picture of one tone."""
    grey = np.random.default_rng(3).random((60, 70, 1))
    return (255 * grey * [1.0, 0.8, 0.6]).astype(np.uint8)


def entries(widget):
    menu = widget.style.menu.native
    return [menu.itemText(number) for number in range(menu.count())]


def is_shown(widget, part):
    return part.native.isVisibleTo(widget.native)


def apply(qtbot, viewer, widget):
    widget.apply()
    qtbot.waitUntil(lambda: not widget.running)
    return viewer.layers[-1]


def test_a_trained_style_is_chosen_by_the_menu(qtbot, viewer, widget, two_styles, photograph):
    viewer.add_image(photograph, name="cat")
    assert entries(widget) == ["As trained", "Like a layer..."]
    entry = state().add_generator("slides", two_styles)
    assert entries(widget) == [
        "As trained (3 pictures)",
        "Style 2 (1 picture)",
        "Like a layer...",
        "Draw a new one",
    ]
    widget.style.menu.value = 1
    result = apply(qtbot, viewer, widget)
    assert result.name == "cat (slides, style 2)"
    np.testing.assert_array_equal(result.data, two_styles.apply(photograph, style=1))
    provenance = result.metadata["napari_retrogan"]
    assert (provenance["style"], provenance["parameters"]["style"]) == ("style 2", 1)
    assert provenance["generator"]["id"] == entry.generator.id
    state().add_generator("other", make_generator())
    assert widget.style.menu.value == AS_TRAINED
    assert entries(widget) == ["As trained", "Like a layer..."]


def test_a_style_is_drawn_by_number_and_previewed(qtbot, viewer, widget, two_styles, photograph):
    viewer.add_image(photograph, name="cat")
    state().add_generator("slides", two_styles)
    assert not is_shown(widget, widget.style.number)
    widget.style.menu.value = DRAW
    assert is_shown(widget, widget.style.number)
    assert not is_shown(widget, widget.style.reference)
    assert widget.style.number.min == 2
    widget.style.draw_button.native.click()
    widget.style.number.value = 7
    widget.preview.box.value = True
    expected = two_styles.apply(photograph, style=7).astype(int)
    qtbot.waitUntil(lambda: widget.preview.layer is not None)
    assert np.abs(widget.preview.layer.data - expected).max() <= 1
    widget.style.menu.value = AS_TRAINED
    expected = two_styles.apply(photograph).astype(int)
    qtbot.waitUntil(lambda: np.abs(widget.preview.layer.data - expected).max() <= 1)
    widget.style.menu.value = DRAW
    assert apply(qtbot, viewer, widget).name == "cat (slides, drawn style 7)"


def test_a_style_is_taken_from_another_layer(qtbot, viewer, widget, two_styles, photograph, sepia):
    source = viewer.add_image(photograph, name="cat")
    state().add_generator("slides", two_styles)
    widget.style.menu.value = LIKE_LAYER
    assert NO_REFERENCE in widget.status.value
    assert not widget.apply_button.enabled
    levels = [np.stack([sepia, sepia]), np.stack([sepia, sepia])[:, ::2, ::2]]
    reference = viewer.add_image(levels, multiscale=True, rgb=True, name="slide")
    viewer.layers.selection.active = source
    widget.style.reference.value = reference
    assert widget.apply_button.enabled
    reference.name = "print"
    assert widget.style.reference.value is reference
    widget.preview.box.value = True
    expected = two_styles.apply(photograph, style=[sepia, sepia]).astype(int)
    qtbot.waitUntil(lambda: widget.preview.layer is not None)
    assert np.abs(widget.preview.layer.data - expected).max() <= 1
    assert widget.preview.layer not in widget.style.reference.choices
    result = apply(qtbot, viewer, widget)
    assert result.name == "cat (slides, like print)"
    np.testing.assert_array_equal(result.data, expected)
    widget.layer.value = reference
    assert widget.style.reference.value is source
    widget.style.reference.value = reference
    assert widget.style.style is not None
    viewer.layers.remove(reference)
    assert NO_REFERENCE in widget.status.value


def test_a_layer_that_cannot_be_read_is_told_in_words(qtbot, viewer, widget, two_styles, photograph):
    viewer.add_image(photograph, name="cat")
    gone = []

    def read(block):
        if gone:
            raise OSError("its disk is gone")
        return block

    lazy = da.zeros((60, 70), dtype=np.float32).map_blocks(read, dtype=np.float32, meta=np.empty((0, 0), np.float32))
    viewer.add_image(lazy, name="slide", contrast_limits=(0, 1), cache=False)
    gone.append(True)
    widget.layer.value = viewer.layers[0]
    state().add_generator("slides", two_styles)
    widget.style.menu.value = LIKE_LAYER
    assert widget.style.reference.value is viewer.layers[1]
    widget.apply()
    qtbot.waitUntil(lambda: not widget.running)
    assert "its disk is gone" in widget.status.value
    widget.preview.box.value = True
    qtbot.waitUntil(lambda: not widget.preview.box.value)
    assert [layer.name for layer in viewer.layers] == ["cat", "slide"]


def test_scripts_pass_a_style_and_the_result_says_so(two_styles, photograph, sepia):
    layer, reference = Image(photograph, name="cat"), Image(sepia, name="slide")
    data, options, _ = rg.apply_to_layer(two_styles, layer, style=reference)
    np.testing.assert_array_equal(data, two_styles.apply(photograph, style=sepia))
    assert options["name"] == "cat (vintage, like slide)"
    assert options["metadata"]["napari_retrogan"]["style"] == "like slide"
    _, options, _ = rg.apply_to_layer(two_styles, layer, style=0)
    assert options["name"] == "cat (vintage)"
    with pytest.raises(rg.InvalidConfig, match="can't draw"):
        rg.apply_to_layer(make_generator(), layer, style=3)


@pytest.mark.parametrize("origin", ["many", [[1]], [3, 4], [[1], [2], [3]]])
def test_an_odd_origin_does_no_harm(widget, two_styles, origin):
    odd = rg.VintageGenerator.from_weights(two_styles.weights, styles=two_styles.styles, provenance={"styles": origin})
    state().add_generator("odd", odd)
    assert entries(widget) == ["As trained", "Style 2", "Like a layer..."]


def test_a_file_that_holds_as_much_as_can_be_read_is_shown_in_a_few_short_words(
    qtbot, viewer, widget, two_styles, sepia, tmp_path
):
    """A name that could be HTML or steer a terminal, and a list of styles as long as any."""
    hostile = "<img src='dev zero'>\x1b[2J\u202e" + "n" * 180
    full = rg.VintageGenerator.from_weights(
        two_styles.weights,
        styles=[two_styles.styles[0]] * 64,
        mapping=two_styles.mapping,
        provenance={"styles": [[0] * 500] * 65, "notes": [hostile] * 500},
    )
    file = full.save(tmp_path / f"{hostile}.retrogan")
    viewer.add_image(sepia, name="photograph")
    widget.generator.load(file)
    qtbot.waitUntil(lambda: state().last is not None)
    entry = state().last
    assert entry.file == file
    assert len(entry.name) == 100
    assert entry.name.isprintable()
    assert entry.name in widget.status.value
    assert widget.status.native.textFormat() == Qt.TextFormat.PlainText
    shown = entries(widget)
    assert shown[64] == "Style 65 (500 pictures)"
    assert len(shown) == 67
    assert max(map(len, shown)) < 100
    widget.apply()
    qtbot.waitUntil(lambda: len(viewer.layers) == 2)


def test_layers_of_one_name_of_which_the_menu_lists_one_raise_nothing(qapp, two_styles, sepia):
    one, twin = (Image(sepia, name="slide") for _ in range(2))
    choice = StyleChoice(lambda: [one, twin], on_change=lambda: None)
    choice.menu.value = LIKE_LAYER
    choice.follow(two_styles, one)
    assert choice.reference.value in (None, twin)
    choice.follow(two_styles, twin)
    assert choice.reference.value in (None, one)

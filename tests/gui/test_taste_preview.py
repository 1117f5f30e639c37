"""The preview follows sliders, view and layer, runs the network no more than it must, and goes when it should."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fake_training import make_generator
from napari.components import ViewerModel

from napari_retrogan.core.inference.taste import Taste
from napari_retrogan.plugin.apply import preview_box
from napari_retrogan.plugin.apply.preview_box import PreviewBox
from napari_retrogan.plugin.apply.taste_preview import TastePreview
from napari_retrogan.plugin.window.preview_layer import is_preview

pytestmark = pytest.mark.usefixtures("qapp")


class Counting:
    """A generator that counts how often its network runs for a preview."""

    def __init__(self, generator: Any) -> None:
        self.generator, self.runs = generator, 0

    def preview(self, *given: Any, **options: Any) -> Any:
        self.runs += 1
        return self.generator.preview(*given, **options)


@pytest.fixture
def viewer() -> ViewerModel:
    return ViewerModel()


@pytest.fixture
def source(viewer, photograph):
    return viewer.add_image(photograph, name="cat", scale=(2, 3))


@pytest.fixture
def open_preview(viewer, source):
    """Open previews that don't outlive their test; what they tell ends up in ``told``."""
    opened = []

    def start():
        told = []
        opened.append(TastePreview(viewer, source, lambda: told.append("removed"), told.append))
        return opened[-1], told

    yield start
    for preview in opened:
        preview.close()


def shows(preview, picture):
    return lambda: preview.layer is not None and np.abs(preview.layer.data.astype(int) - picture).max() <= 1


def test_it_shows_what_applying_would_give(qtbot, viewer, source, open_preview, generator):
    preview, _ = open_preview()
    taste = Taste(strength=0.7, warmth=0.4, fade=0.2)
    preview.show(generator, taste, 5)
    expected = generator.apply(source.data, 0.7, 1.0, 5, warmth=0.4, fade=0.2)
    qtbot.waitUntil(shows(preview, expected))
    assert is_preview(preview.layer)
    assert viewer.layers.selection.active is source
    np.testing.assert_allclose(preview.layer.data_to_world((7, 9)), source.data_to_world((7, 9)))
    preview.close()
    assert list(viewer.layers) == [source]


def test_sliders_do_not_run_the_network(qtbot, source, open_preview, generator):
    preview, _ = open_preview()
    counting = Counting(generator)
    for strength in (1.0, 0.2, 0.6):
        preview.show(counting, Taste(strength=strength), 0)
        qtbot.waitUntil(shows(preview, generator.apply(source.data, strength)))
    assert counting.runs == 1
    preview.show(counting, Taste(), 9)
    qtbot.waitUntil(shows(preview, generator.apply(source.data, seed=9)))
    assert counting.runs == 2
    preview.show(counting, Taste(), 9, brightness="learnt")
    qtbot.waitUntil(shows(preview, generator.apply(source.data, seed=9, brightness="learnt")))
    assert counting.runs == 3


def test_new_data_and_another_generator_are_followed(qtbot, source, open_preview):
    preview, _ = open_preview()
    preview.show(make_generator(0.5), Taste(), 0)
    qtbot.waitUntil(shows(preview, np.round(source.data * [0.5, 1, 1])))
    source.data = source.data[::-1].copy()
    qtbot.waitUntil(shows(preview, np.round(source.data * [0.5, 1, 1])))
    preview.show(make_generator(0.1), Taste(), 0)
    qtbot.waitUntil(shows(preview, np.round(source.data * [0.1, 1, 1])))


def test_the_plane_of_a_stack_that_is_in_view_is_shown(qtbot, viewer, open_preview, photograph):
    stack = np.stack([photograph, 255 - photograph])
    source = viewer.add_image(stack, name="film")
    told = []
    preview = TastePreview(viewer, source, lambda: told.append("removed"), told.append)
    viewer.dims.set_point(0, 1)
    preview.show(make_generator(0.5), Taste(), 0)
    qtbot.waitUntil(shows(preview, np.round(stack[1] * [0.5, 1, 1])))
    preview.close()


def test_a_coarser_level_in_view_has_the_grain_that_is_left_of_the_finest(qtbot, viewer, generator):
    fine = np.full((256, 256, 3), 128, np.uint8)
    source = viewer.add_image([fine, fine[::4, ::4]], multiscale=True, rgb=True)
    source.data_level = 1
    preview = TastePreview(viewer, source, lambda: None, lambda _: None)
    preview.show(generator, Taste(), 0, brightness="learnt")
    qtbot.waitUntil(lambda: preview.layer is not None)
    full, coarse = generator.apply([fine, fine[::4, ::4]], rgb=True, brightness="learnt")
    left = coarse.std((0, 1)).mean()
    assert preview.layer.data.shape == coarse.shape
    assert preview.layer.data.std((0, 1)).mean() == pytest.approx(left, rel=0.3)
    assert left < 0.7 * full.std((0, 1)).mean()
    preview.close()


@pytest.mark.slow
def test_a_wide_view_soon_shows_the_very_pixels_that_applying_gives(qtbot, viewer, generator):
    picture = np.random.default_rng(2).integers(0, 256, (1500, 2900, 3), np.uint8)
    source = viewer.add_image(picture, name="large")
    source.corner_pixels = np.array([[0, 0], [1499, 2899]])
    preview = TastePreview(viewer, source, lambda: None, lambda error: pytest.fail(str(error)))
    taste = Taste(strength=0.8, warmth=0.3, grain=2.0)
    preview.show(generator, taste, 3)
    expected = generator.apply(picture, 0.8, 2.0, 3, warmth=0.3)
    qtbot.waitUntil(lambda: preview.layer is not None)
    assert preview.layer.data.shape == (250, 484, 3)
    qtbot.waitUntil(lambda: preview.layer.data.shape == (750, 1450, 3))
    np.testing.assert_array_equal(preview.layer.data, expected[::2, ::2])
    np.testing.assert_allclose(preview.layer.data_to_world((7, 9)), source.data_to_world((14, 18)))
    preview.show(generator, Taste(strength=0.1), 3)
    qtbot.waitUntil(lambda: preview.layer.data.shape == (250, 484, 3))
    preview.close()


def test_a_thinned_out_view_has_no_coarser_grain_than_shrinking_leaves(qtbot, viewer, generator):
    source = viewer.add_image(np.full((2048, 2048, 3), 128, np.uint8))
    source.corner_pixels = np.array([[0, 0], [2047, 2047]])
    preview = TastePreview(viewer, source, lambda: None, lambda _: None)
    preview.show(generator, Taste(), 0, brightness="learnt")
    qtbot.waitUntil(lambda: preview.layer is not None)
    full = generator.apply(source.data[:512, :512], brightness="learnt").astype(float)
    shrunk = full.reshape(128, 4, 128, 4, 3).mean((1, 3))
    assert preview.layer.data.std((0, 1)).mean() == pytest.approx(shrunk.std((0, 1)).mean(), rel=0.35)
    preview.close()


def test_a_preview_that_was_removed_is_told_and_does_not_come_back(qtbot, viewer, source, open_preview, generator):
    preview, told = open_preview()
    preview.show(generator, Taste(), 0)
    qtbot.waitUntil(lambda: preview.layer is not None)
    viewer.layers.remove(preview.layer)
    qtbot.waitUntil(lambda: "removed" in told)
    assert list(viewer.layers) == [source]


def test_an_error_is_handed_on(qtbot, open_preview):
    class Failing:
        def preview(self, *_: Any, **__: Any) -> Any:
            raise ValueError("broken")

    preview, told = open_preview()
    preview.show(Failing(), Taste(), 0)
    qtbot.waitUntil(lambda: bool(told))
    assert "broken" in str(told[0])


def test_another_layer_while_napari_lists_anew_leaves_no_second_preview(
    qtbot, viewer, photograph, generator, monkeypatch
):
    made = []

    class Counted(TastePreview):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr(preview_box, "TastePreview", Counted)
    first, second = (viewer.add_image(photograph) for _ in range(2))
    box = PreviewBox(viewer, on_change=lambda: None, on_error=lambda _: None)
    box.box.value = True
    box.follow(generator, first, Taste(), 0)
    qtbot.waitUntil(lambda: box.layer is not None)
    # As where a widget's lists follow the viewer's layers.
    viewer.layers.events.removed.connect(lambda _: box.follow(generator, second, Taste(), 0))
    box.follow(generator, second, Taste(), 0)
    assert [each._timer.isActive() for each in made] == [False, True]
    box.close()
    assert not any(each._timer.isActive() for each in made)

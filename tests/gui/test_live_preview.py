"""The live preview: in the right place, in place, at a bounded rate, and gone when it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np
import pytest
from fake_training import make_generator
from napari.components import ViewerModel

from napari_retrogan.plugin.train import live_preview
from napari_retrogan.plugin.train.live_preview import LivePreview
from napari_retrogan.plugin.window import drawing_pace
from napari_retrogan.plugin.window.preview_layer import is_preview, visible_view

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

RED = np.array([0.5, 1, 1])


@pytest.fixture
def viewer() -> ViewerModel:
    return ViewerModel()


def _photograph(height: int = 40, width: int = 60, *leading: int) -> np.ndarray:
    values = np.random.default_rng(0).integers(40, 200, (*leading, height, width, 3))
    return values.astype(np.uint8)


def _shown(viewer: Any, layer: Any, qtbot: QtBot, generator: Any = None) -> LivePreview:
    live = LivePreview(viewer, layer)
    live.show(generator or make_generator(0.5))
    qtbot.waitUntil(lambda: live.layer is not None)
    return live


@pytest.mark.usefixtures("qapp")
class TestLayer:
    def test_it_shows_the_look_over_the_source(self, viewer: ViewerModel, qtbot: QtBot) -> None:
        source = viewer.add_image(_photograph(), name="photo", scale=(2, 3), translate=(10, 20), rotate=30)
        live = _shown(viewer, source, qtbot)
        assert live.layer.name == "photo (preview)"
        assert is_preview(live.layer)
        assert not is_preview(source)
        np.testing.assert_allclose(live.layer.data, np.round(source.data * RED), atol=1)
        np.testing.assert_allclose(live.layer.data_to_world((7, 9)), source.data_to_world((7, 9)))
        assert viewer.layers.selection.active is source
        live.close()
        assert list(viewer.layers) == [source]

    def test_it_is_updated_in_place_and_drops_stale_generators(
        self, viewer: ViewerModel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        applied: list[Any] = []
        render = live_preview._render
        monkeypatch.setattr(live_preview, "_render", lambda *given: (applied.append(given[0]), render(*given))[1])
        source = viewer.add_image(_photograph())
        live = _shown(viewer, source, qtbot)
        layer, generators = live.layer, [make_generator(share) for share in (0.1, 0.2, 0.9)]
        for generator in generators:
            live.show(generator)
        qtbot.waitUntil(lambda: bool(np.allclose(layer.data, np.round(source.data * [0.9, 1, 1]), atol=1)))
        assert live.layer is layer
        assert applied[1:] == generators[-1:]
        live.close()

    def test_it_computes_at_most_three_times_a_second(self, viewer: ViewerModel) -> None:
        live = LivePreview(viewer, viewer.add_image(_photograph()))
        assert live._timer.interval() >= 1000 / 3
        live.close()

    def test_the_training_has_a_rest_from_it_unless_something_else_comes_into_view(
        self, viewer: ViewerModel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stack = _photograph(40, 60, 3)
        source = viewer.add_image(stack, rgb=True)
        viewer.dims.set_point(0, 2)
        monkeypatch.setattr(drawing_pace, "REST", 1e9)
        monkeypatch.setattr(live_preview, "MOST_REST_SECONDS", 60.0)
        live = _shown(viewer, source, qtbot)
        before = live.layer.data
        live.show(make_generator(0.1))
        qtbot.wait(3 * live_preview.UPDATE_MILLISECONDS)
        assert live.layer.data is before
        viewer.dims.set_point(0, 0)
        qtbot.waitUntil(lambda: bool(np.allclose(live.layer.data, np.round(stack[0] * [0.1, 1, 1]), atol=1)))
        live.close()

    def test_a_preview_that_the_user_removed_does_not_come_back(self, viewer: ViewerModel, qtbot: QtBot) -> None:
        live = _shown(viewer, viewer.add_image(_photograph()), qtbot)
        viewer.layers.remove(live.layer)
        live.show(make_generator(0.1))
        qtbot.waitUntil(lambda: not live._timer.isActive())
        assert len(viewer.layers) == 1
        live.close()

    def test_a_renamed_preview_is_removed_all_the_same(self, viewer: ViewerModel, qtbot: QtBot) -> None:
        source = viewer.add_image(_photograph())
        live = _shown(viewer, source, qtbot)
        live.layer.name = "mine"
        live.close()
        assert list(viewer.layers) == [source]

    def test_grey_values_keep_their_limits_and_colours(self, viewer: ViewerModel, qtbot: QtBot) -> None:
        grey = np.random.default_rng(0).normal(1000, 50, (30, 40)).astype(np.float32)
        source = viewer.add_image(grey, contrast_limits=(800, 1200), colormap="magma")
        live = _shown(viewer, source, qtbot)
        assert live.layer.data.shape == (30, 40)
        assert list(live.layer.contrast_limits) == [800, 1200]
        assert live.layer.colormap.name == "magma"
        live.close()

    def test_the_plane_of_a_lazy_stack_that_is_in_view_is_shown(self, viewer: ViewerModel, qtbot: QtBot) -> None:
        stack = _photograph(40, 60, 3)
        source = viewer.add_image(da.from_array(stack, chunks=(1, 20, 30, 3)), rgb=True)
        viewer.dims.set_point(0, 2)
        live = _shown(viewer, source, qtbot)
        np.testing.assert_allclose(live.layer.data, np.round(stack[2] * RED), atol=1)
        viewer.dims.set_point(0, 0)
        qtbot.waitUntil(lambda: bool(np.allclose(live.layer.data, np.round(stack[0] * RED), atol=1)))
        live.close()


class TestView:
    def test_a_zoomed_view_is_cropped_at_full_resolution(self, viewer: ViewerModel) -> None:
        layer = viewer.add_image(_photograph(900, 1200))
        layer.corner_pixels = np.array([[100, 200], [299, 499]])
        view = visible_view(layer, viewer)
        assert (view.rows, view.columns, view.stride) == ((100, 300), (200, 500), 1)
        np.testing.assert_allclose(view.affine, [[1, 0, 100], [0, 1, 200], [0, 0, 1]])

    def test_a_wide_view_is_thinned_out(self, viewer: ViewerModel) -> None:
        layer = viewer.add_image(_photograph(1500, 2000), scale=(0.5, 0.5))
        layer.corner_pixels = np.array([[0, 0], [1499, 1999]])
        view = visible_view(layer, viewer)
        assert (view.rows, view.columns, view.stride) == ((0, 375), (0, 500), 4)
        np.testing.assert_allclose(view.affine, [[2, 0, 0], [0, 2, 0], [0, 0, 1]])

    def test_nothing_in_view_means_all_of_it(self, viewer: ViewerModel) -> None:
        layer = viewer.add_image(_photograph())
        layer.corner_pixels = np.zeros((2, 2), int)
        assert (visible_view(layer, viewer).rows, visible_view(layer, viewer).columns) == ((0, 40), (0, 60))

    def test_a_multiscale_layer_is_read_at_the_level_in_view(self, viewer: ViewerModel) -> None:
        fine = _photograph(2048, 4096)
        layer = viewer.add_image([fine, fine[::4, ::4], fine[::16, ::16]], multiscale=True)
        layer.data_level = 1
        layer.corner_pixels = np.array([[0, 0], [511, 511]])
        view = visible_view(layer, viewer)
        assert (view.level, view.rows, view.columns, view.stride) == (1, (0, 512), (0, 512), 1)
        np.testing.assert_allclose(view.affine, [[4, 0, 0], [0, 4, 0], [0, 0, 1]])

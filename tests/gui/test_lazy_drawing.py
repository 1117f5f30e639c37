"""Lazy results are drawn without waiting for their pixels, and end as what they are."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import dask
import dask.array as da
import numpy as np
import pytest
from dask.callbacks import Callback

from napari_retrogan.core.images.files import read_picture
from napari_retrogan.core.inference import lazy
from napari_retrogan.plugin.apply.apply_run import ApplyRun
from napari_retrogan.plugin.photographs import write_photograph
from napari_retrogan.plugin.state import GeneratorEntry

if TYPE_CHECKING:
    from pathlib import Path

    from napari.layers import Image
    from napari.viewer import Viewer
    from pytestqt.qtbot import QtBot

    from napari_retrogan import VintageGenerator

LARGE = np.random.default_rng(0).integers(0, 256, (60, 2100, 3), np.uint8)


def applied(viewer: Viewer, qtbot: QtBot, generator: VintageGenerator, array: Any, **options: Any) -> Image:
    """Apply to an array's layer as the widget does; return the new layer."""
    done: list[Any] = []
    source = viewer.add_image(array, visible=False, cache=False, **options)
    ApplyRun(viewer, GeneratorEntry(name="look", generator=generator), source, on_done=done.append)
    qtbot.waitUntil(lambda: bool(done))
    return done[0]


@pytest.fixture
def threads_of_tiles(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """Return the threads that tiles are styled in, as they are, while only the main thread computes for itself."""
    found, style_tile = [], lazy.style_tile

    def noted(*arguments: Any) -> Any:
        found.append(threading.current_thread())
        return style_tile(*arguments)

    monkeypatch.setattr(lazy, "style_tile", noted)
    with dask.config.set(scheduler="synchronous"):
        yield found


def drawn(layer: Image) -> Any:
    """Return the pixels that napari has of a layer."""
    return np.asarray(layer._data_view)


def test_a_large_picture_gets_levels_and_is_drawn_without_the_main_thread(
    viewer: Viewer, qtbot: QtBot, generator: VintageGenerator, threads_of_tiles: list[threading.Thread]
) -> None:
    layer = applied(viewer, qtbot, generator, da.from_array(LARGE, chunks=(60, 512, 3)), rgb=True)
    assert layer.multiscale
    assert [level.shape for level in layer.data] == [(60, 2100, 3), (30, 1050, 3), (15, 525, 3), (7, 262, 3)]
    assert threading.main_thread() not in threads_of_tiles
    coarse = layer.data[layer.data_level]
    qtbot.waitUntil(lambda: drawn(layer).any())
    assert threading.main_thread() not in threads_of_tiles
    (top, left), (bottom, right) = layer.corner_pixels
    np.testing.assert_array_equal(
        drawn(layer), coarse.compute()[top : bottom + 1, left : right + 1][: len(drawn(layer))]
    )


def test_the_finest_level_is_what_the_picture_alone_would_be(
    viewer: Viewer, qtbot: QtBot, generator: VintageGenerator
) -> None:
    layer = applied(viewer, qtbot, generator, da.from_array(LARGE, chunks=(60, 512, 3)), rgb=True)
    assert layer.data[0].shape == LARGE.shape
    assert layer.data[0].compute().std() > 0
    # Whoever asks for pixels, on the main thread too, gets no stand-in.
    np.testing.assert_array_equal(np.asarray(layer.data[0][:9]), layer.data[0].compute()[:9])


def test_planes_and_volumes_of_a_stack_are_computed_in_workers(
    viewer: Viewer, qtbot: QtBot, generator: VintageGenerator, threads_of_tiles: list[threading.Thread]
) -> None:
    stack = np.random.default_rng(1).integers(1, 256, (3, 40, 50), np.uint8)
    layer = applied(
        viewer, qtbot, generator, da.from_array(stack, chunks=(1, 40, 50)), rgb=False, contrast_limits=(0, 255)
    )
    whole = generator.apply(stack, value_range=(0, 255))
    for step in (2, 0):
        viewer.dims.set_current_step(0, step)
        qtbot.waitUntil(lambda step=step: np.array_equal(drawn(layer), whole[step]))
    viewer.dims.ndisplay = 3
    qtbot.waitUntil(lambda: np.array_equal(drawn(layer), whole))
    assert threads_of_tiles
    assert threading.main_thread() not in threads_of_tiles


def test_what_cannot_be_computed_is_told_once(
    viewer: Viewer, qtbot: QtBot, generator: VintageGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Exception] = []
    monkeypatch.setattr("napari_retrogan.plugin.apply.apply_run.show_failure", told.append)

    def broken(block: Any, block_info: Any = None) -> Any:
        if block_info:
            raise OSError("The disk is gone")
        return block

    stack = da.zeros((40, 50), np.uint8).map_blocks(broken, dtype=np.uint8, meta=np.empty((0, 0), np.uint8))
    viewer.layers.clear()
    from napari.layers import Image

    layer = Image(np.zeros((40, 50), np.uint8), contrast_limits=(0, 255))
    done: list[Any] = []
    layer._data = stack
    ApplyRun(viewer, GeneratorEntry(name="look", generator=generator), layer, on_done=done.append)
    qtbot.waitUntil(lambda: bool(told))
    assert "The disk is gone" in str(told[0])
    done[0].refresh()
    assert len(told) == 1


def test_a_pyramid_is_saved_at_its_full_size(
    viewer: Viewer, qtbot: QtBot, generator: VintageGenerator, tmp_path: Path
) -> None:
    layer = applied(viewer, qtbot, generator, da.from_array(LARGE, chunks=(60, 512, 3)), rgb=True)
    data, attributes, _ = layer.as_layer_data_tuple()
    write_photograph(str(tmp_path / "result.png"), data, attributes)
    np.testing.assert_array_equal(read_picture(tmp_path / "result.png"), layer.data[0].compute())


def test_naparis_cache_is_in_force_only_while_napari_draws(
    viewer: Viewer, qtbot: QtBot, generator: VintageGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    callbacks: list[Any] = []
    style_tile = lazy.style_tile

    def noted(*arguments: Any) -> Any:
        callbacks.append(Callback.active)
        return style_tile(*arguments)

    monkeypatch.setattr(lazy, "style_tile", noted)
    before = Callback.active
    layer = applied(viewer, qtbot, generator, da.from_array(LARGE, chunks=(60, 512, 3)), rgb=True)
    qtbot.waitUntil(lambda: drawn(layer).any())
    assert callbacks
    assert all(each is before for each in callbacks)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from open_studio import open_tab

from film_making import make_film, moving, shown
from napari_retrogan.core.films.reading import Film
from napari_retrogan.plugin.film_reader import film_reader
from napari_retrogan.plugin.layers import labelled_time_axis
from napari_retrogan.plugin.state import state

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Return a film of frames that last 30 ms and of pixels twice as wide as high."""

    def wide(_: Any, stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = 2

    return make_film(tmp_path / "Holiday.MKV", moving(20), times=range(0, 600, 30), prepare=wide)


def test_a_film_opens_as_a_lazy_stack_in_time(viewer, film):
    (layer,) = viewer.open(film, plugin="napari-retrogan")
    assert layer.name == "Holiday"
    assert layer.rgb
    assert layer.data.shape == (20, 48, 64, 3)
    assert layer.data.chunksize == (1, 48, 64, 3)
    assert layer.scale == pytest.approx([0.03, 1, 2])
    assert layer.axis_labels == ("time", "y", "x")
    assert labelled_time_axis(layer) == 0
    with Film(film) as source:
        frames = [frame.pixels for frame in source.frames()]
    np.testing.assert_array_equal(layer.data[13].compute(), frames[13])
    viewer.dims.set_current_step(0, 13)
    np.testing.assert_array_equal(layer._slice.image.raw, frames[13])


def test_the_reader_takes_single_films_only(film):
    assert film_reader(str(film)) is not None
    assert film_reader([str(film)]) is None
    assert film_reader("picture.png") is None


def test_the_widget_applies_to_films_and_stops_with_a_film(qtbot, viewer, generator, film, tmp_path):
    widget = open_tab(viewer, "files")
    state().add_generator("slides", generator)
    widget.source.value, widget.output.value = film, tmp_path / "results"
    widget.film_grain.value = "fixed"
    widget.start()
    qtbot.waitUntil(lambda: not widget.running)
    assert widget.status.value == "1 result written."
    found = shown(tmp_path / "results" / "Holiday.MKV")[1].astype(float)
    with Film(film) as source:
        stack = np.stack([frame.pixels for frame in source.frames()])
    styled = generator.apply(stack, time_axis=0, grain_over_time="fixed")
    assert np.abs(found.mean((1, 2)) - styled.mean((1, 2))).max() < 3

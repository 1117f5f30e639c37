"""Films: a look that does not flicker, and grain that moves or stands still, as asked."""

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_retrogan.core.errors import InvalidConfig, InvalidImage
from napari_retrogan.core.graphs.generator_graph import build_graph
from napari_retrogan.core.images.layout import read_layout
from napari_retrogan.core.inference.picture_records import StackRecords
from napari_retrogan.core.inference.session import open_session
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.style_tile import Plane, style_tile
from napari_retrogan.core.inference.tiling import plan_tiles
from napari_retrogan.core.inference.time_smoothing import REACH, WEIGHTS, window
from napari_retrogan.core.vintage_generator import VintageGenerator


@pytest.fixture(scope="module")
def sensitive(make_weights):
    """A generator whose colours follow the thumbnail closely."""
    weights = make_weights()
    weights["context/modulation/kernel"] = weights["context/modulation/kernel"] * 10
    return VintageGenerator.from_weights(weights)


@pytest.fixture(scope="module")
def still(photograph):
    return np.repeat(photograph[None, :40, :50], 6, 0)


def test_a_window_is_reflected_and_its_weights_add_up():
    assert window(10, 100).tolist() == list(range(2, 19))
    assert window(0, 100)[:9].tolist() == list(range(8, -1, -1))
    assert window(99, 100)[8:].tolist() == list(range(99, 90, -1))
    assert set(window(1, 2).tolist()) == {0, 1}
    assert set(window(0, 1).tolist()) == {0}
    assert np.isclose(WEIGHTS.sum(), 1)
    assert np.array_equal(WEIGHTS, WEIGHTS[::-1])


@given(frame=st.integers(0, 40), length=st.integers(1, 41))
def test_windows_stay_inside_the_film(frame, length):
    positions = window(min(frame, length - 1), length)
    assert len(positions) == 2 * REACH + 1
    assert positions.min() >= 0
    assert positions.max() < length
    assert positions[REACH] == min(frame, length - 1)


def test_equal_frames_differ_in_grain_alone(generator, still):
    film = generator.apply(still, time_axis=0)
    assert not np.array_equal(film[0], film[1])
    bare = generator.apply(still, time_axis=0, grain=0)
    assert (bare == bare[0]).all()


def test_with_fixed_grain_equal_frames_are_equal(generator, still):
    film = generator.apply(still, time_axis=0, grain_over_time="fixed")
    assert (film == film[0]).all()
    assert np.array_equal(film[0], generator.apply(still, time_axis=0)[0])


def test_fixed_grain_still_differs_between_films(generator, still):
    films = np.stack([still[:3], still[:3]], axis=1)
    styled = generator.apply(films, time_axis=0, grain_over_time="fixed")
    assert (styled == styled[:1]).all()
    assert not np.array_equal(styled[0, 0], styled[0, 1])


def test_flicker_leaves_the_look_where_it_is(sensitive):
    """The look of a still scene whose light flickers by one percent, seen on one picture, in 16 bits."""
    random = np.random.default_rng(0)
    scene = random.uniform(0.2, 0.8, (64, 64, 3))
    light = 1 + 0.01 * random.standard_normal(16)
    light[1::2] -= 0.01
    film = (65535 * np.clip(scene * light[:, None, None, None], 0, 1)).astype(np.uint16)

    def looks(**time):
        records = StackRecords(film, read_layout(film.shape), ApplySettings(**time), b"")
        return np.stack([records((frame,))["thumbnail"] for frame in range(len(film))]).astype(np.float64)

    def change(thumbnails):
        return np.abs(np.diff(thumbnails, axis=0)).mean()

    assert change(looks(time_axis=0)) < change(looks()) / 15
    styled = {name: under_looks(sensitive, film[0], looks(**time)) for name, time in LOOKS.items()}
    assert np.abs(np.diff(styled["smooth"], axis=0)).max() < 0.5 / 255
    assert change(styled["smooth"]) < change(styled["single"]) / 10


LOOKS = {"single": {}, "smooth": {"time_axis": 0}}


def under_looks(generator, picture, thumbnails):
    """Return one picture under the looks that belong to several thumbnails."""
    (tile,) = plan_tiles(picture.shape[:2])
    session, unit, size = open_session(build_graph(generator.weights)), picture / 65535, picture.shape[:2]
    planes = [Plane(unit, size, (0, 0), 0, (0, 1), thumbnail.astype(np.float32)) for thumbnail in thumbnails]
    settings = ApplySettings(grain=0, halation=0, fringes=0)
    return np.stack([style_tile(session, plane, tile, settings) for plane in planes])


def test_films_are_smoothed_each_by_itself_over_their_own_axis(generator, photograph):
    parts = [photograph[row : row + 30, :40] for row in range(0, 180, 30)]
    film = np.stack(parts).reshape(2, 3, 30, 40, 3)
    styled = generator.apply(film, time_axis=1, grain=0)
    for number in range(2):
        assert np.array_equal(styled[number], generator.apply(film[number], time_axis=0, grain=0))
    turned = generator.apply(film.swapaxes(0, 1), time_axis=0, grain=0)
    assert np.array_equal(turned.swapaxes(0, 1), styled)
    assert np.array_equal(generator.apply(film, time_axis=-4, grain=0), styled)
    assert not np.array_equal(styled, generator.apply(film, grain=0))


def test_the_range_of_real_numbers_does_not_jump(generator):
    film = np.random.default_rng(0).random((5, 20, 30)).astype(np.float32)
    film[2] *= 200
    styled = generator.apply(film, time_axis=0, grain=0)
    assert np.allclose(styled, generator.apply(film, time_axis=0, grain=0, value_range=(0, 255)), atol=1e-3)


@pytest.fixture(scope="module")
def films(photograph):
    frames = [photograph[shift : shift + 40, shift : shift + 30] for shift in range(10)]
    return np.stack([np.stack(frames), np.stack(frames[::-1])])


@pytest.fixture(scope="module")
def eager(generator, films):
    return {grain: generator.apply(films, time_axis=1, grain_over_time=grain) for grain in ("new", "fixed")}


@given(
    chunks=st.tuples(*(st.integers(1, size) for size in (2, 10, 40, 30))),
    grain=st.sampled_from(["new", "fixed"]),
    start=st.integers(0, 7),
)
@settings(max_examples=4, deadline=None)
def test_any_chunks_give_the_eager_bits(generator, films, eager, chunks, grain, start):
    lazy = generator.apply(da.from_array(films, chunks=(*chunks, 3)), time_axis=1, grain_over_time=grain)
    part = slice(start, start + 2)
    assert np.array_equal(lazy[:, part].compute(), eager[grain][:, part])


def test_of_a_long_film_only_the_frames_around_are_read(generator):
    read = set()

    def frame(block_info=None):
        read.add(block_info[None]["chunk-location"][0])
        return np.full((1, 30, 40), 100, np.uint8)

    film = da.map_blocks(frame, chunks=((1,) * 200, 30, 40), dtype=np.uint8, meta=np.empty((0, 0, 0), np.uint8))
    styled = generator.apply(film, time_axis=0)
    assert not read
    styled[100].compute()
    assert read == set(range(100 - REACH, 100 + REACH + 1))


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"time_axis": 1}, InvalidImage, "Axis 1"),
        ({"time_axis": -1}, InvalidImage, "Axis -1"),
        ({"time_axis": "t"}, InvalidConfig, "time_axis"),
        ({"grain_over_time": "fixed"}, InvalidConfig, "pass time_axis"),
        ({"time_axis": 0, "grain_over_time": "old"}, InvalidConfig, "'new' or 'fixed'"),
    ],
)
def test_what_makes_no_sense_is_refused(generator, still, wrong, error, words):
    with pytest.raises(error, match=words):
        generator.apply(still, **wrong)

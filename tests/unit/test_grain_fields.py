"""Grain that was made once gives the bits that it gives when it is made anew, and never those of another."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import dask.array as da
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from napari_retrogan.core.architecture import TILE_SIZE
from napari_retrogan.core.errors import LowMemoryWarning
from napari_retrogan.core.graphs.tile_graph import build_field_graph
from napari_retrogan.core.inference import style_tile
from napari_retrogan.core.inference.grain_fields import (
    FIELD_BYTES,
    TILES_A_PLANE,
    grain_field,
    kept_fields,
    takes_field,
)
from napari_retrogan.core.inference.kept import Kept
from napari_retrogan.core.inference.noise import PERIOD, noise_field
from napari_retrogan.core.inference.session import open_session, run_session
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.tiling import Region, Tile
from napari_retrogan.core.stages.grain import GRAIN
from napari_retrogan.core.vintage_generator import VintageGenerator


def cell(row, column):
    top, left = row * TILE_SIZE, column * TILE_SIZE
    return Tile(top, left, TILE_SIZE, Region(top, left, TILE_SIZE, TILE_SIZE))


def session_of(generator, **options):
    return open_session(generator.graph_for(ApplySettings(**options)))


@pytest.fixture(autouse=True)
def cold():
    """Begin each test with nothing kept."""
    kept_fields.clear()


@pytest.fixture(scope="module")
def wide():
    """A picture that is longer than the period of noise."""
    return np.random.default_rng(0).integers(0, 256, (50, PERIOD + 300), np.uint8)


@pytest.mark.parametrize("block", [(1, 1), (2, 2), (1, 2)])
@pytest.mark.parametrize("place", [(0, 0), (3, 7), (8, 1), (17, 12)], ids=str)
def test_a_field_is_what_its_graph_makes_of_the_noise_there(generator, place, block):
    tile = cell(*place)
    region = tile.cell.widened(GRAIN.noise_reach)
    noise = noise_field(3, 5, region.top, region.left, region.height, region.width, block)
    graph = open_session(build_field_graph(generator.weights))
    expected = run_session(graph, "field", {"noise": np.ascontiguousarray(noise.transpose(2, 0, 1)[None])})
    for _ in range(2):
        field = grain_field(session_of(generator), 3, 5, tile, block)
        assert np.array_equal(field, expected)
        assert not field.flags.writeable


def test_a_field_is_made_once_for_each_place_within_the_period(generator):
    session = session_of(generator)
    first = grain_field(session, 0, 0, cell(1, 2), (1, 1))
    for row, column in product((1, 9, 17), (2, 10)):
        assert grain_field(session, 0, 0, cell(row, column), (1, 1)) is first
    assert grain_field(session, 0, 0, cell(1, 2), (2, 2)) is grain_field(session, 0, 0, cell(5, 2), (2, 2))
    assert grain_field(session_of(generator, softness=0, strength=0.5), 0, 0, cell(1, 2), (1, 1)) is first


def test_what_differs_in_anything_is_not_shared(generator, make_weights):
    other = session_of(VintageGenerator.from_weights(make_weights(1)))
    session, tile = session_of(generator), cell(0, 0)
    quarter = Tile(0, 0, TILE_SIZE // 2, Region(0, 0, 9, 9))
    asked = [
        (session, 0, 0, tile, (1, 1)), (other, 0, 0, tile, (1, 1)), (session, 1, 0, tile, (1, 1)),
        (session, 0, 1, tile, (1, 1)), (session, 0, 0, cell(0, 1), (1, 1)), (session, 0, 0, cell(1, 0), (1, 1)),
        (session, 0, 0, tile, (2, 2)), (session, 0, 0, tile, (1, 2)), (session, 0, 0, quarter, (1, 1)),
    ]  # fmt: skip
    fields = [grain_field(*each) for each in asked]
    assert len({field.tobytes() for field in fields}) == len(asked)
    assert all(grain_field(*each) is field for each, field in zip(asked, fields, strict=True))


def test_styles_of_one_texture_share_its_grain(generator):
    recoloured = {**generator.weights, "colour/map/offset": np.full(3, 0.1, np.float32)}
    other = session_of(VintageGenerator.from_weights(recoloured))
    tile = cell(0, 0)
    assert grain_field(other, 0, 0, tile, (1, 1)) is grain_field(session_of(generator), 0, 0, tile, (1, 1))


def test_only_graphs_for_tiles_with_grain_take_fields(generator):
    assert takes_field(session_of(generator))
    assert not takes_field(session_of(generator, grain=0))
    assert not takes_field(open_session(generator.graph))


@given(data=st.data())
@examples(max_examples=6, deadline=None)
def test_warm_or_cold_whole_in_regions_or_lazily_the_bits_are_equal(data, generator, wide):
    whole = generator.apply(wide, seed=4)
    for _ in range(3):
        if data.draw(st.booleans()):
            kept_fields.clear()
        if data.draw(st.booleans()):
            generator.apply(wide[:30, :500], seed=data.draw(st.integers(3, 5)))
        left = data.draw(st.integers(0, wide.shape[1] - 20))
        width = data.draw(st.integers(1, wide.shape[1] - left))
        assert np.array_equal(
            generator.apply(wide, seed=4, region=(7, left, 9, width)), whole[7:16, left : left + width]
        )
    lazy = generator.apply(da.from_array(wide, chunks=(50, data.draw(st.integers(200, 2000)))), seed=4)
    assert np.array_equal(lazy.compute(), whole)
    assert np.array_equal(generator.apply(wide, seed=4), whole)


def test_threads_that_ask_at_once_get_the_same(generator):
    session, places = session_of(generator), list(product(range(4), range(12)))
    expected = {place: grain_field(session, 0, 0, cell(*place), (1, 1)).copy() for place in places}
    kept_fields.clear()
    start = threading.Barrier(6)

    def ask(number):
        start.wait()
        order = np.random.default_rng(number).permutation(len(places))
        return all(
            np.array_equal(grain_field(session, 0, 0, cell(*places[i]), (1, 1)), expected[places[i]]) for i in order
        )

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(ask, range(6)))
    assert kept_fields.num_bytes == 4 * 8 * FIELD_BYTES


def test_two_planes_are_the_most_that_is_kept(generator):
    session = session_of(generator)
    fields = 2 * TILES_A_PLANE * FIELD_BYTES
    for _, number, row in product(range(2), range(4), range(8)):
        for column in range(8):
            grain_field(session, 0, number // 2, cell(row, column), (1, 1))
        assert kept_fields.num_bytes <= fields
    assert kept_fields.num_bytes == fields


@given(asked=st.lists(st.tuples(st.integers(0, 12), st.integers(1, 4)), max_size=60))
@examples(max_examples=50, deadline=None)
def test_the_bound_holds_whatever_is_asked_for(asked):
    kept = Kept(most_bytes=40)
    for key, size in asked:
        found = kept.find((key, size))
        assert found is None or (len(found) == size and found[0] == key)
        if found is None:
            kept.keep((key, size), np.full(size, key, np.float32))
        assert kept.num_bytes <= 80
        assert kept.find((key, size)) is not None


def test_a_passing_stack_leaves_what_is_used_again():
    kept = Kept(most_bytes=4 * 8)
    used = [np.full(1, key, np.float32) for key in range(8)]
    for key, field in enumerate(used):
        kept.keep(key, field)
        assert kept.find(key) is field
    for key in range(100, 200):
        kept.keep(key, np.zeros(1, np.float32))
    assert all(kept.find(key) is field for key, field in enumerate(used))
    assert kept.find(199) is not None
    assert kept.find(100) is None


def test_what_two_threads_made_is_kept_once():
    kept = Kept(most_bytes=40)
    one, other = np.zeros(2, np.float32), np.zeros(2, np.float32)
    kept.keep("key", one)
    assert kept.find("key") is one
    kept.keep("key", other)
    assert kept.find("key") is one
    assert kept.num_bytes == one.nbytes


def test_where_memory_runs_out_all_of_it_is_given_back(generator, photograph, monkeypatch):
    expected = generator.apply(photograph)
    run, kept = style_tile.run_session, []

    def fail_once(*arguments):
        if not kept:
            kept.append(kept_fields.num_bytes)
            raise MemoryError
        kept.append(kept_fields.num_bytes)
        return run(*arguments)

    monkeypatch.setattr(style_tile, "run_session", fail_once)
    with pytest.warns(LowMemoryWarning, match="the same pixels"):
        assert np.array_equal(generator.apply(photograph, region=(0, 0, 9, 9)), expected[:9, :9])
    assert kept == [4 * FIELD_BYTES, FIELD_BYTES]

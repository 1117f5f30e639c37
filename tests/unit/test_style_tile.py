"""What is evaluated of a cell of the grid: all that can be asked for, of one shape whoever asks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_retrogan.core.architecture import TILE_SIZE
from napari_retrogan.core.images.intensity import to_unit
from napari_retrogan.core.inference import style_tile
from napari_retrogan.core.inference.session import is_for_tiles, open_session
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.style_tile import Plane
from napari_retrogan.core.inference.tiling import Region, plan_tiles
from napari_retrogan.core.stages.chain import HALO

lengths = st.integers(1, 600)
short = st.integers(1, 20)


def plane_of(height, width):
    return Plane(np.empty(0, np.uint8), (height, width), (0, 0), 0, (0, 255), np.empty(0, np.float32))


@given(data=st.data(), height=short, width=short, channels=st.sampled_from([(), (3,), (4,)]))
def test_a_region_is_reflected_where_it_reaches_beyond_the_picture(data, height, width, channels):
    values = np.random.default_rng(0).integers(0, 256, (height, width, *channels), np.uint8)
    top, left = (data.draw(st.integers(0, length - 1)) for length in (height, width))
    region = Region(top - HALO, left - HALO, *(data.draw(st.integers(1, 24)) + 2 * HALO for _ in range(2)))
    # What lies farther beyond the picture than the halo has no influence, so any value will do.
    rows, columns = (
        np.pad(np.arange(length), HALO, "reflect")[first : first + extent]
        for length, first, extent in ((height, top, region.height), (width, left, region.width))
    )
    seen = Plane(values, (height, width), (0, 0), 0, (0, 255), np.empty(0, np.float32)).unit_picture(region)
    expected = to_unit(values[rows][:, columns], (0, 255))
    expected = np.repeat(expected[..., None], 3, -1) if not channels else expected[..., :3]
    assert np.array_equal(seen[0, :, : len(rows), : len(columns)], expected.transpose(2, 0, 1))
    assert seen.shape == (1, 3, region.height, region.width)


@pytest.mark.parametrize("halo", [0, HALO])
def test_nothing_of_a_region_is_left_undefined(halo):
    # A graph multiplies what lies far beyond the picture by zero, which only makes nothing of it if it is a number.
    values = np.full((513, 30), 64, np.uint8)
    plane = Plane(values, values.shape, (0, 0), 0, (0, 255), np.empty(0, np.float32))
    left_over = [np.full((3, 64 + 2 * halo, 64 + 2 * halo), np.nan, np.float32) for _ in range(8)]
    del left_over
    assert np.all(plane.unit_picture(Region(512, 0, 64, 64).widened(halo)) == np.float32(64 / 255))


@given(height=lengths, width=lengths)
def test_a_wanted_cell_holds_what_is_kept_and_little_beyond_the_picture(height, width):
    for tile in plan_tiles((height, width)):
        cell = plane_of(height, width).wanted_cell(tile)
        assert (cell.top, cell.left) == (tile.top, tile.left)
        assert min(cell.height, cell.width) >= 32
        assert cell.height % 8 == cell.width % 8 == 0
        for end, kept_end, length in ((cell.bottom, tile.kept.bottom, height), (cell.right, tile.kept.right, width)):
            assert kept_end <= end
            assert end <= max(length + 7, -(-length // TILE_SIZE) * TILE_SIZE - TILE_SIZE + 32)
        assert max(cell.height, cell.width) <= TILE_SIZE


@pytest.mark.parametrize("region", [None, (0, 0, 1, 1), (299, 419, 1, 1), (250, 250, 10, 10)], ids=str)
def test_the_shape_at_a_place_is_the_same_whatever_is_asked_for(generator, photograph, monkeypatch, region):
    run, seen = style_tile.run_session, {}

    def watched(session, output, feeds):
        positions = feeds["place"][0, :, 0, 0].tobytes()
        seen.setdefault(positions, set()).add(feeds["image"].shape)
        return run(session, output, feeds)

    monkeypatch.setattr(style_tile, "run_session", watched)
    generator.apply(photograph)
    generator.apply(photograph, region=region)
    assert len(seen) == 4
    assert {shape for shapes in seen.values() for shape in shapes} == {
        (1, 3, height + 6, width + 6) for height in (TILE_SIZE, 48) for width in (TILE_SIZE, 168)
    }
    assert all(len(shapes) == 1 for shapes in seen.values())


def test_only_a_cpus_graph_is_for_tiles(generator):
    assert is_for_tiles(open_session(generator.graph_for(ApplySettings(grain=0))))
    assert not is_for_tiles(open_session(generator.graph))

"""The absolute grid of tiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.inference.tiling import Region, count_tiles, plan_tiles, reflected_indices
from napari_retrogan.core.stages.chain import HALO

TILE = 16


@st.composite
def regions(draw):
    height, width = draw(st.integers(1, 70)), draw(st.integers(1, 70))
    top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
    return (height, width), Region(top, left, draw(st.integers(1, height - top)), draw(st.integers(1, width - left)))


@given(regions())
def test_tiles_keep_each_pixel_of_a_region_once(case):
    shape, region = case
    times = np.zeros(shape, int)
    tiles = list(plan_tiles(shape, region, TILE))
    for tile in tiles:
        assert tile.top % TILE == tile.left % TILE == 0
        assert tile.top <= tile.kept.top < tile.kept.bottom <= tile.top + TILE
        assert tile.left <= tile.kept.left < tile.kept.right <= tile.left + TILE
        assert tile.cell.widened(HALO) == Region(tile.top - HALO, tile.left - HALO, TILE + 2 * HALO, TILE + 2 * HALO)
        times[tile.kept.within(0, 0)] += 1
    expected = np.zeros(shape, int)
    expected[region.within(0, 0)] = 1
    assert np.array_equal(times, expected)
    assert len(tiles) == count_tiles(shape, region, TILE)


@given(st.integers(1, 40), st.integers(-HALO, 40), st.integers(1, 60))
def test_indices_are_reflected_as_numpy_does(length, start, count):
    indices = reflected_indices(start, count, length)
    assert indices.min() >= 0
    assert indices.max() < length
    padded = np.pad(np.arange(length), HALO, mode="reflect")
    inside = [(i, p) for i, p in zip(indices, range(start, start + count), strict=True) if p < length + HALO]
    assert all(index == padded[position + HALO] for index, position in inside)


@pytest.mark.parametrize("region", [Region(-1, 0, 2, 2), Region(0, 0, 0, 2), Region(0, 5, 2, 6), Region(9, 0, 2, 2)])
def test_regions_outside_the_plane_are_refused(region):
    with pytest.raises(InvalidImage, match="Region"):
        list(plan_tiles((10, 10), region))

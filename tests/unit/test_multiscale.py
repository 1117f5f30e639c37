"""Pyramids: one look on every level, with as much grain and softness as shrinking the full size leaves."""

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_retrogan.core.errors import InvalidConfig, InvalidImage
from napari_retrogan.core.inference.multiscale import noise_grid, plan_levels, record_level
from napari_retrogan.core.inference.noise import noise_field
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.vintage_generator import VintageGenerator

FACTORS = (1, 2, 4, 8)


def shrink(picture, factor):
    height, width = (size // factor for size in picture.shape[:2])
    blocks = picture[: height * factor, : width * factor].reshape(height, factor, width, factor, -1)
    return blocks.mean((1, 3), dtype=np.float64).astype(picture.dtype).reshape(height, width, *picture.shape[2:])


def texture(styled, plain, factor=1):
    return shrink(styled - plain, factor)


@pytest.fixture(scope="module")
def gentle(make_weights):
    """A generator whose grain leaves mid-tones far from black and white."""
    weights = make_weights(2)
    weights["texture/grain_2/kernel"] = weights["texture/grain_2/kernel"] / 2
    return VintageGenerator.from_weights(weights)


@pytest.fixture(scope="module")
def smooth():
    rows, columns = np.mgrid[0:512, 0:768] / 512
    return np.stack([0.5 + 0.1 * np.sin(3 * rows + shift + 5 * columns) for shift in range(3)], -1).astype(np.float32)


@pytest.fixture(scope="module")
def pyramid(smooth):
    return [shrink(smooth, factor) for factor in FACTORS]


@pytest.fixture(scope="module")
def plain(gentle, pyramid):
    return gentle.apply(pyramid, grain=0)


@pytest.fixture(scope="module")
def grainy(gentle, pyramid):
    return gentle.apply(pyramid)


def test_levels_keep_shape_type_and_look(plain, pyramid):
    assert [level.shape for level in plain] == [level.shape for level in pyramid]
    for level, factor in zip(plain, FACTORS, strict=True):
        assert np.abs(level - shrink(plain[0], factor)).max() < 5e-3
        assert np.abs(level.mean((0, 1)) - plain[0].mean((0, 1))).max() < 2e-3


def test_grain_is_what_shrinking_leaves_of_it(plain, grainy):
    for number, factor in enumerate(FACTORS):
        expected = texture(grainy[0], plain[0], factor)
        grain = texture(grainy[number], plain[number])
        assert np.abs(grain.mean((0, 1)) - expected.mean((0, 1))).max() < 2e-3
        assert np.allclose(grain.std((0, 1)), expected.std((0, 1)), rtol=0.2, atol=5e-4)
    fine, coarse = (texture(grainy[number], plain[number]).std() for number in (0, 2))
    assert coarse < fine / 2


def test_at_half_size_grains_stay_in_their_place(plain, grainy):
    expected, grain = texture(grainy[0], plain[0], 2).ravel(), texture(grainy[1], plain[1]).ravel()
    assert np.corrcoef(expected, grain)[0, 1] > 0.5


@pytest.fixture(scope="module")
def softening(make_weights):
    """A generator that softens by a small blur and does nothing else."""
    weights = {name: np.zeros_like(values) for name, values in make_weights().items()}
    weights["colour/map/matrix"] = np.eye(3, dtype=np.float32)
    first, second, third = (weights[f"texture/detail_{layer}/kernel"] for layer in (1, 2, 3))
    for channel in range(3):
        first[1, :, channel, channel] = first[:, 1, channel, channel] = 0.1
        first[1, 1, channel, channel] = -0.4
        second[1, 1, channel, channel] = third[1, 1, channel, channel] = 1
    # One channel is always 1, so that the others stay positive and pass as they are.
    weights["texture/detail_1/bias"][:4] = 1
    second[1, 1, 3, 3], third[1, 1, 3] = 1, -1
    return VintageGenerator.from_weights(weights)


def test_softness_fades_as_its_reach_becomes_less_than_a_pixel(softening):
    waves = np.sin(np.arange(512) * 2 * np.pi / 24) / 4 + 0.5
    full = np.broadcast_to(waves[:, None, None], (512, 64, 3)).astype(np.float32)
    levels = [full, shrink(full, 4)]
    changes = [styled - level for styled, level in zip(softening.apply(levels), levels, strict=True)]
    inner = slice(4, -4)
    assert np.abs(changes[0][inner]).max() > 1e-3
    assert np.allclose(changes[1][inner], shrink(changes[0], 4)[inner], rtol=0.15, atol=1e-4)


def test_all_levels_share_range_and_thumbnail(generator, smooth):
    bright = 200 * smooth[:256, :300]
    levels = [bright, bright[::2, ::2] / 255]  # By itself the coarser one would be taken for values up to one.
    styled = generator.apply(levels, grain=0)
    limits = generator.apply(levels, grain=0, value_range=(0, 255))
    assert all(np.array_equal(one, other) for one, other in zip(styled, limits, strict=True))
    alone = generator.apply(bright[::2, ::2], grain=0)
    assert np.abs(alone - styled[1]).mean() > 0.1


@given(chunks=st.tuples(st.integers(60, 256), st.integers(60, 384)), seed=st.integers(0, 3))
@settings(max_examples=3, deadline=None)
def test_lazy_levels_have_the_eager_bits(generator, pyramid, chunks, seed):
    levels = [(255 * level).astype(np.uint8) for level in pyramid[1:]]
    eager = generator.apply(levels, seed=seed)
    lazy = generator.apply([da.from_array(level, chunks=(*chunks, 2)) for level in levels], seed=seed)
    for one, other in zip(eager, lazy, strict=True):
        assert isinstance(other, da.Array)
        assert np.array_equal(one, other.compute())
    rows, columns = slice(2, 100), slice(20, 60)
    assert np.array_equal(lazy[1][rows, columns].compute(), eager[1][rows, columns])


@pytest.mark.parametrize("time", [{}, {"time_axis": 0}, {"time_axis": 0, "grain_over_time": "fixed"}])
def test_stacks_with_levels_of_fewer_planes(generator, time):
    random = np.random.default_rng(0)
    levels = [random.integers(0, 256, shape, np.uint8) for shape in ((4, 64, 62), (4, 32, 31), (2, 16, 15))]
    eager = generator.apply(levels, rgb=False, **time)
    lazy = generator.apply([da.from_array(levels[0], chunks=(3, 40, 40)), *levels[1:]], rgb=False, **time)
    for level, one, other in zip(levels, eager, lazy, strict=True):
        assert one.shape == level.shape
        assert np.array_equal(one, other.compute())


def test_what_is_read_of_a_lazy_pyramid_is_bounded(generator):
    read = []

    def lazy(size, name):
        def block(block_info=None):
            location = block_info[None]["chunk-location"]
            read.append((name, location))
            return np.full((256, 256), 100, np.uint8)

        chunks = ((256,) * (size // 256),) * 2
        return da.map_blocks(block, chunks=chunks, dtype=np.uint8, meta=np.empty((0, 0), np.uint8))

    levels = [lazy(4096, 0), lazy(2048, 1), lazy(1024, 2), lazy(512, 3)]
    styled = generator.apply(levels)
    assert not read
    styled[0][1100:1110, 1100:1110].compute()
    around = {(row, column) for row in (3, 4, 5) for column in (3, 4, 5)}
    assert {location for name, location in read if name == 0} <= around
    assert {name for name, _ in read} == {0, 3}
    assert len(read) <= 9 + 4


def test_progress_runs_over_all_levels(generator, pyramid):
    seen = []
    generator.apply(pyramid[1:3], on_progress=lambda *counts: seen.append(counts))
    assert seen == [(number, 3) for number in (1, 2, 3)]


def test_layers_tell_whether_they_are_pyramids(generator, photograph):
    class Pyramid:
        data, rgb, multiscale = [photograph[:64, :64], photograph[:64:2, :64:2]], True, True

    styled = generator.apply(Pyramid())
    assert [level.shape for level in styled] == [(64, 64, 3), (32, 32, 3)]
    assert np.array_equal(styled[0], generator.apply(Pyramid(), multiscale=True)[0])
    assert generator.apply([photograph[:20, :30]] * 2).shape == (2, 20, 30, 3)
    assert len(generator.apply([photograph[:20, :30]], multiscale=True)) == 1


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (((20, 30), (40, 60)), "finest to the"),
        (((20, 30), (10, 15, 1)), "same axes"),
        (((20, 30, 4), (10, 15, 3)), "4 and 3 channels"),
    ],
)
def test_what_is_no_pyramid_is_refused(generator, shapes, words):
    with pytest.raises(InvalidImage, match=words):
        generator.apply([np.zeros(shape, np.uint8) for shape in shapes])
    with pytest.raises(InvalidImage, match="expected a list of arrays"):
        generator.apply(np.zeros((20, 30)), multiscale=True)


def test_a_region_belongs_to_one_level(generator, pyramid):
    with pytest.raises(InvalidConfig, match="level of the pyramid"):
        generator.apply(pyramid, region=(0, 0, 9, 9))


def test_which_level_is_known_and_whose_noise_is_shared():
    levels = plan_levels([np.zeros((size, size + 100)) for size in (1025, 512, 256, 128)], rgb=False)
    assert record_level(levels).layout.height == 256
    assert record_level(levels[3:]).layout.height == 128
    blocks = [noise_grid(levels, number, ApplySettings()).block for number in range(4)]
    assert blocks == [(1, 1), (1, 1), (1, 1), (1, 1)]
    even = plan_levels([np.zeros((1024, 1101)), np.zeros((512, 551)), np.zeros((256, 275))], rgb=False)
    grids = [noise_grid(even, number, ApplySettings()) for number in range(3)]
    assert [grid.block for grid in grids] == [(1, 1), (2, 2), (1, 1)]
    assert grids[0].numbers == grids[1].numbers != grids[2].numbers


places = st.integers(-9, 99)


@given(top=places, left=places, down=st.integers(0, 9), block=st.sampled_from([(2, 2), (1, 2)]))
@settings(max_examples=20, deadline=None)
def test_averaged_noise_is_the_average_everywhere(top, left, down, block):
    rows, columns = block
    whole = noise_field(5, 2, top, left, 20 + down, 30, block)
    assert np.array_equal(noise_field(5, 2, top + down, left + 3, 20, 27, block), whole[down:, 3:])
    fine = noise_field(5, 2, top * rows, left * columns, (20 + down) * rows, 30 * columns)
    means = fine.reshape(20 + down, rows, 30, columns, 3).mean((1, 3))
    assert np.allclose(whole, means * np.sqrt(rows * columns), atol=1e-5)

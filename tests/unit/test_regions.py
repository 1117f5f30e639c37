"""Looks inside a region: where it lies, how it fades out, and what stays bit for bit."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from napari_retrogan.core.errors import ApplyCancelled, InvalidConfig
from napari_retrogan.core.images.layout import read_layout
from napari_retrogan.core.inference.pool import Progress
from napari_retrogan.core.inference.region_blend import blend_inside
from napari_retrogan.core.inference.region_mask import ArrayMask, FeatheredMask, Outline, OutlineMask, PixelGrid
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.vintage_generator import VintageGenerator

HEIGHT, WIDTH = 60, 90


@pytest.fixture
def generator(make_weights):
    return VintageGenerator.from_weights(make_weights(0))


def marked(rows, columns, axes=2):
    """Return a mask of a rectangle of pixels in the planes of a picture with so many axes."""
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    values[rows, columns] = 7
    return ArrayMask(values, np.eye(axes, axes + 1)[axes - 2 :])


def rectangle(top, left, bottom, right, leading=()):
    corners = np.array([[top, left], [top, right], [bottom, right], [bottom, left]], float)
    return OutlineMask((Outline(corners, leading),))


def shares(mask, feather, shape=(HEIGHT, WIDTH), window=None):
    region = FeatheredMask(mask, feather)
    return region.shares(PixelGrid(shape), (), Region(0, 0, *shape) if window is None else window)


def picture(shape, dtype):
    values = np.random.default_rng(3).random(shape)
    return (values * (1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max)).astype(dtype)


def test_without_a_feather_the_border_is_sharp():
    found = shares(marked(slice(10, 30), slice(20, 50)), 0)
    assert found[10:30, 20:50].all()
    assert found.sum() == 20 * 30


def test_an_outline_and_its_pixels_are_one_region():
    drawn = shares(rectangle(9.5, 19.5, 29.5, 49.5), 6)
    np.testing.assert_array_equal(drawn, shares(marked(slice(10, 30), slice(20, 50)), 6))


def test_it_fades_out_by_the_formula():
    found = shares(marked(slice(None), slice(0, 40)), 10)[30]
    t = np.clip(0.5 + (39.5 - np.arange(WIDTH)) / 10, 0, 1)
    np.testing.assert_allclose(found, t * t * (3 - 2 * t), atol=1e-6)
    assert (found[:35] == 1).all()
    assert (found[45:] == 0).all()


@pytest.mark.parametrize("feather", [0, 0.5, 7, 40])
def test_windows_tell_what_the_whole_does(feather):
    random = np.random.default_rng(0)
    lasso = OutlineMask((Outline(random.uniform(0, 1, (40, 2)) * (HEIGHT, WIDTH)),))
    whole = shares(lasso, feather)
    for window in (Region(0, 0, 7, 9), Region(21, 33, 20, 1), Region(50, 80, 10, 10)):
        part = shares(lasso, feather, window=window)
        np.testing.assert_array_equal(part, whole[window.within(0, 0)])


def test_what_lies_beyond_the_picture_makes_no_border():
    assert (shares(marked(slice(None), slice(None)), 20) == 1).all()
    assert (shares(rectangle(-50, -50, 200, 200), 20) == 1).all()


def test_an_outline_that_crosses_itself_is_filled_as_drawing_programs_do():
    bow = np.array([[0, 0], [20, 20], [0, 20], [20, 0]], float) + 0.25
    found = shares(OutlineMask((Outline(bow),)), 0)
    assert (found[10, 5], found[10, 18]) == (1, 1)
    assert (found[5, 10], found[15, 10]) == (0, 0)


def test_an_array_may_lie_anyhow_over_the_picture():
    turned = np.array([[0.0, 0.5, 0.0], [-0.5, 0.0, 45.0]])  # Rows of the array are columns of the picture.
    values = np.zeros((46, 46), np.int32)
    values[10:20, 40:] = 3
    found = shares(ArrayMask(values, turned), 0)
    rows, columns = np.nonzero(found)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (0, 11, 19, 38)


def test_of_a_lazy_mask_only_what_is_needed_is_read():
    read = []
    values = da.ones((4000, 4000), chunks=100, dtype=np.uint8)
    values = values.map_blocks(lambda block: read.append(1) or block, dtype=np.uint8, meta=np.empty((0, 0), np.uint8))
    found = FeatheredMask(ArrayMask(values, np.eye(2, 3)), 4).shares(PixelGrid((4000, 4000)), (), Region(50, 50, 9, 9))
    assert found.all()
    assert len(read) == 1


@pytest.mark.parametrize("feather", [-1, 1001, float("nan"), "wide", None, True])
def test_a_feather_that_is_none_is_refused_in_words(feather):
    with pytest.raises(InvalidConfig, match=r"feather is .*from 0 to 1000"):
        FeatheredMask(marked(slice(3), slice(3)), feather)


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((HEIGHT, WIDTH, 3), np.uint8),
        ((HEIGHT, WIDTH, 4), np.uint16),
        ((HEIGHT, WIDTH), np.float32),
        ((2, HEIGHT, WIDTH), np.int32),
        ((HEIGHT, WIDTH, 3), np.float64),
    ],
)
def test_outside_stays_bit_for_bit_and_inside_is_the_look(generator, shape, dtype):
    image = picture(shape, dtype)
    whole = generator.apply(image)
    region = FeatheredMask(marked(slice(10, 40), slice(20, 70), axes=2 + (shape[0] == 2)), 8)
    blended = blend_inside(image, whole.copy(), region)
    assert (blended.dtype, blended.shape) == (image.dtype, image.shape)
    at = shares(marked(slice(10, 40), slice(20, 70)), 8)
    if len(shape) == 3 and shape[-1] in (3, 4):
        at = np.repeat(at[..., None], shape[-1], axis=-1)
    at = np.broadcast_to(at, shape)
    np.testing.assert_array_equal(blended[at == 0], image[at == 0])
    np.testing.assert_array_equal(blended[at == 1], whole[at == 1])
    between = (at > 0) & (at < 1)
    expected = image[between] + at[between] * (whole[between].astype(float) - image[between])
    span = 1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max
    np.testing.assert_allclose(blended[between], expected, atol=max(0.51 if span > 1 else 0, 2e-7 * span))
    if shape[-1] == 4:
        np.testing.assert_array_equal(blended[..., 3], image[..., 3])


def test_half_of_the_way_is_half_of_the_strength(generator):
    image = picture((HEIGHT, WIDTH, 3), np.uint8)
    mask = marked(slice(None), slice(0, 40))
    at = shares(mask, 9)
    assert at[0, 39] > 0.5 > at[0, 40]
    blended = blend_inside(image, generator.apply(image), FeatheredMask(mask, 9))
    for column in (38, 39, 40, 41):
        by_strength = generator.apply(image, strength=float(at[0, column]))[:, column]
        assert np.abs(blended[:, column].astype(int) - by_strength).max() <= 1


def test_what_is_not_finite_stays(generator):
    image = picture((HEIGHT, WIDTH), np.float32)
    image[20, 40], image[9, 30], image[25, 45] = np.nan, np.inf, -np.inf
    blended = blend_inside(image, generator.apply(image), FeatheredMask(marked(slice(10, 40), slice(20, 70)), 8))
    for place in ((20, 40), (9, 30), (25, 45)):
        np.testing.assert_array_equal(blended[place], image[place])


def test_masks_of_pixels_and_of_arrays_are_kept(generator):
    hidden = np.zeros((HEIGHT, WIDTH), bool)
    hidden[5:15, 25:35] = True
    image = np.ma.masked_array(picture((HEIGHT, WIDTH), np.uint8), hidden)
    blended = blend_inside(image, generator.apply(image), FeatheredMask(marked(slice(10, 40), slice(20, 70)), 8))
    np.testing.assert_array_equal(blended.mask, hidden)
    black = np.random.default_rng(0).random((HEIGHT, WIDTH)) > 0.5
    blended = blend_inside(black, ~black, FeatheredMask(marked(slice(10, 40), slice(20, 70)), 0))
    np.testing.assert_array_equal(blended[10:40, 20:70], ~black[10:40, 20:70])
    assert blended.dtype == bool


def test_planes_have_regions_of_their_own(generator):
    stack = picture((3, HEIGHT, WIDTH), np.uint8)
    whole = generator.apply(stack, rgb=False)
    region = FeatheredMask(rectangle(10, 10, 40, 40, leading=(1,)), 4)
    blended = blend_inside(stack, whole.copy(), region, rgb=False)
    np.testing.assert_array_equal(blended[[0, 2]], stack[[0, 2]])
    np.testing.assert_array_equal(blended[1, 15:35, 15:35], whole[1, 15:35, 15:35])


@pytest.mark.parametrize("chunks", [(1, 30, 45, 3), (2, 60, 90, 1)])
def test_lazy_pictures_have_the_same_bits_and_are_not_computed(generator, chunks):
    stack = picture((2, HEIGHT, WIDTH, 3), np.uint8)
    region = FeatheredMask(marked(slice(10, 40), slice(20, 70), axes=3), 8)
    eager = blend_inside(stack, generator.apply(stack, rgb=True), region, rgb=True)
    computed = []
    lazy = da.from_array(stack, chunks=chunks).map_blocks(
        lambda block: computed.append(1) or block, dtype=np.uint8, meta=np.empty((0,) * 4, np.uint8)
    )
    blended = blend_inside(lazy, generator.apply(lazy, rgb=True), region, rgb=True)
    assert computed == []
    np.testing.assert_array_equal(blended.compute(), eager)
    np.testing.assert_array_equal(blended[1, 20:50, 5:30].compute(), eager[1, 20:50, 5:30])
    nothing = blend_inside(lazy, generator.apply(lazy, 0, rgb=True), region, rgb=True)
    np.testing.assert_array_equal(nothing.compute(), stack)


def test_labels_that_are_painted_later_change_no_lazy_result(generator):
    image = picture((HEIGHT, WIDTH), np.uint8)
    mask = marked(slice(10, 40), slice(20, 70))
    expected = blend_inside(image, generator.apply(image), FeatheredMask(mask, 8))
    lazy = da.from_array(image)
    blended = blend_inside(lazy, generator.apply(lazy), FeatheredMask(mask, 8))
    mask.values[:] = 1
    np.testing.assert_array_equal(blended.compute(), expected)


@pytest.mark.parametrize("lazy", [False, True])
def test_each_level_of_a_pyramid_has_the_region_where_it_lies(generator, lazy):
    fine = picture((4 * HEIGHT, 4 * WIDTH, 3), np.uint8)
    levels = [fine, fine[::4, ::4]]
    given = [da.from_array(level) for level in levels] if lazy else levels
    whole = generator.apply(levels)
    region = FeatheredMask(rectangle(39.5, 79.5, 159.5, 279.5), 16)
    blended = [np.asarray(level) for level in blend_inside(given, generator.apply(given), region)]
    np.testing.assert_array_equal(blended[0][48:152, 88:272], whole[0][48:152, 88:272])
    np.testing.assert_array_equal(blended[1][12:38, 22:68], whole[1][12:38, 22:68])
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[8:42, 18:72] = False
    np.testing.assert_array_equal(blended[1][outside], levels[1][outside])
    assert (blended[1][10:40, 20:70] != levels[1][10:40, 20:70]).any(axis=-1).mean() > 0.9


def test_a_level_knows_where_its_pixels_lie():
    grid = PixelGrid.of_level(read_layout((3, 15, 30)), read_layout((6, 60, 90)), stride=2)
    assert grid.shape == (8, 15)
    assert grid.position((0,)) == (0.5,)
    rows, columns = grid.lines(Region(0, 0, 2, 2))
    assert rows.tolist() == [1.5, 9.5]
    assert columns.tolist() == [1.0, 7.0]


def test_it_can_be_stopped_between_tiles():
    image = picture((HEIGHT, WIDTH), np.uint8)
    with pytest.raises(ApplyCancelled):
        blend_inside(image, ~image, FeatheredMask(rectangle(0, 0, 9, 9)), progress=Progress(should_stop=lambda: True))

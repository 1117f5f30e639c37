"""Applying to arrays in memory: what is kept, and equal bits whichever way."""

import threading

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_retrogan.core.errors import ApplyCancelled, InvalidConfig, InvalidImage
from napari_retrogan.core.images.layout import read_layout
from napari_retrogan.core.inference.eager import apply_to_array
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.taste import Taste
from napari_retrogan.core.setting_hints import hints

RANGES = {name: st.floats(amount.min, amount.max) for name, amount in hints(Taste).items()}
DTYPES = [bool, *(f"{kind}{size}" for kind in "ui" for size in (1, 2, 4, 8)), "f2", "f4", "f8", ">u2", ">f4"]


def in_type(photograph, dtype):
    """The photograph in another type, over the whole range of it."""
    unit = photograph[:40, :50] / 255
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return unit > 0.5
    if dtype.kind in "ui":
        return (unit * (np.iinfo(dtype).max // 2) * 2).astype(dtype)
    return unit.astype(dtype)


@pytest.fixture(scope="module")
def whole(generator, photograph):
    return generator.apply(photograph, seed=3)


def test_the_look_shows_and_the_photograph_is_untouched(generator, photograph, whole):
    before = photograph.copy()
    photograph.setflags(write=False)
    again = generator.apply(photograph, seed=3)
    assert np.array_equal(photograph, before)
    assert np.array_equal(again, whole)
    assert np.abs(whole.astype(int) - photograph).mean() > 5


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [0, 3, 4])
def test_type_shape_and_alpha_are_kept(generator, photograph, dtype, channels):
    image = in_type(photograph, dtype)
    alpha = image[..., ::-1][..., :1]
    image = image[..., 0] if channels == 0 else np.concatenate([image, alpha], -1)[..., :channels]
    styled = generator.apply(image)
    assert styled.shape == image.shape
    assert styled.dtype == image.dtype
    assert not np.array_equal(styled, image)
    if channels == 4:
        assert np.array_equal(styled[..., 3], image[..., 3])
        assert np.array_equal(styled[..., :3], generator.apply(image[..., :3]))


def test_types_agree_with_each_other(generator, photograph):
    eight = generator.apply(photograph).astype(float)
    sixteen = generator.apply(photograph.astype(np.uint16) * 257) / 257
    reals = generator.apply(photograph / 255) * 255
    large = generator.apply(photograph.astype(np.float32))
    for other in (sixteen, reals, large):
        assert np.abs(other - eight).max() <= 0.51


def test_strength_nought_changes_nothing(generator, photograph):
    odd = (photograph[..., 0] / 100).astype(np.float32)
    odd[3, 4:7] = np.nan, np.inf, -np.inf
    for image in (photograph, odd):
        styled = generator.apply(image, strength=0)
        assert styled is not image
        assert styled.tobytes() == image.tobytes()


def test_strength_scales_the_change_and_grain_the_noise(generator, photograph):
    image = photograph / 255
    full = generator.apply(image, grain=0) - image
    half = generator.apply(image, 0.5, grain=0) - image
    assert np.allclose(half, full / 2, atol=1e-6)
    assert np.array_equal(generator.apply(image, grain=0, seed=1), generator.apply(image, grain=0, seed=2))
    assert not np.array_equal(generator.apply(image, seed=1), generator.apply(image, seed=2))


@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_any_region_is_the_crop_of_the_whole(data, generator, photograph, whole):
    height, width = photograph.shape[:2]
    top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    region = (top, left, data.draw(st.integers(1, height - top)), data.draw(st.integers(1, width - left)))
    part = generator.apply(photograph, seed=3, region=region)
    assert np.array_equal(part, whole[top : top + region[2], left : left + region[3]])


@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_any_taste_gives_equal_bits_whole_in_regions_and_lazily(data, generator, photograph):
    taste = data.draw(st.fixed_dictionaries(RANGES))
    height, width = photograph.shape[:2]
    top, left = data.draw(st.integers(0, height - 9)), data.draw(st.integers(0, width - 9))
    chunks = data.draw(st.tuples(st.integers(100, 420), st.integers(100, 420)))
    whole = generator.apply(photograph, **taste)
    part = generator.apply(photograph, **taste, region=(top, left, 9, 9))
    assert np.array_equal(part, whole[top : top + 9, left : left + 9])
    lazy = generator.apply(da.from_array(photograph, chunks=(*chunks, 3)), **taste)
    assert np.array_equal(lazy.compute(), whole)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_the_number_of_threads_does_not_matter(generator, photograph, whole, threads):
    layout = read_layout(photograph.shape)
    settings = ApplySettings(seed=3)
    styled = apply_to_array(generator.graph_for(settings), photograph, layout, settings, threads=threads)
    assert np.array_equal(styled, whole)


def test_memory_layout_does_not_matter(generator, photograph, whole):
    mirrored = np.ascontiguousarray(photograph[::-1, ::-1])[::-1, ::-1]
    assert np.array_equal(generator.apply(mirrored, seed=3), whole)
    assert np.array_equal(generator.apply(np.asfortranarray(photograph), seed=3), whole)


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (2, 300), (3, 257, 3), (259, 1, 4), (4, 4), (513, 2)])
def test_any_size_works(generator, shape):
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    styled = generator.apply(image)
    assert styled.shape == shape


def test_planes_of_a_stack_are_pictures_of_their_own(generator, photograph):
    stack = np.stack([photograph[:60, :70], photograph[60:120, :70] // 3, photograph[:60, :70]])
    styled = generator.apply(stack)
    assert np.array_equal(styled[0], generator.apply(stack[0]))
    assert np.array_equal(generator.apply(stack, grain=0)[1], generator.apply(stack[1], grain=0))
    assert not np.array_equal(styled[0], styled[2])
    assert np.array_equal(generator.apply(stack[None])[0], styled)
    assert np.array_equal(generator.apply(stack, region=(5, 6, 7, 8)), styled[:, 5:12, 6:14])


def test_grey_stays_between_the_luminances_of_its_colours(generator, photograph):
    grey = photograph[:50, :60, 1] / 255
    weights = [0.2126, 0.7152, 0.0722]
    assert np.allclose(generator.apply(grey), generator.apply(np.stack([grey] * 3, -1)) @ weights, atol=1e-6)


def test_values_that_are_not_finite_stay_and_act_as_mid_grey(generator, photograph):
    image = (photograph / 255).astype(np.float32)
    image[20, 30], image[40, 50, 1], image[290:, 400] = np.nan, np.inf, -np.inf
    bad = ~np.isfinite(image)
    styled = generator.apply(image)
    assert np.array_equal(styled[bad], image[bad], equal_nan=True)
    assert np.array_equal(styled[~bad], generator.apply(np.where(bad, np.float32(0.5), image))[~bad])


def test_a_range_can_be_given(generator, photograph):
    twelve_bits = photograph[:50, :60, 0].astype(np.uint16) * 16
    styled = generator.apply(twelve_bits, value_range=(0, 255 * 16))
    assert np.abs(styled / 16 - generator.apply(photograph[:50, :60, 0])).max() <= 0.6
    with pytest.raises(InvalidImage, match="Pass value_range"):
        generator.apply(photograph * 1e4)


def test_a_mask_is_kept(generator, photograph):
    image = np.ma.masked_greater(photograph[:30, :40], 200)
    styled = generator.apply(image)
    assert np.array_equal(styled.mask, image.mask)
    assert np.array_equal(styled.data, generator.apply(image.data))


def test_lists_and_layers_are_understood(generator, photograph):
    class Layer:
        data, rgb, multiscale = photograph[:20, :3], False, False

    class Pyramid:
        data, rgb, multiscale = [photograph[:20, :30], photograph[:10, :15]], True, True

    assert np.array_equal(generator.apply(Layer()), generator.apply(photograph[:20, :3], rgb=False))
    for levels in (generator.apply(Pyramid()), generator.apply(Pyramid.data)):
        assert [level.shape for level in levels] == [(20, 30, 3), (10, 15, 3)]
        assert np.array_equal(levels[0], generator.apply(photograph[:20, :30]))
    stack = [photograph[:20, :30], photograph[20:40, :30]]
    assert np.array_equal(generator.apply(stack), generator.apply(np.stack(stack)))
    values = (photograph[:20, :30] / 255).tolist()
    assert np.array_equal(generator.apply(values), generator.apply(np.array(values)))


@pytest.mark.parametrize("image", [[[1, 2], [3]], "text", None, np.ones((4, 4), complex), np.ones((0, 4)), 5])
def test_what_is_no_image_is_refused(generator, image):
    with pytest.raises(InvalidImage):
        generator.apply(image)


WRONG = [
    {"strength": 2.1}, {"strength": -1}, {"strength": "1"}, {"strength": np.nan}, {"grain": 5}, {"grain": None},
    {"softness": 2.1}, {"vignette": -1.1}, {"warmth": "warm"}, {"warmth": np.inf}, {"fade": -0.1},
    {"exposure": 2.1}, {"contrast": -1.1}, {"saturation": np.nan},
    {"seed": -1}, {"seed": 1.5}, {"seed": 2**63}, {"style": 3}, {"value_range": (1, 0)},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_settings_outside_their_range_are_refused(generator, photograph, wrong):
    with pytest.raises(InvalidConfig, match=next(iter(wrong))):
        generator.apply(photograph, **wrong)


def test_progress_counts_tiles_in_the_calling_thread(generator, photograph):
    seen = []
    generator.apply(photograph, on_progress=lambda *counts: seen.append((threading.current_thread(), *counts)))
    assert seen == [(threading.current_thread(), count, 4) for count in (1, 2, 3, 4)]


def test_a_stop_raises_before_the_end(generator, photograph):
    seen = []
    with pytest.raises(ApplyCancelled):
        generator.apply(photograph, on_progress=lambda *counts: seen.append(counts), should_stop=lambda: True)
    assert seen == []

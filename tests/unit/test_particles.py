"""Grain of particles: discs and dyed grains that keep the tone, with equal bits in any tiling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label
from tilings import PARTS, assert_parts_have_the_bits_of_the_whole

from napari_retrogan.core.architecture import LUMINANCE, TRANSFER
from napari_retrogan.core.inference import style_tile
from napari_retrogan.core.inference.particle_fields import BLOCK, ParticlePlane, kept_blocks, particle_bytes
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.looks.particles import describe_particles
from napari_retrogan.core.stages.particles import NO_PARTICLES, STARCH
from napari_retrogan.core.vintage_generator import VintageGenerator

DISCS = NO_PARTICLES._replace(radius=1.4, spread=0.2, share=0.05)
GRAINS = NO_PARTICLES._replace(size=2.5, purity=0.5)
BOTH = DISCS._replace(size=3.0, purity=0.4)
SIDE = 128


def laid(particles, unit, amount=1.0, seed=3, number=0, pixel_size=(1.0, 1.0), top=0, left=0):
    plane = ParticlePlane(particle_bytes(particles.weights()), seed, number, pixel_size)
    return plane.laid_on(unit, Region(top, left, *unit.shape[1:]), amount)


def flat(tone, side=SIDE):
    return np.broadcast_to(np.float32(tone).reshape(-1, 1, 1), (3, side, side)).copy()


@pytest.fixture(scope="module")
def look(generator):
    """The look of other tests, with particles."""
    return VintageGenerator.from_weights({**generator.weights, **BOTH.weights()})


@pytest.mark.parametrize("particles", [DISCS, GRAINS, BOTH])
@pytest.mark.parametrize("tone", [0.05, 0.3, 0.5, 0.8, (0.7, 0.4, 0.2)])
def test_the_mean_light_of_a_flat_picture_stays(particles, tone):
    unit = flat(tone, 512)
    result = laid(particles, unit).astype(np.float64)
    assert result.std((1, 2)).min() > 0.005
    # Where discs let no light through, what lies between them can't be brighter than white.
    np.testing.assert_allclose((result**TRANSFER).mean((1, 2)), unit[:, 0, 0] ** TRANSFER, rtol=0.03)


@pytest.mark.parametrize("particles", [DISCS, GRAINS, BOTH])
@pytest.mark.parametrize("tone", [0, 1])
def test_white_and_black_have_none(particles, tone):
    assert np.array_equal(laid(particles, flat(tone)), flat(tone))


def test_discs_are_as_many_as_the_density_tells_and_black():
    shares = []
    for tone in (0.8, 0.5, 0.25):
        result = laid(DISCS._replace(spread=0.0), flat(tone, 512))[0]
        _, number = label(result < 0.3 * tone)
        shares.append((result < 0.3 * tone).mean())
        assert result.min() < 0.05 * tone
        open_share = tone ** (TRANSFER * DISCS.share)
        expected = -np.log(open_share) * 512**2 / (np.pi * DISCS.radius**2)
        assert 0.5 * expected < number < 1.2 * expected
    assert shares == sorted(shares)


def test_darker_places_have_the_discs_of_lighter_ones_and_others():
    light, dark = (laid(DISCS, flat(tone))[0] / tone < 0.5 for tone in (0.7, 0.4))
    assert 0 < light.sum() < dark.sum()
    assert (dark | ~light).mean() > 0.999


def test_dyed_grains_have_three_colours_and_touch():
    result = laid(NO_PARTICLES._replace(size=8.0, purity=1.0), flat(0.6, 256))
    through = (result / 0.6) ** TRANSFER
    nearest = np.abs(through[None] - STARCH[:, :, None, None]).max(1).min(0)
    assert (nearest < 0.05).mean() > 0.6
    kinds = np.abs(through[None] - STARCH[:, :, None, None]).max(1).argmin(0)
    np.testing.assert_allclose(np.bincount(kinds.ravel()) / kinds.size, 1 / 3, atol=0.05)


def test_grey_stays_grey_under_discs_alone():
    result = laid(DISCS, flat(0.5))
    assert np.array_equal(result[0], result[1])
    assert np.array_equal(result[0], result[2])


def test_the_size_is_that_of_the_weights():
    def alike(particles):
        luminance = np.tensordot(LUMINANCE, laid(particles, flat(0.6, 256)), 1)
        luminance = luminance - luminance.mean()
        return (luminance[:, 1:] * luminance[:, :-1]).mean() / luminance.var()

    for name in ("radius", "size"):
        particles = {"radius": DISCS, "size": GRAINS}[name]
        fine, coarse = (alike(particles._replace(**{name: size})) for size in (1.2, 3.0))
        assert fine < coarse - 0.1


@given(
    top=st.integers(0, 90),
    left=st.integers(0, 90),
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    far=st.sampled_from([0, 200, 2**31]),
    pixel_size=st.sampled_from([(1.0, 1.0), (1.5, 1.25)]),
)
@settings(max_examples=25, deadline=None)
def test_any_rectangle_has_the_bits_of_the_whole(top, left, height, width, far, pixel_size):
    unit = np.random.default_rng(1).random((3, SIDE, SIDE), np.float32)
    part = np.s_[:, top : min(top + height, SIDE), left : min(left + width, SIDE)]
    whole = laid(BOTH, unit, pixel_size=pixel_size, top=far, left=far)
    found = laid(BOTH, unit[part], pixel_size=pixel_size, top=far + top, left=far + left)
    assert np.array_equal(found, whole[part])


def test_what_was_kept_changes_nothing_and_blocks_join():
    unit = flat(0.5, 3 * BLOCK)
    first = laid(BOTH, unit)
    kept_blocks.clear()
    assert np.array_equal(laid(BOTH, unit), first)
    luminance = np.tensordot(LUMINANCE, first, 1)
    steps = np.abs(np.diff(luminance, axis=1)).mean(0)
    assert steps[BLOCK - 1] == pytest.approx(np.median(steps), rel=0.25)


def test_seeds_and_pictures_have_particles_of_their_own():
    first, again, seeded, next_one = (
        laid(BOTH, flat(0.5), seed=seed, number=number) for seed, number in ((3, 0), (3, 0), (4, 0), (3, 1))
    )
    assert np.array_equal(first, again)
    assert all(np.corrcoef(first.ravel(), other.ravel())[0, 1] < 0.3 for other in (seeded, next_one))


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("particles", [DISCS, GRAINS])
def test_a_coarser_level_has_about_what_shrinking_leaves(particles, factor):
    fine = laid(particles, flat(0.6, 128 * factor))
    shrunk = fine.reshape(3, 128, factor, 128, factor).mean((2, 4))
    coarse = laid(particles, flat(0.6), pixel_size=(float(factor), float(factor)))
    assert coarse.mean() == pytest.approx(shrunk.mean(), abs=0.02)
    assert coarse.std() == pytest.approx(shrunk.std(), rel=0.35)


@given(**PARTS, strength=st.sampled_from([0.5, 1]))
@settings(max_examples=6, deadline=None)
def test_results_are_the_same_in_regions_and_chunks(look, photograph, top, left, height, width, strength):
    assert_parts_have_the_bits_of_the_whole(look, photograph, top, left, height, width, strength=strength)


def test_they_are_as_strong_as_grain_and_the_look(look, generator, photograph):
    plain = generator.apply(photograph).astype(float)
    weak, usual, strong = (
        np.abs(look.apply(photograph, grain=grain) - generator.apply(photograph, grain=grain).astype(float)).mean()
        for grain in (0.5, 1, 2)
    )
    assert 0.5 < weak < usual < strong
    assert np.array_equal(look.apply(photograph, grain=0), generator.apply(photograph, grain=0))
    assert np.array_equal(look.apply(photograph, strength=0), photograph)
    half = np.abs(look.apply(photograph, strength=0.5) - generator.apply(photograph, strength=0.5).astype(float))
    assert 0 < half.mean() < np.abs(look.apply(photograph) - plain).mean()


def test_what_is_not_wanted_is_not_computed(look, generator, photograph, monkeypatch):
    monkeypatch.setattr(style_tile, "ParticlePlane", None)
    look.apply(photograph[:64, :64], grain=0)
    look.apply(photograph[:64, :64], strength=0, fade=0.5)
    generator.apply(photograph[:64, :64])
    assert particle_bytes(generator.weights) == b""
    assert look.graph_for(ApplySettings(grain=0)) == generator.graph_for(ApplySettings(grain=0))


@pytest.mark.parametrize("taste", [{}, {"grain": 2.0, "strength": 0.6, "fade": 0.4}, {"grain": 0.0}])
def test_a_preview_has_the_particles_of_the_result(look, photograph, taste):
    region = 33, 101, 150, 201
    found = look.preview(photograph, region=region).render(**taste)
    expected = look.apply(photograph, region=region, **taste)
    # A rounding of the styled picture may decide whether a disc is there.
    assert np.mean(np.abs(found.astype(int) - expected) > 1) < 1e-3


def test_weights_beyond_all_measure_give_pictures(generator, photograph):
    for size in (1000, -1000, 1e-30, 0.2):
        wild = {name: np.full_like(values, size) for name, values in BOTH.weights().items()}
        result = VintageGenerator.from_weights({**generator.weights, **wild}).apply(photograph[:100, :100], grain=4)
        assert result.shape == (100, 100, 3)


def test_they_are_told_in_words():
    assert describe_particles(NO_PARTICLES.weights()) == []
    assert describe_particles(BOTH.weights()) == [
        "Grain is black specks 2.8 pixels wide, more of them in darker places: the slider Grain.",
        "The vintage pictures are seen through coloured grains 3.0 pixels apart, and results are too: "
        "the slider Grain.",
    ]

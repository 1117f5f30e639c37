"""What lens and film do before colours: fringes and halation, in tiles, lazily, at other sizes and in previews."""

import math
from functools import cache

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from napari_retrogan.core.graphs.exposure_graph import build_exposure_graph
from napari_retrogan.core.images.pixel_positions import pixel_positions
from napari_retrogan.core.inference.session import open_session, run_session
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.stages.chain import EXPOSURE_STAGES, HALO, WEIGHTS, expose, exposure_halo, stages_in
from napari_retrogan.core.stages.fringes import FRINGES
from napari_retrogan.core.stages.halation import HALATION
from napari_retrogan.core.stages.numpy_operations import NUMPY
from napari_retrogan.core.vintage_generator import VintageGenerator

NAMES = tuple(stage.name for stage in EXPOSURE_STAGES)
RED = np.array([[0.3, 0.1, 0.0], [0.3, 0.05, 0.0], [0.2, 0.0, 0.0]], np.float32)


@pytest.fixture(scope="module")
def plain_look():
    """A look that changes no colours and has neither grain nor softness, given some weights before colours."""

    def make(**weights):
        starts = {
            name: np.eye(3)
            if each.start == "identity"
            else np.zeros(each.shape)
            if each.start == "random"
            else np.full(each.shape, each.start)
            for name, each in WEIGHTS.items()
        }
        starts["texture/amplitude_2/bias"] = np.zeros(3)
        named = {name.replace("_", "/", 1): values for name, values in weights.items()}
        return VintageGenerator.from_weights(starts | named)

    return make


def lamp(height=96, width=128):
    """A white disc on black."""
    rows, columns = np.mgrid[:height, :width]
    inside = np.hypot(rows - height / 2, columns - width / 2) < 12
    return np.repeat(inside[..., None], 3, -1).astype(np.float32)


@pytest.mark.parametrize("names", [NAMES, NAMES[:1], NAMES[1:]])
@pytest.mark.parametrize("halo", [0, HALO])
def test_the_graph_is_the_formula(make_weights, names, halo):
    weights, rng = make_weights(), np.random.default_rng(0)
    margin = exposure_halo([stage for stage in EXPOSURE_STAGES if stage.name in names], halo)
    shape = 24 + 2 * margin, 32 + 2 * margin
    image = rng.random((*shape, 3), np.float32) ** np.float32(0.3)  # Much of it light, so that it glows.
    position = rng.uniform(-1, 1, (*shape, 3)).astype(np.float32)
    amounts = {name: np.array({"fringes": 700, "halation": 0.8}[name], np.float32) for name in names}
    expected = expose(NUMPY, weights, image, position, amounts, halo)
    session = open_session(build_exposure_graph(weights, names, halo))
    feeds = {"image": image.transpose(2, 0, 1)[None], "place": position.transpose(2, 0, 1)[None], **amounts}
    found = run_session(session, "exposed", feeds)[0].transpose(1, 2, 0)
    assert found.shape == expected.shape == (24 + 2 * halo, 32 + 2 * halo, 3)
    assert np.allclose(found, expected, atol=1e-4)
    assert np.abs(found - image[margin - halo :][: 24 + 2 * halo, margin - halo :][:, : 32 + 2 * halo]).max() > 0.05


@pytest.fixture(scope="module")
def apply_once(generator, photograph):
    """What applies the look with amounts to the whole photograph, once with each."""
    return cache(lambda amounts: generator.apply(photograph, **dict(zip(NAMES, amounts, strict=True))))


@given(
    top=st.integers(0, 250),
    left=st.integers(0, 300),
    height=st.integers(60, 300),
    width=st.integers(60, 420),
    amounts=st.tuples(st.sampled_from([0, 0.5, 2]), st.sampled_from([0, 1.3])),
)
@settings(max_examples=12)
def test_any_region_and_any_chunks_give_the_bits_of_the_whole(
    generator, photograph, apply_once, top, left, height, width, amounts
):
    chosen = dict(zip(NAMES, amounts, strict=True))
    whole = apply_once(amounts)
    region = top, left, min(height, 300 - top), min(width, 420 - left)
    cut = slice(top, top + region[2]), slice(left, left + region[3])
    assert np.array_equal(generator.apply(photograph, region=region, **chosen), whole[cut])
    lazy = generator.apply(da.from_array(photograph, chunks=(height, width, 3)), **chosen)
    assert np.array_equal(lazy[cut].compute(), whole[cut])


def test_at_0_and_in_looks_without_any_nothing_is_read_or_changed(generator, photograph):
    without = VintageGenerator.from_weights(
        {**generator.weights, **{n: 0 * generator.weights[n] for s in EXPOSURE_STAGES for n in s.weights}}
    )
    assert np.array_equal(generator.apply(photograph, halation=0, fringes=0), without.apply(photograph))
    chosen = ApplySettings(halation=2)
    assert chosen.outer_halo > chosen.for_look(without.weights).outer_halo == HALO
    assert ApplySettings(halation=0, fringes=0).outer_halo == HALO
    assert ApplySettings(strength=0).outer_halo == 0


def test_a_bright_part_glows_in_the_colour_of_the_film_and_stays_itself(plain_look):
    picture = lamp()
    found = plain_look(halation_strength=RED).apply(picture)
    middle = found[48, 64:]
    assert np.array_equal(found[44:52, 60:68], picture[44:52, 60:68])
    glow = middle[14:40]
    assert (np.diff(glow[:, 0]) <= 1e-6).all()
    assert glow[0, 0] > 0.1 > glow[0, 1] > glow[0, 2] == 0
    assert np.abs(glow[-3:]).max() < 0.01
    assert np.array_equal(plain_look(halation_strength=RED).apply(0.6 * picture), 0.6 * picture)


def test_a_glow_is_as_wide_as_it_says(plain_look):
    picture = lamp()
    for number, deviation in enumerate((2.0, 4.5, 9.5)):
        strength = np.zeros((3, 3))
        strength[number, 0] = 0.5
        found = plain_look(halation_strength=strength).apply(picture)[..., 0]
        expected = 0.5 * gaussian_filter(picture[..., 0], deviation)
        dark = picture[..., 0] == 0
        assert np.abs(found - expected)[dark].max() < 0.06
        assert found[dark].sum() == pytest.approx(expected[dark].sum(), rel=0.1)


@pytest.mark.parametrize("factor", [1, 2])
def test_fringes_displace_red_and_blue_by_their_share_of_the_picture(plain_look, factor):
    rows, columns = np.mgrid[: 120 * factor, : 160 * factor] / factor
    smooth = 0.5 + 0.4 * np.sin(rows / 9) * np.cos(columns / 11)
    picture = np.repeat(smooth[..., None], 3, -1).astype(np.float32)
    unit = math.hypot(120, 160) / 2
    look = plain_look(fringes_offset=np.array([[2, 0], [0, -1]]) / unit, fringes_scale=np.array([0.0, 0.02]))
    found = look.apply(picture)
    assert np.array_equal(found[..., 1], picture[..., 1])
    inner = slice(20 * factor, -20 * factor)
    red = 0.5 + 0.4 * np.sin((rows + 2) / 9) * np.cos(columns / 11)
    down, right = 0.02 * (rows + 0.5 / factor - 60), 0.02 * (columns + 0.5 / factor - 80)
    blue = 0.5 + 0.4 * np.sin((rows + down) / 9) * np.cos((columns - 1 + right) / 11)
    assert np.abs(found[..., 0] - red)[inner, inner].max() < 0.005
    assert np.abs(found[..., 2] - blue)[inner, inner].max() < 0.005
    half = look.apply(picture, fringes=0.5)
    assert (
        np.abs(half[..., 0] - (0.5 + 0.4 * np.sin((rows + 1) / 9) * np.cos(columns / 11)))[inner, inner].max() < 0.005
    )


@pytest.mark.parametrize(
    "taste", [{}, {"halation": 0.4}, {"fringes": 1.7, "strength": 0.6}, {"halation": 0, "fringes": 0}]
)
def test_a_preview_follows(generator, photograph, taste):
    region = 33, 101, 150, 201
    preview = generator.preview(photograph, region=region)
    found, expected = preview.render(**taste), generator.apply(photograph, region=region, **taste)
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_a_coarser_level_glows_as_much(plain_look):
    picture = np.kron(lamp(48, 64), np.ones((4, 4, 1), np.float32))
    finest, coarser = plain_look(halation_strength=RED).apply([picture, picture[::2, ::2]])
    shrunk = finest.reshape(96, 2, 128, 2, 3).mean((1, 3))
    assert np.abs(shrunk - coarser).mean() < 0.01
    assert shrunk.sum() == pytest.approx(coarser.sum(), rel=0.05)


def test_stages_that_do_nothing_are_told(plain_look):
    assert stages_in(plain_look().weights) == ()
    assert stages_in(plain_look(halation_strength=RED).weights) == (HALATION,)
    assert stages_in(plain_look(fringes_scale=np.array([0, 0.1])).weights) == (FRINGES,)


def test_positions_are_those_of_the_whole_picture():
    corner = pixel_positions((30, 40), np.array([0.0]), np.array([0.0]))[0, 0]
    assert corner == pytest.approx([1, -0.6, -0.8])

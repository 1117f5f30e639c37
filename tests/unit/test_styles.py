"""A style is chosen by number, by noise or by reference pictures, and survives its file."""

import numpy as np
import pytest

import napari_retrogan as rg
from napari_retrogan.core.architecture import MAPPING_SHAPES, STYLE_NOISE
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.looks.style_codes import map_noise
from napari_retrogan.core.simulation.prints import simulate_print
from napari_retrogan.core.stages.chain import STYLE_NAMES, WEIGHT_SHAPES
from napari_retrogan.core.stages.particles import NO_PARTICLES


def random_arrays(shapes, seed, scale=0.05):
    random = np.random.default_rng(seed)
    return {name: np.float32(scale * random.standard_normal(shape)) for name, shape in shapes.items()}


@pytest.fixture(scope="module")
def generator():
    style = random_arrays({name: WEIGHT_SHAPES[name] for name in STYLE_NAMES}, 1)
    return rg.VintageGenerator.from_weights(
        random_arrays(WEIGHT_SHAPES, 0) | NO_PARTICLES.weights(),
        styles=[style],
        mapping=random_arrays(MAPPING_SHAPES, 2, 0.1),
    )


@pytest.fixture(scope="module")
def photograph():
    return np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8)


def test_the_first_style_is_the_trained_one(generator, photograph):
    np.testing.assert_array_equal(generator.apply(photograph, style=0), generator.apply(photograph))
    assert generator.num_styles == 2


def test_a_number_picks_a_trained_style(generator, photograph):
    second = generator.with_style(1)
    assert all(np.array_equal(second.weights[name], generator.styles[0][name]) for name in STYLE_NAMES)
    assert not np.array_equal(generator.apply(photograph, style=1), generator.apply(photograph))


def test_larger_numbers_draw_styles_that_differ_and_repeat(generator, photograph):
    drawn = [generator.apply(photograph, grain=0, style=number) for number in (2, 3, 4)]
    np.testing.assert_array_equal(drawn[0], generator.apply(photograph, grain=0, style=np.int64(2)))
    assert not np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[1], drawn[2])


def test_noise_is_mapped_one_row_at_a_time(generator):
    noise = np.random.default_rng(0).standard_normal((5, STYLE_NOISE))
    codes = map_noise(generator.mapping, noise)
    np.testing.assert_allclose(codes[2], map_noise(generator.mapping, noise[2:3])[0], atol=1e-5)


def test_a_reference_gives_its_colours_and_keeps_the_texture(generator):
    reference = simulate_print(ordinary_photographs()[3], "silver_print")
    styled = generator.with_style(reference)
    assert np.array_equal(styled.weights["texture/grain_1/kernel"], generator.weights["texture/grain_1/kernel"])
    photograph = ordinary_photographs()[8]
    result = styled.apply(photograph, grain=0, softness=0)
    assert colour_variety(result) < 0.15 * colour_variety(photograph)
    print_of_it = simulate_print(photograph, "silver_print")
    assert np.ptp(result, axis=-1).mean() == pytest.approx(np.ptp(print_of_it, axis=-1).mean(), rel=0.2)


def colour_variety(picture):
    """How much the difference of red and blue varies: a tone that all pixels share is none."""
    return (picture[..., 0] - picture[..., 2]).std()


def test_several_references_are_one_style(generator):
    references = [simulate_print(view, "warm_print") for view in ordinary_photographs()[:3]]
    assert generator.with_style(references) == generator.with_style(references[::-1])


@pytest.mark.parametrize(
    ("style", "message"), [(-1, "from 0"), (2**63, "from 0"), (True, "expected None"), ([], "no picture")]
)
def test_what_is_no_style_is_refused_in_words(generator, photograph, style, message):
    with pytest.raises(rg.RetroGANError, match=message):
        generator.apply(photograph, style=style)


@pytest.mark.parametrize("scale", [1e18, 1e30])
def test_a_mapping_network_that_leads_beyond_numbers_is_told(scale):
    mapping = random_arrays(MAPPING_SHAPES, 2, scale)
    with pytest.raises(rg.InvalidGeneratorFile, match=r"Style 7 can't be drawn.*mapping network are too large"):
        rg.VintageGenerator.from_weights(random_arrays(WEIGHT_SHAPES, 0), mapping=mapping).with_style(7)


def test_without_a_mapping_network_no_style_is_drawn(photograph):
    bare = rg.VintageGenerator.from_weights(random_arrays(WEIGHT_SHAPES, 0))
    with pytest.raises(rg.InvalidConfig, match="can't draw new ones"):
        bare.apply(photograph, style=5)


def test_styles_survive_their_file(generator, tmp_path, photograph):
    loaded = rg.load_generator(generator.save(tmp_path / "styles.retrogan"))
    assert loaded == generator
    for style in (None, 1, 7):
        np.testing.assert_array_equal(loaded.apply(photograph, style=style), generator.apply(photograph, style=style))


def test_styles_tell_generators_apart(generator):
    assert generator != rg.VintageGenerator.from_weights(generator.weights, mapping=generator.mapping)


def test_imitating_needs_no_photograph():
    prints = [simulate_print(view, "silver_print", seed) for seed, view in enumerate(ordinary_photographs()[:3])]
    generator = rg.imitate(prints)
    assert generator == rg.train(None, prints)
    assert generator.provenance["photographs"] == 0
    result = generator.apply(ordinary_photographs()[9], grain=0)
    assert np.ptp(result, axis=-1).mean() < 0.1


def test_imitating_needs_a_picture():
    with pytest.raises(rg.NotEnoughImages, match="at least one"):
        rg.imitate([])

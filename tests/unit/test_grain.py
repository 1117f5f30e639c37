"""Grain is measured from pictures whose grain is known."""

import numpy as np
import pytest

from napari_retrogan.core.architecture import NEGATIVE_SLOPE
from napari_retrogan.core.looks import texture_start
from napari_retrogan.core.looks.grain import measure_grain
from napari_retrogan.core.simulation.film import add_grain
from napari_retrogan.core.stages.chain import HALO, WEIGHT_SHAPES


def scenes(count=4):
    """Smooth pictures of all luminances."""
    rows, columns = np.mgrid[0:256, 0:256] / 256
    return [
        np.repeat((0.05 + 0.9 * (0.5 + 0.5 * np.sin(3 * rows + turn + 2 * columns)))[..., None], 3, -1).astype(
            np.float32
        )
        for turn in range(count)
    ]


@pytest.fixture(scope="module")
def grainy():
    return [add_grain(scene, 0.06, 0.8, seed, chroma=0.0) for seed, scene in enumerate(scenes())]


@pytest.fixture(scope="module")
def grain(grainy):
    return measure_grain(grainy, scenes())


def test_strength_follows_luminance(grain):
    truth = 0.06 * 4 * grain.luminance * (1 - grain.luminance)
    middle = (grain.luminance > 0.15) & (grain.luminance < 0.85)
    np.testing.assert_allclose(grain.strength[middle], truth[middle], rtol=0.25)


def test_the_kernel_is_that_of_the_film(grain):
    axis = np.arange(-2, 3)
    truth = np.exp(-0.5 * (axis[:, None] ** 2 + axis[None, :] ** 2) / 0.8**2)
    np.testing.assert_allclose(grain.kernel / grain.kernel[2, 2], truth, atol=0.06)
    assert np.square(grain.kernel).sum() == pytest.approx(1)


def test_grey_grain_is_the_same_in_all_channels(grain):
    field = np.random.default_rng(0).standard_normal((1000, 3)) @ grain.mixing
    correlation = np.corrcoef(field.T)
    assert correlation.min() > 0.9


@pytest.mark.parametrize(("colour_of_scenes", "chroma", "coloured"), [(0.002, 0.0, False), (0.002, 0.4, True)])
def test_faint_colours_of_scenes_are_no_colour_of_grain(colour_of_scenes, chroma, coloured):
    random = np.random.default_rng(5)
    vintage = [
        add_grain(scene, 0.06, 0.8, seed, chroma=chroma) + colour_of_scenes * random.standard_normal(scene.shape)
        for seed, scene in enumerate(scenes())
    ]
    field = random.standard_normal((4000, 3)) @ measure_grain(vintage, scenes()).mixing
    assert (np.corrcoef(field.T).min() < 0.9999) == coloured


def test_pictures_without_grain_have_next_to_none():
    assert measure_grain(scenes(), scenes()).strength.max() < 0.005


def test_grain_is_found_between_clipped_tones():
    contrasty = [np.clip(4 * (scene - 0.5) + 0.5, 0, 1) for scene in scenes()]
    assert np.mean([(scene == 0) | (scene == 1) for scene in contrasty]) > 0.5
    found = measure_grain([add_grain(scene, 0.06, 0.8, seed) for seed, scene in enumerate(contrasty)], scenes())
    truth = 0.06 * 4 * found.luminance * (1 - found.luminance)
    middle = (found.luminance > 0.3) & (found.luminance < 0.7)
    np.testing.assert_allclose(found.strength[middle], truth[middle], rtol=0.25)


def test_the_colour_of_grain_is_found_between_clipped_tones():
    contrasty = [np.clip(4 * (scene - 0.5) + 0.5, 0, 1) for scene in scenes()]
    grainy = [add_grain(scene, 0.06, 0.8, seed, chroma=0.0) for seed, scene in enumerate(contrasty)]
    field = np.random.default_rng(0).standard_normal((1000, 3)) @ measure_grain(grainy, scenes()).mixing
    assert np.corrcoef(field.T).min() > 0.9


@pytest.mark.parametrize("tone", [0, 0.5, 1])
def test_one_flat_tone_has_no_grain(tone):
    found = measure_grain([np.full((64, 64, 3), tone, np.float32)], scenes())
    assert found.strength.max() < 1e-4
    assert np.square(found.kernel).sum() == pytest.approx(1)
    assert np.isfinite(found.mixing).all()


def test_pictures_of_shadows_alone_tell_their_grain():
    dark = [0.08 + 0.06 * scene for scene in scenes()]
    found = measure_grain([add_grain(scene, 0.06, 0.8, seed) for seed, scene in enumerate(dark)], dark)
    assert np.interp(0.11, found.luminance, found.strength) == pytest.approx(0.06 * 4 * 0.11 * 0.89, rel=0.25)


def test_weights_realise_the_measured_grain(grainy, grain):
    initial = {name: np.zeros(shape, np.float32) for name, shape in WEIGHT_SHAPES.items()}
    weights = {**initial, **texture_start.texture(initial, scenes(), grainy)}
    noise = np.random.default_rng(0).standard_normal((120, 120, 3))

    def activate(values):
        return np.where(values > 0, values, NEGATIVE_SLOPE * values)

    windows = np.lib.stride_tricks.sliding_window_view(noise, (5, 5), (0, 1))
    field = activate(np.einsum("yxcij,ijco->yxo", windows, weights["texture/grain_1/kernel"]))
    field = field[1:-1, 1:-1] @ weights["texture/grain_2/kernel"][1, 1]
    assert field.shape[0] == 120 - 2 * HALO
    for luminance in (0.3, 0.5, 0.7):
        hidden = np.full(3, luminance) @ weights["texture/amplitude_1/kernel"] + weights["texture/amplitude_1/bias"]
        strength = activate(hidden) @ weights["texture/amplitude_2/kernel"] + weights["texture/amplitude_2/bias"]
        found = (field * strength).mean(-1).std()
        assert found == pytest.approx(np.interp(luminance, grain.luminance, grain.strength), rel=0.15)


def test_pictures_too_small_to_measure_give_no_weights():
    tiny = [np.zeros((20, 40, 3), np.float32)]
    assert texture_start.texture({}, tiny, scenes(1)) == {}

"""Softness is measured from pictures whose softness is known, and the start's convolutions soften as much."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from napari_retrogan.core.architecture import NEGATIVE_SLOPE
from napari_retrogan.core.looks import texture_start
from napari_retrogan.core.looks.grain import Grain, measure_grain
from napari_retrogan.core.looks.softness import measure_softness, softening_kernels
from napari_retrogan.core.simulation.film import add_grain, soften
from napari_retrogan.core.stages.chain import HALO, WEIGHT_SHAPES

NO_GRAIN = Grain(np.pad([[1.0]], 2), np.eye(3), np.linspace(0, 1, 33), np.zeros(33))
SOFTNESSES = (0.0, 0.7, 1.1, 1.6)


def scene(seed, size=320):
    """A picture of ellipses of all tones, whose edges are as sharp as a camera makes them."""
    random = np.random.default_rng(seed)
    picture = np.full((size, size, 3), 0.5, np.float32)
    for _ in range(150):
        centre, radii, colour = random.uniform(0, size, 2), random.uniform(8, 30, 2), random.uniform(0.1, 0.9, 3)
        top, left = np.maximum(centre - radii, 0).astype(int)
        part = picture[top : top + 62, left : left + 62]
        rows, columns = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
        part[((rows - centre[0]) / radii[0]) ** 2 + ((columns - centre[1]) / radii[1]) ** 2 < 1] = colour
    return soften(picture, 0.6)


@pytest.fixture(scope="module")
def photographs():
    return [scene(seed) for seed in range(3)]


@pytest.fixture(scope="module")
def others():
    return [scene(seed) for seed in range(10, 13)]


def width_ratio(found, truth, own=0.6):
    """How wide edges of a width of their own become, against the truth."""
    return np.hypot(own, found) / np.hypot(own, truth)


@pytest.mark.parametrize("softness", SOFTNESSES)
def test_softness_is_found_from_other_scenes(photographs, others, softness):
    vintage = [soften(picture, softness) if softness else picture for picture in others]
    assert width_ratio(measure_softness(vintage, photographs, NO_GRAIN), softness) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("softness", SOFTNESSES)
def test_softness_is_found_through_grain(photographs, others, softness):
    soft = [soften(picture, softness) if softness else picture for picture in others]
    vintage = [add_grain(picture, 0.04, 0.8, seed).astype(np.float16) for seed, picture in enumerate(soft)]
    grain = measure_grain(vintage, photographs)
    assert width_ratio(measure_softness(vintage, photographs, grain), softness) == pytest.approx(1, abs=0.12)


def test_sharper_pictures_are_not_sharpened(photographs, others):
    soft = [soften(picture, 1.0) for picture in photographs]
    assert measure_softness(others, soft, NO_GRAIN) == 0


def test_contrast_is_not_sharpness(photographs, others):
    faded = [0.3 + 0.5 * soften(picture, 1.0) for picture in others]
    assert measure_softness(faded, photographs, NO_GRAIN) == pytest.approx(1.0, abs=0.15)


def test_one_picture_is_taken_with_more_caution_than_many(photographs, others):
    vintage = [soften(picture, 1.0) for picture in others]
    one = measure_softness(vintage[:1], photographs[:1], NO_GRAIN)
    same_many = measure_softness(vintage[:1] * 6, photographs[:1] * 6, NO_GRAIN)
    assert 0.7 < one < same_many


@pytest.mark.parametrize("shape", [(40, 40, 3), (12, 300, 3), (200, 200, 3)])
def test_pictures_without_edges_tell_nothing(photographs, shape):
    flat = [np.full(shape, 0.5, np.float32)]
    assert measure_softness(flat, photographs, NO_GRAIN) == 0
    assert measure_softness(photographs, flat, NO_GRAIN) == 0


def test_grain_alone_does_not_pass_for_edges(photographs):
    flat = [np.full((200, 200, 3), 0.5, np.float32)]
    grainy = [add_grain(flat[0], 0.1, 0.8, 0)]
    assert measure_softness(grainy, photographs, measure_grain(grainy, flat)) == 0


@pytest.mark.parametrize(("sigma", "tolerance"), [(0.3, 1e-3), (0.7, 1e-3), (1.0, 0.005), (1.3, 0.02), (1.6, 0.04)])
def test_kernels_make_a_gaussian_less_the_identity(sigma, tolerance):
    impulse = np.pad([[1.0]], 16)
    result = impulse.copy()
    for kernel in softening_kernels(sigma):
        result = sum(
            kernel[row, column] * np.roll(result, (row - 1, column - 1), (0, 1))
            for row in range(3)
            for column in range(3)
        )
    assert abs(result.sum()) < 1e-9
    np.testing.assert_allclose(impulse + result, gaussian_filter(impulse, sigma), atol=tolerance)


def activate(values):
    return np.where(values > 0, values, NEGATIVE_SLOPE * values)


def convolve(picture, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(picture, (3, 3), (0, 1))
    return np.einsum("yxcij,ijco->yxo", windows, kernel)


@pytest.mark.parametrize("softness", [0.7, 1.1, 1.6])
def test_the_start_softens_as_the_film_does(photographs, others, softness):
    random = np.random.default_rng(0)
    initial = {name: random.normal(0, 0.3, shape).astype(np.float32) for name, shape in WEIGHT_SHAPES.items()}
    vintage = [soften(picture, softness) for picture in others]
    weights = texture_start.texture(initial, photographs, vintage)
    photograph = photographs[0]
    detail = activate(convolve(photograph, weights["texture/detail_1/kernel"]))
    detail = activate(convolve(detail, weights["texture/detail_2/kernel"]))
    detail = convolve(detail, weights["texture/detail_3/kernel"])
    inner = slice(HALO, -HALO)
    result, truth = photograph[inner, inner] + detail, soften(photograph, softness)[inner, inner]
    assert np.square(np.diff(result, axis=0)).sum() == pytest.approx(np.square(np.diff(truth, axis=0)).sum(), rel=0.12)
    assert np.abs(result.mean() - photograph[inner, inner].mean()) < 2e-3


def test_a_film_that_is_no_softer_leaves_the_detail_as_it_is(photographs, others):
    initial = {name: np.zeros(shape, np.float32) for name, shape in WEIGHT_SHAPES.items()}
    assert not any(name.startswith("texture/detail") for name in texture_start.texture(initial, photographs, others))

"""Frames around scanned prints are found, and what only looks like one is left."""

import dask.array as da
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import napari_retrogan as rg
from napari_retrogan.core.images.frame import inside_frame
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.simulation.prints import simulate_print

PAPER = (0.96, 0.94, 0.88)
widths = st.integers(2, 20)
pictures = st.sampled_from(ordinary_photographs()[:40])


def framed(picture, top, bottom, left, right, colour=PAPER):
    """A picture (Y, X, 3) on paper."""
    height, width = picture.shape[:2]
    sheet = np.full((height + top + bottom, width + left + right, 3), colour, np.float32)
    sheet[top : top + height, left : left + width] = picture
    return sheet


def noisy(shape, seed=0):
    """A picture whose every line differs from any frame."""
    return np.random.default_rng(seed).uniform(0, 0.8, (*shape, 3)).astype(np.float32)


@given(st.integers(60, 150), st.integers(60, 150), widths, widths, widths, widths)
def test_the_box_is_the_picture(height, width, top, bottom, left, right):
    sheet = framed(noisy((height, width)), top, bottom, left, right)
    assert inside_frame(sheet) == (slice(top, top + height), slice(left, left + width))


@given(pictures)
def test_photographs_without_a_frame_stay_whole(picture):
    assert inside_frame(picture) == (slice(0, picture.shape[0]), slice(0, picture.shape[1]))


def test_paper_on_a_dark_scanner_is_two_frames():
    sheet = framed(framed(noisy((90, 120)), 6, 20, 6, 6), 8, 8, 8, 8, colour=(0.03, 0.03, 0.03))
    assert inside_frame(sheet) == (slice(14, 104), slice(14, 134))


def test_uneven_and_grainy_paper_is_a_frame_too():
    sheet = framed(noisy((90, 120)), 10, 10, 10, 10)
    sheet += 0.03 * np.linspace(-1, 1, sheet.shape[1])[:, None] + np.random.default_rng(1).normal(0, 0.01, sheet.shape)
    assert inside_frame(sheet.astype(np.float32)) == (slice(10, 100), slice(10, 130))


@pytest.mark.parametrize("backdrop", [PAPER, (0.02, 0.02, 0.05)])
def test_a_backdrop_is_no_frame(backdrop):
    rows, columns = np.mgrid[:120, :160]
    picture = np.full((120, 160, 3), backdrop, np.float32)
    picture[((rows - 60) / 40) ** 2 + ((columns - 80) / 60) ** 2 < 1] = (0.5, 0.3, 0.2)
    assert inside_frame(picture) == (slice(0, 120), slice(0, 160))


@pytest.mark.parametrize("sides", [(12, 12, 0, 0), (0, 12, 12, 12), (60, 10, 10, 10)])
def test_bands_on_some_sides_are_no_frame(sides):
    sheet = framed(noisy((90, 120)), *sides)
    assert inside_frame(sheet) == (slice(0, sheet.shape[0]), slice(0, sheet.shape[1]))


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (40, 40), (120, 160)])
def test_one_colour_is_no_frame(shape):
    assert inside_frame(np.full((*shape, 3), 0.9, np.float32)) == (slice(0, shape[0]), slice(0, shape[1]))


@pytest.mark.parametrize("kind", ["colour", "grey", "lazy"])
def test_training_takes_what_lies_inside(kind):
    sheet = (255 * framed(noisy((600, 800)), 40, 90, 50, 40)).astype(np.uint8)
    sheet = sheet.mean(-1).astype(np.uint8) if kind == "grey" else sheet
    (image,) = training_images(da.from_array(sheet, chunks=300) if kind == "lazy" else sheet, 0, within_frames=True)
    assert abs(image.shape[0] - 600) <= 8
    assert abs(image.shape[1] - 800) <= 8
    assert image.view.mean() == pytest.approx(0.4, abs=0.02)
    assert image.detail.mean() == pytest.approx(0.4, abs=0.02)
    (whole,) = training_images(sheet, 0)
    assert whole.shape == sheet.shape[:2]


def test_the_look_of_framed_prints_is_that_of_the_prints():
    scenes = [np.kron(view, np.ones((5, 5, 1), np.float32)) for view in ordinary_photographs()[:40:8]]
    prints = [simulate_print(scene, "warm_print", seed) for seed, scene in enumerate(scenes)]
    plain, on_paper = rg.imitate(prints), rg.imitate([framed(each, 30, 30, 30, 30) for each in prints])
    scene = scenes[0]
    moved = np.abs(on_paper.apply(scene, grain=0.0) - plain.apply(scene, grain=0.0)).mean()
    assert moved < 0.1 * np.abs(plain.apply(scene, grain=0.0) - scene).mean()

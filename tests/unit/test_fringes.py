"""Fringes are found as they were made, through the colour of JPEG files too, and none where there are none."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from napari_retrogan.core.looks.fringes import measure_fringes
from napari_retrogan.core.simulation.film import add_grain
from napari_retrogan.core.simulation.samples import sample_photographs
from napari_retrogan.core.simulation.stray_light import Shift, add_fringes

RED, BLUE = Shift(0.8, -1.2, 1.002), Shift(-1.5, 0.6, 0.998)


@pytest.fixture(scope="module")
def photographs():
    pictures = sample_photographs()
    return [(pictures[name] / np.float32(255)).astype(np.float32) for name in ("Astronaut", "Coffee")]


def as_jpeg(picture):
    stream = io.BytesIO()
    Image.fromarray((picture * 255 + 0.5).astype(np.uint8)).save(stream, "JPEG", quality=80)
    return np.asarray(Image.open(stream), np.float32) / np.float32(255)


def displaced(picture, red=RED, blue=BLUE):
    """Fringe a picture as far as one of 512 px a side."""
    share = np.hypot(*picture.shape[:2]) / np.hypot(512, 512)
    return add_fringes(picture, *(Shift(s.down * share, s.across * share, s.scale) for s in (red, blue)))


def in_pixels(fringes, side=512):
    half_diagonal = np.hypot(side, side) / 2
    return np.column_stack([fringes.offsets, fringes.scales]) * half_diagonal


TRUTH = np.array([[s.down, s.across, (s.scale - 1) * np.hypot(512, 512) / 2] for s in (RED, BLUE)])
SPOILT = {
    "clean": lambda picture: picture,
    "JPEG": as_jpeg,
    "grain": lambda picture: add_grain(picture, 0.05, 0.8, 0),
}


@pytest.mark.parametrize("spoil", SPOILT)
def test_fringes_are_found_within_three_tenths_of_a_pixel(photographs, spoil):
    fringes = measure_fringes([SPOILT[spoil](displaced(picture)) for picture in photographs])
    assert np.abs(in_pixels(fringes) - TRUTH).max() < 0.3
    assert fringes.offset_errors.max() < 3e-3


def test_channels_many_pixels_apart_are_found(photographs):
    far = [displaced(picture, Shift(9, -6, 1.01), Shift(-4, 12)) for picture in photographs]
    corner = 0.01 * np.hypot(512, 512) / 2
    assert np.abs(in_pixels(measure_fringes(far)) - [[9, -6, corner], [-4, 12, 0]]).max() < 0.3


def test_pictures_without_fringes_have_none(photographs):
    """One channel toned thrice, with colours of large things: what lenses leave of fringes is in real ones."""
    toned = []
    for picture in photographs:
        hue = gaussian_filter(picture, (12, 12, 0)) / gaussian_filter(picture[..., 1:2], (12, 12, 0))
        toned.append(np.clip(picture[..., 1:2] ** [1.2, 1.0, 0.8] * np.clip(hue, 0.6, 1.4), 0, 1).astype(np.float32))
    for pictures in (toned, [as_jpeg(picture) for picture in toned]):
        assert np.abs(in_pixels(measure_fringes(pictures))).max() < 0.05
    grey = measure_fringes([np.repeat(picture[..., 1:2], 3, -1) for picture in photographs])
    assert np.abs(in_pixels(grey)).max() < 1e-3


def test_one_picture_that_differs_hardly_changes_the_rest(photographs):
    most = [displaced(picture) for picture in photographs * 2]
    odd = displaced(photographs[0], Shift(10, 10), Shift(-10, -10))
    with_it, without = (in_pixels(measure_fringes(pictures)) for pictures in ([*most, odd], most))
    assert np.abs(with_it - without).max() < 0.2


@pytest.mark.parametrize("shape", [(400, 400, 3), (20, 300, 3), (3, 3, 3), (64, 64, 3)])
def test_pictures_that_show_nothing_tell_nothing(shape):
    fringes = measure_fringes([np.full(shape, 0.5, np.float32)])
    assert not in_pixels(fringes).any()
    assert np.isinf(fringes.offset_errors).all()
    assert np.isinf(fringes.scale_errors).all()
    assert np.isinf(measure_fringes([]).scale_errors).all()

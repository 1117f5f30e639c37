"""What is measured of pictures hardly moves when their values do by rounding.

Pictures in [0, 1] differ by 1e-7 where they were rounded otherwise, and sums of them by less where another processor
takes their terms in another order. What is measured may then move by so much as ``BOUNDS`` says, in its own units, also
of pictures that have nothing to be measured, or the same thing many times over. `test_rounding_of_choices` has what is
one of few.
"""

import itertools
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from rounded_pictures import ROUNDING, moved_by, plain, sets

from napari_retrogan.core.images.overview import overview
from napari_retrogan.core.images.pixel_positions import picture_positions
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.looks import texture_start
from napari_retrogan.core.looks.fringes import measure_fringes
from napari_retrogan.core.looks.grain import describe_grain, measure_grain
from napari_retrogan.core.looks.halation import measure_halation
from napari_retrogan.core.looks.marks import measure_marks
from napari_retrogan.core.looks.palette import look_colours
from napari_retrogan.core.looks.prior import estimate_look
from napari_retrogan.core.looks.prior_inputs import picture_statistics, prior_pixels, set_statistics
from napari_retrogan.core.looks.softness import edge_floor, measure_sharpness, measure_softness
from napari_retrogan.core.looks.statistics import ColourStatistics, monge_kantorovich, ordinary_photographs
from napari_retrogan.core.looks.style_codes import CodeSpace
from napari_retrogan.core.looks.uneven_light import follow_light
from napari_retrogan.core.stages.chain import STYLE_NAMES, WEIGHT_SHAPES
from slow_tests import slow_but_for

NO_LOOK = {name: np.zeros(WEIGHT_SHAPES[name], np.float32) for name in STYLE_NAMES}

BOUNDS = {
    "grain's kernel, of unit energy": 1e-5,
    "grain's mixing of channels": 1e-4,
    "grain's strength in [0, 1]": 2e-6,
    "grain's slope, a pixel": 1e-6,
    "grain's spectrum in decibels": 2e-3,
    "grain's strength by eighths of luminance": 1e-6,
    "fringes in half diagonals, and their errors": 1e-6,
    "strengths of halation": 1e-4,
    "marks a megapixel": 1e-2,
    "sizes, opacity and share of light marks": 1e-3,
    "softness in pixels": 1e-4,
    "sharpness, a logarithm": 2e-5,
    "weights of the texture": 1e-4,
    "mean, covariance and linear map": 2e-5,
    "prior's inputs": 1e-5,
    "style code": 2e-5,
    "colours of the look in CIELAB": 2e-3,
    "expected error": 1e-4,
    "weights of the colours": 2e-5,
    "sampled style codes": 2e-5,
    "slope of light": 1e-5,
    "small pictures in [0, 1]": 2e-6,
}


ROUNDINGS = {
    "noise": lambda picture, random: picture + ROUNDING * random.standard_normal(picture.shape),
    "next number of float32": lambda picture, random: np.clip(
        np.nextafter(picture, random.choice(np.float32([-1, 2]), picture.shape)), 0, 1
    ),
}


def measure_texture(vintage, photographs):
    grain = measure_grain(vintage, photographs)
    floor = edge_floor(grain)
    spectrum, strength = describe_grain(vintage)
    initial = {name: np.zeros(shape, np.float32) for name, shape in WEIGHT_SHAPES.items()}
    weights = texture_start.texture(initial, photographs, vintage, softness=False)
    fringes = measure_fringes(vintage)
    marks = measure_marks(vintage, photographs)
    told = [fringes.offsets, fringes.scales, *(np.minimum(e, 1) for e in (fringes.offset_errors, fringes.scale_errors))]
    return {
        "fringes in half diagonals, and their errors": joined(told),
        "strengths of halation": measure_halation(vintage, photographs).strengths,
        "marks a megapixel": marks.rate,
        "sizes, opacity and share of light marks": joined([marks.length, marks.width, marks.opacity, marks.light]),
        "grain's kernel, of unit energy": grain.kernel,
        "grain's mixing of channels": grain.mixing,
        "grain's strength in [0, 1]": grain.strength,
        "grain's slope, a pixel": floor,
        "grain's spectrum in decibels": spectrum,
        "grain's strength by eighths of luminance": strength,
        "softness in pixels": measure_softness(vintage, photographs, grain),
        "sharpness, a logarithm": [measure_sharpness([picture], floor) for picture in (*vintage, *photographs)],
        "weights of the texture": joined(weights),
    }


def measure_colours(vintage, photographs):
    style, content = ColourStatistics.of(vintage), ColourStatistics.of(photographs)
    pixels = np.stack([prior_pixels(picture) for picture in vintage])
    look = estimate_look(vintage, photographs)
    many = estimate_look([picture[part:, part:] for picture in vintage for part in range(4)], photographs)
    weights = {**look.weights, **{f"many {name}": each for name, each in many.weights.items()}}
    maps = [array for least in (1e-4, 1e-6) for array in monge_kantorovich(content, style, least)]
    return {
        "mean, covariance and linear map": joined([style.mean, style.covariance, style.between, *maps]),
        "prior's inputs": joined([picture_statistics(pixels), set_statistics(vintage)]),
        "style code": look.code,
        "colours of the look in CIELAB": look_colours(look.weights),
        "expected error": look.expected_error,
        "weights of the colours": joined(weights),
    }


def measure_small_pictures(vintage, photographs):
    images = training_images([*vintage, *photographs], 0)
    return {
        "small pictures in [0, 1]": joined(
            [each for image in images for each in (image.thumbnail, image.view)]
            + [overview(picture, 40) for picture in vintage]
        )
    }


MEASURES = {"texture": measure_texture, "colours": measure_colours, "small pictures": measure_small_pictures}


ROUNDING_OF = dict(zip(sets(), itertools.cycle(ROUNDINGS)))
TESTS = Path(__file__).parents[1]
QUICK = ("grain between clipped tones", "half of it flat", "few levels", "one tone", "stripes beside boards")


def joined(arrays):
    """All numbers of arrays, or of arrays by name, in one row."""
    arrays = [arrays[name] for name in sorted(arrays)] if isinstance(arrays, dict) else arrays
    return np.concatenate([np.ravel(array) for array in arrays])


@cache
def measured(measure, name):
    return MEASURES[measure](*sets()[name])


def assert_near(found, expected):
    """Assert that measurements, not numbers where these are none, are within the bounds of others."""
    assert found.keys() == expected.keys()
    for name, values in found.items():
        np.testing.assert_allclose(values, expected[name], rtol=0, atol=BOUNDS[name], err_msg=name)


@pytest.mark.parametrize("name", slow_but_for(sets(), *QUICK))
@pytest.mark.parametrize("measure", MEASURES)
def test_measurements_move_by_next_to_nothing(measure, name):
    rounding = ROUNDING_OF[name]
    random = np.random.default_rng(5)
    moved = [[ROUNDINGS[rounding](picture, random) for picture in pictures] for pictures in sets()[name]]
    assert_near(MEASURES[measure](*moved), measured(measure, name))


@pytest.mark.weekly
def test_another_processor_measures_the_same(tmp_path):
    """A process of its own sums by the oldest kernels of OpenBLAS, where NumPy uses it, in one thread."""
    found = tmp_path / "found.npz"
    command = [sys.executable, "-W", "ignore", "-c", f"import test_rounding; test_rounding.save_all({str(found)!r})"]
    oldest = {**os.environ, "OPENBLAS_CORETYPE": "Prescott", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(TESTS)}
    subprocess.run(command, cwd=os.path.dirname(__file__), env=oldest, check=True)
    with np.load(found) as arrays:
        for measure in MEASURES:
            for name in sets():
                there = {key: arrays[f"{measure}|{name}|{key}"] for key in measured(measure, name)}
                assert_near(there, measured(measure, name))


def save_all(path):
    """Write what is measured of all sets: for a process that sums otherwise."""
    everything = {(measure, name): measured(measure, name) for measure in MEASURES for name in sets()}
    np.savez(path, **{"|".join((*key, each)): found[each] for key, found in everything.items() for each in found})


def lit(view, change):
    """A picture whose corners are lighter by so much than its middle."""
    return view + change * picture_positions(view.shape[:2])[..., :1]


LIT = {
    "ordinary": [lit(view, -0.5) for view in ordinary_photographs()[:40]],
    "tiny": [lit(view[20:24, 30:33], 0.5) for view in ordinary_photographs()[:40]],
    "one half against the other": [lit(plain(0.5, (30, 40)), change) for change in (-0.2, 0.4) for _ in range(20)],
}


@pytest.mark.parametrize("pictures", slow_but_for(LIT, "ordinary"))
def test_the_slope_of_light_moves_by_next_to_nothing(pictures):
    """Also where one half of the slopes says another than the other half, so that the median is between them."""
    slope = follow_light(NO_LOOK, LIT[pictures], ())["colour/map/uneven"]
    assert np.abs(slope).max() > 0.03
    for seed in range(5):
        moved = follow_light(NO_LOOK, moved_by(ROUNDING, LIT[pictures], seed), ())["colour/map/uneven"]
        np.testing.assert_allclose(moved, slope, rtol=0, atol=BOUNDS["slope of light"])


def test_sampled_style_codes_move_by_next_to_nothing():
    """Directions in which they do not vary are any that are left, and next to nothing long."""
    views = ordinary_photographs()[:2]
    spaces = [CodeSpace.of(each, [[0], [1]], 0) for each in (views, moved_by(ROUNDING, views))]
    codes = [space.mean + space.samples @ space.directions for space in spaces]
    np.testing.assert_allclose(codes[0], codes[1], rtol=0, atol=BOUNDS["sampled style codes"])

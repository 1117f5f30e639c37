"""Measures of the benchmark of textures tell apart what they are for, and not two draws of one thing."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import texture_measures as measures
from texture_truths import read_cut_outs

from napari_retrogan.core.simulation.crystals import add_opaque_discs
from napari_retrogan.core.simulation.film import add_grain


def plain(size=192):
    return np.full((size, size, 3), 0.5, np.float32)


@pytest.fixture(scope="module")
def gaussian():
    return [add_grain(plain(), 0.08, 0.6, seed) for seed in range(8)]


@pytest.fixture(scope="module")
def discs():
    return [add_opaque_discs(plain(), 0.02, 1.5, seed) for seed in range(4)]


def test_sparse_filters_have_no_sum_and_unit_energy():
    filters = measures.sparse_filters()
    assert len(filters) == 12
    for kernel in filters:
        assert abs(kernel.sum()) < 1e-12
        assert np.square(kernel).sum() == pytest.approx(1)


@pytest.mark.parametrize("distance", ["moments", "patches"])
def test_distances_tell_discs_from_grain_and_not_grain_from_grain(gaussian, discs, distance):
    describe = {"moments": measures.moments, "patches": measures.patches}[distance]
    between = {"moments": measures.moment_distance, "patches": measures.sliced_distance}[distance]
    first, second, other = (describe(pictures) for pictures in (gaussian[:4], gaussian[4:], discs))
    assert between(other, first) > 4 * between(second, first)


def test_the_classifier_tells_discs_and_guesses_at_grain(gaussian, discs):
    assert measures.classifier_auc(gaussian[:4], discs) > 0.95
    assert abs(measures.classifier_auc(gaussian[:4], gaussian[4:]) - 0.5) < 0.15


def test_spots_and_streaks_are_counted_and_measured():
    picture = plain(400)
    for place in range(40, 360, 40):
        picture[place : place + 3, 50:53] = 0.9
        picture[place, 200:230] = 0.1
        picture[place + 1, 200:230] = 0.1
    found = measures.marks([picture])
    assert found["spots a megapixel"] == pytest.approx(8 / 0.16)
    assert found["streaks a megapixel"] == pytest.approx(8 / 0.16)
    assert found["size of spots"] == pytest.approx(9, abs=1)
    assert found["length of streaks"] == pytest.approx(30, abs=2)
    assert measures.mark_distance(found, found) == 0
    assert not any(measures.marks([plain()]).values())


def test_cut_outs_are_held_out_by_their_names(tmp_path):
    from PIL import Image

    for number in range(40):
        pixels = np.zeros((8, 8, 4), np.uint8)
        pixels[..., 3] = number
        Image.fromarray(pixels).save(tmp_path / f"hair-{number:03}.png")
    halves = read_cut_outs(tmp_path)
    numbers = [{round(float(each.max()) * 255) for each in half["hair"]} for half in halves]
    assert numbers[0] | numbers[1] == set(range(40))
    assert not numbers[0] & numbers[1]
    assert min(len(half) for half in numbers) > 10

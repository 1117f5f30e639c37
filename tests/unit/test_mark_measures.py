"""Marks are measured in what vintage pictures show more of than ordinary ones, and told in words."""

from dataclasses import replace

import numpy as np
import pytest

from napari_retrogan.core.inference.mark_plane import MarkPlane, marked
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.looks.mark_search import find_marks
from napari_retrogan.core.looks.marks import describe_marks, measure_marks
from napari_retrogan.core.simulation.crystals import add_opaque_discs
from napari_retrogan.core.stages.chain import WEIGHT_SHAPES
from napari_retrogan.core.stages.marks import MARK_KINDS, USUAL_MARKS, MarkStatistics

SIDE = 320
TRUTH = replace(
    USUAL_MARKS,
    rate=np.array([90, 40, 0, 0, 0], np.float32),
    light=np.array([0.9, 0.9, 0.9, 0.9, 0.9], np.float32),
    unevenness=np.float32(0),
)


def smooth(seed):
    """A smooth picture with fine grain."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
    grey = 0.45 + 0.2 * np.sin(2 * rows + seed + 1.5 * columns) + 0.01 * random.standard_normal((SIDE, SIDE))
    return np.repeat(grey[..., None], 3, -1).astype(np.float32)


def with_marks(number):
    layer = MarkPlane(TRUTH.to_bytes(), 1.0, 11, number).layer(Region(0, 0, SIDE, SIDE))
    return np.moveaxis(marked(np.moveaxis(smooth(number), -1, 0), layer), 0, -1)


@pytest.fixture(scope="module")
def measured():
    return measure_marks([with_marks(number) for number in range(8)], [smooth(number) for number in range(20, 28)])


def test_rates_sizes_and_tones_come_back(measured):
    found = dict(zip(MARK_KINDS, measured.rate, strict=True))
    assert found["dust"] == pytest.approx(90, rel=0.35)
    assert 20 < found["hair"] + found["lint"] + found["scratch"] < 80
    assert np.exp(measured.length[0, 0] - TRUTH.length[0, 0]) == pytest.approx(1, rel=0.35)
    assert measured.light[0] > 0.7
    assert 0.4 < measured.opacity[0].mean() < 1


def test_long_hairs_are_found_whole_and_not_taken_for_scenes():
    hairs = replace(
        USUAL_MARKS,
        rate=np.array([0, 25, 0, 0, 0], np.float32),
        length=np.log(np.full((5, 2), [200, 1.1], np.float32)),
        width=np.log(np.full((5, 2), [4, 1.1], np.float32)),
        clouds=np.float32(0),
        unevenness=np.float32(0),
    )
    shown = []
    for number in range(8):
        layer = MarkPlane(hairs.to_bytes(), 1.0, 5, number).layer(Region(0, 0, SIDE, SIDE))
        shown.append(np.moveaxis(marked(np.moveaxis(smooth(number), -1, 0), layer), 0, -1))
    found = find_marks(shown)
    lines = found.counts[1:].sum()
    assert lines / found.area == pytest.approx(25, rel=0.4)
    length, width = np.exp(found.sums[1:, :2].sum(0) / lines)
    assert 90 < length < 220  # Some are cut by the border.
    assert width == pytest.approx(4, rel=0.3)
    assert found.counts[0] < 0.1 * lines


def test_stains_and_clouds_lie_with_marks_and_not_alone(measured):
    assert 0 < measured.rate[4] < 0.05 * measured.rate.sum()
    assert 0 < measured.clouds < 0.2 * measured.rate.sum()
    told = measure_marks([smooth(number) for number in range(5)], [smooth(number) for number in range(20, 25)])
    assert told.clouds == 0


def test_nothing_is_found_where_nothing_is():
    told = measure_marks([smooth(number) for number in range(5)], [smooth(number) for number in range(20, 25)])
    assert not told.rate.any()
    assert not measure_marks([], [smooth(0)]).rate.any()
    assert not measure_marks([np.zeros((3, 4, 3), np.float32)], [np.ones((2, 2, 3), np.float32)]).rate.any()


def test_rows_of_specks_that_are_as_many_as_grain_are_no_lines():
    speckled = [add_opaque_discs(smooth(number), 0.04, 1.2, number) for number in range(8)]
    assert find_marks(speckled).counts[1:].sum() > 10
    assert not measure_marks(speckled, [smooth(number) for number in range(20, 28)]).rate.any()


def test_no_dust_is_looked_for_where_dots_were_taken_off():
    given = [with_marks(number) for number in range(8)], [smooth(number) for number in range(20, 28)]
    lines = measure_marks(*given, specks=False).rate
    assert lines[0] == 0
    assert 20 < lines[1:4].sum() < 80


def test_as_many_lines_as_scenes_usually_have_are_none_even_where_these_scenes_have_fewer():
    few = replace(TRUTH, rate=np.array([0, 8, 0, 0, 0], np.float32))
    shown = []
    for number in range(8):
        layer = MarkPlane(few.to_bytes(), 1.0, 3, number).layer(Region(0, 0, SIDE, SIDE))
        shown.append(np.moveaxis(marked(np.moveaxis(smooth(number), -1, 0), layer), 0, -1))
    assert find_marks(shown).counts[1:].sum() > 3
    assert not measure_marks(shown, [smooth(number) for number in range(20, 28)]).rate.any()


def test_the_weights_hold_the_statistics(measured):
    assert {name: values.shape for name, values in measured.weights().items()} == {
        name: shape for name, shape in WEIGHT_SHAPES.items() if name.startswith("marks/")
    }
    again = MarkStatistics.from_bytes(MarkStatistics.of(measured.weights()).to_bytes())
    assert again.to_bytes() == measured.to_bytes()


def test_they_are_told_in_words(measured):
    (sentence,) = describe_marks(USUAL_MARKS.weights())
    assert "dust, hairs and scratches: about 66 marks" in sentence
    assert "slider Marks" in sentence
    assert describe_marks(measured.weights())[0].startswith("The vintage pictures show dust")
    assert describe_marks({"marks/rate": np.zeros(5)}) == []

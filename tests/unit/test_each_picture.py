"""Pictures are measured several at a time, and nobody can tell from what is measured."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from napari_retrogan.core.looks import each_picture
from napari_retrogan.core.looks.each_picture import measure_each
from napari_retrogan.core.looks.fringes import measure_fringes
from napari_retrogan.core.looks.grain import measure_grain
from napari_retrogan.core.looks.halation import measure_halation
from napari_retrogan.core.looks.marks import measure_marks
from napari_retrogan.core.looks.softness import measure_softness


def test_what_is_measured_comes_in_the_order_of_the_pictures_although_the_first_ends_last(monkeypatch):
    monkeypatch.setattr(each_picture, "num_cpus", lambda: 2)
    last_is_done = threading.Event()

    def measure(number):
        assert number or last_is_done.wait(30)
        if number == 5:
            last_is_done.set()
        return 10 * number

    assert measure_each(measure, range(6)) == [0, 10, 20, 30, 40, 50]


def test_a_picture_that_can_not_be_measured_is_told_of():
    with pytest.raises(ZeroDivisionError):
        measure_each(lambda number: 1 / number, [2, 1, 0])


def test_no_pictures_are_measured_to_nothing():
    assert measure_each(len, []) == []


def test_a_look_is_the_same_measured_by_one_thread_and_by_four(monkeypatch):
    random = np.random.default_rng(5)
    scenes = [np.kron(random.random((12, 16, 3)), np.ones((16, 16, 1))) for _ in range(5)]
    photographs = [scene.astype(np.float32) for scene in scenes]
    vintage = [np.clip(scene + random.normal(0, 0.05, scene.shape), 0, 1).astype(np.float32) for scene in scenes]

    def measured(threads):
        monkeypatch.setattr(each_picture, "num_cpus", lambda: threads)
        grain = measure_grain(vintage, photographs)
        fringes, halation = measure_fringes(vintage), measure_halation(vintage, photographs)
        marks = measure_marks(vintage, photographs).weights()
        return [
            *(grain.kernel, grain.mixing, grain.strength, measure_softness(vintage, photographs, grain)),
            *(fringes.offsets, fringes.scales, halation.strengths, *marks.values()),
        ]

    for one, four in zip(measured(1), measured(4), strict=True):
        np.testing.assert_array_equal(one, four)

"""The curves of the losses."""

from __future__ import annotations

import numpy as np
import pytest

from napari_retrogan.plugin.train.loss_plot import LossPlot

pytestmark = pytest.mark.usefixtures("qapp")


def test_curves_hold_every_step() -> None:
    plot = LossPlot()
    for step in range(1, 4):
        plot.add(step, {"colour_generator": step / 10, "drift": 1.0})
    plot.draw()
    steps, values = plot.curves["colour_generator"]
    np.testing.assert_array_equal(steps, [1, 2, 3])
    np.testing.assert_allclose(values, [0.1, 0.2, 0.3])
    assert "colour&nbsp;(look)" in plot._legend.value


def test_a_loss_that_comes_later_or_goes_leaves_a_gap() -> None:
    plot = LossPlot()
    plot.add(1, {"a": 1.0})
    plot.add(2, {"b": 2.0})
    plot.draw()
    np.testing.assert_array_equal(plot.curves["a"][1], [1.0, np.nan])
    np.testing.assert_array_equal(plot.curves["b"][1], [np.nan, 2.0])


def test_a_long_run_is_thinned_out_evenly() -> None:
    plot = LossPlot()
    for step in range(1, 20_001):
        plot.add(step, {"a": float(step)})
    plot.draw()
    steps, values = plot.curves["a"]
    assert len(steps) <= 4000
    assert set(np.diff(steps)) == {8}
    np.testing.assert_array_equal(steps, values)
    assert steps[-1] > 19_990


def test_a_new_run_starts_empty() -> None:
    plot = LossPlot()
    plot.add(1, {"a": 1.0})
    plot.draw()
    plot.clear_curves()
    plot.add(1, {"b": 1.0})
    plot.draw()
    assert list(plot.curves) == ["b"]


def test_sums_scores_and_losses_that_are_not_in_force_are_left_out() -> None:
    plot = LossPlot()
    plot.add(1, {"generator_loss": 1.0, "loss": 2.0, "colour_real_score": 3.0, "pairs": 0.0})
    plot.draw()
    assert list(plot.curves) == ["generator_loss"]
    plot.add(2, {"generator_loss": 1.0, "loss": 2.0, "colour_real_score": 3.0, "pairs": 0.5})
    plot.draw()
    np.testing.assert_array_equal(plot.curves["pairs"][1], [0.0, 0.5])

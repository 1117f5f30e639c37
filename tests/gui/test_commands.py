from __future__ import annotations

import numpy as np
import pytest
from napari._app_model import get_app_model
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QThreadPool
from stand_ins import FailingGenerator

from napari_retrogan.plugin.commands import NO_LAYER, NO_LOOK
from napari_retrogan.plugin.state import state

COMMAND = "napari-retrogan.apply_last_style"


@pytest.fixture
def run(qtbot, viewer):
    """Return a function that runs the command as a menu does."""

    def run():
        get_app_model().commands.execute_command(COMMAND).result()
        QThreadPool.globalInstance().waitForDone(20_000)
        qtbot.wait(100)

    return run


def last_words():
    return notification_manager.records[-1].message


def test_the_active_layer_gets_the_last_style(run, viewer, generator, photograph):
    viewer.add_image(photograph, name="cat", scale=(2, 2))
    state().add_generator("slides", generator)
    run()
    np.testing.assert_array_equal(viewer.layers["cat (slides)"].data, generator.apply(photograph))
    assert list(viewer.layers["cat (slides)"].scale) == [2, 2]


def test_an_axis_labelled_time_keeps_one_look(run, viewer, generator):
    frames = np.random.default_rng(0).integers(0, 256, (4, 20, 30), np.uint8)
    viewer.add_image(frames, name="film", axis_labels=("t", "y", "x"))
    state().add_generator("slides", generator)
    run()
    limits = viewer.layers["film"].contrast_limits
    expected = generator.apply(frames, time_axis=0, value_range=limits)
    np.testing.assert_array_equal(viewer.layers["film (slides)"].data, expected)
    assert not np.array_equal(expected, generator.apply(frames, value_range=limits))


def test_a_missing_generator_is_said_in_words(run, viewer, photograph):
    viewer.add_image(photograph)
    run()
    assert last_words() == NO_LOOK
    assert len(viewer.layers) == 1


def test_an_active_labels_layer_is_refused_in_words(run, viewer, generator):
    viewer.add_labels(np.zeros((9, 9), int), name="cells")
    state().add_generator("slides", generator)
    run()
    assert last_words() == "'cells' is a Labels layer; choose an Image layer."
    assert len(viewer.layers) == 1


def test_no_active_layer_is_said_in_words(run, generator):
    state().add_generator("slides", generator)
    run()
    assert last_words() == NO_LAYER


def test_errors_are_sentences(run, viewer, photograph):
    viewer.add_image(photograph)
    state().add_generator("bad", FailingGenerator(RuntimeError("no memory")))
    run()
    assert "RuntimeError: no memory" in last_words()

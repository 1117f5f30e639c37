from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image
from open_studio import open_tab

from napari_retrogan.plugin.apply.time_choice import TimeChoice
from napari_retrogan.plugin.state import state

FILM = np.random.default_rng(0).integers(0, 256, (3, 2, 24, 30), np.uint8)


@pytest.fixture
def choice(qtbot):
    menus = TimeChoice()
    menus.box.native.show()
    qtbot.addWidget(menus.box.native)
    return menus


def test_single_pictures_have_no_time(choice):
    for layer in (None, Image(FILM[0, 0]), Image(np.zeros((40, 40, 3), np.uint8))):
        choice.follow(layer)
        assert not choice.box.visible
        assert choice.time_axis is None
        assert choice.grain_over_time == "new"


def test_the_axes_of_a_stack_are_offered_and_none_is_guessed(choice):
    choice.follow(Image(FILM, axis_labels=("session", "z", "y", "x")))
    assert choice.box.visible
    assert choice.axis.choices == (-1, 0, 1)
    assert choice.time_axis is None
    assert not choice.grain.enabled
    choice.axis.value = 1
    assert choice.time_axis == 1
    choice.grain.value = "fixed"
    assert choice.grain_over_time == "fixed"


@pytest.mark.parametrize(("labels", "axis"), [(("t", "z", "y", "x"), 0), (("z", "Time", "y", "x"), 1)])
def test_an_axis_that_is_called_time_is_chosen(choice, labels, axis):
    choice.follow(Image(FILM, axis_labels=labels))
    assert choice.time_axis == axis


def test_films_in_colour_have_time_too(choice):
    choice.follow(Image(np.zeros((4, 20, 20, 3), np.uint8), rgb=True))
    assert choice.axis.choices == (-1, 0)


def test_a_choice_stays_until_another_layer_comes(choice):
    first, second = Image(FILM), Image(FILM)
    choice.follow(first)
    choice.axis.value = 0
    choice.follow(first)
    assert choice.time_axis == 0
    choice.follow(second)
    assert choice.time_axis is None


def test_the_widget_applies_what_is_chosen(qtbot, viewer, generator):
    layer = viewer.add_image(np.repeat(FILM[:1, 0], 3, 0), name="film", axis_labels=("t", "y", "x"))
    widget = open_tab(viewer, "looks")
    state().add_generator("slides", generator)
    assert widget.fields.time.time_axis == 0
    widget.fields.time.grain.value = "fixed"
    widget.apply()
    qtbot.waitUntil(lambda: not widget.running)
    result = viewer.layers["film (slides)"]
    assert (result.data == result.data[0]).all()
    parameters = result.metadata["napari_retrogan"]["parameters"]
    assert (parameters["time_axis"], parameters["grain_over_time"]) == (0, "fixed")
    assert layer.axis_labels == result.axis_labels

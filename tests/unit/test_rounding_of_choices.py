"""What is one of few stays the same when pictures move by rounding, where they are realistic or have round values.

How many styles there are, where a frame ends or which white a picture has jumps somewhere. That is nowhere near:
realistic pictures may move a thousand times as far, and nothing that people's pictures often have lies just there.
"""

import numpy as np
import pytest
from rounded_pictures import ROUNDING, moved_by, plain, scenes

from napari_retrogan.core.images.frame import inside_frame
from napari_retrogan.core.images.intensity import value_range
from napari_retrogan.core.inference.brightness import find_lift
from napari_retrogan.core.inference.graph_choice import colours_graph
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.looks.style_groups import separate_styles
from napari_retrogan.core.pretrained import pretrained
from napari_retrogan.core.simulation.prints import PRINTS, simulate_print

LIFT_BOUND = 0.02
"""In stops: a lift is no choice, but far from zero where it does next to nothing."""


def test_pictures_fall_into_the_same_styles():
    scenes = ordinary_photographs()[:9]
    looks = [*PRINTS, "faded_slide"]
    prints = [simulate_print(scene, looks[number % 4], number) for number, scene in enumerate(scenes)]
    groups = separate_styles(prints)
    assert len(groups) > 1
    assert all(separate_styles(moved_by(1000 * ROUNDING, prints, seed)) == groups for seed in range(3))


@pytest.mark.parametrize("colour", ["paper", "grey"])
def test_a_frame_ends_at_the_same_lines(colour):
    """Also where a line printed on the paper is just as far from its colour as counts as paper."""
    sheet = np.full((130, 150, 3), 0.96 if colour == "paper" else 0.5, np.float32)
    sheet[5:7] -= np.float32(0.08)
    sheet[15:-15, 15:-15] = scenes()[0][:100, :120]
    box = inside_frame(sheet)
    assert box == (slice(15, 115), slice(15, 135))
    assert all(inside_frame(each) == box for seed in range(5) for each in moved_by(ROUNDING, [sheet], seed))
    assert all(inside_frame(each) == box for seed in range(5) for each in moved_by(1000 * ROUNDING, [sheet], seed))


def spots(background):
    """Lights on black, as in a night sky or under a microscope."""
    picture = plain(background, (64, 64))
    picture[np.random.default_rng(0).random((64, 64)) > 0.9] += 0.6
    return picture


DARK_AND_LIGHT = {
    "black": spots(0),
    "next to black": spots(0.004),
    "white": 1 - spots(0),
    "black beside white": np.concatenate([plain(0, (32, 64)), plain(1, (32, 64))]),
    "photograph": scenes()[0][::2, ::2],
    "photograph in greys": scenes()[2][::2, ::2],
}


@pytest.mark.parametrize("name", DARK_AND_LIGHT)
def test_brightness_is_kept_by_the_same_lift(name):
    """Also where it can't be kept: a picture is only bent so far as it gains by that."""
    for look in ("warm-slide-1950s", "three-colour-plates-1910s", "silver-prints-1930s"):
        colours = colours_graph(pretrained(look), "kept")
        lift = find_lift(colours, DARK_AND_LIGHT[name], (64, 64))
        assert name not in ("black", "white", "black beside white") or lift == 0
        for moved in moved_by(ROUNDING, [DARK_AND_LIGHT[name]] * 4):
            found = find_lift(colours, np.clip(moved, 0, 1).astype(np.float32), (64, 64))
            assert found == pytest.approx(lift, abs=LIFT_BOUND)


WHITES = {
    "cut off at half above white": (1.0, [0.2, 0.7, 1.5]),
    "cut off at half above the white of eight bits": (255.0, [0.0, 50.0, 382.5]),
    "whole numbers of eight bits, most of them next to black": (255.0, [0.0] * 9 + [1.0, 1.0, 2.0, 255.0]),
    "highlights beyond much that is just white": (1.0, [0.0, *[1.0] * 5, 3.5, 40.0]),
}


@pytest.mark.parametrize("name", WHITES)
def test_floats_have_the_same_white(name):
    white, values = WHITES[name]
    for seed in range(20):
        (moved,) = moved_by(ROUNDING * max(values), [np.array(values)], seed)
        assert value_range(moved.dtype, np.array(values)) == value_range(moved.dtype, moved) == (0.0, white)

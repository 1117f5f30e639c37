"""Which axes are rows, columns, channels and stacks."""

import pytest

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.images.layout import Layout, read_layout


@pytest.mark.parametrize(
    ("shape", "rgb", "layout"),
    [
        ((5, 7), None, Layout((), 5, 7, 0)),
        ((5, 7, 3), None, Layout((), 5, 7, 3)),
        ((5, 7, 4), None, Layout((), 5, 7, 4)),
        ((5, 7, 3), False, Layout((5,), 7, 3, 0)),
        ((2, 5, 7), None, Layout((2,), 5, 7, 0)),
        ((6, 2, 5, 7, 3), None, Layout((6, 2), 5, 7, 3)),
        ((3, 3), None, Layout((), 3, 3, 0)),
    ],
)
def test_layouts(shape, rgb, layout):
    assert read_layout(shape, rgb) == layout


@pytest.mark.parametrize(
    ("shape", "rgb", "words"),
    [
        ((), None, "at least two axes"),
        ((4,), None, "at least two axes"),
        ((4, 3), True, "at least three axes"),
        ((4, 5, 2), True, "has 2 channels"),
        ((4, 5, 5), True, "has 5 channels"),
        ((0, 5), None, "no pixel"),
        ((2, 4, 0, 3), None, "no pixel"),
        ((float("nan"), 5), None, "isn't known"),
    ],
)
def test_refusals(shape, rgb, words):
    with pytest.raises(InvalidImage, match=words):
        read_layout(shape, rgb)


def test_planes_are_numbered_with_the_last_axis_fastest():
    layout = read_layout((2, 3, 5, 7, 3))
    assert layout.num_planes == 6
    assert list(layout.plane_indices())[:4] == [(0, 0), (0, 1), (0, 2), (1, 0)]

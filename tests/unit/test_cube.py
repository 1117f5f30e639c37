"""The table for photo editors."""

import numpy as np
import pytest

from napari_retrogan.core.errors import InvalidConfig, InvalidImage
from napari_retrogan.core.export.cube import bake_table, cube_text
from napari_retrogan.core.stages.chain import LATER_NAMES
from napari_retrogan.core.vintage_generator import VintageGenerator


def test_a_colour_of_the_table_is_exact(make_weights):
    weights = make_weights()
    generator = VintageGenerator.from_weights(
        {**weights, **{name: np.zeros_like(weights[name]) for name in LATER_NAMES}}
    )
    flat = np.full((255, 255, 3), 0.5)
    styled = generator.apply(flat, grain=0, brightness="learnt")
    rows, columns = np.mgrid[0:255, 0:255] + 0.5 - 127.5
    nearest = np.abs((rows**2 + columns**2) / (255**2 / 2) - 1 / 3).argmin()
    expected = styled.reshape(-1, 3)[nearest]
    for image in (None, flat):
        assert np.allclose(bake_table(generator, 5, image)[2, 2, 2], expected, atol=1e-3)


def test_the_text_is_read_red_first(generator):
    title, size, *colours = cube_text(generator, size=4).splitlines()
    assert title == f'TITLE "napari-retrogan {generator.id}"'
    assert size == "LUT_3D_SIZE 4"
    values = np.array([line.split() for line in colours], float)
    table = bake_table(generator, 4)
    assert values.shape == (64, 3)
    assert np.allclose(values[1], table[0, 0, 1], atol=1e-6)
    assert np.allclose(values[4], table[0, 1, 0], atol=1e-6)


def test_a_photograph_changes_the_table(generator, photograph):
    assert not np.array_equal(bake_table(generator, 3, photograph), bake_table(generator, 3))


def test_refusals(generator, photograph):
    for size in (1, 130, 3.5, "33"):
        with pytest.raises(InvalidConfig, match="size"):
            cube_text(generator, size=size)
    with pytest.raises(InvalidImage, match="one plane"):
        cube_text(generator, image=np.stack([photograph] * 2))

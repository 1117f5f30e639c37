"""Sets of pictures that a training has little to learn from still give a generator, whose result is a picture."""

import numpy as np
import pytest

import napari_retrogan as rg
from documented_inputs import documented
from napari_retrogan.core.training.train import train
from slow_tests import slow_but_for

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (60, 80, 3), np.uint8)
TINY = PICTURE[:8, :8]
GREY = np.full((60, 80, 3), 128, np.uint8)


def with_gaps():
    """A picture in floats, a corner of which is unknown and a pixel of which is infinite."""
    picture = (PICTURE / 255).astype(np.float32)
    picture[:20, :30], picture[50, 70, 1] = np.nan, np.inf
    return picture


ODD = {
    "photographs equal to vintage": (PICTURE, PICTURE),
    "one photograph of 8 px": (TINY, PICTURE),
    "one photograph and one print of 8 px": (TINY, TINY),
    "constant pictures": (GREY, [np.zeros_like(GREY), np.full_like(GREY, 255)]),
    "pictures with gaps": (with_gaps(), with_gaps()[::-1]),
    "pictures without a known value": (np.full((60, 80), np.nan, np.float32), PICTURE),
}


PAIRS = ("photographs equal to vintage", "pictures with gaps")
CASES = {name: (*pictures, False) for name, pictures in ODD.items()}
CASES |= {f"{name}, as pairs": (*ODD[name], True) for name in PAIRS}


def test_the_documentation_says_the_same():
    assert documented("Sets of pictures to train on") == [(name, "trained") for name in CASES]


@pytest.mark.usefixtures("short_fits", "eager")
@pytest.mark.parametrize("name", slow_but_for(CASES, "one photograph and one print of 8 px", "pictures with gaps"))
def test_odd_sets_train(config, name):
    photographs, vintage, paired = CASES[name]
    generator = train(photographs, vintage, config=config.replace(num_steps=2), paired=paired, engine="local")
    assert isinstance(generator, rg.VintageGenerator)
    assert generator.provenance["steps"] <= 2
    assert all(np.isfinite(values).all() for values in generator.weights.values())
    assert all(np.isfinite(value) for losses in generator.history for value in losses.values())
    styled = generator.apply(PICTURE)
    assert (styled.shape, styled.dtype) == (PICTURE.shape, PICTURE.dtype)
    assert np.array_equal(np.isfinite(generator.apply(with_gaps())), np.isfinite(with_gaps()))

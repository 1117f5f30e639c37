"""What is fitted to pictures before a training hardly moves when their values do by rounding, as `test_rounding` says.

The search for a code takes a hundred steps, each of which magnifies what was before it, so its bounds are wider.
"""

import numpy as np
import pytest
from test_code_search import PHOTOGRAPHS, SCENES, VINTAGE, searched_look

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.gan.code_search import tell_look
from napari_retrogan.core.gan.pairs import POSITION_SHARE, _position_shares
from napari_retrogan.core.images.pixel_positions import picture_positions
from napari_retrogan.core.looks.palette import look_colours

pytestmark = pytest.mark.slow

ROUNDING = 1e-7
CODE_BOUND, COLOUR_BOUND, SHARE_BOUND = 0.01, 0.1, 1e-4
"""Of a style code, of colours in CIELAB, and of the share that positions explain."""

FLAT = [np.full((64, 96, 3), value, np.float32) for value in (0, 1, 0.5)]
SETS = {
    "unusual look": (VINTAGE, PHOTOGRAPHS),
    "no look": (PHOTOGRAPHS, PHOTOGRAPHS),
    "black beside white": (FLAT[:2] * 8, FLAT[2:] * 16),
}
PAIRS = {
    "no change": lambda view, position: view,
    "one tone": lambda view, position: np.repeat((view @ LUMINANCE)[..., None], 3, -1),
    "flat": lambda view, position: np.full_like(view, 0.3),
    "levels of eight bits": lambda view, position: np.round(255 * (0.5 * view + 0.2)) / np.float32(255),
    "darker corners": lambda view, position: view * (1 - 0.3 * position[..., :1]),
}


def moved(pictures, seed=0):
    random = np.random.default_rng(seed)
    return [(picture + ROUNDING * random.standard_normal(picture.shape)).astype(np.float32) for picture in pictures]


@pytest.mark.parametrize(
    "name", ["unusual look", *(pytest.param(name, marks=pytest.mark.weekly) for name in SETS if name != "unusual look")]
)
def test_the_search_for_a_code_ends_at_the_same_look(name):
    vintage, photographs = SETS[name]
    first = searched_look() if name == "unusual look" else tell_look(vintage, photographs, seed=0)
    second = tell_look(moved(vintage), moved(photographs), seed=0)
    np.testing.assert_allclose(first.code, second.code, rtol=0, atol=CODE_BOUND)
    np.testing.assert_allclose(look_colours(first.weights), look_colours(second.weights), rtol=0, atol=COLOUR_BOUND)


def position_shares(before, after):
    positions = [picture_positions(view.shape[:2]) for view in before]
    return _position_shares(
        *(np.concatenate([each.reshape(-1, 3) for each in views]) for views in (before, positions, after))
    )


@pytest.mark.parametrize("name", PAIRS)
def test_what_positions_explain_of_pairs_moves_by_next_to_nothing(name):
    before = SCENES[:4]
    after = [PAIRS[name](view, picture_positions(view.shape[:2])).astype(np.float32) for view in before]
    shares = position_shares(before, after)
    np.testing.assert_allclose(position_shares(moved(before), moved(after, 1)), shares, rtol=0, atol=SHARE_BOUND)
    assert (shares[0] >= POSITION_SHARE) == (name == "darker corners")

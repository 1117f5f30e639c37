"""Results of any part of a picture, whole or in chunks: they have the bits of the whole."""

import dask.array as da
import numpy as np
from hypothesis import strategies as st

PARTS = {
    "top": st.integers(0, 250),
    "left": st.integers(0, 300),
    "height": st.integers(60, 300),
    "width": st.integers(60, 420),
}
"""Parts of a photograph of 300 x 420 px, which may reach beyond it."""


def assert_parts_have_the_bits_of_the_whole(look, photograph, top, left, height, width, **settings):
    """Compare a region of a result, and the same of a picture in chunks of its size, with the result itself."""
    whole = look.apply(photograph, **settings)
    region = top, left, min(height, 300 - top), min(width, 420 - left)
    where = slice(top, top + region[2]), slice(left, left + region[3])
    assert np.array_equal(look.apply(photograph, **settings, region=region), whole[where])
    lazy = look.apply(da.from_array(photograph, chunks=(height, width, 3)), **settings)
    assert np.array_equal(lazy[where].compute(), whole[where])

"""One result, bit for bit: whole, in tiles of any order, and in Dask chunks of any shape."""

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def picture(photograph):
    return photograph[:270, :300]


@pytest.fixture(scope="module")
def stacks(photograph):
    """Grey and colour stacks of two leading axes."""
    parts = np.stack([photograph[start : start + 30, start : start + 40] for start in range(0, 60, 10)])
    return {"grey": parts.reshape(2, 3, 30, 40, 3)[..., 1], "colour": parts.reshape(2, 3, 30, 40, 3)}


@pytest.fixture(scope="module")
def whole(generator, picture, stacks):
    results = {name: generator.apply(stack, seed=5) for name, stack in stacks.items()}
    return results | {"picture": generator.apply(picture, seed=5)}


@given(step=st.tuples(st.integers(90, 300), st.integers(90, 300)), data=st.data())
@settings(max_examples=4, deadline=None)
def test_parts_in_any_order_make_the_whole(generator, picture, whole, step, data):
    height, width = picture.shape[:2]
    corners = [(top, left) for top in range(0, height, step[0]) for left in range(0, width, step[1])]
    assembled = np.zeros_like(picture)
    for top, left in data.draw(st.permutations(corners)):
        bottom, right = min(top + step[0], height), min(left + step[1], width)
        part = generator.apply(picture, seed=5, region=(top, left, bottom - top, right - left))
        assembled[top:bottom, left:right] = part
    assert np.array_equal(assembled, whole["picture"])


@given(
    kind=st.sampled_from(["grey", "colour"]),
    chunks=st.tuples(*(st.integers(1, size) for size in (2, 3, 30, 40, 3))),
    planes=st.permutations([(row, column) for row in range(2) for column in range(3)]),
)
@settings(max_examples=4, deadline=None)
def test_chunks_of_any_shape_and_order_make_the_whole(generator, stacks, whole, kind, chunks, planes):
    stack = stacks[kind]
    lazy = generator.apply(da.from_array(stack, chunks=chunks[: stack.ndim]), seed=5, rgb=kind == "colour")
    for plane in planes[:3]:
        assert np.array_equal(lazy[plane].compute(), whole[kind][plane])
    assert np.array_equal(lazy[:, 1, 3:].compute(scheduler="synchronous"), whole[kind][:, 1, 3:])


@given(chunks=st.tuples(st.integers(20, 270), st.integers(20, 300), st.integers(1, 3)), shift=st.integers(1, 200))
@settings(max_examples=4, deadline=None)
def test_slices_of_a_lazy_result_are_slices_of_the_whole(generator, picture, whole, chunks, shift):
    lazy = generator.apply(da.from_array(picture, chunks=chunks), seed=5)
    part = slice(shift, shift + 70), slice(300 - shift, 20, -3)
    assert np.array_equal(lazy[part].compute(), whole["picture"][part])

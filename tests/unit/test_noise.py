"""The counter-based noise: a function of seed, plane, pixel and channel alone."""

import hashlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_retrogan.core.inference.noise import PERIOD, noise_field, noise_vector, normal_from_words

positions = st.integers(-200, 2000)
sizes = st.integers(1, 80)


@given(top=positions, left=positions, height=sizes, width=sizes, down=st.integers(0, 79), right=st.integers(0, 79))
@settings(max_examples=50, deadline=None)
def test_a_part_is_the_crop_of_the_whole(top, left, height, width, down, right):
    whole = noise_field(5, 2, top, left, height + down, width + right)
    part = noise_field(5, 2, top + down, left + right, height, width)
    assert np.array_equal(part, whole[down:, right:])


@given(
    top=st.integers(-9, 2 * PERIOD),
    left=st.integers(-9, 2 * PERIOD),
    turns=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    block=st.sampled_from([(1, 1), (2, 2), (1, 2)]),
)
@settings(max_examples=30, deadline=None)
def test_it_repeats_after_a_period_along_both_axes(top, left, turns, block):
    down, right = (turn * PERIOD // size for turn, size in zip(turns, block, strict=True))
    there = noise_field(5, 2, top + down, left + right, 40, 70, block)
    assert np.array_equal(there, noise_field(5, 2, top, left, 40, 70, block))


def test_within_a_period_nothing_repeats():
    field = noise_field(5, 2, 0, 0, PERIOD, PERIOD)[::32, ::32]
    assert len(np.unique(field.reshape(-1, 3), axis=0)) == 64 * 64


def test_the_bits_from_the_halo_to_the_last_block_are_those_of_a_plane_without_a_period():
    corners = [(-32, -32), (-3, 1953), (1984, 1984), (1000, 2000)]
    digest = hashlib.sha256()
    for top, left in corners:
        digest.update(np.ascontiguousarray(noise_field(7, 1, top, left, 16, 16), "<f4").tobytes())
    assert digest.hexdigest()[:16] == "5b4bdc57476ccf36"


def test_it_is_nearly_normal_and_white():
    field = noise_field(0, 0, -100, 50, 400, 400).astype(np.float64)
    assert field.shape == (400, 400, 3)
    assert abs(field.mean()) < 0.01
    assert abs(field.std() - 1) < 0.01
    assert abs((field**3).mean()) < 0.02
    assert 2.5 < (field**4).mean() < 3
    for shifted in (field[1:], field[:, 1:]):
        assert abs((field[: shifted.shape[0], : shifted.shape[1]] * shifted).mean()) < 0.01
    assert abs((field[..., 0] * field[..., 1]).mean()) < 0.01


def test_seeds_planes_and_vectors_are_unrelated():
    fields = [
        noise_field(seed, plane, 0, 0, 64, 64).ravel() for seed, plane in ((0, 0), (0, 1), (1, 0), (2**63 - 1, 0))
    ]
    fields.append(noise_vector(0, 0, fields[0].size))
    correlations = np.corrcoef(fields)
    assert np.abs(correlations[~np.eye(len(fields), dtype=bool)]).max() < 0.05


def test_a_vector_depends_on_its_index_and_a_longer_one_begins_alike():
    assert not np.array_equal(noise_vector(3, 0, 10), noise_vector(3, 1, 10))
    assert np.array_equal(noise_vector(3, 7, 100)[:9], noise_vector(3, 7, 9))


def test_words_give_exact_values():
    words = np.array([[0, 2**64 - 1], [0x0000FFFF0000FFFF, 0xFFFF0000FFFF0000]], np.uint64)
    values = normal_from_words(words)
    assert values.dtype == np.float32
    assert np.array_equal(values[0], -values[0, ::-1])
    assert np.array_equal(values[1], [0, 0])
    assert np.isclose(values[0, 1], np.sqrt(12), atol=1e-4)


def test_the_bits_never_change():
    field = np.ascontiguousarray(noise_field(7, 1, -3, -3, 40, 70), "<f4")
    assert hashlib.sha256(field.tobytes()).hexdigest()[:16] == "6e6dbcba8ae17c69"

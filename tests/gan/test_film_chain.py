"""A film chain begins at changing nothing, or at the mean of known looks."""

import numpy as np
from keras import ops

from napari_retrogan.core.gan.film_chain import LikelyChain, SimpleChain, likely_chains, pack
from scattered_colours import scattered, somewhere


def test_a_new_chain_changes_nothing_and_goes_on_straight_outside_the_range():
    colours, positions = scattered(50, 2, -0.3, 1.4), somewhere(50, 5)
    for positional in (False, True):
        chain = SimpleChain(np.eye(3), np.zeros(3), positional=positional)
        np.testing.assert_allclose(ops.convert_to_numpy(chain([colours, positions])), colours, atol=1e-5)


def test_a_likely_chain_starts_at_the_mean_of_known_looks_which_makes_colours_paler():
    mean, root = likely_chains()
    assert mean.shape == (78,)
    assert root.shape == (78, 78)
    assert np.linalg.matrix_rank(root.astype(float)) == 78
    chain = LikelyChain(positional=False)
    np.testing.assert_allclose(pack(chain), mean, rtol=1e-6)
    ramp = np.linspace(0, 1, 9, dtype=np.float32)[:, None] * np.ones(3, np.float32)
    toned = ops.convert_to_numpy(chain([ramp, np.zeros_like(ramp)]))
    assert (np.diff(toned, axis=0) > 0).all()
    assert (np.ptp(toned, axis=0) < 1).all()


def test_numbers_of_a_chain_give_it_back():
    mean, root = likely_chains()
    colours, deviation = scattered(40, 8, 0, 1), np.random.default_rng(9).standard_normal(len(mean)) / 4
    chain, same = LikelyChain(positional=False), SimpleChain(np.eye(3), np.zeros(3), positional=False)
    chain.deviation.assign(deviation)
    packed = pack(chain)
    np.testing.assert_allclose(packed, mean + deviation @ root, atol=1e-5)
    taken = 0
    for part in same.parts().values():
        count = int(np.prod(part.shape))
        part.assign(packed[taken : taken + count].reshape(part.shape))
        taken += count
    result, expected = (ops.convert_to_numpy(each([colours, np.zeros_like(colours)])) for each in (same, chain))
    np.testing.assert_allclose(result, expected, atol=1e-4)

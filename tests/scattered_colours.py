"""Colours and positions drawn at random, for what is fitted to them."""

import numpy as np


def scattered(count, seed, low, high):
    return np.random.default_rng(seed).uniform(low, high, (count, 3)).astype(np.float32)


def somewhere(count, seed):
    offsets = np.random.default_rng(seed).uniform((-0.6, -0.8), (0.6, 0.8), (count, 2)).astype(np.float32)
    return np.column_stack([np.square(offsets).sum(1), offsets]).astype(np.float32)

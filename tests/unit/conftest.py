"""Generators with random weights, whose every branch shows in the result."""

import numpy as np
import pytest

from napari_retrogan.core.stages.chain import (
    NAMES_OF_VERSION_9,
    NAMES_OF_VERSION_10,
    NAMES_OF_VERSION_11,
    WEIGHT_SHAPES,
)
from napari_retrogan.core.vintage_generator import VintageGenerator


@pytest.fixture(scope="session")
def make_weights():
    def make(seed=0):
        rng = np.random.default_rng(seed)
        # So have blurred ones and particles, which hide what lies below.
        weights = {name: np.zeros(WEIGHT_SHAPES[name], np.float32) for name in NAMES_OF_VERSION_9}
        weights |= {name: np.ones(WEIGHT_SHAPES[name], np.float32) for name in NAMES_OF_VERSION_10}
        weights |= {name: np.full(WEIGHT_SHAPES[name], 0.2, np.float32) for name in NAMES_OF_VERSION_11}
        weights["screen/light"] *= 0  # Dots in light have tests of their own.
        for name, shape in WEIGHT_SHAPES.items():
            if name in weights:
                continue
            scale = 0.05 if name.endswith("bias") else 0.7 / np.sqrt(np.prod(shape[:-1]))
            weights[name] = (scale * rng.standard_normal(shape)).astype(np.float32)
        weights["colour/map/matrix"] = (np.eye(3) + 0.1 * rng.standard_normal((3, 3))).astype(np.float32)
        weights["colour/map/amount"] = np.array(0.8, np.float32)
        weights["halation/strength"] = np.abs(weights["halation/strength"])
        for name in ("fringes/offset", "fringes/scale"):
            weights[name] *= np.float32(0.01)
        # Dots of random frequencies beat with pixels: they have tests of their own.
        weights["screen/strength"] = np.zeros(3, np.float32)
        return weights

    return make


@pytest.fixture(scope="session")
def generator(make_weights):
    return VintageGenerator.from_weights(make_weights())


@pytest.fixture(scope="session")
def photograph():
    """A smooth picture with some texture, larger than a tile in both directions."""
    rng = np.random.default_rng(1)
    rows, columns = np.mgrid[0:300, 0:420] / 300
    channels = [0.5 + 0.4 * np.sin(3 * rows + shift + 5 * columns) for shift in range(3)]
    picture = np.stack(channels, -1) + 0.03 * rng.standard_normal((300, 420, 3))
    return (255 * np.clip(picture, 0, 1)).astype(np.uint8)

"""Small pictures to train on: smooth colours, and grain that no spectrum tells."""

import numpy as np

from napari_retrogan.core.simulation.crystals import add_opaque_discs


def picture(seed):
    """A smooth coloured picture of 96 x 128 px."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:96, 0:128] / 96
    waves = [np.sin(rng.uniform(1, 9) * rows + rng.uniform(1, 9) * columns + rng.uniform(0, 6)) for _ in range(3)]
    return (127 + 100 * np.stack(waves, -1)).astype(np.uint8)


def with_specks(print_, seed):
    """A print with grain that no spectrum and no particles tell: light discs of 1 px."""
    specked = 1 - add_opaque_discs((1 - print_ / np.float32(255)).astype(np.float32), 0.04, 1.0, seed)
    return np.rint(255 * specked).astype(np.uint8)

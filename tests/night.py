"""Scenes that tell of a glow: lamps in the dark."""

import numpy as np

from napari_retrogan.core.simulation.film import soften


def night(seed, size=240):
    """Dark things of many colours, and lamps and windows of all sizes among them."""
    random = np.random.default_rng(seed)
    picture = np.full((size, size, 3), 0.1, np.float32)
    for number in range(130):
        lamp = number > 115
        centre, radii = random.uniform(0, size, 2), random.uniform(3, 16, 2)
        colour = random.uniform(0.95, 1.0) if lamp else random.uniform(0.02, 0.4) * random.uniform(0.6, 1, 3)
        rows, columns = np.ogrid[:size, :size]
        picture[((rows - centre[0]) / radii[0]) ** 2 + ((columns - centre[1]) / radii[1]) ** 2 < 1] = colour
    return soften(picture, 0.6)

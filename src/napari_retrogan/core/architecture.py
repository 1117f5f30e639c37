"""Sizes and constants that the networks, the graphs and everything that applies them share."""

from __future__ import annotations

import numpy as np

TILE_SIZE = 256
THUMBNAIL_SIZE = 64
NOISE_CHANNELS = 3
NEGATIVE_SLOPE = 0.2
SEED_LIMIT = 2**63
"""Seeds are whole numbers from 0 to below it."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Weights of red, green and blue: Rec. 709, used on stored values as they are."""

TRANSFER = 2.2
"""Power of stored values that is light."""

STYLE_NOISE = 100
CODE_SIZE = 64

MAPPING_SHAPES: dict[str, tuple[int, ...]] = {
    "hidden_1/kernel": (STYLE_NOISE, 64),
    "hidden_1/bias": (64,),
    "hidden_2/kernel": (64, 64),
    "hidden_2/bias": (64,),
    "code/kernel": (64, CODE_SIZE),
    "code/bias": (CODE_SIZE,),
}
"""The network that draws new styles from normal noise: three dense layers to a code, which the look prior decodes."""

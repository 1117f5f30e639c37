"""Pictures of all kinds, and what rounding makes of them."""

from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter

from napari_retrogan.core.simulation.film import add_grain
from napari_retrogan.core.simulation.prints import simulate_print
from napari_retrogan.core.simulation.samples import sample_photographs

ROUNDING = 1e-7
"""How far pictures in [0, 1] differ where they were rounded otherwise."""


def moved_by(far, pictures, seed=0):
    random = np.random.default_rng(seed)
    return [picture + far * random.uniform(-1, 1, picture.shape) for picture in pictures]


def plain(value, shape=(96, 96)):
    return np.full((*shape, 3), value, np.float32)


def grey(values):
    return np.repeat(np.asarray(values, np.float32)[..., None], 3, -1)


def stripes(width, shape=(96, 96)):
    return grey(np.broadcast_to(np.where(np.arange(shape[1]) // width % 2, 0.2, 0.8), shape))


def board(width, size=96):
    rows, columns = np.mgrid[:size, :size] // width
    return grey((rows + columns) % 2)


def slope(low, high):
    return grey(np.broadcast_to(np.linspace(low, high, 96), (96, 96)))


def waves(count=3, size=128):
    """Smooth pictures of all luminances."""
    rows, columns = np.mgrid[:size, :size] / size
    return [grey(0.5 + 0.45 * np.sin(3 * rows + turn + 2 * columns)) for turn in range(count)]


def scenes():
    """Parts of real photographs, of eight bits, two of them in colour."""
    pictures = [picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, -1)
                for picture in sample_photographs().values()]  # fmt: skip
    return [(picture[60:188, 100:228] / np.float32(255)).astype(np.float32) for picture in pictures]


def edge(rows):
    """A straight vertical edge of so many rows, of two columns that are equally steep."""
    picture = plain(0.2)
    picture[30 : 30 + rows, 48:] = 0.8
    return gaussian_filter(picture, (0, 0.7, 0))


def grainy(pictures, strength=0.06, chroma=0.25):
    return [add_grain(picture, strength, 0.8, seed, chroma) for seed, picture in enumerate(pictures)]


def one_tone(seed):
    luminance = 0.5 + 0.05 * np.random.default_rng(seed).standard_normal((96, 96, 1))
    return (luminance * [1, 0.8, 0.6]).astype(np.float32)


@cache
def sets():
    """Return vintage pictures and photographs by what they are."""
    random = np.random.default_rng(0)
    real = scenes()
    clipped = [np.clip(4 * (wave - 0.5) + 0.5, 0, 1) for wave in waves()]
    levels = [np.round(4 * wave) / np.float32(4) for wave in waves()]
    half_plain = [np.concatenate([plain(0.5), each], 1) for each in (*grainy([plain(0.5)]), real[0][:96, :96])]
    prints = [simulate_print((255 * scene).astype(np.uint8), "faded_slide", 1) / np.float32(255) for scene in real]
    halves = [picture.astype(np.float16).astype(np.float32) for picture in grainy(real, chroma=0)]
    return {
        "prints of eight bits": (prints, real[::-1]),
        "grey grain in half precision": (halves, waves()),
        "grain between clipped tones": (grainy(clipped), waves()),
        "the same on both sides": (real[:2], real[:2]),
        "smooth on both sides": (waves(), waves()),
        "flat tones that part ranges": ([plain(tone / 20) for tone in (0, 3, 5, 10, 15, 17, 20)], [plain(0.5)]),
        "black beside white": ([plain(0), plain(1)], real),
        "one tone": ([one_tone(seed) for seed in range(3)], real),
        "stripes beside boards": ([stripes(width) for width in (4, 8, 16)], [board(width) for width in (2, 4, 8, 16)]),
        "straight edges and slopes": ([edge(25), slope(0, 1), slope(0.2, 0.6)], [edge(60), edge(31)]),
        "few levels": (levels, [picture[:, ::-1] for picture in levels]),
        "half of it flat": (half_plain[:1], half_plain[1:]),
        "noise beside black and white pixels": (
            [random.random((96, 96, 3), np.float32)],
            [grey(random.integers(0, 2, (96, 96)))],
        ),
        "one square": (grainy([plain(0.4, (32, 33))], 0.1), [real[0][:32, :40]]),
    }

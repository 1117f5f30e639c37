"""Film chains fitted to pairs, which tell what becomes of colours that no pair holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.gan.film_chain import FilmChain, LikelyChain, SimpleChain
from napari_retrogan.core.gan.model_state import compile_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Samples = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]

STEPS, BATCH, RATE = 1000, 2048, 0.02
LIKELY_STEPS, _LIKELY_RATE = 2000, 0.1
_HALF_BELIEVED = 12.0
"""A chain of so much oddity counts half beside the simple one, others the more the nearer to known looks they are, as
the odd ones err more: Kelvin, Portra 160 and px-680 have 10 to 14 with one pair, others 1 to 8. Chosen on two of the
benchmark's three draws, where 8 to 16 do nearly as well and each is better than one share for all."""
ALIKE = 1.03
"""Two chains that fit so nearly alike are both believed. Where light is uneven, one can settle about a wrong centre,
and fits 7 to 18% worse then; of other looks one alone was beyond that with one pair, px-680, and better for it."""
RIDGE = 1e-4
_MONOCHROME_MARGIN = 1.03
"""One tone for all colours is believed if it fits so nearly as well: prints of one tone have ratios of 1.00, others at
least 1.06."""
_TONES = 33
NOTHING = 1e-12


def fit_chain(
    pixels: NDArray[np.float32],
    positions: NDArray[np.float32],
    targets: NDArray[np.float32],
    seed: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]:
    """Return what maps colours (N, 3) at positions (N, 3) as pairs do.

    That is a mean of two chains, one near to changing nothing and one near to known looks: they err in other ways.
    If all colours may come out in one tone, it is a chain of one tone instead, and the one near to known looks tells
    how light each colour becomes: how films in black and white see colours is better known than how one pair shows it.

    Parameters
    ----------
    pixels, positions, targets
        (N, 3) each: colours before, where they lie (zeros where that shall not matter) and colours after.
    seed
        Of the order in which they are seen.
    should_stop
        Asked between steps; the chains are left as they stand then.
    """
    positional = bool(np.any(positions))
    samples = pixels, positions, targets

    def error_of(chain: FilmChain, steps: int, rate: float) -> float:
        _train(chain, samples, seed, steps, rate, should_stop)
        return float(np.abs(run_chain(chain, pixels, positions) - targets).mean())

    simple = SimpleChain(*linear_start(pixels, targets), positional=positional)
    of_one_tone = SimpleChain(LUMINANCE[:, None], np.zeros(3), positional=positional)
    likely = LikelyChain(positional=positional)
    error, error_of_one = (error_of(chain, STEPS, RATE) for chain in (simple, of_one_tone))
    error_of_likely = error_of(likely, LIKELY_STEPS, _LIKELY_RATE)
    if error_of_one <= _MONOCHROME_MARGIN * error:
        return lambda colours, there: _tone_as_light(of_one_tone, there, run_chain(likely, colours, there) @ LUMINANCE)
    share = np.float32(_likely_share(error, error_of_likely, float(likely.oddity())))
    return lambda colours, there: (
        share * run_chain(likely, colours, there) + (1 - share) * run_chain(simple, colours, there)
    )


def _likely_share(error: float, error_of_likely: float, oddity: float) -> float:
    """Return how much the chain near known looks counts beside the simple one."""
    if error_of_likely > ALIKE * error:
        return 0.0
    return 1.0 if error > ALIKE * error_of_likely else _HALF_BELIEVED / (_HALF_BELIEVED + oddity)


def _tone_as_light(
    of_one_tone: SimpleChain, positions: NDArray[np.float32], light: NDArray[Any]
) -> NDArray[np.float32]:
    """Return which of the tones (N, 3) that a chain gives greys at positions (N, 3) has luminances (N,)."""
    greys = np.tile(np.linspace(0, 1, _TONES, dtype=np.float32)[:, None], (len(positions), 3))
    tones = run_chain(of_one_tone, greys, np.repeat(positions, _TONES, axis=0)).reshape(-1, _TONES, 3)
    tones = np.take_along_axis(tones, np.argsort(tones @ LUMINANCE, axis=1)[..., None], axis=1)
    levels = tones @ LUMINANCE
    rows, above = np.arange(len(positions)), np.clip((levels < light[:, None]).sum(1), 1, _TONES - 1)
    low, high = levels[rows, above - 1], levels[rows, above]
    share = np.clip((light - low) / np.maximum(high - low, NOTHING), 0, 1)[:, None]
    return np.asarray((1 - share) * tones[rows, above - 1] + share * tones[rows, above], np.float32)


def compile_chain(chain: FilmChain, steps: int, rate: float) -> None:
    """Prepare a chain to take so many steps, at a learning rate that falls to nothing."""
    compile_model(chain, keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps)))


def take_steps(
    chain: FilmChain,
    samples: Samples,
    steps: int,
    random: np.random.Generator,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Fit a compiled chain to colours, their positions and what they became, (N, 3) each."""
    pixels, positions, targets = samples
    for _ in range(steps):
        if should_stop():
            break
        chosen = random.integers(len(pixels), size=BATCH)
        chain.train_on_batch([pixels[chosen], positions[chosen]], targets[chosen])


def run_chain(chain: FilmChain, pixels: Any, positions: Any) -> NDArray[np.float32]:
    """Return what a chain makes of colours (N, 3) at positions (N, 3), in [0, 1]."""
    return np.asarray(np.clip(ops.convert_to_numpy(chain([pixels, positions])), 0, 1), np.float32)


def _train(
    chain: FilmChain, samples: Samples, seed: int, steps: int, rate: float, should_stop: Callable[[], bool]
) -> None:
    """Compile and fit a chain."""
    compile_chain(chain, steps, rate)
    take_steps(chain, samples, steps, np.random.default_rng([seed, 5]), should_stop)


def linear_start(pixels: NDArray[np.float32], targets: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the linear map (3, 3) and offset (3,) that fit best, near the identity in what the pairs do not tell."""
    features = np.column_stack([pixels, np.ones(len(pixels))]).astype(np.float64)
    regular = RIDGE * len(pixels) * np.diag([1, 1, 1, 0])
    change = np.linalg.solve(features.T @ features + regular, features.T @ (targets - pixels))
    return np.eye(3) + change[:3], change[3]

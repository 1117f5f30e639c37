"""Colour learnt from pairs, without a discriminator.

What the pairs show is fitted by the colour branch, which starts at the look that comes nearest to them among those that
the prior can write. What becomes of colours that no pair holds is told by chains of few numbers, fitted before.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from napari_retrogan.core.architecture import THUMBNAIL_SIZE
from napari_retrogan.core.gan.chain_fit import fit_chain
from napari_retrogan.core.gan.generator import trainable_colour
from napari_retrogan.core.gan.look_fit import LookFit
from napari_retrogan.core.gan.model_state import compile_model
from napari_retrogan.core.images.pixel_positions import MEAN_SQUARED_RADIUS, pixel_positions
from napari_retrogan.core.looks.prior import decode, estimate_look
from napari_retrogan.core.looks.statistics import ordinary_photographs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from napari_retrogan.core.gan.keras_operations import StageLayer
    from napari_retrogan.core.images.training_image import TrainingImage

LOOK_STEPS = 300
_LOOK_RATE = 0.05
FIT_STEPS = 3000
_FIT_BATCH = 2048
_FIT_RATE = 4e-2
_ANCHORS = 2048
"""Colours a batch that the chains tell of, beside those of pairs. With half as many, two thirds of the steps and half
the rate 4% more was left on looks that change over the picture, and as much on others. All three were chosen on looks
of the benchmark's figures."""
PALETTE_STEP, STRANGE_SHARE = 6, 0.25
"""Every so many pixels of the ordinary thumbnails, in rows and columns, are colours to tell of, and so many of any."""
BLOCK = 4
"""Full-resolution pixels are averaged over blocks so wide: grain and softness fall away, colours stay."""
_MAX_PIXELS = 200_000

NOTHING = 1e-8
"""Squared difference from pairs that is none, so that no position explains it: rounding a mean of 16 pixels of eight
bits makes eight times as much."""
_COLOUR_DEGREE = 4
_POSITION_STEP = 4
"""Every so many samples are enough to tell whether positions matter."""
POSITION_SHARE = 0.045
"""Of what a polynomial of the colours leaves, the share that the distance from the centre has to explain to be learnt
from, and of the rest the direction from it. In looks without vignettes and gradients the scenes' chance
explains at most 0.01 and 0.03, in those with them 0.06 to 0.75 and 0.06 to 0.4 nearly always."""


def fit_look(
    before: Sequence[TrainingImage],
    after: Sequence[TrainingImage],
    seed: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Return the weights of the look that the prior's decoder writes nearest to pairs: ``stages.chain.STYLE_NAMES``.

    Parameters
    ----------
    before, after
        As many of each, of the same sizes.
    seed
        Of the order in which pixels are seen.
    should_stop
        Asked between steps; the look is the one that is reached then.
    """
    pixels, positions, targets = _samples(before, after)
    random = np.random.default_rng([seed, 4])
    fit = LookFit(estimate_look([image.view for image in after]).code)
    rate = keras.optimizers.schedules.CosineDecay(_LOOK_RATE, LOOK_STEPS)
    compile_model(fit, keras.optimizers.Adam(rate), loss="mean_absolute_error")
    for _ in range(LOOK_STEPS):
        if should_stop():
            break
        chosen = random.integers(len(pixels), size=(1, _FIT_BATCH))
        fit.train_on_batch([pixels[chosen], positions[chosen]], targets[chosen])
    return decode(ops.convert_to_numpy(fit.code)[0])


def fit_colour(
    colour: StageLayer,
    before: Sequence[TrainingImage],
    after: Sequence[TrainingImage],
    seed: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Fit the colour branch to pairs with the least absolute error; its modulation by the thumbnail stays.

    In each batch are some colours as `fit_chain` tells them, which keep the branch from inventing what becomes of
    colours that no pair holds.

    Parameters
    ----------
    colour
        With the weights to begin with.
    before, after
        As many of each, of the same sizes.
    seed
        Of the order in which pixels are seen.
    should_stop
        Asked between steps; the fit is left as it stands then.
    """
    if should_stop():
        return
    pixels, positions, targets = _samples(before, after)
    positions = _forget_positions(colour, positions, *_position_shares(pixels, positions, targets))
    random = np.random.default_rng([seed, 3])
    context = [each for name, each in colour.variables_by_name.items() if name.startswith("context/")]
    _set_trainable(context, False)
    rate = keras.optimizers.schedules.CosineDecay(_FIT_RATE, FIT_STEPS)
    network = trainable_colour(colour)
    compile_model(network, keras.optimizers.Adam(rate), loss="mean_absolute_error")
    thumbnail = np.full((1, THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3), 0.5, np.float32)
    others = _any_colours(random)
    somewhere = positions[random.integers(len(positions), size=len(others))]
    told = fit_chain(pixels, positions, targets, seed, should_stop)(others, somewhere)
    known = [np.concatenate(rows) for rows in ((pixels, others), (positions, somewhere), (targets, told))]
    for _ in range(FIT_STEPS):
        if should_stop():
            break
        drawn = random.integers(len(pixels), size=_FIT_BATCH), len(pixels) + random.integers(len(others), size=_ANCHORS)
        batch = [rows[np.concatenate(drawn)][None, :, None] for rows in known]
        network.train_on_batch([batch[0], batch[1], thumbnail], batch[2])
    _set_trainable(context, True)


def _set_trainable(variables: Sequence[keras.Variable], trainable: bool) -> None:
    """Let variables be trained, or not."""
    for variable in variables:
        variable.trainable = trainable


def _any_colours(random: np.random.Generator) -> NDArray[np.float32]:
    """Return colours of ordinary photographs, and some of all that there are, (N, 3)."""
    views = [view[::PALETTE_STEP, ::PALETTE_STEP].reshape(-1, 3) for view in ordinary_photographs()]
    ordinary = np.concatenate(views)
    strange = random.random((int(STRANGE_SHARE * len(ordinary)), 3), np.float32)
    return np.concatenate([ordinary, strange])


def _position_shares(pixels: Any, positions: Any, targets: Any) -> tuple[float, float]:
    """Return which share of the variance that colours alone leave the distance from the centre explains.

    Then which share of what that leaves the direction from the centre does.
    """
    pixels, positions, targets = (rows[::_POSITION_STEP].astype(np.float64) for rows in (pixels, positions, targets))
    radius, direction = positions[:, :1], positions[:, 1:]
    colours = _monomials(pixels)
    near = np.column_stack([colours, radius, radius * pixels])
    there = np.column_stack([near, direction, *(direction[:, axis, None] * pixels for axis in range(2))])
    left = [
        np.square(targets - features @ np.linalg.lstsq(features, targets, rcond=None)[0]).mean() + NOTHING
        for features in (colours, near, there)
    ]
    return float(1 - left[1] / left[0]), float(1 - left[2] / left[1])


def _monomials(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return the products of up to ``_COLOUR_DEGREE`` channels, (N, 35)."""
    chosen = (
        channels
        for degree in range(_COLOUR_DEGREE + 1)
        for channels in itertools.combinations_with_replacement(range(3), degree)
    )
    return np.column_stack([np.prod(pixels[:, list(channels)], axis=1) for channels in chosen])


def _forget_positions(colour: StageLayer, positions: Any, distance: float, direction: float) -> Any:
    """Make the colour branch blind to what of positions explains too little, and return those that agree."""
    if direction >= POSITION_SHARE:
        return positions
    variables = colour.variables_by_name
    kernel = variables["colour/place/kernel"]
    kernel.assign(np.zeros(kernel.shape, np.float32))
    if distance >= POSITION_SHARE:
        return positions * np.array([1, 0, 0], np.float32)
    kernel, bias = variables["colour/hidden_1/kernel"], variables["colour/hidden_1/bias"]
    values = ops.convert_to_numpy(kernel).copy()
    bias.assign(ops.convert_to_numpy(bias) + MEAN_SQUARED_RADIUS * values[3])
    values[3] = 0
    kernel.assign(values)
    return np.zeros_like(positions)


def _samples(before: Sequence[TrainingImage], after: Sequence[TrainingImage]) -> tuple[Any, Any, Any]:
    """Return rows of colours (N, 3), of their positions (N, 3) and of the colours that they became."""
    parts: list[list[NDArray[np.float32]]] = [[], [], []]
    for old, new in zip(before, after, strict=True):
        height, width = old.detail.shape[:2]
        rows, columns = (
            first + np.arange(extent) + 0.5 for first, extent in zip(old.origin, (height, width), strict=True)
        )
        pictures: tuple[NDArray[Any], ...] = old.detail, pixel_positions(old.shape, rows, columns), new.detail
        for part, picture in zip(parts, pictures, strict=True):
            blocks = _block_means(picture.astype(np.float32))
            part.append(blocks.reshape(-1, blocks.shape[-1]))
    samples = [np.concatenate(part) for part in parts]
    step = max(1, -(-len(samples[0]) // _MAX_PIXELS))
    return samples[0][::step], samples[1][::step], samples[2][::step]


def _block_means(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return means over blocks of a picture (Y, X, C); of one that is smaller than a block, its pixels."""
    if min(picture.shape[:2]) < BLOCK:
        return picture
    height, width = (extent // BLOCK for extent in picture.shape[:2])
    cut = picture[: height * BLOCK, : width * BLOCK].reshape(height, BLOCK, width, BLOCK, -1)
    return np.asarray(cut.mean((1, 3)), np.float32)

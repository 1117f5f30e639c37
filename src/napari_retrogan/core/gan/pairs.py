"""Colour learnt from pairs, without a critic: first the look prior's code, then the colour branch itself.

What the pairs show is fitted by the colour branch. What becomes of colours that no pair holds is told by its start, the
look among those that the prior can write that comes nearest to the pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from napari_retrogan.core.architecture import THUMBNAIL_SIZE
from napari_retrogan.core.gan.look_prior import LookFit
from napari_retrogan.core.images.radius import squared_radius
from napari_retrogan.core.looks.prior import decode, estimate_look
from napari_retrogan.core.looks.statistics import ordinary_photographs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from napari_retrogan.core.images.training_image import TrainingImage

LOOK_STEPS = 300
LOOK_RATE = 0.05
FIT_STEPS = 1500
FIT_BATCH = 2048
FIT_RATE = 4e-3
ANCHORS = 2
"""Colours of ordinary photographs a batch, beside those of pairs: over seven looks 2 were better than 0 or 6."""
PALETTE_STEP = 6
"""Every so many pixels of the ordinary thumbnails, in rows and columns."""
BLOCK = 4
"""Full-resolution pixels are averaged over blocks so wide: grain and softness fall away, colours stay."""
MAX_PIXELS = 200_000

MIDDLE = 0.3
"""Squared distance from the centre, 1 in the corners, of an ordinary place."""

VIGNETTE_SHARE = 0.12
"""Of what a quadratic map of colours leaves, the share that the radius has to explain to be learnt from: looks with a
vignette have 0.2 to 0.7 and those without 0.01 to 0.06, which is the scenes' chance."""


def fit_look(before: Sequence[TrainingImage], after: Sequence[TrainingImage], seed: int) -> dict[str, Any]:
    """Return the weights of the look that the prior's decoder writes nearest to pairs: ``architecture.STYLE_NAMES``.

    Parameters
    ----------
    before, after
        As many of each, of the same sizes.
    seed
        Of the order in which pixels are seen.
    """
    pixels, radius, targets = _samples(before, after)
    random = np.random.default_rng([seed, 4])
    fit = LookFit(estimate_look([image.view for image in after]).code)
    rate = keras.optimizers.schedules.CosineDecay(LOOK_RATE, LOOK_STEPS)
    fit.compile(optimizer=keras.optimizers.Adam(rate), loss="mean_absolute_error")
    for _ in range(LOOK_STEPS):
        chosen = random.integers(len(pixels), size=(1, FIT_BATCH))
        fit.train_on_batch([pixels[chosen], radius[chosen]], targets[chosen])
    return decode(ops.convert_to_numpy(fit.code)[0])


def fit_colour(
    colour: keras.Model,
    before: Sequence[TrainingImage],
    after: Sequence[TrainingImage],
    seed: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Fit the colour branch to pairs with the least absolute error; its modulation by the thumbnail stays.

    A few colours of ordinary photographs in each batch, which stay as the branch has them at first, keep it from
    inventing what becomes of colours that no pair holds.

    Parameters
    ----------
    colour
        Made by ``build_colour``, with the weights to begin with.
    before, after
        As many of each, of the same sizes.
    seed
        Of the order in which pixels are seen.
    should_stop
        Asked between steps; the fit is left as it stands then.
    """
    pixels, radius, targets = _samples(before, after)
    if _vignette_share(pixels, radius, targets) < VIGNETTE_SHARE:
        _forget_radius(colour)
        radius = np.zeros_like(radius)
    random = np.random.default_rng([seed, 3])
    context = colour.get_layer("context")
    context.trainable = False
    rate = keras.optimizers.schedules.CosineDecay(FIT_RATE, FIT_STEPS)
    colour.compile(optimizer=keras.optimizers.Adam(rate), loss="mean_absolute_error")
    thumbnail = np.full((1, THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3), 0.5, np.float32)
    others = np.concatenate([view[::PALETTE_STEP, ::PALETTE_STEP].reshape(-1, 3) for view in ordinary_photographs()])
    places = np.full((len(others), 1), radius.any() and MIDDLE, np.float32)
    told = ops.convert_to_numpy(colour([others[None, :, None], places[None, :, None], thumbnail]))[0, :, 0]
    known = [np.concatenate(rows) for rows in ((pixels, others), (radius, places), (targets, np.clip(told, 0, 1)))]
    for _ in range(FIT_STEPS):
        if should_stop():
            break
        drawn = random.integers(len(pixels), size=FIT_BATCH), len(pixels) + random.integers(len(others), size=ANCHORS)
        batch = [rows[np.concatenate(drawn)][None, :, None] for rows in known]
        colour.train_on_batch([batch[0], batch[1], thumbnail], batch[2])
    context.trainable = True


def _vignette_share(pixels: Any, radius: Any, targets: Any) -> float:
    """Return which share of the variance that colours alone do not explain the distance from the centre does."""
    neighbours = pixels[:, [1, 2, 0]]
    colours = np.column_stack([pixels, pixels**2, pixels * neighbours, np.ones(len(pixels))])
    without, with_radius = (
        np.square(targets - features @ np.linalg.lstsq(features, targets, rcond=None)[0]).sum()
        for features in (colours, np.column_stack([colours, radius, radius * pixels]))
    )
    return float(1 - with_radius / without) if without else 0.0


def _forget_radius(colour: keras.Model) -> None:
    """Make the colour branch blind to the distance from the centre, as if each place were halfway to the corners."""
    layer = colour.get_layer("hidden_1")
    values = ops.convert_to_numpy(layer.kernel).copy()
    layer.bias.assign(ops.convert_to_numpy(layer.bias) + MIDDLE * values[3])
    values[3] = 0
    layer.kernel.assign(values)


def _samples(before: Sequence[TrainingImage], after: Sequence[TrainingImage]) -> tuple[Any, Any, Any]:
    """Return rows of colours (N, 3), of squared radii (N, 1) and of the colours that they became."""
    parts: list[list[NDArray[np.float32]]] = [[], [], []]
    for old, new in zip(before, after, strict=True):
        height, width = old.detail.shape[:2]
        rows, columns = (
            first + np.arange(extent) + 0.5 for first, extent in zip(old.origin, (height, width), strict=True)
        )
        pictures: tuple[NDArray[Any], ...] = old.detail, squared_radius(old.shape, rows, columns), new.detail
        for part, picture in zip(parts, pictures, strict=True):
            blocks = _block_means(picture.astype(np.float32))
            part.append(blocks.reshape(-1, blocks.shape[-1]))
    samples = [np.concatenate(part) for part in parts]
    step = max(1, -(-len(samples[0]) // MAX_PIXELS))
    return samples[0][::step], samples[1][::step], samples[2][::step]


def _block_means(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return means over blocks of a picture (Y, X, C); of one that is smaller than a block, its pixels."""
    if min(picture.shape[:2]) < BLOCK:
        return picture
    height, width = (extent // BLOCK for extent in picture.shape[:2])
    cut = picture[: height * BLOCK, : width * BLOCK].reshape(height, BLOCK, width, BLOCK, -1)
    return np.asarray(cut.mean((1, 3)), np.float32)

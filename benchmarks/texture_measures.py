"""What textures are told apart by: moments of sparse filters, patches, a classifier, spots and streaks.

All take pictures (Y, X, 3) RGB in [0, 1] at their native size, and look at luminance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve, find_objects, gaussian_filter, label, median_filter

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.looks.sparse_filters import sparse_filters

if TYPE_CHECKING:
    from collections.abc import Sequence

Picture = NDArray[np.float32]
Values = NDArray[np.float64]

SCALES = (1, 2, 4)
LUMINANCES = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
PATCH = 7
PATCHES = 4000
WINDOW = 32
DEVIATIONS = 3.0
BACKGROUND = 9
LEAST_AREA = 3
ELONGATED = 4.0


FILTERS = sparse_filters()


def moments(pictures: Sequence[Picture]) -> Values:
    """Return deviation, skew and kurtosis (3, 13, 3, 4): of pixels and 12 filters, at three scales, by luminance.

    All are logarithms, or of them (signed, for skew), so that differences of loud and quiet textures count alike.
    """
    sums = np.zeros((5, 1 + len(FILTERS), len(SCALES), len(LUMINANCES) - 1))
    for luminance in luminances(pictures):
        for number, scale in enumerate(SCALES):
            small = reduced(luminance, scale)
            bins = np.clip(np.digitize(gaussian_filter(small, 3), LUMINANCES) - 1, 0, len(LUMINANCES) - 2).ravel()
            fine = small - gaussian_filter(small, 3)
            for index, values in enumerate([fine, *(convolve(small, kernel) for kernel in FILTERS)]):
                for power in range(5):
                    each = values.ravel() ** power
                    sums[power, index, number] += np.bincount(bins, each, minlength=len(LUMINANCES) - 1)
    count = np.maximum(sums[0], 1)
    mean, square, cube, fourth = sums[1:] / count
    variance = np.maximum(square - mean**2, 1e-8)
    skew = (cube - 3 * mean * square + 2 * mean**3) / variance**1.5
    kurtosis = (fourth - 4 * mean * cube + 6 * mean**2 * square - 3 * mean**4) / variance**2
    found = np.stack([np.log(variance) / 2, np.arcsinh(skew), np.log(np.maximum(kurtosis, 1))])
    return np.where(sums[0] > 2000, found, np.nan)


def moment_distance(first: Values, second: Values) -> float:
    """Return the mean absolute difference of moments, over those that both show."""
    return float(np.nanmean(np.abs(first - second)))


def patches(pictures: Sequence[Picture], seed: int = 0) -> Values:
    """Return patches of luminance (N, 49) less their mean, from even shares of the pictures."""
    random = np.random.default_rng(seed)
    drawn = []
    for luminance in luminances(pictures):
        windows = np.lib.stride_tricks.sliding_window_view(luminance, (PATCH, PATCH))
        count = PATCHES // len(pictures) + 1
        rows, columns = (random.integers(0, extent, count) for extent in windows.shape[:2])
        drawn.append(windows[rows, columns].reshape(count, -1))
    found = np.concatenate(drawn)[:PATCHES].astype(np.float64)
    return found - found.mean(1, keepdims=True)


def sliced_distance(first: Values, second: Values) -> float:
    """Return the sliced Wasserstein distance of patches over 12 sparse and 12 principal directions.

    Each direction's is divided by its standard deviation in the second, so that fine detail counts as coarse does.
    """
    _, _, principal = np.linalg.svd(second, full_matrices=False)
    sparse = np.stack([np.pad(kernel, (PATCH - 5) // 2).ravel() for kernel in FILTERS])
    directions = np.concatenate([sparse, principal[:12]])
    one, other = (np.sort(each @ directions.T, axis=0) for each in (first, second))
    return float((np.abs(one - other).mean(0) / (other.std(0) + 1e-4)).mean())


def classifier_auc(first: Sequence[Picture], second: Sequence[Picture]) -> float:
    """Return how well a logistic regression tells patches of pictures it has not seen apart: 0.5 not at all, 1 always.

    It is trained afresh on patches of every other picture of both and judged on the others'. Features are logarithms of
    the deviation of each filter, and the third and fourth moment over it, in windows of 32 px of each channel.
    """
    parts = [[features(picture) for picture in pictures] for pictures in (first, second)]
    train, test = ([np.concatenate(part[start::2]) for part in parts] for start in (0, 1))
    inputs, wanted = np.concatenate(train), np.repeat([0.0, 1.0], [len(part) for part in train])
    mean, deviation = inputs.mean(0), inputs.std(0) + 1e-6
    weights = logistic((inputs - mean) / deviation, wanted)
    scores = [((part - mean) / deviation) @ weights for part in test]
    ranks = np.searchsorted(np.sort(scores[0]), scores[1], "left") + np.searchsorted(
        np.sort(scores[0]), scores[1], "right"
    )
    return float(ranks.mean() / (2 * len(scores[0])))


def features(picture: Picture) -> Values:
    """Return features (N, 72) of the windows of a picture: of luminance and of red less blue."""
    views = (picture @ LUMINANCE, picture[..., 0] - picture[..., 2])
    columns = []
    rows, across = (extent // WINDOW for extent in picture.shape[:2])
    for view in views:
        for kernel in FILTERS:
            response = convolve(np.asarray(view, np.float64), kernel)[: rows * WINDOW, : across * WINDOW]
            blocks = response.reshape(rows, WINDOW, across, WINDOW).swapaxes(1, 2).reshape(-1, WINDOW**2)
            deviation = blocks.std(1) + 2e-3
            columns.append(np.log(deviation))
            columns += [np.arcsinh(((blocks / deviation[:, None]) ** power).mean(1)) for power in (3, 4)]
    return np.stack(columns, 1)


def logistic(inputs: Values, wanted: Values, ridge: float = 1.0, rounds: int = 15) -> Values:
    """Return the weights of a logistic regression without an intercept, of even classes, by Newton's method."""
    weights = np.zeros(inputs.shape[1])
    balance = np.where(wanted > 0, 0.5 / max(wanted.mean(), 1e-6), 0.5 / max(1 - wanted.mean(), 1e-6))
    for _ in range(rounds):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = inputs.T @ (balance * (wanted - chance)) - ridge * weights
        curvature = (inputs * (balance * chance * (1 - chance) + 1e-6)[:, None]).T @ inputs
        weights = weights + np.linalg.solve(curvature + ridge * np.eye(len(weights)), slope)
    return weights


def marks(pictures: Sequence[Picture]) -> dict[str, float]:
    """Return spots and streaks that stand out from a median filter: number a megapixel, size, and length in pixels.

    What stands out is three deviations and more above what the median filter leaves around it; a streak is four times
    as long as it is wide. Scenes have some too: compare with those of ordinary photographs.
    """
    areas: list[float] = []
    lengths: list[float] = []
    pixels = 0
    for luminance in luminances(pictures):
        rest = luminance - median_filter(luminance, BACKGROUND)
        noise = gaussian_filter(np.abs(rest), 8) * np.sqrt(np.pi / 2) + 0.01
        found, _ = label(np.abs(rest) > DEVIATIONS * noise, np.ones((3, 3)))
        sizes = np.bincount(found.ravel())[1:]
        pixels += luminance.size
        for number, where in enumerate(find_objects(found), 1):
            if sizes[number - 1] >= LEAST_AREA:
                long, wide = extent_of(found[where] == number)
                (lengths if long > ELONGATED * wide else areas).append(
                    long if long > ELONGATED * wide else sizes[number - 1]
                )
    return {
        "spots a megapixel": 1e6 * len(areas) / pixels,
        "size of spots": float(np.mean(areas)) if areas else 0.0,
        "streaks a megapixel": 1e6 * len(lengths) / pixels,
        "length of streaks": float(np.mean(lengths)) if lengths else 0.0,
    }


def extent_of(shape: NDArray[np.bool_]) -> tuple[float, float]:
    """Return length and width of a shape: those of the rectangle that has its second moments."""
    places = np.argwhere(shape).astype(np.float64)
    covariance = np.cov(places.T) + np.eye(2) / 12
    short, long = np.sqrt(12 * np.linalg.eigvalsh(covariance))
    return float(long), float(short)


def mark_distance(first: dict[str, float], second: dict[str, float]) -> float:
    """Return the mean absolute logarithm of the ratios of numbers and sizes."""
    return float(np.mean([abs(np.log((first[name] + 1) / (second[name] + 1))) for name in second]))


def luminances(pictures: Sequence[Picture]) -> list[Values]:
    """Return luminance (Y, X) of pictures."""
    return [np.asarray(picture, np.float64) @ LUMINANCE for picture in pictures]


def reduced(luminance: Values, factor: int) -> Values:
    """Return means over squares."""
    rows, columns = (extent // factor for extent in luminance.shape)
    part = luminance[: rows * factor, : columns * factor]
    return part.reshape(rows, factor, columns, factor).mean((1, 3))

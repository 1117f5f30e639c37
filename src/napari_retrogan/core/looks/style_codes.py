"""The style codes of a set of vintage pictures, and new styles from noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import NEGATIVE_SLOPE, STYLE_NOISE
from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.generator_file.contents import MAX_WEIGHT
from napari_retrogan.core.looks.prior import Weights, decode, estimate_code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

CODE_DIRECTIONS = 8
_CODE_SAMPLES = 192
_MOST_PICTURES = 3
_LEAST_DEVIATION = 1e-3
"""Of a direction of the code space, so that one in which nothing varies has an inverse."""


@dataclass(frozen=True, slots=True)
class CodeSpace:
    """How the style codes of one set of vintage pictures vary.

    Attributes
    ----------
    mean, directions
        (64,) and (8, 64): the mean code, and the directions of greatest variance, each as long as the codes' standard
        deviation along it.
    samples
        (192, 8), the set's codes in these coordinates, of unit variance.
    """

    mean: NDArray[np.float32]
    directions: NDArray[np.float32]
    samples: NDArray[np.float32]

    @classmethod
    def of(cls, views: Sequence[NDArray[Any]], groups: Sequence[Sequence[int]], seed: int) -> CodeSpace:
        """Sample codes: of one to three pictures of one style, and of random parts of them."""
        random = np.random.default_rng([seed, 11])
        shares = np.array([len(group) for group in groups], float)
        codes = []
        for _ in range(_CODE_SAMPLES):
            group = groups[random.choice(len(groups), p=shares / shares.sum())]
            chosen = random.choice(group, random.integers(1, min(_MOST_PICTURES, len(group)) + 1), replace=False)
            codes.append(estimate_code([_part(views[index], random) for index in chosen]))
        mean = np.mean(codes, axis=0)
        _, values, vectors = np.linalg.svd(codes - mean, full_matrices=False)
        deviations = np.maximum(values[:CODE_DIRECTIONS] / np.sqrt(_CODE_SAMPLES), _LEAST_DEVIATION)
        samples = (codes - mean) @ vectors[:CODE_DIRECTIONS].T / deviations
        directions = deviations[:, None] * vectors[:CODE_DIRECTIONS]
        return cls(*(np.asarray(each, np.float32) for each in (mean, directions, samples)))


def style_from_noise(mapping: Mapping[str, NDArray[np.float32]], seed: int) -> Weights:
    """Return a new style: noise from a seed, through a mapping network and the decoder.

    Raises
    ------
    InvalidGeneratorFile
        If the network's weights are so large that those of the style are larger than any look's.
    """
    noise = np.random.default_rng(seed).standard_normal((1, STYLE_NOISE))
    with np.errstate(over="ignore", invalid="ignore"):
        weights = decode(map_noise(mapping, noise)[0])
    if not all((np.abs(values) <= MAX_WEIGHT).all() for values in weights.values()):
        raise InvalidGeneratorFile(
            f"Style {seed} can't be drawn, because the weights of this generator's mapping network are too large; "
            "choose a trained style, or train it anew."
        )
    return weights


def map_noise(mapping: Mapping[str, NDArray[np.float32]], noise: NDArray[Any]) -> NDArray[np.float32]:
    """Return the style codes (N, 64) of normal noise (N, 100)."""
    hidden = noise.astype(np.float32)
    for layer in ("hidden_1", "hidden_2"):
        hidden = hidden @ mapping[f"{layer}/kernel"] + mapping[f"{layer}/bias"]
        hidden = np.where(hidden > 0, hidden, np.float32(NEGATIVE_SLOPE) * hidden)
    return np.asarray(hidden @ mapping["code/kernel"] + mapping["code/bias"], np.float32)


def _part(view: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    """Return a random part of a picture, at least half as long and wide."""
    sizes = [max(1, int(extent * random.uniform(0.5, 1))) for extent in view.shape[:2]]
    top, left = (int(random.integers(extent - size + 1)) for extent, size in zip(view.shape, sizes, strict=False))
    return view[top : top + sizes[0], left : left + sizes[1]]

"""Styles: the looks within one set of vintage pictures, and new ones from a picture or from noise."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import NEGATIVE_SLOPE, STYLE_NOISE
from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.looks.palette import change, look_colours, look_distance
from napari_retrogan.core.looks.prior import LookEstimate, Weights, decode, estimate_code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

MONOCHROME_SPREAD = 3.5
"""Mean CIELAB distance of a look's colours from their mean below which it is one tone: told from single pictures,
looks of monochrome films have 0.3 to 3 and those of colour films nearly all 4 to 20."""

MONOCHROME_SEPARATION, COLOUR_SEPARATION = 5.0, 14.0
"""Mean distance of hue and chroma between two groups' looks from which they are styles of their own. Pictures of one
colour film differ by up to 12 when each is looked at alone, those of one monochrome film by up to 3."""

CODE_DIRECTIONS = 8
CODE_SAMPLES = 192
MOST_PICTURES = 3
LEAST_DEVIATION = 1e-3
"""Of a direction of the code space, so that one in which nothing varies has an inverse."""

MIN_SHARE, FEW = 0.15, 3
"""Among more than three pictures a style holds at least two and this share of all, else they go to the nearest one."""


def separate_styles(views: Sequence[NDArray[Any]]) -> list[list[int]]:
    """Return which vintage pictures have a look in common, the largest group first.

    The prior tells the look of each picture alone. Looks of one tone and looks of many are different styles; within
    either kind, groups are joined by average linkage until they are too far apart.

    Parameters
    ----------
    views
        Whole pictures, small, (Y, X, 3) RGB in [0, 1].
    """
    looks = np.stack([look_colours(decode(estimate_code([view])))[:, 1:] for view in views])
    spread = np.linalg.norm(looks - looks.mean(1, keepdims=True), axis=-1).mean(1)
    groups = [
        *_cluster(looks, np.flatnonzero(spread < MONOCHROME_SPREAD), MONOCHROME_SEPARATION),
        *_cluster(looks, np.flatnonzero(spread >= MONOCHROME_SPREAD), COLOUR_SEPARATION),
    ]
    groups.sort(key=lambda group: (-len(group), group[0]))
    least = max(2, MIN_SHARE * len(views)) if len(views) > FEW else 1
    kept = [group for group in groups if len(group) >= least] or groups[:1]
    centres = [looks[group].mean(0) for group in kept]
    for index in sorted(set(range(len(views))).difference(*kept)):
        kept[int(np.argmin([look_distance(looks[index], centre) for centre in centres]))].append(index)
    return sorted((sorted(group) for group in kept), key=lambda group: (-len(group), group[0]))


def _cluster(looks: NDArray[np.float64], members: NDArray[np.intp], separation: float) -> list[list[int]]:
    """Return groups of members whose looks (N, P, 2) are near each other."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(members) < 2:
        return [members.tolist()] if len(members) else []
    pairs = itertools.combinations(members, 2)
    joined = linkage([look_distance(looks[first], looks[second]) for first, second in pairs], "average")
    labels = fcluster(joined, separation, "distance")
    return [members[labels == label].tolist() for label in np.unique(labels)]


def describe_findings(looks: Sequence[LookEstimate], groups: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Return what the prior found, as plain values for a generator's provenance.

    ``styles`` lists the numbers of the pictures of each style, ``change`` how far the first one moves ordinary
    colours and ``expected_error`` how far it may be from the truth, both as mean colour differences; ``notes`` says
    in words what a person should know.
    """
    moved, error = change(looks[0].weights), looks[0].expected_error
    notes = []
    if moved < error or looks[0].share < 1:
        notes.append(
            "The look is too subtle to be told from so few pictures, so its colours are given weakly. More vintage "
            "pictures of other scenes make it surer."
        )
    if len(groups) > 1:
        counts = ", ".join(str(len(group)) for group in groups)
        notes.append(
            f"The vintage pictures hold {len(groups)} styles ({counts} pictures). The largest is used unless another "
            "one is chosen."
        )
    styles = [[index + 1 for index in group] for group in groups]
    return {"styles": styles, "change": round(moved, 2), "expected_error": round(error, 2), "notes": notes}


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
        for _ in range(CODE_SAMPLES):
            group = groups[random.choice(len(groups), p=shares / shares.sum())]
            chosen = random.choice(group, random.integers(1, min(MOST_PICTURES, len(group)) + 1), replace=False)
            codes.append(estimate_code([_part(views[index], random) for index in chosen]))
        mean = np.mean(codes, axis=0)
        _, values, vectors = np.linalg.svd(codes - mean, full_matrices=False)
        deviations = np.maximum(values[:CODE_DIRECTIONS] / np.sqrt(CODE_SAMPLES), LEAST_DEVIATION)
        samples = (codes - mean) @ vectors[:CODE_DIRECTIONS].T / deviations
        directions = deviations[:, None] * vectors[:CODE_DIRECTIONS]
        return cls(*(np.asarray(each, np.float32) for each in (mean, directions, samples)))


def style_from_noise(mapping: Mapping[str, NDArray[np.float32]], seed: int) -> Weights:
    """Return a new style: noise from a seed, through a mapping network and the decoder.

    Raises
    ------
    InvalidGeneratorFile
        If the network's weights are so large that the style is no finite numbers.
    """
    noise = np.random.default_rng(seed).standard_normal((1, STYLE_NOISE))
    with np.errstate(over="ignore", invalid="ignore"):
        weights = decode(map_noise(mapping, noise)[0])
    if not all(np.isfinite(values).all() for values in weights.values()):
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

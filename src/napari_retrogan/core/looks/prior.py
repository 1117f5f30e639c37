"""The look prior at work: from vintage pictures to the weights of the colour branch, without Keras.

The networks are trained by ``scripts/train_prior.py`` on random looks (``core/gan/look_prior`` defines them); what lies
in ``look_prior/`` is the encoder as an ONNX graph and the decoder's arrays. ``MODEL_CARD.md`` beside them tells data
and figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.architecture import NEGATIVE_SLOPE, WEIGHT_SHAPES
from napari_retrogan.core.looks.statistics import (
    ColourStatistics,
    monge_kantorovich,
    ordinary_photographs,
    ordinary_statistics,
)
from napari_retrogan.core.looks.style import picture_statistics, set_statistics, style_pixels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Weights = dict[str, NDArray[np.float32]]

HIDDEN = 32
MAX_PICTURES = 64
"""Of a larger set as many at even distances are looked at; the prior was trained on sets of at most 32."""

SHARED_SHAPES: dict[str, tuple[int, ...]] = {
    "hidden_1/kernel": (4, HIDDEN),
    "hidden_1/bias": (HIDDEN,),
    "hidden_2/kernel": (HIDDEN, HIDDEN),
    "hidden_2/bias": (HIDDEN,),
}
_PARTS = {"matrix": 9, "offset": 3, "bias": HIDDEN, "scale": HIDDEN, "shift": HIDDEN, "kernel": 3 * HIDDEN}
NUM_LOOK_WEIGHTS = sum(_PARTS.values())
PALETTE_STEP = 3
"""Every so many pixels of the ordinary thumbnails, in rows and columns, stand for them."""

FEWEST_TO_MIX = 4
"""With fewer pictures the linear map knows nothing."""

PRIOR_WORTH = 24
"""How many pictures make the linear map weigh as much as the prior. It and ``MOST_EXPLAINED`` were chosen with 4, 8 and
16 pictures on web filters and films, thirteen of them in no published figure."""

MOST_EXPLAINED = 6.0
"""Squared Mahalanobis distance of the mean colour, of three degrees of freedom, that scenes explain."""

MIN_SCATTER = 1e-5

_FOLDER = "look_prior"


@dataclass(frozen=True, slots=True)
class LookEstimate:
    """What a set of vintage pictures tells of its look.

    Attributes
    ----------
    code
        (64,), the style code.
    weights
        Of the colour branch and, zero, of its modulation by the thumbnail: ``architecture.STYLE_NAMES``.
    expected_error
        How far the look is expected to be from the truth, as a mean colour difference (about CIEDE2000).
    """

    code: NDArray[np.float32]
    weights: Weights
    expected_error: float


def estimate_look(views: Sequence[NDArray[Any]]) -> LookEstimate:
    """Tell the look of vintage pictures that have one in common.

    Parameters
    ----------
    views
        At least one whole picture, small, (Y, X, 3) RGB in [0, 1]; their order does not matter.
    """
    chosen = np.unique(np.linspace(0, len(views) - 1, min(len(views), MAX_PICTURES)).round().astype(int))
    pictures = np.stack([style_pixels(views[index]) for index in chosen])
    pictures = pictures[np.lexsort(pictures.mean((1, 2)).T)]  # One order of sums, so that equal sets give equal bits.
    feeds = {
        "pictures": pictures[None],
        "statistics": picture_statistics(pictures)[None],
        "set_statistics": set_statistics(list(pictures))[None],
    }
    code, expected = _encoder().run(None, feeds)
    weights = _meet_evidence(decode(code[0]), list(pictures))
    return LookEstimate(code[0], weights, float(expected[0, 0]))


def decode(code: NDArray[np.float32]) -> Weights:
    """Return the weights of the colour branch for a style code (64,)."""
    arrays = decoder_arrays()
    hidden = code @ arrays["hidden/kernel"] + arrays["hidden/bias"]
    hidden = np.where(hidden > 0, hidden, NEGATIVE_SLOPE * hidden)
    part = split_look(hidden @ arrays["look/kernel"] + arrays["look/bias"])
    second = arrays["hidden_2/kernel"]
    weights = {
        "colour/map/matrix": np.eye(3) + part["matrix"].reshape(3, 3),
        "colour/map/offset": part["offset"],
        "colour/map/amount": np.float32(1),
        "colour/hidden_1/kernel": arrays["hidden_1/kernel"],
        "colour/hidden_1/bias": arrays["hidden_1/bias"] + part["bias"],
        "colour/hidden_2/kernel": (1 + part["scale"])[:, None] * second,
        "colour/hidden_2/bias": arrays["hidden_2/bias"] + part["shift"] @ second,
        "colour/residual/kernel": part["kernel"].reshape(HIDDEN, 3),
        "colour/residual/bias": np.zeros(3),
        "context/modulation/kernel": np.zeros(WEIGHT_SHAPES["context/modulation/kernel"]),
        "context/modulation/bias": np.zeros(WEIGHT_SHAPES["context/modulation/bias"]),
    }
    return {name: np.asarray(values, np.float32) for name, values in weights.items()}


def _meet_evidence(weights: Weights, pictures: Sequence[NDArray[Any]]) -> Weights:
    """Return the weights mixed with the linear map from ordinary photographs to the pictures.

    What the map takes for the look of few pictures is mostly their scenes, but its error falls with their number and
    has little to do with the prior's, so their mean beats both. And where a look is stranger than those that the
    prior knows, ordinary photographs in the look still differ from the pictures by more than scenes do: of
    the rest of the prior the share is then taken away that the scenes' scatter does not explain (the positive part
    of the estimate of James and Stein, 1961).
    """
    count = len(pictures)
    if count < FEWEST_TO_MIX:
        return weights
    views = [view[::PALETTE_STEP, ::PALETTE_STEP] for view in ordinary_photographs()]
    toned = ColourStatistics.of([map_colours(weights, view, np.full_like(view[..., :1], 0.3)) for view in views])
    style = ColourStatistics.of(pictures)
    missed = style.mean - toned.mean
    scatter = toned.between / count + MIN_SCATTER * np.eye(3)
    unexplained = max(0.0, 1 - MOST_EXPLAINED / float(missed @ np.linalg.solve(scatter, missed) + MIN_SCATTER))
    evidence = count / (count + PRIOR_WORTH)
    share = evidence + (1 - evidence) * unexplained
    matrix, offset = monge_kantorovich(ordinary_statistics(), style)
    identity, amount = np.eye(3), weights["colour/map/amount"]
    mixed = {
        "colour/map/amount": np.float32(1),
        "colour/map/matrix": (1 - share) * (identity + amount * (weights["colour/map/matrix"] - identity))
        + share * matrix,
        "colour/map/offset": (1 - share) * amount * weights["colour/map/offset"] + share * offset,
        "colour/residual/kernel": (1 - share) * weights["colour/residual/kernel"],
        "colour/residual/bias": (1 - share) * weights["colour/residual/bias"],
    }
    return {**weights, **{name: np.asarray(values, np.float32) for name, values in mixed.items()}}


def map_colours(
    weights: Mapping[str, NDArray[Any]], colours: NDArray[Any], radius: NDArray[Any]
) -> NDArray[np.float32]:
    """Return colours (..., 3) through a colour branch whose thumbnail changes nothing; ``radius`` is (..., 1)."""
    mapped = colours + weights["colour/map/amount"] * (
        colours @ weights["colour/map/matrix"] + weights["colour/map/offset"] - colours
    )
    hidden = np.concatenate([colours, radius], -1)
    for layer in ("hidden_1", "hidden_2"):
        hidden = hidden @ weights[f"colour/{layer}/kernel"] + weights[f"colour/{layer}/bias"]
        hidden = np.where(hidden > 0, hidden, NEGATIVE_SLOPE * hidden)
    residual = hidden @ weights["colour/residual/kernel"] + weights["colour/residual/bias"]
    return np.asarray(np.clip(mapped + residual, 0, 1), np.float32)


def split_look(look: Any) -> dict[str, Any]:
    """Return the parts of looks (..., 204) by name, each (..., size)."""
    parts, first = {}, 0
    for name, size in _PARTS.items():
        parts[name] = look[..., first : first + size]
        first += size
    return parts


@cache
def _encoder() -> Any:
    """Return the encoder's session."""
    from napari_retrogan.core.inference.session import open_session

    return open_session((files(__package__) / _FOLDER / "encoder.onnx").read_bytes())


@cache
def decoder_arrays() -> Weights:
    """Return the decoder's arrays and those that all looks share, by name."""
    with (files(__package__) / _FOLDER / "decoder.npz").open("rb") as stream, np.load(stream) as arrays:
        return {name: arrays[name] for name in arrays.files}

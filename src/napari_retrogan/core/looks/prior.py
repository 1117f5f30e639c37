"""The look prior at work: from vintage pictures to the weights of the colour branch, without Keras.

The networks (``scripts/prior_networks.py``) are trained by ``scripts/train_prior.py`` on random looks; what lies in
``look_prior/`` is the encoder as an ONNX graph and the decoder's arrays. ``MODEL_CARD.md`` beside them tells data and
figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.architecture import NEGATIVE_SLOPE
from napari_retrogan.core.images.even_choice import choose_evenly
from napari_retrogan.core.looks.one_tone import as_one_tone, is_one_tone
from napari_retrogan.core.looks.palette import change
from napari_retrogan.core.looks.prior_inputs import picture_statistics, prior_pixels, set_statistics
from napari_retrogan.core.looks.shrinkage import FEWEST_TO_MIX, mix_with_linear_map, weaken
from napari_retrogan.core.looks.white_point import with_white_of
from napari_retrogan.core.stages.chain import WEIGHT_SHAPES
from napari_retrogan.core.stages.colour import POSITION_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Sequence

Weights = dict[str, NDArray[np.float32]]

HIDDEN = 32
MAX_PICTURES = 64
"""Of a larger set as many at even distances are looked at; the prior was trained on sets of at most 32."""

_PARTS = {
    "matrix": 9,
    "offset": 3,
    "position": POSITION_CHANNELS * HIDDEN,
    "bias": HIDDEN,
    "scale": HIDDEN,
    "shift": HIDDEN,
    "kernel": 3 * HIDDEN,
}
NUM_LOOK_WEIGHTS = sum(_PARTS.values())
_SURE = 2.0
"""A look told from few pictures is given whole if it changes colours by so many times the error to be expected, a
lesser one in proportion. From one picture, only so were subtle films no farther from the truth than untouched."""

_FOLDER = "look_prior"


@dataclass(frozen=True, slots=True)
class LookEstimate:
    """What a set of vintage pictures tells of its look.

    Attributes
    ----------
    code
        (64,), the style code.
    weights
        Of the colour branch and, zero, of its modulation by the thumbnail: ``stages.chain.STYLE_NAMES``.
    expected_error
        How far the look is expected to be from the truth, as a mean colour difference (about CIEDE2000).
    share
        How much of the look the weights give: less than all where so few pictures say too little of a subtle one.
    """

    code: NDArray[np.float32]
    weights: Weights
    expected_error: float
    share: float = 1.0


def estimate_look(views: Sequence[NDArray[Any]], photographs: Sequence[NDArray[Any]] = ()) -> LookEstimate:
    """Tell the look of vintage pictures that have one in common.

    Parameters
    ----------
    views
        At least one whole picture, small, (Y, X, 3) RGB in [0, 1]; their order does not matter.
    photographs
        The person's own ones, alike, if there are any: of several pictures they help to tell look from scenes.
    """
    shown, code, expected = _encode(views)
    weights, error = decode(code), float(expected)
    if is_one_tone(views):
        weights = weights if len(shown) < FEWEST_TO_MIX else mix_with_linear_map(weights, shown, photographs)
        return LookEstimate(code, as_one_tone(weights, views), error)
    if len(shown) < FEWEST_TO_MIX:
        share = min(1.0, change(weights) / (_SURE * error))
        return LookEstimate(code, weaken(weights, share), error, share)
    return LookEstimate(code, with_white_of(mix_with_linear_map(weights, shown, photographs), shown), error)


def estimate_code(views: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    """Return the style code (64,) alone that ``estimate_look`` tells of vintage pictures, in a quarter of its time."""
    return _encode(views)[1]


def _encode(views: Sequence[NDArray[Any]]) -> tuple[list[NDArray[Any]], NDArray[np.float32], np.float32]:
    """Return the pictures that are looked at, the style code (64,) of their look and its expected error."""
    chosen = choose_evenly(views, MAX_PICTURES)
    pictures = np.stack([prior_pixels(view) for view in chosen])
    order = np.lexsort(pictures.mean((1, 2)).T)  # One order of sums, so that equal sets give equal bits.
    pictures = pictures[order]
    feeds = {
        "pictures": pictures[None],
        "statistics": picture_statistics(pictures)[None],
        "set_statistics": set_statistics(list(pictures))[None],
    }
    code, expected = _encoder().run(None, feeds)
    return [chosen[index] for index in order], code[0], expected[0, 0]


def decode(code: NDArray[np.float32]) -> Weights:
    """Return the weights of the colour branch for a style code (64,)."""
    arrays = decoder_arrays()
    hidden = code @ arrays["hidden/kernel"] + arrays["hidden/bias"]
    hidden = np.where(hidden > 0, hidden, NEGATIVE_SLOPE * hidden)
    part = split_look(hidden @ arrays["look/kernel"] + arrays["look/bias"])
    position, second = part["position"].reshape(POSITION_CHANNELS, HIDDEN), arrays["hidden_2/kernel"]
    weights = {
        "colour/map/matrix": np.eye(3) + part["matrix"].reshape(3, 3),
        "colour/map/offset": part["offset"],
        "colour/map/amount": np.float32(1),
        "colour/map/uneven": np.zeros((POSITION_CHANNELS, 3)),
        "colour/hidden_1/kernel": np.concatenate([arrays["hidden_1/kernel"], position[:1]]),
        "colour/hidden_1/bias": arrays["hidden_1/bias"] + part["bias"],
        "colour/place/kernel": position[1:],
        "colour/hidden_2/kernel": (1 + part["scale"])[:, None] * second,
        "colour/hidden_2/bias": arrays["hidden_2/bias"] + part["shift"] @ second,
        "colour/residual/kernel": part["kernel"].reshape(HIDDEN, 3),
        "colour/residual/bias": np.zeros(3),
        "context/modulation/kernel": np.zeros(WEIGHT_SHAPES["context/modulation/kernel"]),
        "context/modulation/bias": np.zeros(WEIGHT_SHAPES["context/modulation/bias"]),
    }
    return {name: np.asarray(values, np.float32) for name, values in weights.items()}


def split_look(look: Any) -> dict[str, Any]:
    """Return the parts of looks (..., 300) by name, each (..., size)."""
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
        return {name: arrays[name].astype(np.float32) for name in arrays.files}

"""What a training is worth: of colour, grain and softness, only what came nearer to the vintage pictures is kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.images.even_choice import choose_evenly
from napari_retrogan.core.looks import texture_start
from napari_retrogan.core.looks.texture_match import VintageTexture
from napari_retrogan.core.stages.chain import STYLE_NAMES
from napari_retrogan.core.vintage_generator import VintageGenerator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from napari_retrogan.core.gan.fixed_batch import Probe
    from napari_retrogan.core.gan.generator import Weights
    from napari_retrogan.core.images.training_image import TrainingImage

_HOLD_OUT = 5
"""One in so many vintage pictures is kept from the colour discriminator, to judge it by. From fewer pictures it would
learn the difference of the scenes and nobody could tell, so colours then stay as they start."""

_LEAST_GAIN = 0.02
"""The share by which the discriminator has to bring colours closer to the held-out pictures: less may be chance."""

_LEAST_TEXTURE_GAIN = {"grain": 0.5, "detail": 0.03}
"""How much closer the discriminator has to bring grain, in decibels, and the logarithm of edges' slopes: what is
measured differs so much from scenes to scenes."""

_TEXTURE_PICTURES = 8
"""Pictures of either side that texture is judged by."""


class Judgement:
    """Compares trained weights with those of the start.

    Parameters
    ----------
    start
        All weights before the first step.
    probe
        Measures colours against held-out vintage pictures; None where there are none.
    """

    def __init__(self, start: Weights, probe: Probe | None) -> None:
        self._start, self._probe = dict(start), probe
        self._start_distance = probe.measure(self._start).distance if probe else 0.0

    def of_colour(self, weights: Weights) -> tuple[Weights, dict[str, Any]]:
        """Return weights with the colours of the start where those judge better, and both distances."""
        if self._probe is None:
            return weights, {}
        before, now = self._start_distance, self._probe.measure(weights).distance
        kept = "refined" if now <= (1 - _LEAST_GAIN) * before else "start"
        verdict = {"held_out_distance": {"start": round(before, 5), "refined": round(now, 5), "kept": kept}}
        if kept == "refined":
            return weights, verdict
        return {**weights, **{name: self._start[name] for name in STYLE_NAMES}}, verdict

    def of_texture(
        self, weights: Weights, photographs: Sequence[NDArray[Any]], vintage: Sequence[NDArray[Any]]
    ) -> tuple[Weights, dict[str, Any]]:
        """Return weights with the grain or the softness of the start where it judges better, and all distances.

        A distance that can't be told is None, and what it would have judged stays as it starts. The softness of few
        pictures is that of their scenes as much, at the start and in the judgement, so it is what the discriminator
        makes it.

        Parameters
        ----------
        weights
            As they are trained.
        photographs, vintage
            Parts (Y, X, 3) of pictures at full resolution.
        """
        photographs, vintage = _texture_pictures(photographs), _texture_pictures(vintage)
        if not (photographs and vintage):
            return weights, {}
        truth = VintageTexture(vintage, photographs)
        parts = {name: part_of(name) for name in weights}
        begun = {name: weights[name] if part == "colour" else self._start[name] for name, part in parts.items()}
        before, now = (truth.distance(_results(each, photographs)) for each in (begun, weights))
        verdict = {}
        few = min(len(photographs), len(vintage)) < _HOLD_OUT
        judged = {part: least for part, least in _LEAST_TEXTURE_GAIN.items() if not (few and part == "detail")}
        for part, least in judged.items():
            first, last = getattr(before, part), getattr(now, part)
            kept = "refined" if last <= first - least else "start"
            told = {"start": first, "refined": last}
            rounded = {name: round(value, 4) if math.isfinite(value) else None for name, value in told.items()}
            verdict[f"{part}_distance"] = {**rounded, "kept": kept}
        as_begun = {part for part in judged if verdict[f"{part}_distance"]["kept"] == "start"}
        return {name: begun[name] if part in as_begun else weights[name] for name, part in parts.items()}, verdict


def hold_out(vintage: Sequence[TrainingImage]) -> tuple[list[TrainingImage], list[TrainingImage]]:
    """Return the vintage pictures that are held out, none of few, and those that the colour discriminator is shown."""
    if len(vintage) < _HOLD_OUT:
        return [], list(vintage)
    return list(vintage[_HOLD_OUT - 1 :: _HOLD_OUT]), [v for n, v in enumerate(vintage, 1) if n % _HOLD_OUT]


def describe_verdict(verdict: Mapping[str, Any]) -> list[str]:
    """Return in a sentence or none which part of the look the training improved, and which is as measured."""
    named = {"held_out_distance": "colours", "grain_distance": "grain", "detail_distance": "softness"}
    parts = {
        kept: _listed([name for key, name in named.items() if key in verdict and verdict[key]["kept"] == kept])
        for kept in ("refined", "start")
    }
    told = [f"Training brought {parts['refined']} closer to the vintage pictures."] if parts["refined"] else []
    if parts["start"]:
        told.append(f"For {parts['start']} training came no closer than what was measured at first, which is kept.")
    return [" ".join(told)] if told else []


def part_of(name: str) -> str:
    """Return which part of the generator a weight belongs to."""
    if not name.startswith("texture/"):
        return "colour"
    return "detail" if name.startswith("texture/detail") else "grain"


def _texture_pictures(details: Sequence[NDArray[Any]]) -> list[NDArray[np.float32]]:
    """Return some of those in which texture can be measured."""
    parts = texture_start.measurable(details)
    return [part.astype(np.float32) for part in choose_evenly(parts, _TEXTURE_PICTURES)]


def _results(weights: Weights, photographs: Sequence[NDArray[np.float32]]) -> list[NDArray[Any]]:
    """Return photographs as a generator with these weights renders them."""
    generator = VintageGenerator.from_weights(weights)
    return [generator.apply(photograph, brightness="learnt") for photograph in photographs]


def _listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))

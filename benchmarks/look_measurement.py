"""Train on one draw of layers and measure how near unseen photographs come to the known look."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from artefacts import border_ratio, lattice_peak, structure_kept
from baselines import Method, baselines
from film import SOFTNESS, Picture, develop, read_rgb
from first_training import Trained, train
from metrics import colour_difference, edge_width, grain_spectrum_error
from protocol import CASES, Layers, Look, Run, draw_layers, read_look, unseen_paths

import napari_retrogan as rg
from napari_retrogan.core.simulation.film import soften

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FITTED = ("Reinhard", "histogram", "linear")
"""The methods whose best is the best baseline."""


@dataclass(frozen=True)
class Settings:
    """Where the pictures are and what is trained."""

    photographs: Path
    tables: Path
    config: rg.TrainingConfig
    prior_only: bool


@dataclass(frozen=True)
class Result:
    """Figures of one run by name, and a row of pictures: untouched, best baseline, ours, truth."""

    run: Run
    figures: dict[str, float]
    row: tuple[Picture, Picture, Picture, Picture] | None = None


@dataclass(frozen=True)
class Truth:
    """What the unseen photographs look like in a look: colours alone, softened, and with grain."""

    look: Look
    unseen: tuple[Picture, ...]

    @cached_property
    def colours(self) -> list[Picture]:
        """Colours alone."""
        return [self.look.colours(picture) for picture in self.unseen]

    @cached_property
    def soft(self) -> list[Picture]:
        """Colours and softness."""
        return [soften(picture, SOFTNESS) for picture in self.colours]

    @cached_property
    def exposed(self) -> list[Picture]:
        """Colours, softness and grain."""
        return [develop(picture, 900 + index) for index, picture in enumerate(self.colours)]

    @cached_property
    def references(self) -> dict[str, float]:
        """What results are compared with: edge widths, the photographs' grid, the structure that the look keeps."""
        unseen = list(self.unseen)
        return {
            "edge width": edge_width(self.soft, unseen),
            "edge width, untouched": edge_width(unseen, unseen),
            "lattice": lattice_peak(unseen),
            "structure": structure_kept(self.colours, unseen),
            "grain dB, untouched": grain_spectrum_error(unseen, self.exposed, unseen),
        }


def measure(run: Run, settings: Settings) -> Result:
    """Train the run's layers and return its figures.

    Colour is the mean CIEDE2000 at an eighth of the size, without grain; ``prior`` is the start of the training by
    itself, left out where this version of the package cannot train for no steps.

    Raises
    ------
    SystemExit
        If only the prior is wanted and there is none.
    """
    truth = _truth(run.look, settings)
    layers = draw_layers(settings.photographs, truth.look, CASES[run.case], run.draw)
    methods = baselines(layers.photographs, layers.vintage)
    figures = {name: _difference(method, truth) for name, method in methods.items()}
    trained = start = _start_alone(layers, settings.config)
    if start is not None:
        figures["prior"], figures["prior seconds"] = _difference(_without_grain(start), truth), start.seconds
    if not settings.prior_only:
        trained = train(layers.photographs, layers.vintage, settings.config, layers.paired)
        figures["ours"], figures["seconds"] = _difference(_without_grain(trained), truth), trained.seconds
        figures |= _texture(trained.generator, truth)
    if trained is None:
        raise SystemExit("This version of the package has no prior that works without training.")
    best = methods[min(FITTED, key=lambda name: figures[name])]
    index = sum(map(ord, run.look)) % len(truth.unseen)
    photograph = truth.unseen[index]
    shown = develop(truth.colours[index], 900 + index)
    row = (photograph, best(photograph), trained.generator.apply(photograph, brightness="learnt"), shown)
    return Result(run, figures, row)


def _start_alone(layers: Layers, config: rg.TrainingConfig) -> Trained | None:
    """Return the generator that training starts from, or None where this version has no such thing."""
    try:
        untrained = config.replace(num_steps=0)
    except rg.InvalidConfig:
        return None
    return train(layers.photographs, layers.vintage, untrained, layers.paired)


def _difference(method: Method, truth: Truth) -> float:
    """Return the mean colour difference of a method's results."""
    pairs = zip(truth.unseen, truth.colours, strict=True)
    return float(np.mean([colour_difference(method(picture), colours) for picture, colours in pairs]))


def _without_grain(trained: Trained) -> Method:
    """Return a trained generator as a method."""
    return lambda picture: trained.generator.apply(picture, grain=0.0, brightness="learnt")


def _texture(generator: rg.VintageGenerator, truth: Truth) -> dict[str, float]:
    """Return how near grain and edges are to the truth, and what the network leaves behind.

    Grain is an error in decibels, edges a ratio of widths. All but grain itself is measured without grain, which
    would hide a grid.
    """
    unseen, references = list(truth.unseen), truth.references
    grainy = [generator.apply(picture, brightness="learnt") for picture in unseen]
    smooth = [generator.apply(picture, grain=0.0, brightness="learnt") for picture in unseen]
    plain = colour_alone(generator)
    return {
        "grain dB": grain_spectrum_error(grainy, truth.exposed, unseen),
        "grain dB, untouched": references["grain dB, untouched"],
        "edge width": edge_width(smooth, unseen) / references["edge width"],
        "edge width, untouched": references["edge width, untouched"] / references["edge width"],
        "lattice": lattice_peak(smooth) / references["lattice"],
        "border": border_ratio(smooth, truth.soft),
        "structure": structure_kept([plain(picture) for picture in unseen], unseen),
        "structure of the truth": references["structure"],
    }


def colour_alone(generator: rg.VintageGenerator) -> Callable[[Picture], Picture]:
    """Return what applies a generator without grain and without softness."""
    if "softness" in inspect.signature(generator.apply).parameters:
        return lambda picture: generator.apply(picture, grain=0.0, softness=0.0, brightness="learnt")
    detail = {name: 0 * values for name, values in generator.weights.items() if name == "texture/detail_3/kernel"}
    plain = rg.VintageGenerator.from_weights({**generator.weights, **detail})
    return lambda picture: plain.apply(picture, grain=0.0, brightness="learnt")


@lru_cache(maxsize=1)
def _truth(look: str, settings: Settings) -> Truth:
    """Return a look's truth, which its draws share."""
    return Truth(read_look(look, settings.tables), _unseen(settings.photographs))


@lru_cache(maxsize=1)
def _unseen(folder: Path) -> tuple[Picture, ...]:
    """Return the unseen photographs."""
    return tuple(read_rgb(path) for path in unseen_paths(folder))

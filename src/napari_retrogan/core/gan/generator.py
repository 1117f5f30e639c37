"""The vintage generator to be trained: the stages of the chain as layers, each with weights of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from napari_retrogan.core.architecture import THUMBNAIL_SIZE
from napari_retrogan.core.gan.keras_operations import KERAS, SeedSequence, StageLayer
from napari_retrogan.core.stages.chain import ADDED_STAGES, MEASURED_STAGES, WEIGHT_SHAPES, render
from napari_retrogan.core.stages.colour import COLOUR, POSITION_CHANNELS
from napari_retrogan.core.stages.grain import GRAIN
from napari_retrogan.core.stages.particles import PARTICLES
from napari_retrogan.core.stages.softness import SOFTNESS

if TYPE_CHECKING:
    from collections.abc import Mapping

Weights = dict[str, NDArray[np.float32]]

_MEASURED = (*MEASURED_STAGES, PARTICLES)
_DRAWN = (COLOUR, GRAIN, SOFTNESS, *_MEASURED)
"""The order in which stages draw their starts."""


class Generator(keras.Model):
    """All stages, of which colours, softness and grain are trained; the others' weights are measured.

    From pixels (N, Y, X, 3) in [0, 1], position (N, Y, X, 3), thumbnail (N, 64, 64, 3) and noise (N, Y, X, 3) of unit
    variance to the styled pictures (N, Y - 6, X - 6, 3) in [0, 1].

    Parameters
    ----------
    seed
        Of the initial weights.
    """

    def __init__(self, seed: int = 0) -> None:
        super().__init__(name="generator")
        seeds = SeedSequence(seed)
        stages = {stage.name: StageLayer(stage, seeds) for stage in _DRAWN}
        self.colour, self.softness, self.grain = (stages[stage.name] for stage in (COLOUR, *ADDED_STAGES))
        self.measured = [stages[stage.name] for stage in _MEASURED]
        self.built = True

    @property
    def stages(self) -> tuple[StageLayer, ...]:
        """All layers."""
        return *self.measured, self.colour, self.softness, self.grain

    def call(self, inputs: Any) -> Any:
        """Return the styled pictures at the trained amounts."""
        sources = dict(zip(("image", "position", "thumbnail", "noise"), inputs, strict=True))
        amounts = {stage.name: 1.0 for stage in ADDED_STAGES}
        return render(KERAS, self.variables_by_name, sources, 1.0, amounts)

    @property
    def variables_by_name(self) -> dict[str, keras.Variable]:
        """The variables by the names of ``stages.chain.WEIGHT_SHAPES``, in that order."""
        found = {name: each for stage in self.stages for name, each in stage.variables_by_name.items()}
        return {name: found[name] for name in WEIGHT_SHAPES}


def trainable_colour(colour: StageLayer) -> keras.Model:
    """Return the stage of colours as a model that fits pixels (Y, X, 3), position and thumbnail to toned pixels."""
    pixels, position = keras.Input((None, None, 3)), keras.Input((None, None, POSITION_CHANNELS))
    thumbnail = keras.Input((THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3))
    return keras.Model([pixels, position, thumbnail], colour([pixels, position, thumbnail]))


def read_weights(generator: Generator) -> Weights:
    """Return copies of the generator's weights by name."""
    return {name: ops.convert_to_numpy(variable).copy() for name, variable in generator.variables_by_name.items()}


def write_weights(generator: Generator, weights: Mapping[str, NDArray[Any]]) -> None:
    """Set weights by name; names left out keep their values."""
    variables = generator.variables_by_name
    for name, value in weights.items():
        variables[name].assign(value)

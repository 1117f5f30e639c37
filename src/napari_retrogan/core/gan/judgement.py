"""What a training is worth: grain that comes nearer to held-out squares is kept, and without gains training ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from napari_retrogan.core.errors import InvalidCheckpoint
from napari_retrogan.core.gan.grain_distance import RealGrain
from napari_retrogan.core.gan.grain_refinement import draw_field, draw_grain
from napari_retrogan.core.looks.specks import nearest_specks
from napari_retrogan.core.stages.grain import GRAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_retrogan.core.gan.generator import Weights
    from napari_retrogan.core.gan.grain_samples import Batch, GrainSamples
    from napari_retrogan.core.gan.keras_operations import StageLayer

_PATIENCE = 40
"""Steps without a gain after which training goes back to the best and on in smaller steps."""

_MOST_RETURNS = 2
"""After so many returns training ends where it would go back once more."""

_GAIN = 0.01
"""Share of the distance that counts as a gain."""

_LEAST_GAIN = 0.05
"""Share of the first distance by which training has to come nearer: less may be chance."""

_BEST, _STANDING = "best/", "standing/grain"


class GrainJudgement:
    """Measures grain on held-out squares and remembers the weights that came nearest.

    Parameters
    ----------
    grain
        The stage; its weights are never changed.
    samples
        That hold squares out.
    start
        Weights before the first step, which the nearest ones begin with.

    Attributes
    ----------
    start_distance
        Of those.
    """

    def __init__(self, grain: StageLayer, samples: GrainSamples, start: Weights) -> None:
        self._drawn = DrawnGrain(grain, samples.judged())
        self._start = {name: start[name] for name in GRAIN.weights}
        self._best = self._start
        self.start_distance = self._best_distance = self.measure(start)
        self._since, self._returns = 0, 0
        nothing = {**start, **{name: np.zeros_like(start[name]) for name in GRAIN.nothing_without}}
        self._farthest = 2 * max(self.start_distance, self.measure(nothing))

    def judge(self, step: int, weights: Weights) -> None:
        """Judge weights after a step; those that gained are remembered."""
        distance = self.measure(weights)
        if distance < (1 - _GAIN) * self._best_distance:
            self._best = {name: weights[name].copy() for name in self._start}
            self._best_distance, self._since = distance, step

    def settled(self, step: int) -> bool:
        """Tell whether nothing more is gained, however small the steps are."""
        return self._returns == _MOST_RETURNS and self._waits(step)

    def go_back(self, step: int) -> Weights | None:
        """Return the best weights if it is time to go on from them in smaller steps."""
        if self._returns == _MOST_RETURNS or not self._waits(step):
            return None
        self._returns, self._since = self._returns + 1, step
        return self._best

    def _waits(self, step: int) -> bool:
        """Tell whether nothing has been gained for a while."""
        return step - self._since >= _PATIENCE

    def strays(self, weights: Weights) -> bool:
        """Tell whether weights are not finite, or twice as far away as no grain at all would be."""
        return not self.measure(weights) < self._farthest

    def best(self) -> tuple[Weights, dict[str, Any]]:
        """Return the weights of grain to keep, and both distances."""
        refined = self._best_distance <= (1 - _LEAST_GAIN) * self.start_distance
        distances = {"start": round(self.start_distance, 4), "refined": round(self._best_distance, 4)}
        return self._best if refined else self._start, {**distances, "kept": "refined" if refined else "start"}

    def capture(self) -> dict[str, NDArray[Any]]:
        """Return what is remembered, as named arrays."""
        arrays = {f"{_BEST}{name}": values for name, values in self._best.items()}
        return {**arrays, _STANDING: np.array([self._best_distance, self._since, self._returns], np.float64)}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take back what was remembered.

        Raises
        ------
        InvalidCheckpoint
            If it is something else.
        """
        best = {name: arrays.get(f"{_BEST}{name}") for name in self._start}
        standing = arrays.get(_STANDING)
        if standing is None or standing.shape != (3,):
            raise InvalidCheckpoint(_FOREIGN)
        for name, values in best.items():
            if values is None or values.shape != self._start[name].shape:
                raise InvalidCheckpoint(_FOREIGN)
        self._best = {name: values for name, values in best.items() if values is not None}
        self._best_distance, self._since, self._returns = float(standing[0]), int(standing[1]), int(standing[2])

    def measure(self, weights: Weights) -> float:
        """Return the distance of the grain that these weights draw."""
        return self._drawn.distance(weights)


def find_specks(grain: StageLayer, samples: GrainSamples, start: Weights) -> Weights:
    """Return the weights of the specks that bring a start nearest to the squares that are learnt from, if any do."""
    return nearest_specks(start, DrawnGrain(grain, samples.compared()).distance)


class DrawnGrain:
    """Grain that weights draw on squares, compared with that of real ones.

    Parameters
    ----------
    grain
        The stage; its weights are never changed.
    squares
        As `GrainSamples` draws them.
    """

    def __init__(self, grain: StageLayer, squares: Batch) -> None:
        self._grain, self._real = grain, RealGrain(squares["real"])
        self._batch = {name: ops.convert_to_tensor(values) for name, values in squares.items()}

    def distance(self, weights: Mapping[str, NDArray[Any]]) -> float:
        """Return how far the grain that weights draw is from that of the real squares."""
        return self._real.distance(draw_grain(draw_field(self._grain, weights, self._batch), self._batch))


_FOREIGN = "The interrupted training lacks what it judged best, so another version began it; start it anew."

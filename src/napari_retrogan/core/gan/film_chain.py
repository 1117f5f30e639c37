"""A look as the short chain that film, paper and photo filters are made of.

With x a colour and p its position (`images.pixel_positions`)::

    h = first(x) @ mix + offset
    y = second(h; p) @ dyes + stain

``first`` and ``second`` bend each channel by a curve of its own, and the matrices let channels leak into each other.
Light that is uneven, or a gradient laid over the picture, makes the second curve another one from point to point: it
changes with the distance from a centre, in straight pieces, and evenly down and across. So few numbers leave little
freedom about colours that no pair holds, which is what a chain is for; colours that are shown are fitted closer by a
network.
"""

from __future__ import annotations

import itertools
import math
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from napari_retrogan.core.architecture import LUMINANCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

KNOTS = 9
PARTS = {"first": (3, KNOTS), "mix": (3, 3), "offset": (3,), "second": (3, KNOTS), "dyes": (3, 3), "stain": (3,)}
_BEND_WEIGHT, _MIX_WEIGHT, _DYES_WEIGHT = 0.02, 3e-3, 1e-3
"""How strongly curves are kept straight and matrices near their origin. Chosen on every third look of the
benchmark and one pair each, which are in its figures as well."""
_LIKELY_WEIGHT, _TAILS = 3e-6, 4
"""Of a chain near known looks; chosen on one of the benchmark's three draws, where a third and thrice do as well."""
_RINGS, _FARTHEST = 9, 1.2
"""Distances from the centre at which there are curves: so many, evenly from 0 to a little farther than a corner is."""
_RING_WEIGHT, _SLOPE_WEIGHT, _TILT_WEIGHT = 1e-3, 3e-3, 1e-4
"""How strongly the changes of curves are kept straight: with the distance, down and across, and small. Chosen on Aden,
Early Bird, Lo-Fi, Mayfair and X-Pro II, which are in the benchmark's figures as well, and Perpetua, which is not."""
NEAR = 1e-4
"""Added to squared distances, whose root has no slope at zero."""
_CENTRE_PACE = 0.25
"""Of the steps of curves: a centre as fast as they are ran away at once in Aden and Mayfair, and never came back."""
_OUTSIDE_WEIGHT = 0.1


class FilmChain(keras.Model):
    """The chain, whatever keeps its parts likely; the result may leave [0, 1].

    Parameters
    ----------
    positional
        Whether positions matter.
    """

    def __init__(self, *, positional: bool) -> None:
        super().__init__(name="film_chain")
        self._placed = positional
        if positional:
            straight = (3, KNOTS)
            self.rings, self.slopes = (self._make(np.zeros((number, *straight))) for number in (_RINGS, 2))
            self.centre = self._make(np.zeros(2))

    def parts(self) -> Mapping[str, Any]:
        """Return ``first`` (3, KNOTS), ``mix`` (3, 3) or (3, 1), ``offset``, ``second``, ``dyes`` and ``stain``."""
        raise NotImplementedError

    def strangeness(self, parts: Mapping[str, Any]) -> Any:
        """Return how unlikely the parts are, as an error that they have to make good."""
        raise NotImplementedError

    def _make(self, start: NDArray[Any]) -> Any:
        """Add a weight that starts at given values."""
        variable = self.add_weight(shape=start.shape, initializer="zeros")
        variable.assign(_as_float(start))
        return variable

    def call(self, inputs: Any) -> Any:
        """Map pixels (N, 3) at positions (N, 3)."""
        pixels, positions = inputs
        part = self.parts()
        mixed = ops.matmul(_bend(pixels, part["first"]), part["mix"]) + part["offset"]
        return ops.matmul(_bend(mixed, self._at(positions, part["second"])), part["dyes"]) + part["stain"]

    def _at(self, positions: Any, second: Any) -> Any:
        """Return the second curves (3, KNOTS), or those at each position (N, 3, KNOTS)."""
        if not self._placed:
            return second
        aside = positions[:, 1:]
        centre = _CENTRE_PACE * self.centre
        squared = positions[:, 0] - 2.0 * ops.matmul(aside, centre) + ops.sum(ops.square(centre))
        distance = ops.sqrt(ops.relu(squared) + NEAR)
        rings = ops.tensordot(_hats(distance / _FARTHEST, _RINGS), self.rings, 1)
        return second + rings + ops.tensordot(aside, self.slopes, 1)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the mean absolute error within [0, 1] with what keeps the chain likely."""
        inside = ops.clip(y_pred, 0.0, 1.0)
        loss = ops.mean(ops.abs(inside - ops.convert_to_tensor(y)))
        loss = loss + _OUTSIDE_WEIGHT * ops.mean(ops.abs(y_pred - inside))
        loss = loss + self.strangeness(self.parts())
        if not self._placed:
            return loss
        across_rings = _bending(ops.transpose(self.rings, (1, 2, 0)))
        loss = loss + _RING_WEIGHT * (_bending(self.rings) + across_rings)
        return loss + _SLOPE_WEIGHT * _bending(self.slopes) + _TILT_WEIGHT * ops.sum(ops.square(self.slopes))


class SimpleChain(FilmChain):
    """A chain that is as near to changing nothing as it can be.

    Parameters
    ----------
    mix
        (3, 3), from which the first matrix starts; or (3, 1) if all channels are to see one tone.
    offset
        (3,), what is added to it.
    positional
        Whether positions matter.
    simplicity
        How much of the usual weights keeps it so.
    """

    def __init__(self, mix: NDArray[Any], offset: NDArray[Any], *, positional: bool, simplicity: float = 1.0) -> None:
        super().__init__(positional=positional)
        self._simplicity = simplicity
        self._mix_origin = _as_float(LUMINANCE[:, None] if mix.shape[1] == 1 else np.eye(3))
        self._parts = {name: self._make(start) for name, start in zip(PARTS, _untouched(mix, offset), strict=True)}

    def parts(self) -> Mapping[str, Any]:
        """Return the parts, which are its weights."""
        return self._parts

    def strangeness(self, parts: Mapping[str, Any]) -> Any:
        """Return how bent the curves are and how far from their origin the matrices."""
        bent = _BEND_WEIGHT * (_bending(parts["first"]) + _bending(parts["second"]))
        mixed = _MIX_WEIGHT * ops.sum(ops.square(parts["mix"] - self._mix_origin))
        dyed = _DYES_WEIGHT * ops.sum(ops.square(parts["dyes"] - np.eye(3, dtype=np.float32)))
        return self._simplicity * (bent + mixed + dyed)


class LikelyChain(FilmChain):
    """A chain that is as near to the chains of known looks as it can be.

    Those looks are taken for a normal distribution of `pack` numbers, with heavy tails; `likely_chains` has it.

    Parameters
    ----------
    positional
        Whether positions matter.
    """

    def __init__(self, *, positional: bool) -> None:
        super().__init__(positional=positional)
        self._mean, self._root = likely_chains()
        self.deviation = self._make(np.zeros(len(self._mean)))

    def parts(self) -> Mapping[str, Any]:
        """Return the parts at the present deviation from the mean."""
        numbers = self._mean + ops.matmul(self.deviation, self._root)
        taken = itertools.pairwise(np.cumsum([0, *(math.prod(shape) for shape in PARTS.values())]))
        return {
            name: ops.reshape(numbers[first:last], shape)
            for (name, shape), (first, last) in zip(PARTS.items(), taken, strict=True)
        }

    def strangeness(self, parts: Mapping[str, Any]) -> Any:
        """Return the negative logarithm of the deviation's density under Student's distribution, weighted."""
        return _LIKELY_WEIGHT * _TAILS * self.oddity()

    def oddity(self) -> Any:
        """Return how far the chain has gone from known looks: the sum of log(1 + d^2 / 4) over its deviations d."""
        return ops.sum(ops.log1p(ops.square(self.deviation) / _TAILS))


def pack(chain: FilmChain) -> NDArray[np.float64]:
    """Return all numbers of a chain but those of positions, in the order of ``PARTS``."""
    parts = chain.parts()
    return np.concatenate([np.ravel(ops.convert_to_numpy(parts[name])) for name in PARTS]).astype(np.float64)


@cache
def likely_chains() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean (78,) of known looks' chains, and what makes deviations of them from unit ones, (78, 78)."""
    source = files("napari_retrogan.core.looks") / "look_prior" / "chains.npz"
    with source.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        return arrays["mean"], arrays["root"]


def _bend(values: Any, curves: Any) -> Any:
    """Return values (N, 3) or (N, 1) through curves (3, KNOTS), or (N, 3, KNOTS), as (N, 3).

    The curves are of straight pieces and go on straight outside [0, 1].
    """
    inside = ops.sum(_hats(values, KNOTS) * curves, axis=-1)
    below, above = ops.minimum(values, 0.0), ops.maximum(values - 1.0, 0.0)
    slopes = (curves[..., 1] - curves[..., 0], curves[..., -1] - curves[..., -2])
    return inside + (KNOTS - 1) * (below * slopes[0] + above * slopes[1])


def _hats(values: Any, knots: int) -> Any:
    """Return how near values (...) are to each of so many even steps from 0 to 1, (..., knots); they sum to one."""
    scaled = ops.clip(values, 0.0, 1.0)[..., None] * (knots - 1)
    return ops.relu(1.0 - ops.abs(scaled - np.arange(knots, dtype=np.float32)))


def _bending(curves: Any) -> Any:
    """Return the sum of squares of what curves (..., K) are from straight, at each knot between the ends."""
    return ops.sum(ops.square(curves[..., 2:] - 2.0 * curves[..., 1:-1] + curves[..., :-2]))


def _untouched(mix: NDArray[Any], offset: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return parts that change nothing but by a matrix and an offset."""
    straight = np.tile(np.linspace(0, 1, KNOTS), (3, 1))
    return straight, mix, offset, straight, np.eye(3), np.zeros(3)


def _as_float(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return values in single precision."""
    return np.asarray(values, np.float32)

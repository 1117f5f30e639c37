"""Marks: dust, hairs, lint, scratches and stains on the finished picture, as many as the vintage pictures show.

A picture with marks is one under a layer of them, of premultiplied colours m and opacity a::

    marked = (1 - a) * styled + m

Which marks there are and where, `core.inference.mark_cells` draws from the statistics that the weights hold; how the
drawing is finished, `core.stages.mark_finish` tells.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from napari_retrogan.core.stages.stage import Stage, Weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_retrogan.core.stages.operations import Number, Operations

T = TypeVar("T")

MARK_KINDS = ("dust", "hair", "lint", "scratch", "stain")

MOST_RATES = np.array([1000, 200, 200, 300, 20], np.float32)
"""Number a megapixel of each kind beyond which there are never more."""

MOST_CLOUDS = 30.0
"""The same for clouds of specks."""

_NUM = len(MARK_KINDS)
_SHAPES = {
    "rate": (_NUM,),
    "length": (_NUM, 2),
    "width": (_NUM, 2),
    "opacity": (_NUM, 2),
    "light": (_NUM,),
    "tone": (2, 3),
    "unevenness": (),
    "clouds": (),
    "finish": (),
}


@dataclass(frozen=True, eq=False)
class MarkStatistics:
    """How many marks there are of each of ``MARK_KINDS``, and what they are like.

    Attributes
    ----------
    rate
        (5,) mean number a megapixel, 0 and above.
    length, width
        (5, 2) mean and standard deviation of the natural logarithm of the long and the short side, in pixels; of what
        is drawn as a line, of its way along and of its thickness.
    opacity
        (5, 2) lowest and highest share that a mark hides, even between them, in [0, 1].
    light
        (5,) share of marks that are light, in [0, 1].
    tone
        (2, 3) colours of dark and of light marks in [0, 1].
    unevenness
        () standard deviation of the logarithm of a picture's own share of them: some pictures are cleaner than others.
    clouds
        () mean number a megapixel of clouds of specks, 0 and above. They are as light and as opaque as dust.
    finish
        () how much of what the network makes of a drawing: 0 leaves it as it is, 1 is all.
    """

    rate: NDArray[np.float32]
    length: NDArray[np.float32]
    width: NDArray[np.float32]
    opacity: NDArray[np.float32]
    light: NDArray[np.float32]
    tone: NDArray[np.float32]
    unevenness: NDArray[np.float32]
    clouds: NDArray[np.float32]
    finish: NDArray[np.float32]

    @classmethod
    def of(cls, weights: Mapping[str, NDArray[Any]]) -> Self:
        """Return the statistics that the weights of a look hold."""
        return cls(**{name: np.asarray(weights[f"marks/{name}"], np.float32) for name in _SHAPES})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the statistics that `to_bytes` wrote."""
        values, arrays = np.frombuffer(data, "<f4"), {}
        for name, shape in _SHAPES.items():
            size = int(np.prod(shape))
            arrays[name], values = values[:size].reshape(shape), values[size:]
        return cls(**arrays)

    def to_bytes(self) -> bytes:
        """Return all numbers, little-endian in single precision."""
        return b"".join(np.asarray(getattr(self, each.name), "<f4").tobytes() for each in fields(self))

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Return the weights of a look that hold these statistics."""
        return {f"marks/{name}": np.asarray(getattr(self, name), np.float32) for name in _SHAPES}


def _sides(*sides: tuple[float, float]) -> NDArray[np.float32]:
    """Return means and deviations of logarithms, given what one in six is below and above."""
    lowest, highest = np.log(np.array(sides)).T
    return np.stack([(lowest + highest) / 2, (highest - lowest) / 2], 1).astype(np.float32)


USUAL_MARKS = MarkStatistics(
    rate=np.array([50, 5, 8, 3, 1], np.float32),
    length=_sides((3, 9), (80, 250), (25, 60), (60, 250), (80, 300)),
    width=_sides((2, 6), (1.2, 2.5), (1, 2), (1, 1.6), (60, 200)),
    opacity=np.array([[0.5, 0.9], [0.5, 0.9], [0.4, 0.7], [0.3, 0.6], [0.06, 0.15]], np.float32),
    light=np.array([0.6, 0.6, 0.6, 0.8, 0.2], np.float32),
    tone=np.array([[0.09, 0.08, 0.07], [0.93, 0.93, 0.91]], np.float32),
    unevenness=np.array(0.3, np.float32),
    clouds=np.array(4, np.float32),
    finish=np.array(1, np.float32),
)
"""About those of a print or a slide that nobody has cleaned."""


def _formula(operations: Operations[T], weights: Mapping[str, Number], styled: T, layer: T, opacity: T) -> T:
    """Return a picture under a layer of premultiplied colours and its opacity."""
    return operations.add(operations.multiply(operations.subtract(1.0, opacity), styled), layer)


MARKS = Stage(
    name="marks",
    inputs=("styled", "layer", "opacity"),
    weights={f"marks/{name}": Weight(shape, 0, trained=False) for name, shape in _SHAPES.items()},
    formula=_formula,
    setting={
        "of": "look",
        "min": 0.0,
        "max": 2.0,
        "label": "Marks",
        "tooltip": "Dust, hairs and scratches: 0 is none, 1 as many as the vintage pictures show, 2 twice as many.",
    },
    nothing_without=("marks/rate",),
)

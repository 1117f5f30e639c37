"""A stage of a look, as it is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_Formula = Callable[..., Any]
"""From `Operations`, weights by name and the stage's inputs to what the stage yields."""


class Weight(NamedTuple):
    """An array of a stage.

    Attributes
    ----------
    shape
        Its shape; kernels are (rows, columns, in, out) or, of dense layers, (in, out).
    start
        What it holds before training: ``"random"`` (He et al. 2015, normal), ``"identity"``, or one number throughout.
    trained
        Whether training changes it.
    """

    shape: tuple[int, ...]
    start: str | float = "random"
    trained: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step from a photograph to a look.

    Attributes
    ----------
    name
        Of the stage and, but for colours, of the amount by which its change is multiplied.
    inputs
        What its formula takes: ``"image"``, ``"position"`` and ``"thumbnail"``, which the chain begins with,
        ``"noise"``, or ``"toned"``, the picture in its new colours.
    weights
        Its arrays by name.
    formula
        Yields the picture as the film has it, for a stage before colours, which takes its amount last; the toned
        picture, for colours; of any later stage the change that its amount is multiplied with. Each is smaller than
        its inputs by ``reach`` or, of noise, ``noise_reach`` on every side.
    setting
        Range, default and words of its amount, if it has one.
    reach
        How many pixels around one of the picture's it sees.
    noise_reach
        How many pixels of noise around it it sees.
    nothing_without
        Names of weights without which, all being zero, it changes nothing.
    """

    name: str
    inputs: tuple[str, ...]
    weights: Mapping[str, Weight]
    formula: _Formula
    setting: Mapping[str, Any] = field(default_factory=dict)
    reach: int = 0
    noise_reach: int = 0
    nothing_without: tuple[str, ...] = ()


def pick(weights: Mapping[str, Any], layer: str) -> tuple[Any, Any]:
    """Return kernel and bias of a layer; one without a bias array has none."""
    return weights[f"{layer}/kernel"], weights.get(f"{layer}/bias")

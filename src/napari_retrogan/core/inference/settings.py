"""How a generator is applied: strength, grain and seed, and what black and white are."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from numbers import Real
from typing import Any

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.images.intensity import ValueRange, check_value_range
from napari_retrogan.core.inference.noise import SEED_LIMIT

MAX_STRENGTH = 2.0
MAX_GRAIN = 4.0


@dataclass(frozen=True, slots=True)
class ApplySettings:
    """Checked settings of one application.

    Attributes
    ----------
    strength
        0 leaves the photograph as it is, 1 gives the look and 2 twice the change.
    grain
        0 to 4 times the look's own grain.
    seed
        Of the grain.
    value_range
        The values of black and white; None reads them from the image's type and, for real numbers, values.
    providers
        Execution providers of ONNX Runtime; None is the CPU.

    Raises
    ------
    InvalidConfig
        If a value has the wrong type or lies outside its range.
    """

    strength: float = 1.0
    grain: float = 1.0
    seed: int = 0
    value_range: ValueRange | None = None
    providers: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "strength", _check_number("strength", self.strength, MAX_STRENGTH))
        object.__setattr__(self, "grain", _check_number("grain", self.grain, MAX_GRAIN))
        object.__setattr__(self, "seed", check_seed(self.seed))
        if self.value_range is not None:
            object.__setattr__(self, "value_range", check_value_range(self.value_range))
        if self.providers is not None:
            object.__setattr__(self, "providers", tuple(self.providers))


def check_seed(seed: Any) -> int:
    """Return a seed as an integer.

    Raises
    ------
    InvalidConfig
        If it isn't a whole number from 0 to 2**63 - 1.
    """
    try:
        number = operator.index(seed)
    except TypeError:
        number = -1
    if not 0 <= number < SEED_LIMIT:
        raise InvalidConfig(f"seed is {seed!r}; expected a whole number from 0 to 2**63 - 1.")
    return number


def _check_number(name: str, value: Any, highest: float) -> float:
    """Return a real number from 0 to a highest one."""
    if not isinstance(value, Real) or not 0 <= float(value) <= highest:
        raise InvalidConfig(f"{name} is {value!r}; expected a number from 0 to {highest:g}.")
    return float(value)

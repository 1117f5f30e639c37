"""How a generator is applied: how much of it, the seed of its grain, and what black and white are."""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from napari_retrogan.core.architecture import SEED_LIMIT
from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.images.intensity import ValueRange, check_value_range
from napari_retrogan.core.inference.taste import Taste

if TYPE_CHECKING:
    from napari_retrogan.core.images.layout import Layout

GRAIN_OVER_TIME = ("new", "fixed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplySettings(Taste):
    """Checked settings of one application: the amounts of `Taste`, and how to compute.

    Attributes
    ----------
    seed
        Of the grain.
    value_range
        The values of black and white; None reads them from the image's type and, for real numbers, values.
    providers
        Execution providers of ONNX Runtime; None is the CPU.
    time_axis
        The leading axis over which the look is smoothed, or None.
    grain_over_time
        ``"new"`` in each frame or ``"fixed"`` along the time axis.

    Raises
    ------
    InvalidConfig
        If a value has the wrong type or lies outside its range.
    """

    seed: int = 0
    value_range: ValueRange | None = None
    providers: tuple[str, ...] | None = None
    time_axis: int | None = None
    grain_over_time: str = "new"

    def __post_init__(self) -> None:
        Taste.__post_init__(self)
        object.__setattr__(self, "seed", check_seed(self.seed))
        if self.value_range is not None:
            object.__setattr__(self, "value_range", check_value_range(self.value_range))
        if self.providers is not None:
            object.__setattr__(self, "providers", tuple(self.providers))
        _check_time(self.time_axis, self.grain_over_time)

    def for_layout(self, layout: Layout) -> Self:
        """Return the settings with the time axis counted from 0.

        Raises
        ------
        InvalidImage
            If it isn't one of a stack's leading axes.
        """
        if self.time_axis is None:
            return self
        return replace(self, time_axis=layout.leading_axis(self.time_axis))


def _check_time(time_axis: Any, grain: Any) -> None:
    """Refuse a time axis that is no whole number, and grain that is fixed over no axis."""
    if time_axis is not None and not hasattr(time_axis, "__index__"):
        raise InvalidConfig(f"time_axis is {time_axis!r}; expected the number of an axis before rows and columns.")
    if grain not in GRAIN_OVER_TIME:
        raise InvalidConfig(f"grain_over_time is {grain!r}; expected 'new' or 'fixed'.")
    if grain == "fixed" and time_axis is None:
        raise InvalidConfig("grain_over_time is 'fixed', but no axis is known as time; pass time_axis too.")


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

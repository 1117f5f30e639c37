"""How a generator is applied: how much of it, the seed of its grain, screen and marks, and what black and white are."""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, get_args

from napari_retrogan.core.architecture import SEED_LIMIT
from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.images.intensity import ValueRange, check_value_range
from napari_retrogan.core.inference.taste import Taste
from napari_retrogan.core.setting_hints import check
from napari_retrogan.core.stages.chain import (
    ADDED_STAGES,
    EXPOSURE_STAGES,
    MEASURED_STAGES,
    exposure_halo,
    reach_of,
    stages_in,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_retrogan.core.images.layout import Layout

DEFAULT_PROVIDERS = ("CPUExecutionProvider",)
GrainOverTime = Literal["new", "fixed"]
Brightness = Literal["kept", "learnt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplySettings(Taste):
    """Checked settings of one application: the amounts of `Taste`, and how to compute.

    Attributes
    ----------
    seed
        Of grain, screen and marks.
    value_range
        The values of black and white; None reads them from the image's type and, for real numbers, values.
    providers
        Execution providers of ONNX Runtime; None is the CPU.
    time_axis
        The leading axis over which the look is smoothed, or None.
    brightness
        ``"kept"`` from the photograph, ``"learnt"`` from the vintage pictures, or None for the generator's own choice.
    grain_over_time
        ``"new"`` in each frame or ``"fixed"`` along the time axis.

    Raises
    ------
    InvalidConfig
        If a value has the wrong type or lies outside its range.
    """

    seed: Annotated[
        int, {"min": 0, "max": SEED_LIMIT - 1, "label": "Seed", "tooltip": "Of grain, screen and marks."}
    ] = 0
    brightness: Annotated[
        Brightness | None,
        {
            "label": "Brightness",
            "tooltip": "Kept as in the photograph, or as learnt from the vintage pictures; by default kept, but as "
            "learnt where the generator was trained on pairs.",
        },
    ] = None
    value_range: ValueRange | None = None
    providers: tuple[str, ...] | None = None
    time_axis: Annotated[
        int | None,
        {
            "label": "Time axis",
            "tooltip": "The axis of a series, from 0, over which the look is smoothed so that it doesn't flicker.",
        },
    ] = None
    grain_over_time: Annotated[
        GrainOverTime,
        {"label": "Grain over time", "tooltip": "New grain in each frame of a series, or the same in all."},
    ] = "new"

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", check_seed(self.seed))
        if self.value_range is not None:
            object.__setattr__(self, "value_range", check_value_range(self.value_range))
        if self.providers is not None:
            object.__setattr__(self, "providers", tuple(self.providers))
        _check_time(self.time_axis, self.grain_over_time)
        if self.time_axis is not None:
            object.__setattr__(self, "time_axis", operator.index(self.time_axis))
        check(self)

    @property
    def for_tiles(self) -> bool:
        """Whether the CPU applies the look, by a graph that leaves out what isn't wanted."""
        return self.providers in (None, DEFAULT_PROVIDERS)

    @property
    def halo(self) -> int:
        """How many pixels colours and what follows need around a tile: as many as the stages in use see."""
        if not self.strength:
            return 0
        return reach_of(stage for stage in ADDED_STAGES if getattr(self, stage.name) or not self.for_tiles)

    @property
    def exposures(self) -> tuple[str, ...]:
        """The amounts of what happens before colours, as far as there is any of it."""
        if not self.strength:
            return ()
        return tuple(stage.name for stage in EXPOSURE_STAGES if getattr(self, stage.name))

    @property
    def outer_halo(self) -> int:
        """How many pixels a tile needs around it before lens and film have had their part."""
        return exposure_halo([stage for stage in EXPOSURE_STAGES if stage.name in self.exposures], self.halo)

    def for_look(self, weights: Mapping[str, NDArray[Any]]) -> Self:
        """Return the settings without amounts of what may be measured and this look has none of: it costs nothing."""
        absent = {stage.name: 0.0 for stage in MEASURED_STAGES if stage not in stages_in(weights)}
        return replace(self, **absent)  # type: ignore[arg-type]

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
    if grain not in get_args(GrainOverTime):
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

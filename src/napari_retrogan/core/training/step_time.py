"""How long a training will take, by what the steps of earlier ones took in this process, and how far one is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.inference.in_words import in_time

if TYPE_CHECKING:
    from napari_retrogan.core.config import TrainingConfig

_SMOOTHING_STEPS = 20
_measured: dict[tuple[Any, ...], float] = {}


def note_steps(config: TrainingConfig, step: int, steps_per_second: float) -> None:
    """Remember how fast a training's steps are; the first ones, which prepare the others, don't count."""
    if step >= _SMOOTHING_STEPS and steps_per_second > 0:
        _measured[_kind(config)] = 1 / steps_per_second


def training_seconds(config: TrainingConfig) -> float | None:
    """Return how long a training's steps take at most, or None if none with steps of such a size was seen yet."""
    seconds = _measured.get(_kind(config))
    return None if seconds is None else seconds * config.num_steps


def describe_pace(step: int, num_steps: int, steps_per_second: float = 0.0, seconds_left: float = math.inf) -> str:
    """Say in words how far a training is; what is 0 or infinite is not known yet."""
    rate = f" ({steps_per_second:.3g} a second)" if steps_per_second > 0 else ""
    left = f", at most {in_time(seconds_left)} left" if step < num_steps and math.isfinite(seconds_left) else ""
    return f"Step {step} of at most {num_steps}{rate}{left}"


def _kind(config: TrainingConfig) -> tuple[Any, ...]:
    """Return the settings that a step's time depends on."""
    return (config.texture_batch_size,)

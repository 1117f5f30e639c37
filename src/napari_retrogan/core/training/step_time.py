"""How long a training will take, by what the steps of earlier ones took in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_retrogan.core.config import TrainingConfig

_SMOOTHING_STEPS = 20
_measured: dict[tuple[Any, ...], float] = {}


def note_steps(config: TrainingConfig, step: int, steps_per_second: float) -> None:
    """Remember how fast a training's steps are; the first ones, which prepare the others, don't count."""
    if step >= _SMOOTHING_STEPS and steps_per_second > 0:
        _measured[_kind(config)] = 1 / steps_per_second


def training_seconds(config: TrainingConfig) -> float | None:
    """Return how long a training's steps will take, or None if none with steps of such a size was seen yet."""
    seconds = _measured.get(_kind(config))
    return None if seconds is None else seconds * config.num_steps


def _kind(config: TrainingConfig) -> tuple[Any, ...]:
    """Return the settings that a step's time depends on."""
    colour = config.colour_batch_size, config.colour_patch_size
    texture = config.texture_batch_size, config.texture_patch_size
    return config.loss, colour, texture, config.gradient_penalty > 0

"""What a training tells its caller, as small frozen values matched by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_retrogan.core.config import TrainingConfig
    from napari_retrogan.core.patch_generator import PatchGenerator
    from napari_retrogan.core.vintage_generator import VintageGenerator

    AnyGenerator: TypeAlias = VintageGenerator | PatchGenerator


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStarted:
    """The framework is imported and the start is looked for; the first step follows.

    ``step`` counts the steps that a resumed training had done before, ``config`` holds its settings, and
    ``checkpoint`` names the folder that it is kept in while it runs; both are None for the plain GAN.
    """

    backend: str
    device: str
    num_steps: int
    step: int = 0
    config: TrainingConfig | None = None
    checkpoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingProgress:
    """One step is done, of ``num_steps`` at most: training ends when nothing has been gained for a while.

    ``losses`` holds a float a name; ``steps_per_second`` is measured over the last steps and
    ``seconds_left`` is the most that all steps will take, infinite until it is known.
    """

    step: int
    num_steps: int
    losses: Mapping[str, float]
    steps_per_second: float
    seconds_left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewReady:
    """The look so far, after ``step`` steps: to look at and to apply while training goes on.

    The first comes with ``step`` 0, once the look is measured.
    """

    step: int
    generator: AnyGenerator


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecovered:
    """The training had gone astray, went back to the state after ``good_step`` and goes on at half the learning rate.

    ``message`` says so in words, with the reason.
    """

    step: int
    good_step: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointFailed:
    """A checkpoint could not be written, as ``message`` says; training goes on in memory."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFinished:
    """The last event: the generator to keep.

    ``stopped`` tells that the training ended early, and ``reason`` why, if not because it was asked to.
    """

    generator: AnyGenerator
    stopped: bool = False
    reason: str = ""


TrainingEvent = (
    TrainingStarted | TrainingProgress | PreviewReady | TrainingRecovered | CheckpointFailed | TrainingFinished
)

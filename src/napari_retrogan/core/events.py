"""What a training tells its caller, as small frozen values matched by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_retrogan.core.patch_generator import PatchGenerator
    from napari_retrogan.core.vintage_generator import VintageGenerator

    AnyGenerator: TypeAlias = VintageGenerator | PatchGenerator


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStarted:
    """The framework is imported and the first step is about to run."""

    backend: str
    device: str
    num_steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingProgress:
    """One step is done.

    ``losses`` holds a float a name; ``steps_per_second`` is measured over the last steps and
    ``seconds_left`` is infinite until it is known.
    """

    step: int
    num_steps: int
    losses: Mapping[str, float]
    steps_per_second: float
    seconds_left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewReady:
    """A generator as it stands after ``step`` steps, to look at; training goes on."""

    step: int
    generator: AnyGenerator


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFinished:
    """The last event: the generator to keep; ``stopped`` tells that it was asked to end early."""

    generator: AnyGenerator
    stopped: bool = False


TrainingEvent = TrainingStarted | TrainingProgress | PreviewReady | TrainingFinished

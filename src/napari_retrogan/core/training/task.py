"""What travels to the training process, and what is kept of a training after a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from napari_retrogan.core.config import TrainingConfig
    from napari_retrogan.core.images.training_image import TrainingImage


@dataclass(frozen=True, slots=True)
class TrainingTask:
    """A training of the vintage generator.

    ``initial`` holds weights to go on from, by name; ``title`` says what look it is, and ``checkpoints`` names the
    folder that it is kept in while it runs, or is empty. ``devices`` is how many devices share the batches; None takes
    all accelerators.
    """

    photographs: tuple[TrainingImage, ...]
    vintage: tuple[TrainingImage, ...]
    config: TrainingConfig
    paired: bool = False
    initial: Mapping[str, NDArray[np.float32]] | None = None
    title: str = ""
    checkpoints: str = ""
    devices: int | None = None


@dataclass(frozen=True, slots=True)
class ResumeTask:
    """An interrupted training, by the folder that it is kept in."""

    folder: str


@dataclass(frozen=True, slots=True)
class PatchTask:
    """A training of the plain noise-driven GAN."""

    vintage: tuple[TrainingImage, ...]
    num_steps: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingState:
    """Everything that a training is made of after a step, but for its pictures and settings.

    Attributes
    ----------
    step
        Steps done. What the next step draws depends on it and the seed alone.
    arrays
        Both networks, the optimiser and the averaged weights, by name.
    history
        One mapping a step: ``"step"`` and the losses by name.
    recoveries
        How often it went back to an earlier state.
    good
        The state to go back to if the training goes astray; None stands for its start. Its history is left out.
    """

    step: int
    arrays: Mapping[str, NDArray[Any]]
    history: Sequence[Mapping[str, Any]] = ()
    recoveries: int = 0
    good: TrainingState | None = None

"""What travels to the training process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

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

"""Train a GAN on image layers and give any layer their vintage style."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.version import __version__ as __version__

if TYPE_CHECKING:
    from napari_retrogan.core.config import TrainingConfig
    from napari_retrogan.core.errors import (
        ApplyCancelled,
        BackendUnavailable,
        EngineBusy,
        EngineDied,
        InvalidCheckpoint,
        InvalidConfig,
        InvalidGeneratorFile,
        InvalidImage,
        LibraryUnavailable,
        LowMemoryWarning,
        NotEnoughImages,
        OutOfMemory,
        OutputExists,
        PictureLeftOut,
        RetroGANError,
        TrainingDiscarded,
        TrainingDiverged,
        UnpairedImages,
    )
    from napari_retrogan.core.imitation import imitate
    from napari_retrogan.core.output.batch import BatchResult, apply_to_files
    from napari_retrogan.core.output.file_events import FileDone, FileFailed, FileProgress, FileStarted
    from napari_retrogan.core.output.store import apply_to_store
    from napari_retrogan.core.patch_generator import PatchGenerator
    from napari_retrogan.core.pretrained import PretrainedLook, list_pretrained, pretrained
    from napari_retrogan.core.training.checkpoints import Checkpoint, list_checkpoints
    from napari_retrogan.core.training.events import (
        CheckpointFailed,
        PreviewReady,
        TrainingFinished,
        TrainingProgress,
        TrainingRecovered,
        TrainingStarted,
    )
    from napari_retrogan.core.training.job import TrainingJob
    from napari_retrogan.core.training.resume import iter_resume_training, resume_training
    from napari_retrogan.core.training.train import iter_train, iter_train_patch_gan, train, train_patch_gan
    from napari_retrogan.core.vintage_generator import VintageGenerator, load_generator
    from napari_retrogan.plugin.console import start_training
    from napari_retrogan.plugin.layers import apply_to_layer

_MODULES = {
    "core.output.batch": ("BatchResult", "apply_to_files"),
    "core.output.file_events": ("FileDone", "FileFailed", "FileProgress", "FileStarted"),
    "core.training.checkpoints": ("Checkpoint", "list_checkpoints"),
    "core.config": ("TrainingConfig",),
    "core.errors": (
        "ApplyCancelled",
        "BackendUnavailable",
        "EngineBusy",
        "EngineDied",
        "InvalidCheckpoint",
        "InvalidConfig",
        "InvalidGeneratorFile",
        "InvalidImage",
        "LibraryUnavailable",
        "NotEnoughImages",
        "OutOfMemory",
        "LowMemoryWarning",
        "OutputExists",
        "PictureLeftOut",
        "RetroGANError",
        "TrainingDiscarded",
        "TrainingDiverged",
        "UnpairedImages",
    ),
    "core.training.events": (
        "CheckpointFailed",
        "PreviewReady",
        "TrainingFinished",
        "TrainingProgress",
        "TrainingRecovered",
        "TrainingStarted",
    ),
    "core.output.store": ("apply_to_store",),
    "core.imitation": ("imitate",),
    "core.patch_generator": ("PatchGenerator",),
    "core.pretrained": ("PretrainedLook", "list_pretrained", "pretrained"),
    "core.training.job": ("TrainingJob",),
    "core.training.resume": ("iter_resume_training", "resume_training"),
    "core.training.train": ("iter_train", "iter_train_patch_gan", "train", "train_patch_gan"),
    "core.vintage_generator": ("VintageGenerator", "load_generator"),
    "plugin.console": ("start_training",),
    "plugin.layers": ("apply_to_layer",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ApplyCancelled",
    "BackendUnavailable",
    "BatchResult",
    "Checkpoint",
    "CheckpointFailed",
    "EngineBusy",
    "EngineDied",
    "FileDone",
    "FileFailed",
    "FileProgress",
    "FileStarted",
    "InvalidCheckpoint",
    "InvalidConfig",
    "InvalidGeneratorFile",
    "InvalidImage",
    "LibraryUnavailable",
    "LowMemoryWarning",
    "NotEnoughImages",
    "OutOfMemory",
    "OutputExists",
    "PatchGenerator",
    "PictureLeftOut",
    "PretrainedLook",
    "PreviewReady",
    "RetroGANError",
    "TrainingConfig",
    "TrainingDiscarded",
    "TrainingDiverged",
    "TrainingFinished",
    "TrainingJob",
    "TrainingProgress",
    "TrainingRecovered",
    "TrainingStarted",
    "UnpairedImages",
    "VintageGenerator",
    "apply_to_files",
    "apply_to_layer",
    "apply_to_store",
    "imitate",
    "iter_resume_training",
    "iter_train",
    "iter_train_patch_gan",
    "list_checkpoints",
    "list_pretrained",
    "load_generator",
    "pretrained",
    "resume_training",
    "start_training",
    "train",
    "train_patch_gan",
]


def __getattr__(name: str) -> Any:
    """Import the module that holds a public name on first use, so that importing the package stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return [*__all__, "__version__"]

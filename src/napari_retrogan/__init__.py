"""Train a GAN on image layers and give any layer their vintage style."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_retrogan.core.config import TrainingConfig
    from napari_retrogan.core.errors import (
        ApplyCancelled,
        BackendUnavailable,
        EngineBusy,
        EngineDied,
        InvalidConfig,
        InvalidGeneratorFile,
        InvalidImage,
        NotEnoughImages,
        RetroGANError,
        TrainingDiscarded,
        TrainingDiverged,
        UnpairedImages,
    )
    from napari_retrogan.core.events import PreviewReady, TrainingFinished, TrainingProgress, TrainingStarted
    from napari_retrogan.core.patch_generator import PatchGenerator
    from napari_retrogan.core.train import iter_train, iter_train_patch_gan, train, train_patch_gan
    from napari_retrogan.core.vintage_generator import VintageGenerator, load_generator
    from napari_retrogan.plugin.layers import apply_to_layer

__version__ = "0.1.0"

_MODULES = {
    "core.config": ("TrainingConfig",),
    "core.errors": (
        "ApplyCancelled",
        "BackendUnavailable",
        "EngineBusy",
        "EngineDied",
        "InvalidConfig",
        "InvalidGeneratorFile",
        "InvalidImage",
        "NotEnoughImages",
        "RetroGANError",
        "TrainingDiscarded",
        "TrainingDiverged",
        "UnpairedImages",
    ),
    "core.events": ("PreviewReady", "TrainingFinished", "TrainingProgress", "TrainingStarted"),
    "core.patch_generator": ("PatchGenerator",),
    "core.train": ("iter_train", "iter_train_patch_gan", "train", "train_patch_gan"),
    "core.vintage_generator": ("VintageGenerator", "load_generator"),
    "plugin.layers": ("apply_to_layer",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ApplyCancelled",
    "BackendUnavailable",
    "EngineBusy",
    "EngineDied",
    "InvalidConfig",
    "InvalidGeneratorFile",
    "InvalidImage",
    "NotEnoughImages",
    "PatchGenerator",
    "PreviewReady",
    "RetroGANError",
    "TrainingConfig",
    "TrainingDiscarded",
    "TrainingDiverged",
    "TrainingFinished",
    "TrainingProgress",
    "TrainingStarted",
    "UnpairedImages",
    "VintageGenerator",
    "apply_to_layer",
    "iter_train",
    "iter_train_patch_gan",
    "load_generator",
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

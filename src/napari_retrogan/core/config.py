"""Settings of a training: one declaration drives the API, the form, the file and the command line."""

from __future__ import annotations

import types
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.setting_hints import check, from_names

Loss = Literal["cross_entropy", "least_squares", "hinge", "relativistic"]
Preset = Literal["draft", "balanced", "fine"]

PRESETS: types.MappingProxyType[str, dict[str, Any]] = types.MappingProxyType(
    {
        "draft": {"num_steps": 120},
        "balanced": {"num_steps": 300},
        "fine": {"num_steps": 900},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """Settings of one training; every value is checked when it is made.

    Of the hints in the annotations the Train widget's fields, the command line's options and the checks are made, see
    `core.setting_hints`.

    Raises
    ------
    InvalidConfig
        If a value has the wrong type or lies outside its range.
    """

    num_steps: Annotated[
        int,
        {"min": 0, "max": 100_000, "label": "Steps", "tooltip": "Updates of generator and discriminators; 0: none."},
    ] = 300
    seed: Annotated[
        int, {"min": 0, "max": 2**31 - 1, "label": "Seed", "tooltip": "One seed gives one result on one kind of CPU."}
    ] = 0
    loss: Annotated[Loss, {"label": "Adversarial loss", "tooltip": "How real and fake are told apart."}] = (
        "cross_entropy"
    )
    colour_learning_rate: Annotated[
        float, {"min": 1e-6, "max": 0.1, "step": 1e-5, "label": "Colour learning rate", "tooltip": "Adam's, of colour."}
    ] = 2e-4
    detail_learning_rate: Annotated[
        float,
        {"min": 1e-6, "max": 0.1, "step": 1e-5, "label": "Detail learning rate", "tooltip": "Adam's, of sharpness."},
    ] = 1e-5
    grain_learning_rate: Annotated[
        float, {"min": 1e-6, "max": 0.1, "step": 1e-5, "label": "Grain learning rate", "tooltip": "Adam's, of grain."}
    ] = 1e-4
    discriminator_learning_rate: Annotated[
        float, {"min": 1e-6, "max": 0.1, "step": 1e-5, "label": "Discriminator learning rate", "tooltip": "Adam's."}
    ] = 2e-3
    colour_batch_size: Annotated[
        int, {"min": 1, "max": 256, "label": "Colour batch", "tooltip": "Low-resolution patches a step."}
    ] = 16
    colour_patch_size: Annotated[
        int, {"min": 8, "max": 96, "label": "Colour patch (px)", "tooltip": "Side of a low-resolution patch."}
    ] = 24
    texture_batch_size: Annotated[
        int, {"min": 1, "max": 256, "label": "Texture batch", "tooltip": "Full-resolution patches a step."}
    ] = 16
    texture_patch_size: Annotated[
        int, {"min": 16, "max": 256, "label": "Texture patch (px)", "tooltip": "Side of a full-resolution patch."}
    ] = 64
    gradient_penalty: Annotated[
        float,
        {"min": 0.0, "max": 1000.0, "step": 0.1, "label": "Gradient penalty", "tooltip": "Smooths the discriminators."},
    ] = 5.0
    average_decay: Annotated[
        float,
        {"min": 0.0, "max": 0.9999, "step": 0.001, "label": "Averaging", "tooltip": "Decay of the weights' average."},
    ] = 0.99
    low_pass_weight: Annotated[
        float,
        {"min": 0.0, "max": 1000.0, "step": 1.0, "label": "Low-pass weight", "tooltip": "Keeps grain out of tone."},
    ] = 300.0
    colour_trust: Annotated[
        float,
        {"min": 0.0, "max": 1000.0, "step": 1.0, "label": "Colour trust", "tooltip": "Keeps colour near its start."},
    ] = 300.0
    paired_weight: Annotated[
        float, {"min": 0.0, "max": 1000.0, "step": 1.0, "label": "Pairs weight", "tooltip": "L1 of paired training."}
    ] = 10.0
    ordinary_photographs: Annotated[
        bool,
        {"label": "Ordinary photographs", "tooltip": "Add the thumbnails that ship to the content side of colour."},
    ] = True
    preview_seconds: Annotated[
        float, {"min": 0.3, "max": 60.0, "step": 0.1, "label": "Preview every (s)", "tooltip": "Time between previews."}
    ] = 1.0
    checkpoint_seconds: Annotated[
        float,
        {
            "min": 0.0,
            "max": 3600.0,
            "step": 1.0,
            "label": "Checkpoint every (s)",
            "tooltip": "From the last checkpoint, an interrupted training is resumed; 0 writes none.",
        },
    ] = 10.0

    def __post_init__(self) -> None:
        check(self)

    @classmethod
    def preset(cls, name: Preset, **changes: Any) -> TrainingConfig:
        """Return the settings of a quality preset, with changes.

        Parameters
        ----------
        name
            ``"draft"``, ``"balanced"`` (the defaults) or ``"fine"``.
        **changes
            Fields that differ from the preset.

        Raises
        ------
        InvalidConfig
            If the preset is unknown or a value is out of range.
        """
        if name not in PRESETS:
            raise InvalidConfig(f"Preset {name!r} is unknown; choose one of {', '.join(PRESETS)}.")
        return cls.from_dict({**PRESETS[name], **changes})

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainingConfig:
        """Make settings from plain values, as stored in a file.

        Raises
        ------
        InvalidConfig
            If a name is unknown or a value is out of range.
        """
        return from_names(cls, values)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values that JSON can hold."""
        return asdict(self)

    def replace(self, **changes: Any) -> TrainingConfig:
        """Return these settings with changes."""
        return replace(self, **changes)

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
        {
            "min": 0,
            "max": 100_000,
            "label": "Steps",
            "tooltip": "How often the look, and the judges (discriminators) that compare it with real vintage "
            "pictures, are improved; 0: never.",
        },
    ] = 300
    seed: Annotated[
        int,
        {
            "min": 0,
            "max": 2**31 - 1,
            "label": "Seed",
            "tooltip": "The same number gives the same look again, on the same kind of processor.",
        },
    ] = 0
    loss: Annotated[
        Loss,
        {
            "label": "How judges score",
            "tooltip": "The formula (adversarial loss) by which the judges are taught to tell real vintage pictures "
            "from styled ones.",
        },
    ] = "cross_entropy"
    colour_learning_rate: Annotated[
        float,
        {
            "min": 1e-6,
            "max": 0.1,
            "step": 1e-5,
            "label": "Speed of colour",
            "tooltip": "How far colours move in a step (learning rate): higher is faster and less steady.",
        },
    ] = 2e-4
    detail_learning_rate: Annotated[
        float,
        {
            "min": 1e-6,
            "max": 0.1,
            "step": 1e-5,
            "label": "Speed of sharpness",
            "tooltip": "How far softness and sharpness move in a step (learning rate).",
        },
    ] = 1e-5
    grain_learning_rate: Annotated[
        float,
        {
            "min": 1e-6,
            "max": 0.1,
            "step": 1e-5,
            "label": "Speed of grain",
            "tooltip": "How far grain moves in a step (learning rate).",
        },
    ] = 1e-4
    discriminator_learning_rate: Annotated[
        float,
        {
            "min": 1e-6,
            "max": 0.1,
            "step": 1e-5,
            "label": "Speed of the judges",
            "tooltip": "How fast the judges (discriminators) learn to tell real vintage pictures from styled ones.",
        },
    ] = 2e-3
    colour_batch_size: Annotated[
        int,
        {
            "min": 1,
            "max": 256,
            "label": "Parts for colour",
            "tooltip": "How many parts of small copies of the pictures a step looks at (batch).",
        },
    ] = 16
    colour_patch_size: Annotated[
        int,
        {
            "min": 8,
            "max": 96,
            "label": "Their side (px)",
            "tooltip": "Side of each of those parts; small copies are 96 px long.",
        },
    ] = 24
    texture_batch_size: Annotated[
        int,
        {
            "min": 1,
            "max": 256,
            "label": "Parts for grain",
            "tooltip": "How many parts of the pictures at full size a step looks at, for grain and sharpness (batch).",
        },
    ] = 16
    texture_patch_size: Annotated[
        int, {"min": 16, "max": 256, "label": "Their side (px)", "tooltip": "Side of each of those parts."}
    ] = 64
    gradient_penalty: Annotated[
        float,
        {
            "min": 0.0,
            "max": 1000.0,
            "step": 0.1,
            "label": "Calm judges",
            "tooltip": "Keeps the judges from reacting to next to nothing (gradient penalty).",
        },
    ] = 5.0
    average_decay: Annotated[
        float,
        {
            "min": 0.0,
            "max": 0.9999,
            "step": 0.001,
            "label": "Averaging",
            "tooltip": "How many of the last steps the look is the average of: 0.99 is about a hundred.",
        },
    ] = 0.99
    low_pass_weight: Annotated[
        float,
        {
            "min": 0.0,
            "max": 1000.0,
            "step": 1.0,
            "label": "Keep tones",
            "tooltip": "How firmly grain and softness are kept from changing tones and colours.",
        },
    ] = 300.0
    colour_trust: Annotated[
        float,
        {
            "min": 0.0,
            "max": 1000.0,
            "step": 1.0,
            "label": "Keep first colours",
            "tooltip": "How firmly colours stay near those that were measured before the first step.",
        },
    ] = 300.0
    paired_weight: Annotated[
        float,
        {
            "min": 0.0,
            "max": 1000.0,
            "step": 1.0,
            "label": "Weight of pairs",
            "tooltip": "How much before-and-after pairs count beside the judges.",
        },
    ] = 10.0
    ordinary_photographs: Annotated[
        bool,
        {
            "label": "Ordinary photographs",
            "tooltip": "Let 270 everyday photographs that come along stand beside yours, so that style and scenes are "
            "told apart.",
        },
    ] = True
    preview_seconds: Annotated[
        float,
        {
            "min": 0.3,
            "max": 60.0,
            "step": 0.1,
            "label": "Preview every (s)",
            "tooltip": "Seconds between two previews.",
        },
    ] = 1.0
    checkpoint_seconds: Annotated[
        float,
        {
            "min": 0.0,
            "max": 3600.0,
            "step": 1.0,
            "label": "Checkpoint every (s)",
            "tooltip": "How often the training is saved meanwhile, so that an interrupted one goes on from there; 0: "
            "never.",
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

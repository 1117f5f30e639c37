"""Settings of a training: one declaration drives the API, the form, the file and the command line."""

from __future__ import annotations

import types
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.setting_hints import check, from_names

Preset = Literal["draft", "balanced", "fine"]

_NOT_REFINED = "colours and softness are measured and no longer refined in steps"
_NO_CRITIC = "grain is learnt without a judge (discriminator)"
GONE: types.MappingProxyType[str, str] = types.MappingProxyType(
    {
        **dict.fromkeys(("colour_learning_rate", "detail_learning_rate", "colour_batch_size"), _NOT_REFINED),
        **dict.fromkeys(("colour_patch_size", "colour_trust", "paired_weight", "ordinary_photographs"), _NOT_REFINED),
        **dict.fromkeys(("loss", "discriminator_learning_rate", "gradient_penalty", "low_pass_weight"), _NO_CRITIC),
        "texture_patch_size": "squares of grain have one size",
    }
)
"""Settings that earlier versions had, and why there are none: files that hold them are read all the same."""

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
            "label": "Steps at most",
            "tooltip": "How often the look is improved at most: training ends by itself when nothing more is gained. "
            "0: never, the look stays as measured.",
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
    grain_learning_rate: Annotated[
        float,
        {
            "min": 1e-6,
            "max": 0.1,
            "step": 1e-4,
            "label": "Speed of grain",
            "tooltip": "How far grain moves in a step (learning rate).",
        },
    ] = 3e-3
    texture_batch_size: Annotated[
        int,
        {
            "min": 1,
            "max": 256,
            "label": "Squares a step",
            "tooltip": "How many flat squares of the pictures at full size a step looks at (batch); thirds of it are "
            "dark, middle and light.",
        },
    ] = 24
    average_decay: Annotated[
        float,
        {
            "min": 0.0,
            "max": 0.9999,
            "step": 0.001,
            "label": "Averaging",
            "tooltip": "How many of the last steps the look is the average of: 0.95 is about twenty.",
        },
    ] = 0.95
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
        for name in values:
            if name in GONE:
                raise InvalidConfig(f"There is no setting {name!r} any more: {GONE[name]}. Leave it out.")
        return from_names(cls, values)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values that JSON can hold."""
        return asdict(self)

    def replace(self, **changes: Any) -> TrainingConfig:
        """Return these settings with changes."""
        return replace(self, **changes)

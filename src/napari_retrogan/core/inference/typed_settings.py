"""How an application is typed: the settings that differ from those as trained, in Python and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.setting_hints import hints

if TYPE_CHECKING:
    from collections.abc import Mapping

_VALUE_RANGE = "value_range"


def as_arguments(settings: ApplySettings) -> Mapping[str, Any]:
    """Return the arguments of `VintageGenerator.apply`, by name, that give these settings."""
    as_trained = ApplySettings()
    names = (*hints(ApplySettings), _VALUE_RANGE)
    values = {name: getattr(settings, name) for name in names}
    return {name: value for name, value in values.items() if value != getattr(as_trained, name)}


def as_options(settings: ApplySettings) -> list[str]:
    """Return the options of ``napari-retrogan apply`` that give these settings."""
    words: list[str] = []
    for name, value in as_arguments(settings).items():
        option = f"--{name.replace('_', '-')}"
        # A value that begins with a minus could be read as another option.
        words += [option, *map(str, value)] if name == _VALUE_RANGE else [f"{option}={value}"]
    return words

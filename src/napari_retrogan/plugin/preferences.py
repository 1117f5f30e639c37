"""What people have set on this plugin's page in napari's preferences."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_retrogan.core.library.library import Library

_PLUGIN = "napari-retrogan"
_AUTOMATIC = "automatic"
_NAPARI_DEFAULT = "en"
_DEFAULTS: dict[str, dict[str, Any]] = {
    "training": {"keras_backend": _AUTOMATIC, "idle_minutes": 10.0, "preview_seconds": 1.0},
    "looks": {"library_folder": ""},
    "window": {"language": _AUTOMATIC},
}
"""By the group that the page shows them in."""


def keras_backend() -> str:
    """Return the Keras backend for the training process: ``"tensorflow"``, ``"jax"`` or ``"torch"``.

    Left at automatic, it is the one that the environment variable ``KERAS_BACKEND`` named when napari was started,
    else TensorFlow: what another plugin has set for itself since then is not meant for this one.
    """
    chosen = str(_setting("training", "keras_backend"))
    return _environment_at_start().get("KERAS_BACKEND", "tensorflow") if chosen == _AUTOMATIC else chosen


def _environment_at_start() -> Mapping[str, str]:
    """Return the variables that this process was given, as far as the system still knows them."""
    try:
        environment: Mapping[str, str] = psutil.Process().environ()
    except (psutil.Error, OSError):
        return os.environ
    return environment


def idle_minutes() -> float:
    """Return the minutes without a training after which the training process ends."""
    return float(_setting("training", "idle_minutes"))


def preview_seconds() -> float:
    """Return the least seconds between two updates of the live preview."""
    return float(_setting("training", "preview_seconds"))


def library() -> Library:
    """Return the library of looks in the folder that is set here, unless the environment names another.

    Raises
    ------
    LibraryUnavailable
        If no folder can be told.
    """
    from napari_retrogan.core.library.library import open_library

    return open_library(str(_setting("looks", "library_folder")).strip())


def wanted_language() -> str:
    """Return the name of the language of the window, such as ``"zh_CN"``; nothing where the system's is wanted.

    Versions of napari that have a setting for their own language are followed where it says another than their default.
    """
    from napari.settings import get_settings

    chosen = str(_setting("window", "language"))
    if chosen != _AUTOMATIC:
        return chosen
    of_napari = str(getattr(get_settings().application, "language", _NAPARI_DEFAULT))
    return "" if of_napari == _NAPARI_DEFAULT else of_napari


def _setting(group: str, name: str) -> Any:
    """Return a setting, or its default where napari is too old for plugins' settings or lacks the plugin's."""
    try:
        from napari.settings import get_plugin_settings

        return getattr(getattr(get_plugin_settings(_PLUGIN), group), name)
    except (ImportError, KeyError, AttributeError):
        return _DEFAULTS[group][name]

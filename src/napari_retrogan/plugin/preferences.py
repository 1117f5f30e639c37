"""What people have set on this plugin's page in napari's preferences."""

from __future__ import annotations

import os
from typing import Any

PLUGIN = "napari-retrogan"
AUTOMATIC = "automatic"
_GROUP = "training"
_DEFAULTS: dict[str, Any] = {"keras_backend": AUTOMATIC, "idle_minutes": 10.0, "preview_seconds": 1.0}


def keras_backend() -> str:
    """Return the Keras backend for the training process: ``"tensorflow"``, ``"jax"`` or ``"torch"``.

    Left at automatic, it is the one that the environment variable ``KERAS_BACKEND`` names, else TensorFlow.
    """
    chosen = str(_setting("keras_backend"))
    return os.environ.get("KERAS_BACKEND", "tensorflow") if chosen == AUTOMATIC else chosen


def idle_minutes() -> float:
    """Return the minutes without a training after which the training process ends."""
    return float(_setting("idle_minutes"))


def preview_seconds() -> float:
    """Return the least seconds between two updates of the live preview."""
    return float(_setting("preview_seconds"))


def _setting(name: str) -> Any:
    """Return a setting, or its default where napari is too old for plugins' settings or lacks the plugin's."""
    try:
        from napari.settings import get_plugin_settings

        return getattr(getattr(get_plugin_settings(PLUGIN), _GROUP), name)
    except (ImportError, KeyError, AttributeError):
        return _DEFAULTS[name]

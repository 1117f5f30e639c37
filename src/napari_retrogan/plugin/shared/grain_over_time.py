"""The menu that says what grain does in a film."""

from __future__ import annotations

from magicgui.widgets import ComboBox


def grain_over_time_menu() -> ComboBox:
    """Return a menu of ``"new"`` and ``"fixed"``, in words."""
    return ComboBox(
        label="Grain over time",
        choices=[("new in each frame", "new"), ("the same in all frames", "fixed")],
        value="new",
        tooltip="Film has new grain in each frame; the same grain looks as if the scene were behind a screen.",
    )

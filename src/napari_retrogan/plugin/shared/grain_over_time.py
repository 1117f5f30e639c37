"""The menu that says what grain does in a film."""

from __future__ import annotations

from magicgui.widgets import ComboBox

from napari_retrogan.plugin.language import tr


def grain_over_time_menu() -> ComboBox:
    """Return a menu of ``"new"`` and ``"fixed"``, in words."""
    return ComboBox(
        label=tr("Grain over time"),
        choices=[(tr("new in each frame"), "new"), (tr("the same in all frames"), "fixed")],
        value="new",
        tooltip=tr("Film has new grain in each frame; the same grain looks as if the scene were behind a screen."),
    )

"""The menu of how bright a styled picture is."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import ComboBox

from napari_retrogan.core.inference.settings import ApplySettings, Brightness
from napari_retrogan.core.setting_hints import hints
from napari_retrogan.plugin.language import tr, tr_core

BY_THE_STYLE = "by the style"
"""The entry that leaves it to the generator."""


class BrightnessMenu(ComboBox):
    """Offers each brightness, and the generator's own choice, with which it starts."""

    def __init__(self) -> None:
        setting = hints(ApplySettings)["brightness"]
        super().__init__(
            label=tr_core(setting.label),
            choices=[(tr("By the look"), BY_THE_STYLE), (tr("As photographed"), "kept"), (tr("As learnt"), "learnt")],
            value=BY_THE_STYLE,
            tooltip=tr_core(setting.tooltip),
        )

    @property
    def brightness(self) -> Brightness | None:
        """What ``VintageGenerator.apply`` takes."""
        value: Any = self.value
        return None if value == BY_THE_STYLE else value

    def choose(self, brightness: Brightness | None) -> None:
        """Choose a brightness, or leave it to the generator."""
        self.value = BY_THE_STYLE if brightness is None else brightness

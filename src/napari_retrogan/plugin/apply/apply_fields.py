"""What is chosen by hand before a look is applied: where to, and how much of it."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox, PushButton, SpinBox

from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.taste import Taste
from napari_retrogan.core.setting_hints import hints
from napari_retrogan.plugin.apply.region_choice import RegionChoice
from napari_retrogan.plugin.apply.target_choice import TargetChoice
from napari_retrogan.plugin.apply.time_choice import TimeChoice
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.photographs import space_of
from napari_retrogan.plugin.shared.arrange import labelled, row, words
from napari_retrogan.plugin.shared.brightness_menu import BrightnessMenu
from napari_retrogan.plugin.shared.style_choice import StyleChoice
from napari_retrogan.plugin.shared.taste_controls import TasteControls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from napari.layers import Image
    from napari.viewer import Viewer
    from qtpy.QtWidgets import QFormLayout

    from napari_retrogan.core.vintage_generator import VintageGenerator

_LARGEST_SEED = 2**31 - 1
_MARKS_LAYER_TOOLTIP = "Dust, hairs and scratches above the result, to hide, move or erase them."
_OF_PRESETS = (*hints(Taste), "brightness")


class ApplyFields:
    """The fields of the tab Looks below its grid, for the tab to arrange.

    Parameters
    ----------
    viewer
        Whose layers are offered.
    on_change
        Called when another thing is chosen.
    on_drawn
        Called when what is drawn in the chosen region has changed, or has moved.
    """

    def __init__(self, viewer: Viewer, on_change: Callable[[], None], on_drawn: Callable[[], None]) -> None:
        self._on_change = on_change
        self._space = words()
        self.target = TargetChoice(viewer, on_change)
        self.region = RegionChoice(viewer, on_change, on_drawn)
        self.style = StyleChoice(self.target.pictures, on_change)
        self.brightness = BrightnessMenu()
        self.controls = TasteControls("amounts")
        self.marks_layer = CheckBox(text=tr("Marks as a layer of their own"), tooltip=tr(_MARKS_LAYER_TOOLTIP))
        self.time = TimeChoice()
        self.seed = SpinBox(
            value=0, min=0, max=_LARGEST_SEED, tooltip=tr("One seed gives one pattern of grain and marks.")
        )
        self.new_seed_button = PushButton(text=tr("New seed"), tooltip=tr("Draw another pattern of grain."))
        self.new_seed_button.changed.connect(self.draw_seed)
        for each in (self.seed, self.brightness, self.controls):
            changed: Any = each.changed
            changed.connect(self._tell)

    @property
    def settings(self) -> ApplySettings:
        """How the look is applied."""
        return ApplySettings(
            **asdict(self.controls.taste),
            seed=self.seed.value,
            brightness=self.brightness.brightness,
            time_axis=self.time.time_axis,
            grain_over_time=self.time.grain_over_time,
        )

    @property
    def marks_apart(self) -> bool:
        """Whether marks become a layer of their own."""
        return bool(self.marks_layer.enabled and self.marks_layer.value)

    @property
    def kept_in_presets(self) -> Mapping[str, Any]:
        """The settings that a preset keeps: those that go with any layer."""
        return {name: getattr(self.settings, name) for name in _OF_PRESETS}

    @property
    def missing(self) -> str | None:
        """What has to be chosen or drawn yet, in a sentence."""
        return self.style.missing or self.region.missing

    def form(self) -> QFormLayout:
        """Return the fields with their labels, one below the other."""
        fields = {
            tr("Layer"): self.target.box,
            " ": self._space,
            self.region.menu.label: self.region.menu,
            self.region.feather.label: self.region.feather,
            tr("Style"): self.style.box,
            self.brightness.label: self.brightness,
            **{slider.label: slider for slider in self.controls.sliders.values()},
            "  ": self.marks_layer,
            tr("Seed"): row(self.seed, self.new_seed_button),
        }
        for label, field in fields.items():
            field.label = label
        return labelled(*fields.values())

    def take(self, settings: Mapping[str, Any]) -> None:
        """Set the fields to some settings, by name; those that there are no fields for are passed over."""
        known = {name: value for name, value in settings.items() if name in _OF_PRESETS}
        brightness = known.pop("brightness", self.brightness.brightness)
        self.brightness.choose(brightness)
        self.controls.taste = Taste(**{**asdict(self.controls.taste), **known})
        if settings.get("seed", _LARGEST_SEED + 1) <= _LARGEST_SEED:
            self.seed.value = settings["seed"]
        if "time_axis" in settings:
            self.time.take(settings["time_axis"], settings.get("grain_over_time", "new"))

    def draw_seed(self) -> None:
        """Choose a seed by chance."""
        self.seed.value = secrets.randbelow(_LARGEST_SEED)

    def reset_choices(self) -> None:
        """Offer the layers that there are now."""
        self.target.reset_choices()
        self.region.reset_choices()
        self.style.reset_choices()

    def follow(self, generator: VintageGenerator | None, layer: Image | None) -> None:
        """Offer what there is for a look and a layer."""
        self.style.follow(generator, layer)
        self.controls.follow(generator)
        self.marks_layer.enabled = self.controls.taste.marks > 0 and self.controls.sliders["marks"].enabled
        self._space.value = space_of(layer)
        self.time.follow(layer)
        self.region.follow(layer)

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        self.target.detach()
        self.region.detach()
        self.style.detach()

    def _tell(self, *_: object) -> None:
        """Pass a change on."""
        self._on_change()

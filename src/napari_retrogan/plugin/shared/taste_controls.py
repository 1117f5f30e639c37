"""Sliders for how much of a look is applied, and for what the person adds to it."""

from __future__ import annotations

from dataclasses import asdict

from magicgui.widgets import FloatSlider, PushButton
from psygnal import Signal

from napari_retrogan.core.inference.taste import Taste
from napari_retrogan.core.setting_hints import Setting, hints

_STEP = 0.05
_DECIMALS = 2


class TasteControls:
    """One slider for each amount of `Taste`, and a button that puts them back, for a widget to arrange.

    ``changed`` is emitted with the new taste while a slider moves.
    """

    changed = Signal(Taste)

    def __init__(self) -> None:
        self.sliders = {name: _slider(amount) for name, amount in hints(Taste).items()}
        self.reset_button = PushButton(text="Reset", tooltip="Put all sliders back to the look as it was trained.")
        for slider in self.sliders.values():
            slider.changed.connect(self._tell)
        self.reset_button.changed.connect(self.reset)
        self._allow()

    @property
    def taste(self) -> Taste:
        """What the sliders say."""
        return Taste(**{name: round(slider.value, _DECIMALS) for name, slider in self.sliders.items()})

    @taste.setter
    def taste(self, taste: Taste) -> None:
        before = self.taste
        for name, value in asdict(taste).items():
            with self.sliders[name].changed.blocked():
                self.sliders[name].value = value
        if self.taste != before:
            self._tell()

    def reset(self) -> None:
        """Go back to the look as it was trained."""
        self.taste = Taste()

    def _tell(self, *_: object) -> None:
        """Pass a change on."""
        self._allow()
        self.changed.emit(self.taste)

    def _allow(self) -> None:
        """Disable the button where there is nothing to put back."""
        self.reset_button.enabled = self.taste != Taste()


def _slider(amount: Setting) -> FloatSlider:
    """Make the slider of one amount."""
    options = {"step": _STEP, **amount.limits}
    return FloatSlider(value=amount.default, label=amount.label, tooltip=amount.tooltip, **options)

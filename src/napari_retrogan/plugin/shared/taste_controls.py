"""Sliders for how much of a look is applied, and for what the person adds to it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

from magicgui.widgets import FloatSlider, PushButton
from psygnal import Signal

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.inference.taste import Taste
from napari_retrogan.core.setting_hints import Setting, from_names, hints
from napari_retrogan.core.stages.chain import AMOUNT_STAGES, stages_in
from napari_retrogan.plugin.language import tr, tr_core
from napari_retrogan.plugin.remembered import keep, recall

if TYPE_CHECKING:
    from napari_retrogan.core.vintage_generator import VintageGenerator

_STEP = 0.05
_DECIMALS = 2


class TasteControls:
    """One slider for each amount of `Taste`, and a button that puts them back, for a widget to arrange.

    ``changed`` is emitted with the new taste while a slider moves.

    Parameters
    ----------
    place
        Under this name the sliders are remembered until napari's next start.
    """

    changed = Signal(Taste)

    def __init__(self, place: str = "") -> None:
        self._place = place
        self.sliders = {name: _slider(amount) for name, amount in hints(Taste).items()}
        self.reset_button = PushButton(
            text=tr("Reset"), tooltip=tr("Put all sliders back to the look as it was trained.")
        )
        for slider in self.sliders.values():
            slider.changed.connect(self._tell)
        self.reset_button.changed.connect(self.reset)
        self._absent: set[str] = set()
        if place:
            with suppress(InvalidConfig):
                self.taste = from_names(Taste, recall(place, {}))
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

    def follow(self, generator: VintageGenerator | None) -> None:
        """Disable the amounts of what a look does nothing of, and say so."""
        present = AMOUNT_STAGES if generator is None else stages_in(generator.weights)
        absent = {stage.name for stage in AMOUNT_STAGES} - {stage.name for stage in present}
        if absent == self._absent:
            return
        self._absent = absent
        for name, slider in self.sliders.items():
            slider.enabled = name not in absent
            missing = tr("This look has no {amount}.", amount=tr_core(name))
            slider.tooltip = missing if name in absent else tr_core(hints(Taste)[name].tooltip)

    def reset(self) -> None:
        """Go back to the look as it was trained."""
        self.taste = Taste()

    def _tell(self, *_: object) -> None:
        """Pass a change on."""
        self._allow()
        if self._place:
            keep(self._place, asdict(self.taste))
        self.changed.emit(self.taste)

    def _allow(self) -> None:
        """Disable the button where there is nothing to put back."""
        self.reset_button.enabled = self.taste != Taste()


def _slider(amount: Setting) -> FloatSlider:
    """Make the slider of one amount."""
    options = {"step": _STEP, **amount.limits}
    return FloatSlider(value=amount.default, label=tr_core(amount.label), tooltip=tr_core(amount.tooltip), **options)

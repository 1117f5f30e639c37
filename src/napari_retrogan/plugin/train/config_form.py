"""A form made from the annotations of the training settings."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, create_widget

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.setting_hints import Setting, hints
from napari_retrogan.plugin.language import tr_core
from napari_retrogan.plugin.shared.arrange import labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from magicgui.widgets.bases import ValueWidget, Widget


class ConfigForm(Container[Any]):
    """Fields for some of the settings of a training, in their declared order.

    Parameters
    ----------
    names
        Which settings; all by default.
    first
        A field of another kind to show above them.
    """

    def __init__(self, names: Iterable[str] | None = None, first: Widget | None = None) -> None:
        known = hints(TrainingConfig)
        wanted = set(known if names is None else names)
        self._settings = [_field(name, setting) for name, setting in known.items() if name in wanted]
        super().__init__(labels=False)
        self.margins = (0, 0, 0, 0)
        self.native.layout().addLayout(labelled(*([] if first is None else [first]), *self._settings))

    def field(self, name: str) -> ValueWidget[Any]:
        """Return the field of a setting."""
        return next(widget for widget in self._settings if widget.name == name)

    def values(self) -> dict[str, Any]:
        """Return the settings as entered, by name."""
        return {widget.name: widget.value for widget in self._settings}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show those of the values that the form has fields for."""
        for widget in self._settings:
            if widget.name in values:
                widget.value = values[widget.name]


def _field(name: str, setting: Setting) -> ValueWidget[Any]:
    """Make the field for one setting."""
    limits = setting.limits
    widget: Any = create_widget(
        value=setting.default,
        annotation=setting.kind,
        name=name,
        label=tr_core(setting.label),
        options={**limits, "tooltip": tr_core(setting.tooltip)},
    )
    if setting.kind is float:
        # The number of decimals follows the step alone, and would round limits and values such as 1e-6 away.
        widget.native.setDecimals(max(_decimals(number) for number in (setting.default, *limits.values())))
        widget.min, widget.max, widget.value = setting.min, setting.max, setting.default
    return widget  # type: ignore[no-any-return]


def _decimals(number: float) -> int:
    """Return how many decimals a number needs to be shown exactly."""
    return max(0, -int(Decimal(repr(number)).normalize().as_tuple().exponent))

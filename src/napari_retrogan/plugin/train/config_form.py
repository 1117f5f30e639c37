"""A form made from the annotations of the training settings."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from magicgui.widgets import Container, create_widget

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.plugin.shared.arrange import labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from magicgui.widgets.bases import ValueWidget, Widget

_LIMITS = ("min", "max", "step")


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
        wanted = {field.name for field in fields(TrainingConfig)} if names is None else set(names)
        hints = get_type_hints(TrainingConfig, include_extras=True)
        defaults = TrainingConfig().to_dict()
        self._settings = [_field(name, defaults[name], hints[name]) for name in defaults if name in wanted]
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


def _field(name: str, default: Any, annotation: Any) -> ValueWidget[Any]:
    """Make the field for one setting."""
    kind, hints = get_args(annotation)
    widget = create_widget(
        value=default,
        annotation=kind,
        name=name,
        label=hints["label"],
        options={key: value for key, value in hints.items() if key in (*_LIMITS, "tooltip")},
    )
    if kind is float:
        # The number of decimals follows the step alone, and would round limits and values such as 1e-6 away.
        numbers = [default, *(hints[key] for key in _LIMITS if key in hints)]
        widget.native.setDecimals(max(_decimals(number) for number in numbers))
        widget.min, widget.max, widget.value = hints["min"], hints["max"], default  # type: ignore[attr-defined]
    return widget  # type: ignore[return-value]


def _decimals(number: float) -> int:
    """Return how many decimals a number needs to be shown exactly."""
    return max(0, -int(Decimal(repr(number)).normalize().as_tuple().exponent))

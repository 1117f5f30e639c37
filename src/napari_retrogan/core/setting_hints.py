"""What a frozen dataclass says of its settings: type, range, words and default, declared once, at the field.

A field is a setting where its annotation carries hints::

    fade: Annotated[float, {"min": 0.0, "max": 1.0, "label": "Fade", "tooltip": "Lifts black."}] = 0.0

The checks of values, the options of the command line and the fields and sliders of the widgets are made of them.
"""

from __future__ import annotations

import types
from dataclasses import dataclass, fields
from functools import cache
from numbers import Integral, Real
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from napari_retrogan.core.errors import InvalidConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

_Settings = TypeVar("_Settings")

_NUMBERS: Mapping[Any, Any] = {bool: bool, int: Integral, float: Real}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting, as its field declares it.

    Attributes
    ----------
    kind
        ``bool``, ``int``, ``float`` or a ``Literal`` of words.
    default
        None where nothing needs to be chosen.
    label, tooltip
        What people read.
    min, max
        The smallest and the largest value; None where there is no limit.
    step
        By how much a field's arrows change it.
    of
        ``"look"`` for an amount of what a generator has learnt, ``"person"`` for all else.
    """

    kind: Any
    default: Any
    label: str
    tooltip: str
    min: float | None = None
    max: float | None = None
    step: float | None = None
    of: Literal["look", "person"] = "person"

    @property
    def choices(self) -> tuple[str, ...]:
        """The words to choose from; none if it is a number."""
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()

    @property
    def limits(self) -> dict[str, Any]:
        """Those of ``min``, ``max`` and ``step`` that there are."""
        limits = {"min": self.min, "max": self.max, "step": self.step}
        return {name: number for name, number in limits.items() if number is not None}


@cache
def hints(cls: Any) -> Mapping[str, Setting]:
    """Return the settings of a dataclass by name, in their declared order."""
    annotations = get_type_hints(cls, include_extras=True)
    return types.MappingProxyType(
        {
            field.name: _read(annotations[field.name], field.default)
            for field in fields(cls)
            if get_origin(annotations[field.name]) is Annotated
        }
    )


def check(instance: Any) -> None:
    """Check every setting of a dataclass's instance, and keep its numbers as plain ones.

    Raises
    ------
    InvalidConfig
        If a value has the wrong type or lies outside its range.
    """
    cls: Any = type(instance)
    for name, setting in hints(cls).items():
        value = getattr(instance, name)
        if value is not None or setting.default is not None:
            object.__setattr__(instance, name, _checked(name, value, setting))


def from_names(cls: type[_Settings], values: Mapping[str, Any]) -> _Settings:
    """Make an instance of a dataclass from values by name.

    Raises
    ------
    InvalidConfig
        If a name is unknown or, where the class checks them, a value.
    """
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise InvalidConfig(f"Setting {unknown[0]!r} is unknown; known are {', '.join(known)}.")
    return cls(**values)


def _read(annotation: Any, default: Any) -> Setting:
    """Return what an annotated type says; that None is allowed stands in the default."""
    kind, said = get_args(annotation)
    if get_origin(kind) in (types.UnionType, Union):
        kind = next(each for each in get_args(kind) if each is not types.NoneType)
    return Setting(kind=kind, default=default, **said)


def _checked(name: str, value: Any, setting: Setting) -> Any:
    """Return a value that suits its setting, a number as a plain one."""
    kind, choices = setting.kind, setting.choices
    if choices:
        if value not in choices:
            raise InvalidConfig(f"{name} is {value!r}; choose one of {', '.join(choices)}.")
        return value
    limits = "" if setting.min is None else f"from {_number(setting.min)} to {_number(setting.max)}"
    if not isinstance(value, _NUMBERS[kind]) or (isinstance(value, bool) and kind is not bool):
        expected = f"number {limits}" if kind is float else f"value of type {kind.__name__}"
        raise InvalidConfig(f"{name} is {value!r}; expected a {expected}.")
    if setting.min is not None and setting.max is not None and not setting.min <= value <= setting.max:
        raise InvalidConfig(f"{name} is {value!r}; expected a value {limits}.")
    return kind(value)


def _number(number: float | None) -> str:
    """Return a limit in words: 2 for 2.0, and a whole number with all of its digits."""
    return f"{number:g}" if isinstance(number, float) else str(number)

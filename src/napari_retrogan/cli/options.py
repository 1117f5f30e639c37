"""Command-line options made from the annotations of settings."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Annotated, Any, Optional, get_type_hints

import typer

from napari_retrogan.core.setting_hints import Setting, hints

if TYPE_CHECKING:
    from collections.abc import Callable


def with_options(settings: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for every setting of a dataclass.

    Those that were given reach the command as the mapping ``settings``, by name.
    """
    options = {name: _option(setting) for name, setting in hints(settings).items()}

    def widen(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command)
        annotations = get_type_hints(command, include_extras=True)

        @functools.wraps(command)
        def accept(**values: Any) -> None:
            given = {name: values.pop(name) for name in options}
            command(**values, settings={name: value for name, value in given.items() if value is not None})

        parameters = [
            parameter.replace(annotation=annotations[name])
            for name, parameter in own.parameters.items()
            if name != "settings"
        ]
        parameters += [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
            for name, annotation in options.items()
        ]
        accept.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        accept.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return accept

    return widen


def _option(setting: Setting) -> Any:
    """Return the annotation of an option that is None unless given."""
    option = typer.Option(
        min=setting.min,
        max=setting.max,
        metavar={int: "N", float: "X"}.get(setting.kind),
        help=setting.tooltip,
        show_default=False if setting.default is None else str(setting.default),
    )
    return Annotated[Optional[setting.kind], option]  # noqa: UP045 - built while running

"""Command-line options made from the annotations of the training settings."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Annotated, Any, Optional, get_args, get_type_hints

import typer

from napari_retrogan.core.config import TrainingConfig

if TYPE_CHECKING:
    from collections.abc import Callable


def with_training_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for every training setting.

    Those that were given reach the command as the mapping ``settings``, by name.
    """
    options = {name: _option(name, annotation) for name, annotation in _settings().items()}
    own = inspect.signature(command)
    hints = get_type_hints(command, include_extras=True)

    @functools.wraps(command)
    def accept(**values: Any) -> None:
        given = {name: values.pop(name) for name in options}
        command(**values, settings={name: value for name, value in given.items() if value is not None})

    parameters = [
        parameter.replace(annotation=hints[name]) for name, parameter in own.parameters.items() if name != "settings"
    ]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in options.items()
    ]
    accept.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    accept.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return accept


def _settings() -> dict[str, Any]:
    """Return the annotations of the training settings by name."""
    return get_type_hints(TrainingConfig, include_extras=True)


def _option(name: str, annotation: Any) -> Any:
    """Return the annotation of an option that is None unless given."""
    kind, hints = get_args(annotation)
    option = typer.Option(
        min=hints.get("min"),
        max=hints.get("max"),
        metavar={int: "N", float: "X"}.get(kind),
        help=hints["tooltip"],
        show_default=str(getattr(TrainingConfig(), name)),
    )
    return Annotated[Optional[kind], option]  # noqa: UP045 - built while running

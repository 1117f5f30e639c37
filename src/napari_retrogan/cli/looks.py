"""The looks that come with the package, and whatever else ``apply`` takes as a generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.pretrained import list_pretrained, pretrained
from napari_retrogan.core.vintage_generator import load_generator

if TYPE_CHECKING:
    from pathlib import Path

    from napari_retrogan.core.vintage_generator import VintageGenerator


def print_looks() -> None:
    """Print name, title and description of each look."""
    for look in list_pretrained():
        typer.echo(f"{look.name}: {look.title}. {look.description}")


def open_generator(given: Path) -> VintageGenerator:
    """Return the generator of a file or, where there is no such file, the look of that name.

    Raises
    ------
    InvalidGeneratorFile
        If it is neither, or the file is no generator.
    """
    if given.suffix or given.expanduser().is_file():
        return load_generator(given)
    if str(given) in [look.name for look in list_pretrained()]:
        return pretrained(str(given))
    raise InvalidGeneratorFile(
        f"{given} is neither a generator's file nor a look that comes with the package; "
        "'napari-retrogan looks' lists those."
    )


def read_style(given: str | None) -> int | str | None:
    """Return the number that ``--style`` gives, or else the path."""
    try:
        return None if given is None else int(given)
    except ValueError:
        return given

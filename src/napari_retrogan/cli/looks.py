"""Looks that come with the package, those of the library, and whatever else ``apply`` takes as a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from napari_retrogan.core.errors import InvalidGeneratorFile, LibraryUnavailable
from napari_retrogan.core.foreign.values import shown
from napari_retrogan.core.library.library import open_library
from napari_retrogan.core.pretrained import list_pretrained, no_such_look, pretrained
from napari_retrogan.core.vintage_generator import load_generator

if TYPE_CHECKING:
    from pathlib import Path

    from napari_retrogan.core.library.entry import LookEntry
    from napari_retrogan.core.vintage_generator import VintageGenerator


def print_looks() -> None:
    """Print name, title and description of each look that comes with the package, then those of the library."""
    for look in list_pretrained():
        typer.echo(f"{look.name}: {look.title}. {look.description}")
    for entry in open_library().entries():
        learnt = dict(entry.card).get("Learnt from", "")
        words = entry.broken or f"In your library{f', learnt from {learnt}' if learnt else ''}."
        typer.echo(shown(f"{entry.name}: {words}"))


def open_look(given: Path) -> tuple[VintageGenerator, LookEntry | None]:
    """Return the generator of a file or, where there is no such file, of the look of that name.

    A look that comes with the package goes before one of the library, whose entry is returned too.

    Raises
    ------
    InvalidGeneratorFile
        If it is neither, or the file is no generator.
    """
    name = str(given)
    if given.expanduser().is_file():
        return load_generator(given), None
    built_in = [look.name for look in list_pretrained()]
    if name in built_in:
        return pretrained(name), None
    own = _own_looks()
    for entry in own:
        if name in (entry.name, entry.id):
            return open_library().load(entry.id), entry
    if given.suffix:
        return load_generator(given), None  # It says that there is no such file.
    unknown = no_such_look(name, [*built_in, *(entry.name for entry in own)])
    raise InvalidGeneratorFile(f"{unknown} There is no such file either; 'napari-retrogan looks' lists all looks.")


def open_generator(given: Path) -> VintageGenerator:
    """Return the generator that `open_look` does."""
    return open_look(given)[0]


def _own_looks() -> tuple[LookEntry, ...]:
    """Return the looks of the library; none where it can't be read."""
    try:
        return open_library().entries()
    except LibraryUnavailable as error:
        typer.secho(str(error), err=True, fg="yellow")
        return ()


def read_style(given: str | None) -> int | str | None:
    """Return the number that ``--style`` gives, or else the path."""
    try:
        return None if given is None else int(given)
    except ValueError:
        return given

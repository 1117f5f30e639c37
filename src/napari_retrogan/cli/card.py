"""What a look is, for people, and what its file holds, for programs."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from napari_retrogan.cli.looks import open_look
from napari_retrogan.core.foreign.values import shown
from napari_retrogan.core.library.card import describe_look
from napari_retrogan.core.pretrained import list_pretrained

if TYPE_CHECKING:
    from pathlib import Path

    from napari_retrogan.core.library.entry import LookEntry
    from napari_retrogan.core.vintage_generator import VintageGenerator

_MOST_LINES = 24
"""Of one field: more of them than settings there are would fill the screen."""
_MOST_LETTERS = 300


def print_card(given: Path, *, everything: bool, as_json: bool) -> None:
    """Print a look's card: what it learnt in a few lines, or all as a table of at most a screenful, or whole as JSON.

    Raises
    ------
    InvalidGeneratorFile
        If it is no look.
    """
    generator, entry = open_look(given)
    if as_json:
        typer.echo(json.dumps(_all_of(given, generator), indent=2))
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    rows = _rows_of_all(_all_of(given, generator)) if everything else _card(given, generator, entry)
    for heading, words in rows:
        table.add_row(Text(shown(heading)), Text(shown(words, _MOST_LETTERS)))
    Console().print(table)


def _card(given: Path, generator: VintageGenerator, entry: LookEntry | None) -> list[tuple[str, str]]:
    """Return what a photographer wants to know, as rows of heading and words."""
    known = {look.name: look for look in list_pretrained()}
    look = None if given.expanduser().is_file() else known.get(str(given))
    rows = [("Look", look.title if look else entry.name if entry else given.stem)]
    rows += [("", look.description)] if look else []
    rows += [("Added", f"{entry.added:%d %B %Y}"), ("Notes", entry.notes)] if entry else []
    rows += describe_look(generator)
    rows += [("Its number", generator.id), ("", "--all prints all that its file holds, --json for programs.")]
    return [row for row in rows if row[1]]


def _all_of(given: Path, generator: VintageGenerator) -> dict[str, Any]:
    """Return a generator's name, settings, last losses and origin as plain values."""
    last = dict(generator.history[-1]) if generator.history else {}
    provenance = dict(generator.provenance)
    path = given.expanduser()
    return {
        "file": str(given),
        "bytes": path.stat().st_size if path.is_file() else None,
        "id": generator.id,
        "steps": last.pop("step", 0),
        "losses": last,
        "config": None if generator.config is None else generator.config.to_dict(),
        "styles": generator.num_styles,
        "draws_styles": bool(generator.mapping),
        "notes": provenance.pop("notes", []),
        "provenance": provenance,
    }


def _rows_of_all(values: dict[str, Any]) -> list[tuple[str, str]]:
    return [row for name, value in values.items() for row in _lines(name, value)]


def _lines(name: str, value: Any) -> list[tuple[str, str]]:
    """Return a value as rows of the table, a mapping or list as one row an entry, as many as there is room for."""
    if isinstance(value, dict):
        lines = [(f"{name}: {key}", each) for key, each in islice(value.items(), _MOST_LINES)]
    elif isinstance(value, list):
        lines = [(name, each) for each in value[:_MOST_LINES]]
    else:
        return [(name, _in_words(value))]
    more = [(name, f"and {len(value) - _MOST_LINES} more, which --json prints")] if len(value) > _MOST_LINES else []
    return [(key, _in_words(each)) for key, each in lines] + more


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)

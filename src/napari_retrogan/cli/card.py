"""What a generator's file holds, for people and for programs."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from napari_retrogan.core.foreign.values import shown
from napari_retrogan.core.vintage_generator import load_generator

if TYPE_CHECKING:
    from pathlib import Path


_MOST_LINES = 24
"""Of one field: more of them than settings there are would fill the screen."""
_MOST_LETTERS = 300


def print_card(path: Path, *, as_json: bool) -> None:
    """Print a generator's card: as a table of at most a screenful, or whole as JSON.

    Raises
    ------
    InvalidGeneratorFile
        If the file is not a generator.
    """
    card = _read_card(path)
    if as_json:
        typer.echo(json.dumps(card, indent=2))
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in card.items():
        for key, line in _lines(name, value):
            table.add_row(Text(shown(key)), Text(shown(line, _MOST_LETTERS)))
    Console().print(table)


def _read_card(path: Path) -> dict[str, Any]:
    """Return a generator's name, settings, last losses and origin as plain values."""
    generator = load_generator(path)
    last = dict(generator.history[-1]) if generator.history else {}
    provenance = dict(generator.provenance)
    return {
        "file": str(path),
        "bytes": path.expanduser().stat().st_size,
        "id": generator.id,
        "steps": last.pop("step", 0),
        "losses": last,
        "config": None if generator.config is None else generator.config.to_dict(),
        "styles": generator.num_styles,
        "draws_styles": bool(generator.mapping),
        "notes": provenance.pop("notes", []),
        "provenance": provenance,
    }


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

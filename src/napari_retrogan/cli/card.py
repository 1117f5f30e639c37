"""What a generator's file holds, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from napari_retrogan.core.vintage_generator import load_generator

if TYPE_CHECKING:
    from pathlib import Path


def print_card(path: Path, *, as_json: bool) -> None:
    """Print a generator's card as a table or as JSON.

    Raises
    ------
    InvalidGeneratorFile
        If the file is not a generator.
    """
    card = read_card(path)
    console = Console()
    if as_json:
        console.print_json(json.dumps(card), ensure_ascii=True)
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in card.items():
        for key, line in _lines(name, value):
            table.add_row(_printable(key), _printable(line))
    console.print(table)


def read_card(path: Path) -> dict[str, Any]:
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
    """Return a value as rows of the table, a mapping or list as one row an entry."""
    if isinstance(value, dict):
        return [(f"{name}: {key}", _shown(each)) for key, each in value.items()]
    if isinstance(value, list):
        return [(name, _shown(each)) for each in value]
    return [(name, _shown(value))]


def _printable(text: str) -> Text:
    """Return text without markup or control characters: a file from anywhere must not steer the terminal."""
    return Text("".join(each if each.isprintable() else repr(each)[1:-1] for each in text))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)

"""The tables of docs/inputs.md, to be compared with the cases that tests run."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "inputs.md"


def documented(heading):
    """Return the rows of the table under a heading, each as a tuple of its cells."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in row) for row in rows[2:]]


def as_written(outcome):
    """Return an outcome as the page writes it, which puts the names of errors in code."""
    return re.sub(r"^(\w+): (.*)", r"`\1`: \2", outcome)

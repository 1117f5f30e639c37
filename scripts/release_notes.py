"""Print what the changelog says of a version.

Run ``python scripts/release_notes.py [VERSION]``; by default the version that pyproject.toml declares.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def notes(version: str) -> str:
    """Return the changelog's section of a version, without its heading."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    found = re.search(rf"^## {re.escape(version)}\b[^\n]*\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise SystemExit(f"CHANGELOG.md has no section for {version}.")
    return found[1].strip() + "\n"


def main() -> None:
    """Print the notes."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    print(notes(sys.argv[1].removeprefix("v") if len(sys.argv) > 1 else declared), end="")


if __name__ == "__main__":
    main()

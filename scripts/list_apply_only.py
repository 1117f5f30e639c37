"""Write what applying needs: everything that the package asks for, less what only training uses.

Run ``python scripts/list_apply_only.py``. Writes ``docs/guide/apply-only.txt``.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs/guide/apply-only.txt"
TRAINING = {"keras", "tensorflow"}


def requirements() -> list[str]:
    """Return what applying needs, with its lowest versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [each for each in project["dependencies"] if re.match(r"[\w-]+", each)[0] not in TRAINING]


def main() -> None:
    """Write the list."""
    TARGET.write_text("\n".join(requirements()) + "\n", "utf-8")


if __name__ == "__main__":
    main()

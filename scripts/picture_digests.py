"""Tell from what state of the widgets each picture of them was made, so that none is older than what it shows."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLUGIN = ROOT / "src/napari_retrogan/plugin"
FOLDER = ROOT / "docs/images"
RECORD = FOLDER / "made-from.json"
ALWAYS = ("studio", "shared", "window")
"""Rooms that every picture shows something of."""
PICTURES = {
    "train-during.png": "train",
    "train-after.png": "train",
    "training.webp": "train",
    "apply-during.png": "apply",
    "apply-after.png": "apply",
    "hover.webp": "apply",
    "compare.webp": "apply",
    "files.png": "files",
}
"""Each picture, and the room of the tab that it shows."""


def digest(tab: str) -> str:
    """Return a digest of the source that draws a tab, without empty lines and lines of comments alone."""
    whole = hashlib.sha256()
    for room in (*ALWAYS, tab):
        for path in sorted((PLUGIN / room).glob("*.py")):
            lines = (line.rstrip() for line in path.read_text("utf-8").splitlines())
            kept = [line for line in lines if line and not line.lstrip().startswith("#")]
            whole.update("\n".join([f"{room}/{path.name}", *kept, ""]).encode())
    return whole.hexdigest()[:16]


def outdated() -> list[str]:
    """Return the pictures that are missing, or that show widgets as they were."""
    record = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    return [name for name, tab in PICTURES.items() if record.get(name) != digest(tab) or not (FOLDER / name).exists()]


def note_all() -> None:
    """Write down that all pictures were made now."""
    record = {name: digest(tab) for name, tab in PICTURES.items()}
    RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")

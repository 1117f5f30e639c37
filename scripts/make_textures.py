"""Put crops of textures at 1:1 side by side for the page on textures: real ones, and ours on photographs.

Run ``python benchmarks/texture_accuracy.py PHOTOS DAMAGE --results bc --sheet FOLDER`` first, which trains; then
``python scripts/make_textures.py FOLDER``. Writes ``docs/images/textures.webp``: a row a texture, and from left to
right what is held out, the photograph untouched, Gaussian grain of the measured spectrum, and the trained look.
Photographs are the second and the fourth of those that no training has seen, both in the public domain.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

TARGET = Path(__file__).parents[1] / "docs/images/textures.webp"
ROWS = (("discs", 3), ("mosaic", 3), ("screen", 3), ("marks", 1), ("fringes", 3), ("plates", 3), ("slides", 1))
"""Names of sheets, and which of their rows."""
COLUMNS, SHEET_SIDE, SIDE, GAP = 4, 256, 190, 6


def main() -> None:
    """Write the picture."""
    rows = [crops(np.asarray(Image.open(Path(sys.argv[1]) / f"{name}.png")), row) for name, row in ROWS]
    rows = [np.pad(row, ((0, GAP), (0, 0), (0, 0)), constant_values=255) for row in rows]
    Image.fromarray(np.concatenate(rows)[:-GAP]).save(TARGET, quality=88, method=6)


def crops(sheet: np.ndarray, row: int) -> np.ndarray:
    """Return the middles of a sheet's crops beside each other."""
    inset = (SHEET_SIDE - SIDE) // 2
    top = row * SHEET_SIDE + inset
    parts = []
    for column in range(COLUMNS):
        left = column * SHEET_SIDE + inset
        part = sheet[top : top + SIDE, left : left + SIDE]
        parts.append(np.pad(part, ((0, 0), (0, GAP), (0, 0)), constant_values=255))
    return np.concatenate(parts, 1)[:, :-GAP]


if __name__ == "__main__":
    main()

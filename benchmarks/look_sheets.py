"""Sheets of looks for the eye: a row a look, its columns untouched, best baseline, ours and truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

if TYPE_CHECKING:
    from pathlib import Path

    from film import Picture
    from look_measurement import Result

TITLES = ("untouched", "best baseline", "ours", "truth")
CELL = (300, 200)
LABEL, GAP, QUALITY = 20, 4, 88


def save_row(result: Result, folder: Path) -> None:
    """Write one run's row of pictures."""
    if result.row is None:
        return
    path = _row_path(folder, result)
    path.parent.mkdir(parents=True, exist_ok=True)
    row = Image.new("RGB", (len(TITLES) * (CELL[0] + GAP) - GAP, CELL[1]), "white")
    for column, picture in enumerate(result.row):
        row.paste(_cell(picture), (column * (CELL[0] + GAP), 0))
    row.save(path)


def save_sheets(results: list[Result], folder: Path) -> None:
    """Write a sheet for each case from the rows of each look's first draw that are there."""
    for case in dict.fromkeys(result.run.case for result in results):
        rows: dict[str, Path] = {}
        for result in sorted(results, key=lambda r: r.run.draw):
            path = _row_path(folder, result)
            if result.run.case == case and path.exists():
                rows.setdefault(result.run.look, path)
        if rows:
            _stack(rows).save(folder / f"{case.replace(' ', '_')}.jpg", quality=QUALITY)


def _stack(rows: dict[str, Path]) -> Image.Image:
    """Return rows below one another, each under its look's name."""
    font = ImageFont.load_default(14)
    width, height = len(TITLES) * (CELL[0] + GAP) - GAP, CELL[1] + LABEL
    sheet = Image.new("RGB", (width, LABEL + len(rows) * height), "white")
    pen = ImageDraw.Draw(sheet)
    for column, title in enumerate(TITLES):
        pen.text((column * (CELL[0] + GAP) + GAP, 2), title, "black", font)
    for number, (look, path) in enumerate(rows.items()):
        top = LABEL + number * height
        pen.text((GAP, top + 2), look.replace("/", ": ").replace("_", " "), "dimgray", font)
        with Image.open(path) as row:
            sheet.paste(row, (0, top + LABEL))
    return sheet


def _row_path(folder: Path, result: Result) -> Path:
    """Return where a run's row is kept."""
    run = result.run
    return folder / "rows" / run.case.replace(" ", "_") / f"{run.look.replace('/', '-')}-{run.draw}.png"


def _cell(picture: Picture) -> Image.Image:
    """Return the middle of a picture in a cell's shape and size."""
    image = Image.fromarray(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8))
    return ImageOps.fit(image, CELL, Image.Resampling.LANCZOS)

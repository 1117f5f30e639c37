"""Draw the looks that come with the package on photographs, and write the table of them into the page on looks.

    python scripts/make_look_sheet.py PHOTOGRAPHS ... --names NAME NAME NAME NAME

One row a look, in two columns: the photographs of these names in it. Writes ``docs/images/looks.jpg`` and the table in
``docs/looks.md``.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

import napari_retrogan as rg

DOCS = Path(__file__).parents[1] / "docs"
TARGET, PAGE = DOCS / "images/looks.jpg", DOCS / "looks.md"
SIZE, LABEL, GAP, QUALITY = (170, 124), 18, 16, 74
FULL_SIZE = 640
"""Long side of the photographs when they get the look, so that its grain and light are as large as they show here."""


def read(path: Path) -> np.ndarray:
    """Return a picture as 8-bit RGB."""
    with Image.open(path) as image:
        picture = image.convert("RGB")
    picture.thumbnail((FULL_SIZE, FULL_SIZE))
    return np.asarray(picture)


def draw_sheet(photographs: list[np.ndarray]) -> Image.Image:
    """Return the sheet."""
    rows = [("Photographs", photographs)]
    rows += [
        (f"{look.title} ({look.group})", [rg.pretrained(look.name).apply(each) for each in photographs])
        for look in rg.list_pretrained()
    ]
    height = -(-len(rows) // 2)
    wide, high = len(photographs) * SIZE[0] + GAP, SIZE[1] + LABEL
    sheet = Image.new("RGB", (2 * wide - GAP, height * high), "white")
    draw = ImageDraw.Draw(sheet)
    for number, (title, pictures) in enumerate(rows):
        left, top = number // height * wide, number % height * high
        draw.text((left + 3, top + 3), title, fill="black")
        for column, picture in enumerate(pictures):
            place = left + column * SIZE[0], top + LABEL
            sheet.paste(ImageOps.fit(Image.fromarray(picture), SIZE), place)
    return sheet


def table() -> str:
    """Return the rows of the page's table."""
    return "\n".join(
        f"| `{look.name}` | {look.description} | {look.source} | {look.licence} |" for look in rg.list_pretrained()
    )


def main() -> None:
    """Draw the sheet and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path, nargs="+")
    parser.add_argument("--names", nargs="+", required=True)
    arguments = parser.parse_args()
    found = {path.name: path for folder in arguments.photographs for path in folder.glob("*.jpg")}
    draw_sheet([read(found[name]) for name in arguments.names]).save(TARGET, quality=QUALITY)
    head = r"(\| name \| what it does .*\n\| --- .*\n)(?:\|.*\n)+"
    PAGE.write_text(re.sub(head, lambda match: f"{match[1]}{table()}\n", PAGE.read_text("utf-8")), "utf-8")
    print(TARGET, TARGET.stat().st_size)


if __name__ == "__main__":
    main()

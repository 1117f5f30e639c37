"""Draw the looks that come with the package on photographs, and write the table of them into the page on looks.

    python scripts/make_look_sheet.py PHOTOGRAPHS ... --names NAME NAME NAME NAME [--beside VINTAGE ... --output FILE]

One row a look, in two columns: the photographs of these names in it. Writes ``docs/images/looks.jpg`` and the table in
``docs/looks.md``. With ``--beside`` it writes nothing but a sheet to judge by eye: for every group as many real
pictures as photographs, where there are some, the photographs, and these in each of its looks.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
from look_recipes import GROUPS, RECIPES
from PIL import Image, ImageDraw, ImageOps

import napari_retrogan as rg
from napari_retrogan.core.images.even_choice import choose_evenly

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


def draw_sheet(rows: list[tuple[str, list[np.ndarray]]], columns: int) -> Image.Image:
    """Return a sheet of rows of pictures under their titles, in so many columns."""
    height = -(-len(rows) // columns)
    wide, high = len(rows[0][1]) * SIZE[0] + GAP, SIZE[1] + LABEL
    sheet = Image.new("RGB", (columns * wide - GAP, height * high), "white")
    draw = ImageDraw.Draw(sheet)
    for number, (title, pictures) in enumerate(rows):
        left, top = number // height * wide, number % height * high
        draw.text((left + 3, top + 3), title, fill="black")
        for column, picture in enumerate(pictures):
            place = left + column * SIZE[0], top + LABEL
            sheet.paste(ImageOps.fit(Image.fromarray(picture), SIZE), place)
    return sheet


def every_look(photographs: list[np.ndarray]) -> list[tuple[str, list[np.ndarray]]]:
    """Return a row of the photographs, and one for each look."""
    looks = [(f"{look.title} ({look.group})", look_on(look.name, photographs)) for look in rg.list_pretrained()]
    return [("Photographs", photographs), *looks]


def beside_real(photographs: list[np.ndarray], vintage: list[Path]) -> list[tuple[str, list[np.ndarray]]]:
    """Return for each group a row of real pictures, if there are any, the photographs, and a row for each look."""
    rows = []
    for group in GROUPS:
        collections = tuple(name for recipe in RECIPES.values() if recipe.group == group for name in recipe.collections)
        real = [
            path for folder in vintage for path in sorted(folder.glob("*.jpg")) if path.name.startswith(collections)
        ]
        if collections and real:
            rows.append((f"{group}: real ones", [read(path) for path in choose_evenly(real, len(photographs))]))
        looks = [look for look in rg.list_pretrained() if look.group == group]
        rows += [(group, photographs), *((look.title, look_on(look.name, photographs)) for look in looks)]
    return rows


def look_on(name: str, photographs: list[np.ndarray]) -> list[np.ndarray]:
    """Return photographs in a look that ships."""
    return [rg.pretrained(name).apply(each) for each in photographs]


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
    parser.add_argument("--beside", type=Path, nargs="+", metavar="VINTAGE", help="folders of real pictures")
    parser.add_argument("--output", type=Path, help="the sheet that --beside writes")
    arguments = parser.parse_args()
    if bool(arguments.beside) != bool(arguments.output):
        parser.error("--beside and --output go together")
    found = {path.name: path for folder in arguments.photographs for path in folder.glob("*.jpg")}
    photographs = [read(found[name]) for name in arguments.names]
    if arguments.beside:
        draw_sheet(beside_real(photographs, arguments.beside), 1).save(arguments.output)
        return
    draw_sheet(every_look(photographs), 2).save(TARGET, quality=QUALITY)
    head = r"(\| name \| what it does .*\n\| --- .*\n)(?:\|.*\n)+"
    PAGE.write_text(re.sub(head, lambda match: f"{match[1]}{table()}\n", PAGE.read_text("utf-8")), "utf-8")
    print(TARGET, TARGET.stat().st_size)


if __name__ == "__main__":
    main()

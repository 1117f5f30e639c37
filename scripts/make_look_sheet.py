"""Draw the looks that come with the package on photographs, beside pictures that they were learnt from.

    python scripts/make_look_sheet.py PHOTOGRAPHS VINTAGE_COLOUR VINTAGE_BW --names NAME NAME NAME

One row a look: the photographs of these names in it, and, of looks that were learnt from real pictures, two of those.
Writes ``docs/images/looks.jpg``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from make_pretrained import RECIPES
from PIL import Image, ImageDraw, ImageOps

import napari_retrogan as rg

TARGET = Path(__file__).parents[1] / "docs/images/looks.jpg"
SIZE, LABEL, QUALITY = (300, 220), 22, 84


def cell(picture: np.ndarray) -> Image.Image:
    """Return a picture filling one place of the sheet."""
    return ImageOps.fit(Image.fromarray(picture), SIZE)


def read(path: Path) -> np.ndarray:
    """Return a picture as 8-bit RGB."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def references(name: str, folders: list[Path]) -> list[np.ndarray]:
    """Return two pictures that a look was learnt from."""
    wanted = RECIPES[name].collections
    paths = [
        path for folder in folders for path in sorted(folder.glob("*.jpg")) if wanted and path.name.startswith(wanted)
    ]
    return [read(paths[index]) for index in np.linspace(0, len(paths) - 1, 4).round().astype(int)[1:3]] if paths else []


def main() -> None:
    """Draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("vintage", type=Path, nargs=2)
    parser.add_argument("--names", nargs="+", required=True)
    arguments = parser.parse_args()
    photographs = [read(arguments.photographs / name) for name in arguments.names]
    rows = [("Photographs", photographs)]
    for look in rg.list_pretrained():
        generator = rg.pretrained(look.name)
        styled = [generator.apply(picture) for picture in photographs]
        rows.append((look.title, styled + references(look.name, arguments.vintage)))
    width, height = (len(photographs) + 2) * SIZE[0], len(rows) * (SIZE[1] + LABEL)
    sheet = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(sheet)
    for number, (title, pictures) in enumerate(rows):
        top = number * (SIZE[1] + LABEL)
        learnt = (
            " - the last two are real, of those that it was learnt from" if len(pictures) > len(photographs) else ""
        )
        draw.text((6, top + 5), f"{title}{learnt}", fill="black")
        for column, picture in enumerate(pictures):
            sheet.paste(cell(picture), (column * SIZE[0], top + LABEL))
    sheet.save(TARGET, quality=QUALITY)
    print(TARGET, TARGET.stat().st_size)


if __name__ == "__main__":
    main()

"""Give the same photographs every look that comes with the package, and write the page that shows them.

Run ``python scripts/make_gallery.py``. The photographs come with scikit-image. Writes ``docs/gallery.md`` and a strip a
look in ``docs/images/gallery``.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

import napari_retrogan as rg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from napari_retrogan.core.pretrained import PretrainedLook

DOCS = Path(__file__).parents[1] / "docs"
PAGE, FOLDER = DOCS / "gallery.md", DOCS / "images/gallery"
PHOTOGRAPHS = ("astronaut.png", "chelsea.png", "rocket.jpg", "coffee.png")
SIZE, GAP, QUALITY = (240, 180), 4, 78
FULL_SIZE = 480
"""Long side of the photographs when they get the look, so that its grain and light are as large as they show here."""

HEAD = """# Gallery

The same four photographs in each of the {number} looks that come with the package, at their own brightness. A look's
name is what `rg.pretrained` and `napari-retrogan apply` take. `python scripts/make_gallery.py` made this page. (The
photographs come with scikit-image, which states their origin in `skimage.data`.)

![The photographs as they are](images/gallery/photographs.webp)
"""
CARD = """
### {look.title}

![{look.title}](images/gallery/{look.name}.webp)

{look.description}

`{look.name}`. Learnt from: {look.source} Licence of these: {look.licence}.
"""


def photographs() -> list[NDArray[np.uint8]]:
    """Return the photographs: 8-bit RGB, cut to one shape."""
    height = FULL_SIZE * SIZE[1] // SIZE[0]
    pictures = []
    for name in PHOTOGRAPHS:
        with as_file(files("skimage") / "data" / name) as path, Image.open(path) as picture:
            fitted = ImageOps.fit(picture.convert("RGB"), (FULL_SIZE, height), centering=(0.5, 0.35))
            pictures.append(np.asarray(fitted))
    return pictures


def write_strip(pictures: Iterable[NDArray[np.uint8]], path: Path) -> None:
    """Write pictures side by side."""
    each = [Image.fromarray(picture).resize(SIZE, Image.Resampling.LANCZOS) for picture in pictures]
    strip = Image.new("RGB", (len(each) * (SIZE[0] + GAP) - GAP, SIZE[1]), "white")
    for number, picture in enumerate(each):
        strip.paste(picture, (number * (SIZE[0] + GAP), 0))
    strip.save(path, quality=QUALITY, method=6)


def page(looks: Iterable[PretrainedLook]) -> str:
    """Return the page: a heading a group, a card a look."""
    looks = list(looks)
    parts, group = [HEAD.format(number=len(looks))], ""
    for look in looks:
        if look.group != group:
            group = look.group
            parts.append(f"\n## {group}\n")
        parts.append(CARD.format(look=look))
    return "".join(parts)


def main() -> None:
    """Make the page and its pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.webp"):
        old.unlink()
    pictures = photographs()
    write_strip(pictures, FOLDER / "photographs.webp")
    for look in rg.list_pretrained():
        generator = rg.pretrained(look.name)
        write_strip((generator.apply(picture) for picture in pictures), FOLDER / f"{look.name}.webp")
    PAGE.write_text(page(rg.list_pretrained()), "utf-8")
    size = sum(path.stat().st_size for path in FOLDER.glob("*.webp"))
    print(f"{PAGE} and {len(rg.list_pretrained()) + 1} pictures, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

"""Write the one file that tells the licence of everything that ships.

Run ``python scripts/list_licences.py``. Writes ``LICENSES.md`` from the attribution of the thumbnails and the cards of
the looks.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/napari_retrogan"
LOOKS = PACKAGE / "core/looks"
TARGET = ROOT / "LICENSES.md"
OURS = "BSD-3-Clause"
PRIOR = "statistics of film tables (CC BY-SA 4.0, Pat David) and photographs; its MODEL_CARD.md tells which"
GLOW = "statistics of the photographs that scripts/measure_photograph_glow.py tells of"
MARKS = "statistics of cut-outs of FilmDamageSimulator (MIT, Daniela Ivanova); its MODEL_CARD.md tells which"

HEAD = f"""# Licences of all that ships

`python scripts/list_licences.py` writes this file. Paths are those below `napari_retrogan`. All Python files, and every
file that says {OURS} below, are under the [BSD 3-Clause licence](LICENSE).

The pictures that you make with a look are yours.

| file | made from, or by | licence |
| --- | --- | --- |
"""


def rows() -> list[tuple[str, str, str]]:
    """Return (path, made from or by, licence) of every file that is no Python."""
    told = {}
    with (LOOKS / "ordinary/ATTRIBUTION.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            told[f"core/looks/ordinary/{row['file']}"] = f"{row['title']}, {row['author']}", row["licence"]
    for card in json.loads((LOOKS / "pretrained/cards.json").read_text("utf-8")):
        licence = card["licence"] if card["licence"] != "none needed" else OURS
        told[f"core/looks/pretrained/{card['name']}.retrogan"] = card["source"], licence
    for path in (LOOKS / "look_prior").glob("*.*"):
        if path.suffix in (".npz", ".onnx"):
            told[f"core/looks/look_prior/{path.name}"] = PRIOR, OURS
    told["core/looks/photograph_glow.npz"] = GLOW, OURS
    told["core/inference/mark_network/weights.npz"] = MARKS, OURS
    rest = (path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.*") if path.suffix not in (".py", ".pyc"))
    told |= {path: ("napari-retrogan maintainers", OURS) for path in rest if path not in told}
    return [(path, *about) for path, about in sorted(told.items())]


def page() -> str:
    """Return the whole file."""
    return HEAD + "".join("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |\n" for row in rows())


def main() -> None:
    """Write the file."""
    TARGET.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()

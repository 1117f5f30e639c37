"""Which photographs and films the look prior is trained on, and which are kept from it to measure it with.

One rule for both sides: the prior's training and the benchmark of looks import it, so that neither can drift.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

LONG_SIDE, NUM_LAYERS, NUM_UNSEEN = 768, 48, 12

_SYNONYMS = {
    "kodak_t-max": ("t-max", "bw_400_cn"),
    "kodak_tri-x": ("tri-x",),
    "kodak_portra": ("portra",),
    "kodak_slide": ("kodachrome", "ektachrome", "elite_chrome", "elite_100_xpro", "provia"),
    "ilford": ("ilford",),
    "fuji_neopan_1600": ("neopan_1600",),
    "fuji_superia": ("superia",),
    "rollei_retro": ("rollei_retro",),
    "peel_apart_colour": ("polaroid_669", "fp_100c"),
    "peel_apart_negative": ("polaroid_664", "polaroid_665"),
}

HELD_OUT_FAMILIES = (
    "agfa_ultra_color_100",
    "fuji_velvia_50",
    "kodak_portra",
    "kodak_t-max",
    "peel_apart_colour",
    "peel_apart_negative",
    "polaroid_px-680",
)


def family(table: Path) -> str:
    """Return the film family of a colour table, from its file's name.

    Versions of one film are one family whatever folder they are in, and so are films that share an emulsion or
    nearly a table: no held-out table is closer than 3.5 CIEDE2000 to one that trains. A film without such kin is its
    own family.
    """
    for name, parts in _SYNONYMS.items():
        if any(part in table.stem for part in parts):
            return name
    return table.stem


def training_tables(folder: Path) -> list[Path]:
    """Return the colour tables in subfolders of ``folder`` that the prior may learn from."""
    return [table for table in _tables(folder) if family(table) not in HELD_OUT_FAMILIES]


def held_out_tables(folder: Path) -> list[Path]:
    """Return the colour tables that are kept from the prior."""
    return [table for table in _tables(folder) if family(table) in HELD_OUT_FAMILIES]


def evaluation_photographs(folder: Path) -> list[Path]:
    """Return the photographs that are kept from the prior: 48 to be layers, then 12 to be looked at.

    They are the first of those with a long side of 768 px in the order of their names' SHA-256.

    Raises
    ------
    SystemExit
        If the folder holds fewer than 60 photographs of that size.
    """
    large = [path for path in _photographs(folder) if _long_side(path) == LONG_SIDE]
    if len(large) < NUM_LAYERS + NUM_UNSEEN:
        raise SystemExit(f"{folder} holds {len(large)} photographs of {LONG_SIDE} px; 60 are needed.")
    return sorted(large, key=_digest)[: NUM_LAYERS + NUM_UNSEEN]


def training_photographs(folder: Path) -> list[Path]:
    """Return every other photograph of the folder, of any size."""
    kept = set(evaluation_photographs(folder))
    return [path for path in _photographs(folder) if path not in kept]


def _tables(folder: Path) -> list[Path]:
    """Return the colour tables, sorted."""
    return sorted(folder.glob("*/*.png"))


def _photographs(folder: Path) -> list[Path]:
    """Return the photographs, sorted."""
    return sorted(folder.glob("*.jpg"))


def _digest(path: Path) -> str:
    """Return what orders the photographs."""
    return hashlib.sha256(path.name.encode()).hexdigest()


def _long_side(path: Path) -> int:
    """Return a picture's long side in pixels."""
    with Image.open(path) as image:
        return max(image.size)

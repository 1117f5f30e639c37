"""Which photographs and films the look prior is trained on, and which are kept from it to measure it with.

One rule for both sides: the prior's training and the benchmark of looks import it, so that neither can drift.
Photographs of wider folders are left out where they may show a scene that is kept back.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LONG_SIDE, NUM_LAYERS, NUM_UNSEEN = 768, 48, 12

GRID = (16, 16)
PARTS = [
    (1.0, (0.5, 0.5)),
    *((part, at) for part in (0.8, 0.6) for at in ((0.5, 0.5), (0.0, 0.5), (1.0, 0.5), (0.5, 0.0), (0.5, 1.0))),
]
"""Shares of a photograph's sides and where they lie: its likeness is that of its likest part."""
LEAST_LIKENESS = 0.9
"""Correlation of colours on the grid. The same scene cut anew exceeds it, and so do some skies and seas."""

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


def wider_photographs(folders: Iterable[Path], photographs: Path) -> list[Path]:
    """Return the photographs of more folders, but for those like one that is kept back from ``photographs``."""
    kept = np.concatenate([_outlines(path) for path in evaluation_photographs(photographs)])
    every = [path for folder in folders for path in _photographs(folder)]
    return [path for path in every if (_outlines(path, mirrored=True) @ kept.T).max() < LEAST_LIKENESS]


def _outlines(path: Path, mirrored: bool = False) -> np.ndarray:
    """Return what a photograph shows, whole and in parts, on grids without their mean and of norm 1, (N, P)."""
    with Image.open(path) as image:
        picture = image.convert("RGB")
    boxes = [
        [
            extent * (at * (1 - part) + end * part)
            for end in (0, 1)
            for at, extent in zip(where, picture.size, strict=True)
        ]
        for part, where in PARTS
    ]
    grids = np.stack([np.asarray(picture.resize(GRID, Image.Resampling.BOX, box), float) for box in boxes])
    if mirrored:
        grids = np.concatenate([grids, grids[:, :, ::-1]])
    grids = (grids - grids.mean((1, 2), keepdims=True)).reshape(len(grids), -1)
    return grids / np.maximum(np.linalg.norm(grids, axis=1, keepdims=True), 1e-9)


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

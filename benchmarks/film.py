"""A film with a known truth: a colour table, softness and grain, put on real photographs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import map_coordinates

from napari_retrogan.core.simulation.film import add_grain, soften

if TYPE_CHECKING:
    from pathlib import Path

Picture = NDArray[np.float32]

SOFTNESS, GRAIN_SIZE, GRAIN = 0.7, 0.8, 0.06


@dataclass(frozen=True)
class Film:
    """A HaldCLUT table (level 8) with synthetic softness and grain."""

    table: Picture

    @classmethod
    def read(cls, path: Path) -> Film:
        """Read a HaldCLUT picture of 512 x 512 px."""
        return cls(read_rgb(path).reshape(64, 64, 64, 3))

    def colours(self, picture: Picture) -> Picture:
        """Return the picture through the table alone."""
        position = (picture.reshape(-1, 3) * 63).T[::-1]
        channels = [map_coordinates(self.table[..., c], position, order=1, mode="nearest") for c in range(3)]
        return np.stack(channels, -1).reshape(picture.shape).astype(np.float32)

    def expose(self, picture: Picture, seed: int) -> Picture:
        """Return the picture as this film shows it."""
        return develop(self.colours(picture), seed)


def develop(picture: Picture, seed: int) -> Picture:
    """Return a picture in a film's colours with its softness and grain."""
    return add_grain(soften(picture, SOFTNESS), GRAIN, GRAIN_SIZE, seed)


def read_rgb(path: Path) -> Picture:
    """Read a picture as RGB in [0, 1]."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.float32) / np.float32(255)


def draw_pictures(folder: Path, counts: list[int], draw: int, long_side: int = 768) -> list[list[Picture]]:
    """Return disjoint random sets of pictures of one size; the same draw gives the same sets."""
    paths = [path for path in sorted(folder.glob("*.jpg")) if max(Image.open(path).size) == long_side]
    order = np.random.default_rng(draw).permutation(len(paths))
    if sum(counts) > len(paths):
        raise SystemExit(f"{folder} holds {len(paths)} pictures of {long_side} px; {sum(counts)} are needed.")
    chosen = iter(order)
    return [[read_rgb(paths[next(chosen)]) for _ in range(count)] for count in counts]

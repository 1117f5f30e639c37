"""Films opened in napari as lazy stacks along time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.types import LayerDataTuple


def film_reader(path: str | list[str]) -> Callable[[Any], list[LayerDataTuple]] | None:
    """Return what reads a film, or None for anything else; of several paths, each is to be read by itself."""
    from napari_retrogan.core.films.container import is_film

    return _read if isinstance(path, str) and is_film(Path(path)) else None


def _read(path: str) -> list[LayerDataTuple]:
    """Return a film as an image layer, whose scale along time is in seconds."""
    import numpy as np
    from napari.types import LayerDataTuple

    from napari_retrogan.core.films.lazy import open_film

    film = open_film(Path(path))
    shown = {
        "name": Path(path).stem,
        "rgb": True,
        "axis_labels": ("time", "y", "x"),
        "scale": (film.seconds_a_frame, 1, film.pixel_aspect),
        "contrast_limits": (0, np.iinfo(film.frames.dtype).max),
    }
    return [LayerDataTuple((film.frames, shown, "image"))]

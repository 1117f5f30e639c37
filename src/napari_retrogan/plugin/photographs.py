"""Photographs as layers, upright and in sRGB, and layers as photographs: napari's reader and writer."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import METADATA_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from napari.types import LayerDataTuple
    from numpy.typing import NDArray

_PHOTOGRAPH_KEY = "photograph"
"""Under this name a layer's metadata say which file it was read from."""

TAKEN_FOR = "Colours are taken for sRGB."
READ_AS_PHOTOGRAPH = "Colours are in sRGB: the file was opened as a photograph."
IGNORES_PROFILE = "Taken for sRGB; if the file has another profile, open it with RetroGAN, as a photograph."
_DEEP = (".png", ".tif", ".tiff")


def photograph_reader(path: str | Sequence[str]) -> Callable[[Any], list[LayerDataTuple]]:
    """Return what reads one or several picture files."""
    return read_photographs


def read_photographs(path: str | Sequence[str]) -> list[LayerDataTuple]:
    """Read picture files as layers: upright, in sRGB, raw files developed, each page that differs as a layer.

    Raises
    ------
    InvalidImage
        If a file can't be read; its words say why, and what to install where a package is missing.
    """
    from napari.types import LayerDataTuple

    paths = [path] if isinstance(path, str | Path) else list(path)
    return [LayerDataTuple(layer) for each in paths for layer in _layers(Path(each))]


def write_photograph(path: str, data: Any, attributes: Mapping[str, Any]) -> list[str]:
    """Write an image layer as JPEG, PNG or TIFF in sRGB, with what goes with the file that it came from.

    Raises
    ------
    InvalidImage
        If the format can't hold it.
    """
    from napari_retrogan.core.images.files import write_picture

    metadata = attributes.get("metadata", {})
    source = metadata.get(_PHOTOGRAPH_KEY)
    like = source if isinstance(source, str) and Path(source).is_file() else None
    full = data[0] if attributes.get("multiscale") else data
    array = _as_stored(np.asarray(full), attributes, deep=Path(path).suffix.lower() in _DEEP)
    write_picture(path, array, like=like, made_by=_maker(metadata))
    return [path]


def space_of(layer: Any) -> str:
    """Say which space a layer's colours are taken for."""
    if layer is None:
        return ""
    if _PHOTOGRAPH_KEY in layer.metadata:
        return tr(READ_AS_PHOTOGRAPH)
    return tr(IGNORES_PROFILE) if getattr(layer.source, "path", None) else tr(TAKEN_FOR)


def _layers(path: Path) -> list[tuple[Any, dict[str, Any], str]]:
    from napari_retrogan.core.images.srgb_view import read_srgb_pages

    pages = read_srgb_pages(path)
    names = [path.stem] if len(pages) == 1 else [f"{path.stem} {number}" for number in range(1, len(pages) + 1)]
    return [
        (array, {"name": name, "rgb": is_rgb, "metadata": {_PHOTOGRAPH_KEY: str(path)}}, "image")
        for name, (array, is_rgb) in zip(names, pages, strict=True)
    ]


def _as_stored(array: NDArray[Any], attributes: Mapping[str, Any], *, deep: bool) -> NDArray[Any]:
    """Return a layer's values as a file holds them: grey ones from black to white of the layer's contrast limits."""
    if array.dtype in (np.uint8, np.uint16, np.bool_):
        return array
    low, high = (0.0, 1.0) if attributes.get("rgb") else attributes.get("contrast_limits", (0.0, 1.0))
    dtype = np.uint16 if deep else np.uint8
    unit = (np.nan_to_num(array.astype(np.float64)) - low) / ((high - low) or 1.0)
    stored: NDArray[Any] = np.rint(np.clip(unit, 0, 1) * np.iinfo(dtype).max).astype(dtype)
    return stored


def _maker(metadata: Mapping[str, Any]) -> str:
    """Say what made a layer."""
    maker = f"napari-retrogan {version('napari-retrogan')}"
    generator = metadata.get(METADATA_KEY, {}).get("generator", {}).get("id")
    return f"{maker}, generator {generator}" if generator else maker

"""What may be written straight to disk: arrays, layers, pyramids, and stores and pictures by their paths."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.images.arrays import is_layer, read_source, reading, split_levels
from napari_retrogan.core.images.intensity import check_dtype
from napari_retrogan.core.images.srgb_view import read_srgb
from napari_retrogan.core.output.ngff import Calibration, Multiscale, read_multiscale
from napari_retrogan.core.output.reader import Reader, TiffLevel
from napari_retrogan.core.picture_files.exif import Exif
from napari_retrogan.core.picture_files.reading import DECODING_ERRORS, TIFF_SUFFIXES
from napari_retrogan.core.picture_files.tiff import plain_options, plain_series
from napari_retrogan.core.picture_files.tiff_opening import check_plausible, open_tiff

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NOTES = ("zarr.json", ".zgroup", ".zarray", ".zattrs", ".zmetadata")
_MAX_NOTES = 4 * 2**20
"""Bytes of each of them, which zarr reads whole; those of large pyramids have some ten thousand."""


@dataclass(frozen=True, slots=True)
class Source:
    """A picture of one level or more.

    Attributes
    ----------
    levels
        The largest first.
    path
        Where it lies on disk, if that is known.
    ome
        Its OME-Zarr description, if it has one.
    calibration
        What is known of its axes otherwise.
    attributes
        Of a plain Zarr array.
    zarr_format
        Of a Zarr array or group.
    """

    levels: tuple[Reader, ...]
    path: Path | None = None
    ome: Multiscale | None = None
    calibration: Calibration = field(default_factory=Calibration)
    attributes: dict[str, Any] = field(default_factory=dict)
    zarr_format: int = 3

    def tiff_options(self) -> tuple[dict[str, Any], Exif]:
        """Return what goes with the picture, if it is a TIFF file, as tifffile writes it, and the rest of its Exif."""
        if self.path is None or not isinstance(self.levels[0].array, TiffLevel):
            return {}, Exif()
        return plain_options(self.path)

    def state(self) -> str | None:
        """Return what changes with the picture: of its files the sizes and times, else a digest of its values.

        It is None where the picture is neither on disk nor in memory.
        """
        digest = hashlib.blake2b(digest_size=16)
        if self.path is not None:
            for place in [self.path] if self.ome is None else [self.path / name for name in self.ome.paths]:
                for line in _told_of_files(place):
                    digest.update(line.encode(errors="surrogateescape"))
            return digest.hexdigest()
        if not all(level.in_memory for level in self.levels):
            return None
        for level in self.levels:
            for part in np.atleast_1d(level.array):
                digest.update(np.ascontiguousarray(part).data)
        return digest.hexdigest()

    def close(self) -> None:
        """Close the files that were opened."""
        for level in self.levels:
            if isinstance(level.array, TiffLevel):
                level.array.close()


def open_source(image: Any, rgb: bool | None = None) -> Source:
    """Open a picture without reading its pixels, unless it is an ordinary picture file.

    Parameters
    ----------
    image
        An array-like; a list of the levels of a pyramid; a layer; a Zarr array or group; or the path of a Zarr
        store, a TIFF file or another picture.
    rgb
        Whether there is an axis of 3 or 4 colours. By default it is the last axis if it has so many entries; of
        an OME-Zarr store the channels if they are said to be red, green and blue.

    Raises
    ------
    InvalidImage
        If it can't be read as a picture.
    """
    if isinstance(image, str | os.PathLike):
        return _open_path(Path(image).expanduser().absolute(), rgb)
    if _is_zarr(image):
        return _open_zarr(image, rgb)
    levels, rgb = split_levels(image, rgb)
    if is_layer(image):
        return Source(_readers(levels or [image.data], rgb), calibration=_calibration(image))
    return Source(_readers(levels or [image], rgb))


def is_store(path: str | os.PathLike[str]) -> bool:
    """Tell whether a folder is a Zarr store."""
    folder = Path(path).expanduser()
    return any((folder / name).is_file() for name in _NOTES[:3])


def _open_path(path: Path, rgb: bool | None) -> Source:
    """Open a store, a TIFF file or another picture."""
    if path.is_dir() and is_store(path):
        import zarr

        if any((path / name).is_file() and (path / name).stat().st_size > _MAX_NOTES for name in _NOTES):
            raise InvalidImage(f"The metadata of {path} take more than {_MAX_NOTES} bytes, the most that is read.")
        with reading(f"The store {path}"):
            return _open_zarr(zarr.open(str(path), mode="r"), rgb, path)
    if path.suffix.lower() in TIFF_SUFFIXES and path.is_file():
        levels = _tiff_levels(path)
        if levels is not None:
            channel = levels[0].axes.find("S")
            axis = None if channel < 0 or rgb is False else channel
            return Source(tuple(Reader(level, axis) for level in levels), path)
    if path.is_dir():
        raise InvalidImage(f"{path} is a folder without a Zarr store; give a store, a TIFF file or another picture.")
    return Source(_readers([read_srgb(path)], rgb), path)


def _tiff_levels(path: Path) -> list[TiffLevel] | None:
    """Return the levels of a TIFF file, or None where it takes more than reading tiles to see it rightly."""
    try:
        with open_tiff(path) as file:
            series = plain_series(file)
            if series is None:
                return None
            num_levels = len(series.levels)
            check_plausible(file)
        return [TiffLevel(path, level) for level in range(num_levels)]
    except InvalidImage as error:
        raise InvalidImage(f"{path} cannot be read as a picture: {error}.") from error
    except DECODING_ERRORS:
        return None


def _told_of_files(place: Path) -> Iterator[str]:
    """Yield name, size and time of a file, or of each file in a folder."""
    whole = str(place)
    found = os.walk(whole) if place.is_dir() else iter([(whole, [], [""])])
    for folder, folders, names in found:
        folders.sort()
        for name in sorted(names):
            with suppress(FileNotFoundError):
                told = os.stat(os.path.join(folder, name) if name else folder)
                yield f"{folder.removeprefix(whole)}/{name} {told.st_size} {told.st_mtime_ns}\n"


def _is_zarr(image: Any) -> bool:
    """Tell whether this is an array or group of zarr's, without importing it."""
    return type(image).__module__.partition(".")[0] == "zarr"


def _open_zarr(image: Any, rgb: bool | None, path: Path | None = None) -> Source:
    """Open a Zarr array, or the pyramid that a group holds."""
    path = path or _local_path(image)
    attributes = dict(image.attrs)
    zarr_format = int(image.metadata.zarr_format)
    if hasattr(image, "shape"):
        readers = _readers([image], rgb)
        return Source(readers, path, attributes=attributes, zarr_format=zarr_format)
    ome = read_multiscale(attributes)
    if ome is None:
        raise InvalidImage(f"{path or image} is a Zarr group without a pyramid; give one of its arrays.")
    channel = ome.axes.index("c") if "c" in ome.axes and (ome.is_rgb if rgb is None else rgb) else None
    arrays = [image.get(name) for name in ome.paths]
    if any(getattr(array, "ndim", None) != len(ome.axes) for array in arrays):
        raise InvalidImage(f"{path or image} lacks a level of its pyramid, or one has other axes; copy it again.")
    levels = tuple(Reader(array, channel) for array in arrays)
    _check(levels)
    return Source(levels, path, ome, zarr_format=zarr_format)


def _local_path(image: Any) -> Path | None:
    """Return where a Zarr array or group lies on disk, if it does."""
    root = getattr(getattr(image, "store", None), "root", None)
    return Path(root, image.path).absolute() if isinstance(root, str | os.PathLike) else None


def _readers(levels: Sequence[Any], rgb: bool | None) -> tuple[Reader, ...]:
    """Return readers of arrays whose colours, if they have any, come last."""
    readers = []
    for level in levels:
        array, known = (level, rgb) if _is_zarr(level) else read_source(level, rgb)
        colours = known if known is not None else len(array.shape) >= 3 and array.shape[-1] in (3, 4)
        readers.append(Reader(array, len(array.shape) - 1 if colours else None))
    _check(readers)
    return tuple(readers)


def _check(readers: Sequence[Reader]) -> None:
    """Refuse types and shapes that hold no picture, and levels that don't belong together."""
    first = readers[0]
    for reader in readers:
        check_dtype(reader.dtype)
        alike = len(reader.array.shape) == len(first.array.shape) and reader.layout.channels == first.layout.channels
        if not alike or reader.dtype != first.dtype:
            raise InvalidImage(
                f"The levels have shapes {[tuple(each.array.shape) for each in readers]} and types "
                f"{sorted({str(each.dtype) for each in readers})}; they may differ in the sizes of their axes alone."
            )


def _calibration(layer: Any) -> Calibration:
    """Return what a layer's axes are, as far as OME-Zarr can say it."""
    labels, scale = getattr(layer, "axis_labels", None), getattr(layer, "scale", None)
    units = tuple(_unit(unit) for unit in getattr(layer, "units", None) or ())
    return Calibration(
        None if labels is None else tuple(str(label) for label in labels),
        None if scale is None else tuple(float(size) for size in scale),
        units,
    )


def _unit(unit: Any) -> str | None:
    """Return the name of a unit that OME-Zarr knows; napari's pixels are none."""
    name = str(unit)
    return None if name in ("pixel", "dimensionless", "") else name

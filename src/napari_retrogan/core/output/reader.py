"""Arrays of any kind read by parts, each plane (Y, X) or (Y, X, 3 | 4) whatever the order of the axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.images.arrays import reading
from napari_retrogan.core.images.layout import Layout, read_layout
from napari_retrogan.core.images.thumbnail import sample_indices
from napari_retrogan.core.picture_files.tiff_opening import open_tiff

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_retrogan.core.inference.tiling import Region

Index = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """An array, and which of its axes holds colours.

    Attributes
    ----------
    array
        NumPy, Dask or Zarr array, or a `TiffLevel`.
    channel_axis
        Position of the axis of 3 or 4 colours, if there is one; rows and columns are the last two others.
    """

    array: Any
    channel_axis: int | None = None

    @property
    def layout(self) -> Layout:
        """Which planes there are, as if the colours came last."""
        shape = tuple(int(size) for size in self.array.shape)
        if self.channel_axis is not None:
            rest = shape[: self.channel_axis] + shape[self.channel_axis + 1 :]
            shape = (*rest, shape[self.channel_axis])
        return read_layout(shape, self.channel_axis is not None)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values."""
        dtype: np.dtype[Any] = np.dtype(self.array.dtype)
        return dtype

    @property
    def in_memory(self) -> bool:
        """Whether the array lies in this process' memory."""
        return isinstance(self.array, np.ndarray)

    @property
    def is_dask(self) -> bool:
        """Whether reading means computing a Dask graph."""
        return hasattr(self.array, "dask")

    @property
    def on_disk(self) -> bool:
        """Whether other processes can read the array by themselves."""
        return not (self.in_memory or self.is_dask)

    def chunk_size(self) -> int | None:
        """Return the longer side of the array's chunks, if it has any."""
        chunks = getattr(self.array, "chunks", None)
        if chunks is None or self.in_memory:
            return None
        sides = [axis_chunks for axis, axis_chunks in enumerate(chunks) if axis != self.channel_axis][-2:]
        return max(int(np.max(side)) for side in sides)

    def lazy_region(self, index: Index, region: Region) -> Any:
        """Return a rectangle of a plane as the array's own kind gives it, the axes in their own order."""
        return self.array[self.selection(index, *region.within(0, 0))]

    def region(self, index: Index, region: Region) -> NDArray[Any]:
        """Read a rectangle of a plane, its colours last.

        Raises
        ------
        InvalidImage
            If the array's own source can't be read there.
        """
        rows, columns = f"{region.top} to {region.bottom}", f"{region.left} to {region.right}"
        with reading(f"The part of a picture at rows {rows}, columns {columns}{_of_plane(index)}"):
            return self.colours_last(self.lazy_region(index, region))

    def lazy_samples(self, index: Index) -> Any:
        """Return the points of a plane that tell its thumbnail, the axes in their own order."""
        rows, columns = (sample_indices(size) for size in self.layout.plane_shape)
        if hasattr(self.array, "oindex"):
            return self.array.oindex[self.selection(index, rows, columns)]
        plane = self.array[self.selection(index, slice(None), slice(None))]
        first = (slice(None),) * (self.channels_first and plane.ndim == 3)
        return plane[(*first, rows)][(*first, slice(None), columns)]

    def samples(self, index: Index) -> NDArray[Any]:
        """Read the 256 x 256 points of a plane that tell its thumbnail, their colours last; raises as `region` does."""
        with reading(f"A picture of shape {self.layout.plane_shape}{_of_plane(index)}"):
            return self.colours_last(self.lazy_samples(index))

    @property
    def channels_first(self) -> bool:
        """Whether the axis of colours comes before rows and columns."""
        return self.channel_axis is not None and self.channel_axis < len(self.array.shape) - 1

    def selection(self, index: Index, rows: Any, columns: Any) -> tuple[Any, ...]:
        """Return the index of a part of a plane in the array, whose axes keep their order."""
        parts = [*index, rows, columns]
        if self.channel_axis is not None:
            parts.insert(self.channel_axis, slice(None))
        return tuple(parts)

    def colours_last(self, values: Any) -> NDArray[Any]:
        """Return what was read as a NumPy array with its colours last."""
        values = np.asarray(values)
        return np.moveaxis(values, 0, -1) if self.channels_first else values

    def write(self, index: Index, region: Region, values: NDArray[Any]) -> None:
        """Write a rectangle of a plane, given with its colours last."""
        ordered = np.moveaxis(values, -1, 0) if self.channels_first else values
        self.array[self.selection(index, *region.within(0, 0))] = ordered


def _of_plane(index: Index) -> str:
    """Return words that tell a plane from others of its stack."""
    return f" of plane {list(index)}" if index else ""


class TiffLevel:
    """One level of a TIFF file, read by tiles; it is opened again in each process that it travels to.

    Parameters
    ----------
    path
        The file.
    level
        0 is the largest.
    """

    def __init__(self, path: Path, level: int = 0) -> None:
        self.path, self.level = path, level
        self._open()

    def _open(self) -> None:
        import zarr

        self._file = open_tiff(self.path)
        series = self._file.series[0]
        store: Any = series.aszarr(level=self.level)
        self._array: Any = zarr.open_array(store, mode="r")
        self.axes: str = series.axes
        self.shape, self.dtype = self._array.shape, self._array.dtype.newbyteorder("=")
        self.ndim, self.chunks = len(self.shape), self._array.chunks
        self.oindex = _Native(self._array.oindex, self.dtype)

    def __getitem__(self, index: Any) -> NDArray[Any]:
        values: NDArray[Any] = np.asarray(self._array[index]).astype(self.dtype, copy=False)
        return values

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return TiffLevel, (self.path, self.level)


@dataclass(frozen=True, slots=True)
class _Native:
    """Orthogonal indexing that gives values in the byte order of this machine."""

    indexer: Any
    dtype: np.dtype[Any]

    def __getitem__(self, index: Any) -> NDArray[Any]:
        values: NDArray[Any] = np.asarray(self.indexer[index]).astype(self.dtype, copy=False)
        return values

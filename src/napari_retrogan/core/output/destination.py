"""Where a result goes, and in which form: a plain Zarr array, an OME-Zarr pyramid or a tiled BigTIFF."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from napari_retrogan.core.atomic_file import refuse_existing
from napari_retrogan.core.errors import InvalidConfig, InvalidImage, OutputExists
from napari_retrogan.core.images.intensity import value_range
from napari_retrogan.core.output.ngff import Multiscale, describe
from napari_retrogan.core.output.open_source import Source, is_store
from napari_retrogan.core.output.parts import chunk_size
from napari_retrogan.core.output.pyramid import level_shapes
from napari_retrogan.core.output.reader import Reader
from napari_retrogan.core.picture_files.reading import TIFF_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from napari_retrogan.core.images.layout import Layout

StoreFormat = Literal["zarr", "ome-zarr", "tiff"]


@dataclass(frozen=True, slots=True)
class Destination:
    """A path and a form.

    Attributes
    ----------
    path
        Of the result.
    format
        What it becomes.
    layouts
        Planes of each level.
    channel_axis
        Which axis of its arrays holds colours.
    ome
        Its OME-Zarr description.
    zarr_format
        Of the store; that of a TIFF's staging too.
    """

    path: Path
    format: StoreFormat
    layouts: tuple[Layout, ...]
    channel_axis: int | None
    ome: Multiscale | None
    zarr_format: int

    @classmethod
    def of(cls, path: Path, form: str | None, source: Source) -> Destination:
        """Choose the form by the path's ending and what the source is, if it isn't given.

        Raises
        ------
        InvalidConfig
            If the form is unknown or the ending says nothing.
        """
        chosen = _choose(path, form, source)
        first = source.levels[0]
        layout = first.layout
        layouts = tuple(level.layout for level in source.levels)
        if chosen == "tiff":
            return cls(path, chosen, layouts, len(first.array.shape) - 1 if layout.channels else None, None, 3)
        if chosen == "zarr":
            return cls(path, chosen, layouts[:1], first.channel_axis, None, source.zarr_format)
        if source.ome is not None:
            return cls(path, chosen, layouts, first.channel_axis, source.ome, source.ome.zarr_format)
        if len(layouts) == 1:
            layouts = tuple(replace(layout, height=y, width=x) for y, x in level_shapes(layout.plane_shape))
        top = value_range(first.dtype)[1]
        ome, channel = describe(path.name.partition(".")[0], layouts, source.calibration, top)
        return cls(path, chosen, layouts, channel, ome, ome.zarr_format)

    def check_folder(self) -> None:
        """Raise `InvalidImage` if there is no folder to write to."""
        if not self.path.parent.is_dir():
            raise InvalidImage(f"{self.path.parent} does not exist; make that folder first, or choose another.")

    def check(self, source: Source, *, overwrite: bool) -> None:
        """Refuse to replace the source, or what is there unless that is asked for.

        Raises
        ------
        OutputExists
            If something is there that may not be replaced.
        """
        if not self.path.exists():
            return
        if source.path is not None and source.path.resolve().is_relative_to(self.path.resolve()):
            raise OutputExists(f"{self.path} is the picture itself; choose another output.")
        refuse_existing(self.path, overwrite=overwrite)
        if self.path.is_dir() and not is_store(self.path):
            raise OutputExists(
                f"{self.path} is a folder but no Zarr store, so it is not replaced; choose another output."
            )

    def make_store(self, folder: Path, source: Source, attributes: Mapping[str, Any]) -> None:
        """Make the empty arrays of the result."""
        import zarr

        notes = {**source.attributes, **attributes}
        if self.format == "zarr":
            (layout,) = self.layouts
            self._make_array(zarr.create_array, {"store": str(folder)}, source, layout, notes)
            return
        described = {} if self.ome is None else self.ome.attributes()
        group = zarr.open_group(
            str(folder), mode="w", zarr_format=_format(self.zarr_format), attributes={**described, **notes}
        )
        for name, layout in zip(self._names(), self.layouts, strict=True):
            self._make_array(group.create_array, {"name": name}, source, layout, {})

    def open_store(self, folder: Path) -> list[Reader]:
        """Return the levels of the result, to be written to."""
        import zarr

        if self.format == "zarr":
            return [Reader(zarr.open_array(str(folder), mode="r+"), self.channel_axis)]
        group = zarr.open_group(str(folder), mode="r+")
        return [Reader(group[name], self.channel_axis) for name in self._names()]

    def chunk(self, source: Source) -> int:
        """Return the side of the result's chunks."""
        return chunk_size(source.levels[0].chunk_size(), self.layouts[0].plane_shape)

    def _names(self) -> list[str]:
        """Return the names of the levels in their group."""
        return [str(level) for level in range(len(self.layouts))] if self.ome is None else self.ome.paths

    def _make_array(
        self, create: Any, where: dict[str, Any], source: Source, layout: Layout, notes: Mapping[str, Any]
    ) -> None:
        """Make one empty array, in chunks of a plane each."""
        first = source.levels[0]
        side, shape = self.chunk(source), layout.plane_shape
        whole, chunks = [*layout.leading, *shape], [*(1 for _ in layout.leading), *(min(side, size) for size in shape)]
        if self.channel_axis is not None:
            whole.insert(self.channel_axis, layout.channels)
            chunks.insert(self.channel_axis, layout.channels)
        dimensions = getattr(getattr(first.array, "metadata", None), "dimension_names", None)
        if self.ome is not None:
            dimensions = self.ome.axes
        create(
            **where,
            shape=tuple(whole),
            chunks=tuple(chunks),
            dtype=first.dtype,
            attributes=dict(notes),
            **_array_options(self.zarr_format, dimensions),
            **({"zarr_format": self.zarr_format} if "store" in where else {}),
        )


def _choose(path: Path, form: str | None, source: Source) -> StoreFormat:
    """Return the form of a result."""
    if form is not None:
        for known in get_args(StoreFormat):
            if form == known:
                chosen: StoreFormat = known
                return chosen
        raise InvalidConfig(f"format is {form!r}; choose among {', '.join(get_args(StoreFormat))}.")
    if path.suffix.lower() in TIFF_SUFFIXES:
        return "tiff"
    if path.suffix.lower() == ".zarr":
        pyramid = source.ome is not None or len(source.levels) > 1 or path.stem.lower().endswith(".ome")
        return "ome-zarr" if pyramid else "zarr"
    raise InvalidConfig(f"{path} ends neither in .zarr nor in .tif; rename it, or pass format.")


def _array_options(zarr_format: int, dimensions: Any) -> dict[str, Any]:
    """Return how the arrays of a version of Zarr are made."""
    if zarr_format == 2:
        return {"chunk_key_encoding": {"name": "v2", "separator": "/"}}
    return {} if dimensions is None else {"dimension_names": list(dimensions)}


def _format(version: int) -> Any:
    """Return a version of Zarr as zarr's functions take it."""
    return np.int64(version).item()

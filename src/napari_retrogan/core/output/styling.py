"""The work on one part: read it with its halo, style its tiles, write it; the same code here and on a cluster."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.inference.graph_choice import carried_colours
from napari_retrogan.core.inference.multiscale import at_level
from napari_retrogan.core.inference.picture_records import StackRecords, read_record
from napari_retrogan.core.inference.session import open_session
from napari_retrogan.core.inference.style_tile import Plane, style_tile
from napari_retrogan.core.inference.tiling import plan_tiles
from napari_retrogan.core.output.parts import Part, with_halo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from napari_retrogan.core.inference.noise import NoiseGrid
    from napari_retrogan.core.inference.settings import ApplySettings
    from napari_retrogan.core.output.reader import Index, Reader


class Styling:
    """Everything that styling the parts of one level needs but the parts; it can travel to other processes.

    Parameters
    ----------
    graph
        Of the generator, for the level.
    settings
        How to apply it, the time axis counted from 0.
    source
        What is styled.
    record_source
        What the pictures' thumbnails are read from: the source, or another level of its pyramid.
    noise
        Which noise each picture takes.
    target
        The array to write to, of the source's sizes.
    """

    def __init__(
        self,
        graph: bytes,
        settings: ApplySettings,
        source: Reader,
        record_source: Reader,
        noise: NoiseGrid,
        target: Reader | None = None,
    ) -> None:
        self.graph, self.settings, self.noise = graph, settings, noise
        self.source, self.record_source, self.target = source, record_source, target
        layout = record_source.layout
        stack: Any = _Samples(record_source)
        records = StackRecords(stack, layout, settings, carried_colours(graph))
        self._records = at_level(records, layout.leading, source.layout.leading)

    def __reduce__(self) -> tuple[Any, ...]:
        return Styling, (self.graph, self.settings, self.source, self.record_source, self.noise, self.target)

    def writing_to(self, target: Reader) -> Styling:
        """Return the same with another target."""
        return Styling(self.graph, self.settings, self.source, self.record_source, self.noise, target)

    def record(self, index: Index) -> NDArray[Any]:
        """Return the record of what the tiles of a picture must know of the whole of it."""
        return self._records(index)

    def tiles(
        self, part: Part, record: NDArray[Any], on_written: Callable[[Part], object], values: Any = None
    ) -> Iterator[Callable[[], None]]:
        """Read a part and yield a job for each of its tiles, of which the last to end writes it.

        Parameters
        ----------
        part
            What to do.
        record
            Of the part's picture.
        on_written
            Called with the part once it is written, in the thread of its last tile.
        values
            The part with its halo, if it was read already.
        """
        shape = self.source.layout.plane_shape
        region = with_halo(part.region, self.settings.outer_halo, shape)
        read = self.source.region(part.index, region) if values is None else self.source.colours_last(values)
        drawing = _Drawing(self, part, np.array(read[part.region.within(region.top, region.left)]), on_written)
        if self.settings.changes_nothing:
            yield from [drawing.count] * part.num_tiles
            return
        number = int(self.noise.numbers[part.index])
        origin = region.top, region.left
        plane = Plane(read, shape, origin, number, *read_record(record), self.noise.block, self.noise.pixel_size)
        session = open_session(self.graph, self.settings.providers)
        for tile in plan_tiles(shape, part.region):
            yield partial(drawing.draw, session, plane, tile)


class _Samples:
    """A stack whose pictures are read at the points alone that tell their thumbnails."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def __getitem__(self, index: Index) -> NDArray[Any]:
        return self._reader.samples(index)


class _Drawing:
    """A part on its way: tiles are drawn into it in any order."""

    def __init__(
        self, styling: Styling, part: Part, values: NDArray[Any], on_written: Callable[[Part], object]
    ) -> None:
        self.styling, self.part, self.values, self.on_written = styling, part, values, on_written
        self._left = part.num_tiles
        self._lock = threading.Lock()

    def draw(self, session: Any, plane: Plane, tile: Any) -> None:
        """Style one tile."""
        kept = tile.kept.within(self.part.region.top, self.part.region.left)
        self.values[kept] = style_tile(session, plane, tile, self.styling.settings)
        self.count()

    def count(self) -> None:
        """Count one tile as done, and write the part after the last."""
        with self._lock:
            self._left -= 1
            last = not self._left
        if last and self.styling.target is not None:
            self.styling.target.write(self.part.index, self.part.region, self.values)
            self.on_written(self.part)


def style_part(styling: Styling, part: Part, record: NDArray[Any], values: Any = None) -> str:
    """Style and write a part at once and return its name."""
    for job in styling.tiles(part, record, bool, values):
        job()
    return part.name

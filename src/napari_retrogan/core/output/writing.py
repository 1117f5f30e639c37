"""One result on its way to disk: planned, made part by part, recorded, put in its place."""

from __future__ import annotations

import hashlib
import math
from contextlib import closing
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.errors import ApplyCancelled, InvalidImage
from napari_retrogan.core.inference.estimate import Estimate, estimate_tiles, fields_of
from napari_retrogan.core.inference.graph_choice import graph_for
from napari_retrogan.core.inference.multiscale import Level, noise_grid, record_level
from napari_retrogan.core.inference.pool import Progress, run_jobs
from napari_retrogan.core.output import cluster
from napari_retrogan.core.output.parts import PART_BYTES, Part, part_size, plan_parts
from napari_retrogan.core.output.pyramid import Shrinking
from napari_retrogan.core.output.staging import Staging
from napari_retrogan.core.output.styling import Styling
from napari_retrogan.core.output.tiff import write_tiff
from napari_retrogan.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from napari_retrogan.core.inference.settings import ApplySettings
    from napari_retrogan.core.output.destination import Destination
    from napari_retrogan.core.output.open_source import Source
    from napari_retrogan.core.output.reader import Reader
    from napari_retrogan.core.vintage_generator import VintageGenerator

_PARTS_AT_ONCE = 4
"""A part is read and kept until it is written; few are on their way at a time."""


class Writing:
    """One result on its way to disk.

    Parameters
    ----------
    generator
        What to apply.
    settings
        How, the time axis counted from 0.
    source
        The picture.
    destination
        Where it goes; checked already.
    progress
        Of the tiles.
    """

    def __init__(
        self,
        generator: VintageGenerator,
        settings: ApplySettings,
        source: Source,
        destination: Destination,
        progress: Progress,
    ) -> None:
        self.generator, self.settings, self.source, self.destination = generator, settings, source, destination
        self.staging = Staging(destination.path)
        self.progress = progress
        self.stylings = _plan_stylings(generator, settings, source.levels[: len(destination.layouts)])
        self.levels: list[Reader] = []
        self.parts: list[list[Part]] = []
        self.done = self.total = 0
        self._state = source.state()

    def open(self, *, resume: bool) -> None:
        """Make or find the half-written result."""
        settings = asdict(self.settings)
        origin = {"version": __version__, "generator": self.generator.id, "settings": settings}
        make = partial(self.destination.make_store, self.staging.store, self.source, {"napari_retrogan": origin})
        self.staging.open(self._identity(settings), make, resume=resume)
        self.levels = self.destination.open_store(self.staging.store)
        self.stylings = [styling.writing_to(level) for styling, level in zip(self.stylings, self.levels, strict=False)]
        size, axis = self._part_size(), self.settings.time_axis
        self.parts = [list(plan_parts(level.layout, size, number, axis)) for number, level in enumerate(self.levels)]
        parts = [part for level in self.parts for part in level]
        self.total = sum(part.num_tiles for part in parts) * (2 if self.destination.format == "tiff" else 1)
        self.done = sum(part.num_tiles for part in parts if self.staging.is_finished(part.name))

    def _identity(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return what the parts depend on.

        Pictures of one shape are told apart by the state of their files or their values. Of those that are neither on
        disk nor in memory, only the first plane's thumbnail is known.
        """
        first, styling = self.source.levels[0], self.stylings[0]
        record = styling.record((0,) * len(first.layout.leading))
        return {
            "graph": hashlib.sha256(styling.graph).hexdigest(),
            "settings": settings,
            "picture": hashlib.sha256(record.tobytes()).hexdigest(),
            "state": self._state,
            "dtype": str(first.dtype),
            "levels": [asdict(layout) for layout in self.destination.layouts],
            "format": self.destination.format,
            "part": self._part_size(),
        }

    def estimate(self) -> Estimate:
        """Return what the parts that are left will take; compression makes the result smaller than is told."""
        layouts = self.destination.layouts
        pixels = [math.prod(layout.leading) * math.prod(layout.plane_shape) for layout in layouts]
        first = self.source.levels[0]
        size = first.dtype.itemsize * max(layouts[0].channels, 1)
        copies = 2 if self.destination.format == "tiff" else 1
        styled = [part for level in self.parts[: len(self.stylings)] for part in level]
        tiles = sum(part.num_tiles for part in styled if not self.staging.is_finished(part.name))
        return estimate_tiles(
            tiles,
            self.settings,
            fields=fields_of(styling.source.layout for styling in self.stylings),
            memory_bytes=_PARTS_AT_ONCE * PART_BYTES,
            disk_bytes=sum(pixels) * size * copies,
        )

    def run(self) -> None:
        """Make all parts that are not finished, level by level."""
        client = cluster.active_client()
        for level, parts in enumerate(self.parts):
            todo = [part for part in parts if not self.staging.is_finished(part.name)]
            try:
                if todo and client is not None:
                    self._run_on(client, level, todo)
                elif todo:
                    self._run_here(level, todo)
            except ApplyCancelled:
                raise self._stopped() from None

    def finish(self) -> None:
        """Put the whole result in its place, and remove what led to it."""
        for leftover in self.staging.store.rglob("*.partial"):
            leftover.unlink()
        whole = self.staging.store
        if self.destination.format == "tiff":
            whole = self.staging.tiff
            try:
                write_tiff(whole, self.levels, *self.source.tiff_options(), self._count_or_stop)
            except BaseException:
                whole.unlink(missing_ok=True)
                raise
        if self.source.state() != self._state:
            raise InvalidImage(f"{self.source.path} has changed while it was styled; apply again with resume=False.")
        self.staging.put_in_place(whole)
        self.staging.discard()

    def _run_here(self, level: int, todo: list[Part]) -> None:
        """Run tiles, or parts of a level that is shrunk from the one below, in threads."""
        styled = level < len(self.stylings)
        jobs = self._tile_jobs(level, todo) if styled else self._shrinking_jobs(level, todo)
        total = sum(part.num_tiles for part in todo)
        run_jobs(jobs, total, progress=Progress(lambda *_: self._count(1), self.progress.should_stop))

    def _run_on(self, client: Any, level: int, todo: list[Part]) -> None:
        """Run parts on a cluster."""
        sizes = {part.name: part.num_tiles for part in todo}
        if level < len(self.stylings):
            written = cluster.style_on_cluster(client, self.stylings[level], todo)
        else:
            written = cluster.shrink_on_cluster(client, Shrinking(self.levels[level - 1], self.levels[level]), todo)
        with closing(written):
            for name in written:
                if name is not None:
                    self.staging.mark(name)
                    self._count(sizes[name])
                elif self.progress.stopped:
                    raise self._stopped()

    def _tile_jobs(self, level: int, todo: list[Part]) -> Iterator[Callable[[], object]]:
        """Yield a job a tile; a part is read when its first tile is due."""
        styling, number = self.stylings[level], -1
        for part in todo:
            if part.number != number:
                number, record = part.number, styling.record(part.index)
            yield from styling.tiles(part, record, self._mark)

    def _shrinking_jobs(self, level: int, todo: list[Part]) -> Iterator[Callable[[], object]]:
        """Yield a job a part, and idle ones for the rest of its tiles."""
        shrinking = Shrinking(self.levels[level - 1], self.levels[level])

        def shrink(part: Part) -> None:
            shrinking.write(part)
            self._mark(part)

        for part in todo:
            yield partial(shrink, part)
            yield from [int] * (part.num_tiles - 1)

    def _mark(self, part: Part) -> None:
        """Note that a part is written."""
        self.staging.mark(part.name)

    def _part_size(self) -> int:
        """Return the side of the parts."""
        first = self.source.levels[0]
        return part_size(first.layout, first.dtype, self.destination.chunk(self.source))

    def _stopped(self) -> ApplyCancelled:
        """Return the error of a run that was stopped."""
        return ApplyCancelled(
            f"Applying was stopped after {self.done} of {self.total} tiles. What is finished is kept in "
            f"{self.staging.store}; apply again with the same settings to go on."
        )

    def _count(self, number: int) -> None:
        """Count tiles and tell the caller."""
        self.done += number
        self.progress.tell(self.done, self.total)

    def _count_or_stop(self) -> None:
        """Count a tile of the TIFF file, unless nobody waits for it any more."""
        if self.progress.stopped:
            raise ApplyCancelled("Applying was stopped while the TIFF file was written; apply again to go on.")
        self._count(1)


def _plan_stylings(generator: VintageGenerator, settings: ApplySettings, levels: Sequence[Reader]) -> list[Styling]:
    """Return how each level of a picture is styled, as ``generator.apply`` styles them."""
    finest = levels[0].layout
    planned = []
    for reader in levels:
        layout = reader.layout
        factors = finest.height / layout.height, finest.width / layout.width
        planned.append(Level(reader, layout, factors, finest.num_planes / layout.num_planes))
    recorded = record_level(planned) if len(planned) > 1 else planned[0]
    settings = settings.for_look(generator.weights)
    graph = generator.graph_for(settings)
    return [
        Styling(
            graph if level.full_size else graph_for(generator, settings, level.factors, level.depth),
            settings,
            level.image,
            recorded.image,
            noise_grid(planned, number, settings),
        )
        for number, level in enumerate(planned)
    ]

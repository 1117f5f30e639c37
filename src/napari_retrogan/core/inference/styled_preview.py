"""A small styled picture that follows sliders: the network runs once, and amounts after colours are arithmetic."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.graphs.generator_graph import PARTS
from napari_retrogan.core.images.arrays import read_source, reading
from napari_retrogan.core.images.intensity import check_value_range
from napari_retrogan.core.images.layout import read_layout
from napari_retrogan.core.images.thumbnail import sample_points
from napari_retrogan.core.inference.exposure import exposed
from napari_retrogan.core.inference.graph_choice import colours_graph, parts_graph
from napari_retrogan.core.inference.mark_plane import MarkLayer, MarkPlane, marked
from napari_retrogan.core.inference.particle_fields import ParticlePlane, particle_bytes
from napari_retrogan.core.inference.picture_records import plane_record, read_record
from napari_retrogan.core.inference.screen_dots import ScreenPlane, screen_bytes
from napari_retrogan.core.inference.session import open_session, run_outputs
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.style_tile import Plane, graph_feeds
from napari_retrogan.core.inference.taste import Taste, adjust, blend
from napari_retrogan.core.inference.tiling import Region, check_region
from napari_retrogan.core.setting_hints import from_names
from napari_retrogan.core.stages.chain import ADDED_STAGES, EXPOSURE_STAGES, HALO, LARGEST_HALO, stages_in
from napari_retrogan.core.stages.halation import BLOCK
from napari_retrogan.core.stages.marks import MarkStatistics
from napari_retrogan.core.stages.screen import SCREEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.generator_file.contents import GeneratorContents
    from napari_retrogan.core.inference.settings import Brightness
    from napari_retrogan.core.stages.particles import DrawnParticles


class StyledPreview:
    """One picture, or a region of it, in a generator's look with any `Taste`, a few milliseconds each.

    Making one runs the network, on all pixels at once: meant for pictures of up to about a thousand pixels a side.
    So do other amounts of halation and fringes. Equal to ``generator.apply`` of that picture within 1e-3 of its range.

    Parameters
    ----------
    generator
        The look.
    picture
        One plane, (Y, X), (Y, X, 3) or (Y, X, 4), of what ``generator.apply`` takes; of a lazy one only
        what is needed is read, now.
    seed
        Of the grain.
    brightness, rgb, value_range, region
        As for ``generator.apply``.
    pixel_size
        Height and width of the picture's pixels in pixels of full size, at least 1: for a coarser level of a
        pyramid, which has as much of grain and softness as shrinking the styled picture leaves.

    Raises
    ------
    InvalidImage
        If the picture can't be read as one photograph or the region isn't part of it.
    InvalidConfig
        If the seed or range makes no sense.
    """

    def __init__(
        self,
        generator: GeneratorContents,
        picture: Any,
        *,
        seed: int = 0,
        brightness: Brightness | None = None,
        rgb: bool | None = None,
        value_range: tuple[float, float] | None = None,
        region: tuple[int, int, int, int] | None = None,
        pixel_size: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        array, rgb = read_source(picture, rgb)
        layout = read_layout(array.shape, rgb)
        if layout.leading:
            raise InvalidImage(f"The picture has shape {array.shape}, a stack; pass one plane of it.")
        limits = None if value_range is None else check_value_range(value_range)
        part = check_region(layout.plane_shape, None if region is None else Region(*region))
        self._settings = ApplySettings(seed=seed, brightness=brightness)
        self._plane = _read_plane(array, part, limits, colours_graph(generator, brightness))
        self._generator, self._pixel_size, self._part = generator, pixel_size, part
        self._parts = lru_cache(maxsize=1)(self._run)
        self._particles = lru_cache(maxsize=1)(self._draw_particles)
        self._thresholds = lru_cache(maxsize=1)(self._draw_screen)
        self._marks = lru_cache(maxsize=1)(self._draw_marks)
        self._parts(self._settings.for_look(generator.weights))
        self._original = self._plane.stored(part)
        self._radius = self._plane.positions(part)[..., 0]

    def render(self, **taste: float) -> NDArray[Any]:
        """Return the picture with these amounts, in its own type and with its own channels.

        Parameters
        ----------
        **taste
            Amounts of `Taste` by name, such as ``strength`` and ``warmth``.

        Raises
        ------
        InvalidConfig
            If a name is unknown, or a value is no number or lies outside its range.
        """
        amounts = from_names(Taste, taste)
        if amounts.changes_nothing:
            return self._original.copy()
        unit = self._with_particles(self._styled(amounts), amounts.strength * amounts.grain)
        unit = self._screened(unit, amounts.strength * amounts.screen)
        unit = adjust(unit, self._radius, amounts)
        unit = marked(unit, self._marks(amounts.marks))
        return self._plane.in_own_type(unit, self._original)

    def _with_particles(self, unit: NDArray[np.float32], amount: float) -> NDArray[np.float32]:
        """Lay so much of the look's particles on a styled picture."""
        if not amount or not particle_bytes(self._generator.weights):
            return unit
        # Stronger ones are the same and further ones: those of whole amounts serve the smaller.
        particles, drawn = self._particles(math.ceil(amount))
        return particles.with_drawn(unit, drawn, amount)

    def _draw_particles(self, amount: int) -> tuple[ParticlePlane, DrawnParticles]:
        """Return the look's particles, and where they lie in the region."""
        weights = particle_bytes(self._generator.weights)
        particles = ParticlePlane.of(weights, self._settings, self._plane.index, self._pixel_size)
        return particles, particles.drawn(self._part, amount)

    def _screened(self, unit: NDArray[np.float32], amount: float) -> NDArray[np.float32]:
        """Lay so much of the look's screen on a styled picture."""
        if not amount or SCREEN not in stages_in(self._generator.weights):
            return unit
        screen, thresholds = self._thresholds()
        return screen.laid_on(unit, thresholds, amount)

    def _draw_screen(self) -> tuple[ScreenPlane, list[NDArray[np.float32] | None]]:
        """Return the look's screen, and its thresholds for the region."""
        weights = screen_bytes(self._generator.weights)
        screen = ScreenPlane.of(weights, self._settings, self._plane.index, self._pixel_size)
        return screen, screen.thresholds(self._part)

    def _draw_marks(self, amount: float) -> MarkLayer | None:
        """Draw so many marks."""
        settings = replace(self._settings, marks=amount).for_look(self._generator.weights)
        if not settings.marks:
            return None
        statistics = MarkStatistics.of(self._generator.weights).to_bytes()
        return MarkPlane.of(statistics, settings, self._plane.index, self._pixel_size).layer(self._part)

    def _styled(self, taste: Taste) -> NDArray[np.float32]:
        """Add the parts up as the graph does."""
        photograph: NDArray[np.float32] = self._plane.unit_picture(self._part)[0]
        if not taste.strength:
            return photograph
        amounts = {stage.name: getattr(taste, stage.name) for stage in EXPOSURE_STAGES}
        toned, *changes = self._parts(replace(self._settings, **amounts).for_look(self._generator.weights))
        styled: NDArray[np.float32] = np.array(toned)
        for stage, change in zip(ADDED_STAGES, changes, strict=True):
            styled += np.float32(getattr(taste, stage.name)) * change
        np.clip(styled, 0, 1, out=styled)
        if taste.strength != 1:
            blend(styled, photograph, taste.strength)
        return styled

    def _run(self, settings: ApplySettings) -> list[NDArray[np.float32]]:
        """Run the network for amounts of what comes before colours; those after it are left to arithmetic."""
        # Whole blocks of halation are counted from the picture's own first row and column.
        top, left = self._part.top // BLOCK * BLOCK, self._part.left // BLOCK * BLOCK
        height, width = (-(-end // BLOCK) * BLOCK for end in (self._part.bottom - top, self._part.right - left))
        inner = Region(top, left, height, width)
        session = open_session(parts_graph(self._generator, settings, self._pixel_size))
        outer = inner.widened(settings.outer_halo)
        image = self._plane.unit_picture(outer)
        image = exposed(session, image, self._plane.positions(outer), self._plane.shape, settings)
        feeds = graph_feeds(image, self._plane, inner.widened(HALO), settings)
        kept = (0, slice(None), *self._part.within(inner.top, inner.left))
        return [each[kept] for each in run_outputs(session, PARTS, feeds)]


def _read_plane(array: Any, part: Region, limits: tuple[float, float] | None, colours: bytes) -> Plane:
    """Read a region with its halo, and what the generator knows of the whole picture."""
    around = LARGEST_HALO + BLOCK
    top, left = max(part.top - around, 0), max(part.left - around, 0)
    with reading(f"A picture of shape {array.shape}"):
        samples = np.asarray(sample_points(array))
        values = np.asarray(array[top : part.bottom + around, left : part.right + around])
    height, width = array.shape[:2]
    record = plane_record(samples, limits, (height, width), colours)
    return Plane(values, (height, width), (top, left), 0, *read_record(record))

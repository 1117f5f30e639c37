"""A small styled picture that follows sliders: the network runs once, every amount is arithmetic after it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.graphs.generator_graph import PARTS, build_graph
from napari_retrogan.core.images.arrays import read_source, reading
from napari_retrogan.core.images.intensity import check_value_range
from napari_retrogan.core.images.layout import read_layout
from napari_retrogan.core.images.thumbnail import sample_points
from napari_retrogan.core.inference.coarser_weights import coarser_weights
from napari_retrogan.core.inference.graph_choice import colours_graph
from napari_retrogan.core.inference.picture_records import plane_record, read_record
from napari_retrogan.core.inference.session import open_session, run_outputs
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.style_tile import Plane, graph_feeds
from napari_retrogan.core.inference.taste import Taste, adjust, blend
from napari_retrogan.core.inference.tiling import Region, check_region
from napari_retrogan.core.setting_hints import from_names
from napari_retrogan.core.stages.chain import HALO

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.generator_file.contents import GeneratorContents
    from napari_retrogan.core.inference.settings import Brightness

_KEPT_GRAPHS = 16


class StyledPreview:
    """One picture, or a region of it, in a generator's look with any `Taste`, a few milliseconds each.

    Making one runs the network, on all pixels at once: meant for pictures of up to about a thousand
    pixels a side. Equal to ``generator.apply`` of that picture within 1e-3 of its range.

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
        settings = ApplySettings(seed=seed, brightness=brightness)
        self._plane = _read_plane(array, part, limits, colours_graph(generator, settings.brightness))
        outer = part.widened(HALO)
        unit = self._plane.unit_picture(outer)
        feeds = graph_feeds(unit, self._plane, outer, settings)
        parts = run_outputs(open_session(_parts_graph(generator, pixel_size)), PARTS, feeds)
        self._toned, self._detail, self._grain = (each[0] for each in parts)
        self._photograph = unit[0, :, HALO:-HALO, HALO:-HALO]
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
        unit = adjust(self._styled(amounts), self._radius, amounts)
        return self._plane.in_own_type(unit, self._original)

    def _styled(self, taste: Taste) -> NDArray[np.float32]:
        """Add the parts up as the graph does."""
        if not taste.strength:
            return self._photograph
        styled: NDArray[np.float32] = self._toned + np.float32(taste.softness) * self._detail
        styled += np.float32(taste.grain) * self._grain
        np.clip(styled, 0, 1, out=styled)
        if taste.strength != 1:
            blend(styled, self._photograph, taste.strength)
        return styled


def _read_plane(array: Any, part: Region, limits: tuple[float, float] | None, colours: bytes) -> Plane:
    """Read a region with its halo, and what the generator knows of the whole picture."""
    top, left = max(part.top - HALO, 0), max(part.left - HALO, 0)
    with reading(f"A picture of shape {array.shape}"):
        samples = np.asarray(sample_points(array))
        values = np.asarray(array[top : part.bottom + HALO, left : part.right + HALO])
    height, width = array.shape[:2]
    record = plane_record(samples, limits, (height, width), colours)
    return Plane(values, (height, width), (top, left), 0, *read_record(record))


@lru_cache(maxsize=_KEPT_GRAPHS)
def _parts_graph(generator: GeneratorContents, pixel_size: tuple[float, float]) -> bytes:
    """Return the graph that stops before the amounts, made once for each generator and size of pixels."""
    if pixel_size == (1.0, 1.0):
        return build_graph(generator.weights, parts=True)
    return build_graph(coarser_weights(generator.weights, pixel_size), parts=True)

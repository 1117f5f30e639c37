"""Where looks come from, and how they are drawn small on the person's own layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from napari_retrogan.core.vintage_generator import VintageGenerator
    from napari_retrogan.plugin.layers import LayerSnapshot
    from napari_retrogan.plugin.window.jobs import Job

THUMBNAIL_SIZE = 80
SHARPNESS = 2
"""Pixels of a picture for each of a thumbnail's box: screens of double density show them."""
_PIXELS = SHARPNESS * THUMBNAIL_SIZE
_TRACE = 0.4


class Look(Protocol):
    """What a grid needs to know of a look."""

    @property
    def name(self) -> str:
        """By which it is loaded."""

    @property
    def title(self) -> str:
        """By which people know it."""

    @property
    def group(self) -> str:
        """Under which heading it stands, with others of its kind."""

    @property
    def description(self) -> str:
        """What it looks like and where it comes from, in a sentence or two."""


@dataclass(frozen=True, slots=True)
class LookCatalogue:
    """Where looks come from: ``looks()`` lists them, ``load(name)`` reads one, in any thread."""

    looks: Callable[[], Sequence[Look]]
    load: Callable[[str], VintageGenerator]


def catalogue() -> LookCatalogue:
    """Return the looks that come with the package."""
    from napari_retrogan.core.pretrained import list_pretrained, pretrained

    return LookCatalogue(list_pretrained, pretrained)


def render_thumbnails(
    job: Job, looks: Mapping[str, Callable[[], VintageGenerator]], read: Callable[[], NDArray[Any]]
) -> None:
    """Report (key, picture) for each look on a small picture; safe in any thread.

    Pictures are (y, x, 3) uint8 of about 160 px. Grain, softness and halation are left out: at this size they
    would be far coarser than they are. So would the dots of a printed page, of which a trace is left to know it by.

    Parameters
    ----------
    job
        Gets the reports, and may end the work between two looks.
    looks
        What reads a look, by its key.
    read
        Returns the picture, in [0, 1], such as `small_layer` or `small_sample` does.
    """
    small = read()
    for key, load in looks.items():
        if job.should_stop():
            return
        styled = load().preview(small, value_range=(0, 1)).render(grain=0, softness=0, halation=0, screen=_TRACE)
        job.report((key, _as_rgb8(styled)))


def small_layer(snapshot: LayerSnapshot, leading: Sequence[int]) -> NDArray[Any]:
    """Return one plane of a layer in [0, 1], of about 160 px, by its position on the axes before rows and columns."""
    from napari_retrogan.core.images.overview import overview

    plane = snapshot.levels[thumbnail_level(snapshot)][tuple(leading)]
    return overview(plane, _PIXELS, None if snapshot.rgb else snapshot.contrast_limits)


def small_sample() -> NDArray[Any]:
    """Return a photograph that comes with the package in [0, 1], of about 160 px, for want of the person's own."""
    from napari_retrogan.core.images.overview import overview
    from napari_retrogan.core.simulation.samples import sample_photograph

    return overview(sample_photograph(), _PIXELS)


def thumbnail_level(snapshot: LayerSnapshot) -> int:
    """Return the coarsest level of a layer that has enough pixels for a thumbnail."""
    rows, columns = (-3, -2) if snapshot.rgb else (-2, -1)
    enough = [
        number
        for number, level in enumerate(snapshot.levels)
        if max(level.shape[rows], level.shape[columns]) >= _PIXELS
    ]
    return enough[-1] if enough else 0


def _as_rgb8(unit: NDArray[Any]) -> NDArray[np.uint8]:
    """Return a picture in [0, 1], grey or RGB, as a screen takes it."""
    values = np.rint(255 * unit).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(values[..., None], 3, axis=-1) if values.ndim == 2 else values)

"""A picture for the thumbnails of looks where no layer need be open: the first of the chosen files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image

from napari_retrogan.core.errors import RetroGANError
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.window.jobs import Job, run_job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

_SIZE = 160


class ExamplePicture:
    """Reads the picture in a worker, once for each choice of files.

    Parameters
    ----------
    on_read
        Gets it, as a layer of no viewer, or None where there is no picture.
    """

    def __init__(self, on_read: Callable[[Image | None], None]) -> None:
        self._on_read = on_read
        self._wanted: Path | None = None
        self._asked = False
        self._job: Job | None = None

    def follow(self, sources: Path | None) -> None:
        """Take the first picture of a file, folder or pattern from now on."""
        if self._asked and sources == self._wanted:
            return
        self._asked, self._wanted = True, sources
        if self._job is not None:
            self._job.abandon()
        self._job = run_job(lambda _: _read(sources), title=tr("reading an example"), on_done=self._take)

    def detach(self) -> None:
        """Read no more, because the window is gone."""
        if self._job is not None:
            self._job.abandon()

    def _take(self, picture: NDArray[Any] | None) -> None:
        """Hand a picture on."""
        self._on_read(None if picture is None else Image(picture, rgb=picture.ndim == 3, name="example"))


def _read(sources: Path | None) -> NDArray[np.uint8] | None:
    """Return a small picture, (y, x) or (y, x, 3), if there is one; in a worker."""
    from napari_retrogan.core.films.container import is_film
    from napari_retrogan.core.images.files import picture_paths
    from napari_retrogan.core.images.overview import overview
    from napari_retrogan.core.images.srgb_view import read_srgb_pages

    try:
        first = next((path for path in picture_paths(sources) if not is_film(path)), None) if sources else None
        if first is None:
            return None
        return np.rint(255 * overview(read_srgb_pages(first)[0][0], _SIZE)).astype(np.uint8)
    except RetroGANError:
        return None

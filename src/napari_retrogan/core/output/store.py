"""A generator applied straight to disk, whatever the size of the picture."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.inference.pool import Progress
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.output.cluster import active_client
from napari_retrogan.core.output.destination import Destination, StoreFormat
from napari_retrogan.core.output.open_source import open_source
from napari_retrogan.core.output.staging import Staging
from napari_retrogan.core.output.writing import Writing
from napari_retrogan.core.setting_hints import from_names

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from napari_retrogan.core.inference.estimate import Estimate
    from napari_retrogan.core.inference.pool import OnProgress, ShouldStop
    from napari_retrogan.core.vintage_generator import VintageGenerator


def apply_to_store(
    generator: VintageGenerator,
    image: Any,
    path: str | os.PathLike[str],
    *,
    format: StoreFormat | None = None,  # noqa: A002 - what users call it
    rgb: bool | None = None,
    resume: bool = True,
    overwrite: bool = False,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
    on_estimate: Callable[[Estimate], object] | None = None,
    **options: Any,
) -> Path:
    """Apply a generator straight to a Zarr store or a BigTIFF file, part by part, in bounded memory.

    The pixels are those of ``generator.apply``, bit for bit. The result stands under its name only once it is whole:
    until then it is called ``.name.part``, and a journal beside it says which parts are finished, so that a later
    call with the same picture, generator and settings goes on where a stopped or broken one ended. A TIFF file is
    made through such a store, from which it is copied at the end, and so needs room for both for a while.

    Where a client of ``dask.distributed`` is active the parts are made by its workers, which must see the files
    under the same paths.

    Parameters
    ----------
    generator
        What to apply.
    image
        An array-like, image layer or list of a pyramid's levels; a Zarr array or OME-Zarr group; or the path of a
        Zarr store, TIFF file or other picture.
    path
        Of the result: ``.zarr``, ``.ome.zarr``, ``.tif`` or ``.tiff``; ``~`` is the home folder.
    format
        ``"zarr"`` is one array, ``"ome-zarr"`` a pyramid whose coarser levels are means of the styled largest one,
        with the axes, scales and version of a source that is one, ``"tiff"`` a tiled BigTIFF. By default by the
        path's ending; a pyramid becomes one.
    rgb
        Whether there is an axis of 3 or 4 colours; by default it is the last axis if it has so many entries, and in
        OME-Zarr the channels if they are said to be red, green and blue.
    resume
        Whether to go on with a half-written result; if not, that is deleted.
    overwrite
        Whether an existing result may be replaced; the old one stands until the new one is whole.
    on_progress
        Called with the number of tiles done and the total, those of an earlier run included.
    should_stop
        Looked at between tiles, on a cluster between parts.
    on_estimate
        Told before the first part is made how long all will take, how much memory, and how much disk at most; not
        where a cluster computes.
    **options
        Those of ``generator.apply``: ``strength``, ``grain``, ``seed``, ``value_range`` and so on.

    Returns
    -------
    pathlib.Path
        Of the result.

    Raises
    ------
    InvalidImage, InvalidConfig
        If the picture can't be read, or an option is unknown or lies outside its range.
    OutputExists
        If the result exists, a half-written one is of something else, or another run is at it.
    ApplyCancelled
        If ``should_stop`` returned true; what is finished is kept for the next call.
    """
    target, settings = Path(path).expanduser().absolute(), from_names(ApplySettings, options)
    with closing(open_source(image, rgb)) as source:
        settings = settings.for_layout(source.levels[0].layout)
        destination = Destination.of(target, format, source)
        destination.check_folder()
        with Staging(target).alone():
            destination.check(source, overwrite=overwrite)
            writing = Writing(generator, settings, source, destination, Progress(on_progress, should_stop))
            writing.open(resume=resume)
            if on_estimate is not None and active_client() is None:
                on_estimate(writing.estimate())
            writing.run()
            writing.finish()
    return target

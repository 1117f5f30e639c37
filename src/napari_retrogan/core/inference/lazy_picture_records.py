"""What the generator knows of the pictures of a Dask array: one record a picture, in the stack's own chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np

from napari_retrogan.core.images.thumbnail import NUM_POINTS, sample_indices, sample_points
from napari_retrogan.core.inference.picture_records import RECORD, plane_record
from napari_retrogan.core.inference.time_smoothing import smooth_over_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.images.intensity import ValueRange
    from napari_retrogan.core.images.layout import Layout
    from napari_retrogan.core.inference.settings import ApplySettings


def lazy_records(image: Any, layout: Layout, settings: ApplySettings, colours: bytes) -> Any:
    """Return the records of all pictures as a Dask array in the shape of the leading axes, nothing read yet.

    Parameters
    ----------
    image
        A Dask array; of each picture 256 x 256 points will be read.
    layout
        Which of its axes are rows, columns and channels.
    settings
        Of which the range of values and the time axis count.
    colours
        As for `find_lift`.
    """
    stack = len(layout.leading)
    samples = image
    for axis in (stack, stack + 1):
        if image.shape[axis] > NUM_POINTS:
            samples = da.take(samples, sample_indices(image.shape[axis]), axis=axis)
    samples = samples.rechunk(dict.fromkeys(range(stack, image.ndim), -1))
    axes = tuple(range(image.ndim))
    records = da.blockwise(
        _record_block, axes[:stack],
        samples, axes,
        as_task(colours), (image.ndim,),
        dtype=RECORD,
        meta=np.empty((0,) * stack, RECORD),
        concatenate=True,
        stack=stack,
        limits=settings.value_range,
        shape=layout.plane_shape,
    )  # fmt: skip
    return records if settings.time_axis is None else smooth_over_time(records, settings.time_axis)


def as_task(graph: bytes) -> Any:
    """Return a graph as a task of its own, which travels to each worker once and not with each chunk."""
    return da.from_array(np.frombuffer(graph, np.uint8), chunks=-1)


def _record_block(
    samples: NDArray[Any],
    colours: NDArray[np.uint8],
    *,
    stack: int,
    limits: ValueRange | None,
    shape: tuple[int, int],
) -> NDArray[Any]:
    """Return the record of each picture of a block of samples."""
    records = np.empty(samples.shape[:stack], RECORD)
    for index in np.ndindex(*samples.shape[:stack]):
        records[index] = plane_record(sample_points(np.asarray(samples[index])), limits, shape, colours.tobytes())
    return records

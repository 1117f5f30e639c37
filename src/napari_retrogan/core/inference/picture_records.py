"""What the generator knows of a whole picture before its first tile: black, white, a thumbnail and its lift.

It is one record a picture, in memory or as a Dask array, and never depends on tiles or chunks.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import THUMBNAIL_SIZE
from napari_retrogan.core.images.thumbnail import plane_limits, plane_thumbnail, sample_points
from napari_retrogan.core.inference.brightness import find_lift
from napari_retrogan.core.inference.time_smoothing import smooth_frames, window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_retrogan.core.images.intensity import ValueRange
    from napari_retrogan.core.images.layout import Layout
    from napari_retrogan.core.inference.settings import ApplySettings

RECORD = np.dtype(
    [
        ("limits", np.float64, 2),
        ("thumbnail", np.float32, (THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3)),
        ("lift", np.float64),
    ]
)
_KEPT_FRAMES = 64


class StackRecords:
    """The records of a stack in memory, each made when it is asked for.

    Parameters
    ----------
    source
        The stack; of each picture 256 x 256 points are read.
    layout
        Which of its axes are rows, columns and channels.
    settings
        Of which the range of values and the time axis count.
    colours
        As for `find_lift`.
    """

    def __init__(self, source: NDArray[Any], layout: Layout, settings: ApplySettings, colours: bytes) -> None:
        self._source, self._layout, self._settings, self._colours = source, layout, settings, colours
        self._frame = lru_cache(maxsize=_KEPT_FRAMES)(self._record)

    def __call__(self, index: tuple[int, ...]) -> NDArray[Any]:
        """Return the record () of the picture at an index of the leading axes.

        Raises
        ------
        InvalidImage
            If the picture's values exceed every known range.
        """
        axis = self._settings.time_axis
        if axis is None:
            return self._record(index)
        frames = window(index[axis], self._layout.leading[axis]).tolist()
        return smooth_frames(np.stack([self._frame((*index[:axis], frame, *index[axis + 1 :])) for frame in frames]))

    def _record(self, index: tuple[int, ...]) -> NDArray[Any]:
        """Return the record of one picture by itself."""
        samples = sample_points(self._source[index])
        return plane_record(samples, self._settings.value_range, self._layout.plane_shape, self._colours)


def plane_record(
    samples: NDArray[Any], limits: ValueRange | None, shape: tuple[int, int], colours: bytes
) -> NDArray[Any]:
    """Return the record () of a picture.

    Parameters
    ----------
    samples
        Its sampled points (256, 256, ...).
    limits
        Its black and white; None reads them from type and values.
    shape, colours
        As for `find_lift`.
    """
    record = np.empty((), RECORD)
    told = plane_limits(samples, limits)
    record["limits"], record["thumbnail"] = told, plane_thumbnail(samples, told)
    record["lift"] = find_lift(colours, record["thumbnail"], shape)
    return record


def read_record(record: NDArray[Any]) -> tuple[ValueRange, NDArray[np.float32], float]:
    """Return black and white as plain numbers, the thumbnail and the lift of one record."""
    low, high = record["limits"].tolist()
    return (low, high), record["thumbnail"], float(record["lift"])


def planes_in_time_order(layout: Layout, time_axis: int | None) -> Iterator[tuple[int, ...]]:
    """Yield the index of each picture, those of one film after each other."""
    if time_axis is None:
        yield from layout.plane_indices()
        return
    others = layout.leading[:time_axis] + layout.leading[time_axis + 1 :]
    for other in np.ndindex(*others):
        for frame in range(layout.leading[time_axis]):
            yield *other[:time_axis], frame, *other[time_axis:]


def plane_numbers(leading: tuple[int, ...], settings: ApplySettings) -> NDArray[np.int64]:
    """Return the noise plane of each picture of a stack; with fixed grain all frames take their first one's."""
    numbers = np.arange(int(np.prod(leading)), dtype=np.int64).reshape(leading)
    if settings.grain_over_time == "new" or settings.time_axis is None:
        return numbers
    return np.repeat(numbers.take([0], settings.time_axis), leading[settings.time_axis], settings.time_axis)

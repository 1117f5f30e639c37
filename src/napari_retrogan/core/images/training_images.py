"""From what people have open (layers, arrays, folders) to pictures that training can use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.images.arrays import is_lazy, plain
from napari_retrogan.core.images.frame import inside_frame
from napari_retrogan.core.images.intensity import to_unit
from napari_retrogan.core.images.source_planes import SourcePlanes
from napari_retrogan.core.images.thumbnail import plane_limits, plane_thumbnail, sample_points
from napari_retrogan.core.images.training_image import VIEW_SIZE, TrainingImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

DETAIL_SIZE = 1024
_DETAIL_PIXELS = 40_000_000
"""Full-resolution pixels kept of all pictures together: 240 MB as float16."""

_FRAME_VIEW_SIZE = 192
"""Long side in pixels of the view in which frames are looked for."""


def training_images(
    sources: Any,
    seed: int,
    *,
    within_frames: bool = False,
    every: bool = False,
    before_each: Callable[[], object] = bool,
) -> list[TrainingImage]:
    """Read pictures and keep of each what training needs.

    Parameters
    ----------
    sources
        As for `SourcePlanes`.
    seed
        Of the place of the full-resolution part in large pictures: the same for pictures of the same shape
        and number, so that pairs stay aligned.
    within_frames
        Whether to leave out the frames that pictures have, as scanned prints do.
    every
        As for `SourcePlanes`.
    before_each
        As for `SourcePlanes`, and called before each picture is looked at.

    Raises
    ------
    InvalidImage
        If a source cannot be read as photographs.
    """
    planes = SourcePlanes(sources, every=every, before_each=before_each)
    images = _read_all(planes, seed, within_frames, before_each)
    if images is None:
        images = _read_all(planes, seed, within_frames, before_each) or []
    planes.warn()
    return images


def _read_all(
    planes: SourcePlanes, seed: int, within_frames: bool, before_each: Callable[[], object]
) -> list[TrainingImage] | None:
    """Return what training needs of all pictures; None if there turned out to be others, or to be read otherwise."""
    size = _detail_size(len(planes))
    images = []
    for index, (plane, limits) in enumerate(planes):
        before_each()
        images.append(_training_image(plane, limits, size, [seed, index], within_frames))
    return images if planes.settled() and _detail_size(len(planes)) == size else None


def _detail_size(count: int) -> int:
    """Return the side of the full-resolution part that is kept of each of so many pictures."""
    return int(min(DETAIL_SIZE, (_DETAIL_PIXELS / max(1, count)) ** 0.5))


def training_image_of_view(view: NDArray[np.float32]) -> TrainingImage:
    """Return a small picture (Y, X, 3) in [0, 1], of which no full resolution is known, for the colour view alone."""
    thumbnail = plane_thumbnail(sample_points(view), (0.0, 1.0))
    shape = (view.shape[0], view.shape[1])
    return TrainingImage(view, thumbnail, view[:1, :1].astype(np.float16), (0, 0), shape)


def _training_image(plane: Any, limits: Any, size: int, seed: list[int], within_frame: bool) -> TrainingImage:
    """Read one plane: of a large one only points, a part at full resolution and a thinned whole.

    What lies within a frame is read anew, as if it were the whole.
    """
    height, width = plane.shape[:2]
    random = np.random.default_rng(seed)
    top, left = (int(random.integers(max(0, extent - size) + 1)) for extent in (height, width))
    step = max(1, max(height, width) // (8 * VIEW_SIZE))
    parts = (sample_points(plane), plane[top : top + size, left : left + size], plane[::step, ::step])
    samples, part, whole = _read_parts(plane, parts)
    given, limits = limits, plane_limits(samples, limits)
    if within_frame:
        box = _within(_shrink(_as_rgb(to_unit(whole, limits)), _FRAME_VIEW_SIZE), (height, width))
        if box != (slice(0, height), slice(0, width)):
            return _training_image(plane[box], given, size, seed, False)
    detail = _as_rgb(to_unit(part, limits)).astype(np.float16)
    view = _shrink(_as_rgb(to_unit(whole, limits)), VIEW_SIZE)
    return TrainingImage(view, plane_thumbnail(samples, limits), detail, (top, left), (height, width))


def _read_parts(plane: Any, parts: tuple[Any, ...]) -> tuple[NDArray[Any], ...]:
    """Return parts of a plane as plain arrays; what is lazy is read at once, so that no chunk is read twice."""
    if not is_lazy(plane):
        return tuple(plain(part) for part in parts)
    import dask

    try:
        return tuple(plain(part) for part in dask.compute(*parts))
    except Exception as error:
        raise InvalidImage(
            f"A lazy picture of shape {plane.shape} can't be read ({error}); look at its file, or leave it out."
        ) from error


def _within(view: NDArray[np.float32], shape: tuple[int, int]) -> tuple[slice, slice]:
    """Return the rows and columns of a plane of a shape that lie inside the frame that a small view of it shows."""
    rows, columns = (
        slice(-(-each.start * extent // small), each.stop * extent // small)
        for each, extent, small in zip(inside_frame(view), shape, view.shape[:2], strict=True)
    )
    return rows, columns


def _shrink(picture: NDArray[np.float32], long_side: int) -> NDArray[np.float32]:
    """Return a picture with a long side of at most so many pixels."""
    from skimage.transform import resize

    scale = min(1.0, long_side / max(picture.shape[:2]))
    shape = tuple(max(1, round(extent * scale)) for extent in picture.shape[:2])
    return np.asarray(resize(picture, shape, order=1, anti_aliasing=scale < 1), np.float32)


def _as_rgb(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a grey plane as three equal channels."""
    return np.repeat(values[..., None], 3, axis=-1) if values.ndim == 2 else values

"""From what people have open (layers, arrays, folders) to pictures that training can use."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage, PictureLeftOut
from napari_retrogan.core.films.container import is_film
from napari_retrogan.core.films.lazy import open_film
from napari_retrogan.core.images.arrays import is_lazy, plain, read_source
from napari_retrogan.core.images.even_choice import choose_evenly
from napari_retrogan.core.images.files import picture_paths
from napari_retrogan.core.images.frame import inside_frame
from napari_retrogan.core.images.intensity import to_unit
from napari_retrogan.core.images.layout import colours_only, read_layout
from napari_retrogan.core.images.srgb_view import SRGBView
from napari_retrogan.core.images.thumbnail import plane_limits, plane_thumbnail, sample_points
from napari_retrogan.core.images.training_image import VIEW_SIZE, TrainingImage
from napari_retrogan.core.picture_files.reading import read_picture_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_PICTURES = 500
"""Of a longer stack or folder, this many are taken at even distances."""

DETAIL_SIZE = 1024
_DETAIL_PIXELS = 40_000_000
"""Full-resolution pixels kept of all pictures together: 240 MB as float16."""

_FRAME_VIEW_SIZE = 192
"""Long side in pixels of the view in which frames are looked for."""


def as_sequence(sources: Any) -> list[Any]:
    """Return one or several pictures as a list: a single layer, array or path stands for itself."""
    if isinstance(sources, (str, Path)) or hasattr(sources, "shape") or hasattr(sources, "rgb"):
        return [sources]
    if not isinstance(sources, Mapping) and hasattr(sources, "__iter__"):
        return list(sources)
    raise InvalidImage(f"A {type(sources).__name__} was given; expected image layers, arrays or paths of pictures.")


def read_planes(
    sources: Any, *, every: bool = False, before_each: Callable[[], object] = bool
) -> list[tuple[Any, Any]]:
    """Return every picture as a pair of its plane (Y, X) or (Y, X, 3), perhaps lazy, and its limits or None.

    Parameters
    ----------
    sources
        One or a sequence of image layers, array-likes (stacks are taken apart), files or folders of pictures and
        films, of which frames are taken at even distances. A file that can't be read is left out, with a warning, as
        long as others can.
    every
        Whether no file may be left out.
    before_each
        Called before each source or file is read; what it raises ends the reading.
    """
    planes: list[tuple[Any, Any]] = []
    failures: list[InvalidImage] = []
    for source in _taken_apart(sources):
        before_each()
        try:
            planes += _planes_of(source)
        except InvalidImage as error:
            if every or not isinstance(source, Path):
                raise
            failures.append(error)
    if failures and not planes:
        raise failures[0]
    for failure in failures:
        warnings.warn(f"Left out: {failure}", PictureLeftOut, stacklevel=2)
    return choose_evenly(planes, MAX_PICTURES)


def _taken_apart(sources: Any) -> Iterator[Any]:
    """Yield layers and arrays as they are, and paths as those of single files."""
    for source in as_sequence(sources):
        if isinstance(source, str | Path):
            yield from picture_paths(source)
        else:
            yield source


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
        As for `read_planes`.
    seed
        Of the place of the full-resolution part in large pictures: the same for pictures of the same shape
        and number, so that pairs stay aligned.
    within_frames
        Whether to leave out the frames that pictures have, as scanned prints do.
    every
        As for `read_planes`.
    before_each
        As for `read_planes`, and called before each picture is looked at.

    Raises
    ------
    InvalidImage
        If a source cannot be read as photographs.
    """
    planes = read_planes(sources, every=every, before_each=before_each)
    size = int(min(DETAIL_SIZE, (_DETAIL_PIXELS / max(1, len(planes))) ** 0.5))
    images = []
    for index, (plane, limits) in enumerate(planes):
        before_each()
        images.append(_training_image(plane, limits, size, [seed, index], within_frames))
    return images


def training_image_of_view(view: NDArray[np.float32]) -> TrainingImage:
    """Return a small picture (Y, X, 3) in [0, 1], of which no full resolution is known, for the colour view alone."""
    thumbnail = plane_thumbnail(sample_points(view), (0.0, 1.0))
    shape = (view.shape[0], view.shape[1])
    return TrainingImage(view, thumbnail, view[:1, :1].astype(np.float16), (0, 0), shape)


def _planes_of(source: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the pictures of one source."""
    if isinstance(source, Path) and is_film(source):
        film = open_film(source)
        yield from ((film.frames[number], None) for number in film.spread(MAX_PICTURES))
        return
    if isinstance(source, Path):
        for page in read_picture_file(source).pages:
            view = SRGBView.of(page)
            layout = read_layout(view.pixels.shape, page.is_rgb)
            yield from ((view.pixels[index], view.limits) for index in layout.plane_indices())
        return
    array, rgb = read_source(source)
    layout = read_layout(array.shape, rgb)
    limits = None if layout.channels else getattr(source, "contrast_limits", None)
    for index in layout.plane_indices():
        yield colours_only(array[index], layout), limits


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

"""What may be applied to, told apart by what it can do: layers, lazy arrays and anything NumPy reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage, RetroGANError
from napari_retrogan.core.images.intensity import check_dtype


def read_source(image: Any, rgb: bool | None = None) -> tuple[Any, bool | None]:
    """Return an image as a NumPy or Dask array, and whether its last axis holds colours where that is known.

    Parameters
    ----------
    image
        An array-like, or a layer: an object with ``data`` and ``rgb``. Of a multiscale layer the largest
        scale is taken, and of a labelled array its data. An array in chunks on disk becomes a Dask array.
    rgb
        What the caller knows; a layer tells it by itself.

    Raises
    ------
    InvalidImage
        If it is no regular array of intensities.
    """
    if is_layer(image):
        rgb = bool(image.rgb) if rgb is None else rgb
        image = image.data[0] if getattr(image, "multiscale", False) else image.data
    if hasattr(image, "dims") and hasattr(image, "data"):
        image = image.data
    if getattr(image, "chunks", None) is not None and not isinstance(image, np.ndarray):
        image = _as_dask(image)
    else:
        image = _as_numpy(image)
    check_dtype(image.dtype)
    return image, rgb


def is_layer(image: Any) -> bool:
    """Tell whether this is an image layer of napari's, or alike."""
    return hasattr(image, "rgb") and hasattr(image, "data")


def read_levels(image: Any, rgb: bool | None = None, multiscale: bool | None = None) -> tuple[list[Any], bool | None]:
    """Return the levels of a pyramid as NumPy or Dask arrays, none of a single image, and `read_source`'s ``rgb``.

    The parameters and errors are those of `split_levels`, and the errors of `read_source`.
    """
    levels, rgb = split_levels(image, rgb, multiscale)
    return [read_source(level)[0] for level in levels], rgb


def split_levels(
    image: Any, rgb: bool | None = None, multiscale: bool | None = None
) -> tuple[Sequence[Any], bool | None]:
    """Return the levels of a pyramid as they are given, none of a single image, and `read_source`'s ``rgb``.

    Parameters
    ----------
    image
        A multiscale layer, or a sequence of array-likes from the finest to the coarsest.
    rgb
        What the caller knows; a layer tells it by itself.
    multiscale
        What the caller knows; a layer tells it by itself, and a sequence of arrays is a pyramid if they differ in
        shape.

    Raises
    ------
    InvalidImage
        If a pyramid is promised that is no sequence.
    """
    if is_layer(image):
        rgb = bool(image.rgb) if rgb is None else rgb
        multiscale = bool(getattr(image, "multiscale", False)) if multiscale is None else multiscale
        image = image.data
    if multiscale is None:
        multiscale = _differ_in_shape(image)
    if not multiscale:
        return [], rgb
    if not isinstance(image, Sequence) or isinstance(image, str) or not len(image):
        raise InvalidImage(
            f"A {type(image).__name__} was given as a picture's levels; expected a list of arrays, the finest first."
        )
    return image, rgb


def _differ_in_shape(image: Any) -> bool:
    """Tell whether something is a sequence of arrays that make no stack."""
    if not isinstance(image, Sequence) or not all(hasattr(level, "shape") for level in image):
        return False
    return hasattr(image, "shapes") or len({tuple(level.shape) for level in image}) > 1


def as_lazy(image: Any) -> Any:
    """Return an array from `read_source` as a Dask array."""
    if is_lazy(image):
        return image
    import dask.array as da

    return da.from_array(image, chunks="auto", name=False)


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn whatever an array's own source raises while it is read into one error.

    Raises
    ------
    InvalidImage
        That ``what`` can't be read, because of what was raised, if that is neither this package's nor a lack of memory.
    """
    try:
        yield
    except (RetroGANError, MemoryError):
        raise
    except Exception as error:
        raise InvalidImage(
            f"{what} can't be read ({type(error).__name__}: {error}); look at the file or array that it comes from, "
            "or leave it out."
        ) from error


def plain(values: Any) -> Any:
    """Return a NumPy array without its mask: what a mask hides of real numbers, often a mark far off, becomes NaN."""
    if isinstance(values, np.ma.MaskedArray) and values.dtype.kind == "f":
        return values.filled(np.nan)
    return np.asarray(values)


def is_lazy(image: Any) -> bool:
    """Tell whether an array from `read_source` is a Dask array."""
    return not isinstance(image, np.ndarray)


def _as_dask(image: Any) -> Any:
    """Return an array in chunks as a Dask array, without reading it."""
    import dask.array as da

    if isinstance(image, da.Array):
        return image
    check_dtype(image.dtype)
    # Without a name of its own each array gets one from its content, for which one that lies in memory is read whole.
    return da.from_array(image, chunks=image.chunks, name=False, meta=np.empty((0,) * len(image.shape), image.dtype))


def _as_numpy(image: Any) -> Any:
    """Return what NumPy makes of an array-like."""
    try:
        array = np.asanyarray(image) if isinstance(image, np.ma.MaskedArray) else np.asarray(image)
        if array.ndim == 0 and array.dtype.kind in "OSU":
            raise TypeError("it holds no numbers")
    except Exception as error:
        raise InvalidImage(
            f"A {type(image).__name__} can't be read as an array ({error}). Pass a NumPy, Dask or Zarr array, "
            "or an image layer, of shape (Y, X) or (Y, X, 3)."
        ) from error
    return array

"""What may be applied to, told apart by what it can do: layers, lazy arrays and anything NumPy reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage
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
    if hasattr(image, "rgb") and hasattr(image, "data"):
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


def is_lazy(image: Any) -> bool:
    """Tell whether an array from `read_source` is a Dask array."""
    return not isinstance(image, np.ndarray)


def _as_dask(image: Any) -> Any:
    """Return an array in chunks as a Dask array, without reading it."""
    import dask.array as da

    if isinstance(image, da.Array):
        return image
    check_dtype(image.dtype)
    return da.from_array(image, chunks=image.chunks, meta=np.empty((0,) * len(image.shape), image.dtype))


def _as_numpy(image: Any) -> Any:
    """Return what NumPy makes of an array-like."""
    try:
        return np.asanyarray(image) if isinstance(image, np.ma.MaskedArray) else np.asarray(image)
    except (TypeError, ValueError) as error:
        raise InvalidImage(
            f"A {type(image).__name__} can't be read as an array ({error}). Pass a NumPy, Dask or Zarr array, "
            "or a layer, of shape (Y, X) or (Y, X, 3)."
        ) from error

"""Pictures as people have them: what is given, and what comes of it when it is applied to and trained with.

Each row stands in docs/inputs.md too.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import dask.array as da
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


class Case(NamedTuple):
    """A row: words, a function that makes the input, and two outcomes."""

    given: str
    make: Callable[[], Any]
    applied: str = "styled"
    trained: str = "read"


RNG = np.random.default_rng(0)
UNIT = np.clip(
    0.5 + 0.3 * np.sin(np.arange(20 * 24 * 3).reshape(20, 24, 3) / 40) + 0.05 * RNG.random((20, 24, 3)), 0, 1
)
EIGHT = (255 * UNIT).astype(np.uint8)
GREY = UNIT[..., 1]
STYLED, READ = "styled", "read"
NO_NUMBERS = "InvalidImage: booleans, integers or real numbers"
NO_ARRAY = "InvalidImage: can't be read as an array"
NO_RANGE = "InvalidImage: Pass value_range"
NO_PIXEL = "InvalidImage: holds no pixel"


def in_type(dtype: Any) -> np.ndarray:
    """The picture in a type, over all of its positive range."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return UNIT > 0.5
    return (UNIT * (np.iinfo(dtype).max // 2)).astype(dtype) if dtype.kind in "ui" else UNIT.astype(dtype)


def with_values(*values: float) -> np.ndarray:
    """The picture as floats, a few pixels of which are replaced."""
    picture = UNIT.astype(np.float32)
    picture[3, 4 : 4 + len(values), 1] = values
    return picture


def read_only() -> np.ndarray:
    picture = EIGHT.copy()
    picture.setflags(write=False)
    return picture


def with_alpha(alpha: int) -> np.ndarray:
    return np.concatenate([EIGHT, np.full((20, 24, 1), alpha, np.uint8)], -1)


def broken_chunk() -> Any:
    def read(block: np.ndarray, block_info: Any = None) -> np.ndarray:
        if block_info[0]["chunk-location"][1] == 1:
            raise OSError("the disk is gone")
        return block

    return da.from_array(EIGHT, chunks=(20, 12, 3)).map_blocks(read, dtype=np.uint8, meta=np.empty((0, 0, 0), np.uint8))


def unknown_chunks() -> Any:
    return da.from_array(GREY.ravel(), chunks=24)[da.from_array(GREY.ravel(), chunks=24) > 0.5]


def ten_billion_pixels() -> Any:
    return da.full((100_000, 100_000), 99, dtype=np.uint8, chunks=4096)


class Unreadable:
    """An array of another library that refuses, such as a tensor that is still being differentiated."""

    shape, dtype, ndim = (20, 24, 3), np.dtype(np.float32), 3

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise RuntimeError("call detach() first")


class Foreign:
    """An array of another library."""

    shape, dtype, ndim = EIGHT.shape, EIGHT.dtype, 3

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return EIGHT


def layer(data: Any, **options: Any) -> Any:
    return SimpleNamespace(**{"data": data, "rgb": data[0].ndim == 3, "multiscale": False, "name": "x", **options})


def zarr_array() -> Any:
    import zarr

    array = zarr.create_array(store=zarr.storage.MemoryStore(), shape=EIGHT.shape, chunks=(10, 12, 3), dtype="uint8")
    array[:] = EIGHT
    return array


TYPES = ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
         "float16", "float32", "float64"]  # fmt: skip

PICTURES = [
    Case("one pixel", lambda: EIGHT[:1, :1]),
    Case("one grey pixel", lambda: GREY[:1, :1]),
    Case("one row", lambda: EIGHT[:1]),
    Case("one column", lambda: EIGHT[:, :1]),
    Case("8 x 8 pixels", lambda: EIGHT[:8, :8]),
    Case("no rows", lambda: EIGHT[:0], NO_PIXEL, NO_PIXEL),
    Case("a stack of no pictures", lambda: EIGHT[None][:0], NO_PIXEL, NO_PIXEL),
    Case("a stack of 2 x 3 pictures in colour", lambda: np.stack([np.stack([EIGHT] * 3)] * 2)),
    Case("two channels, (Y, X, 2): a stack of grey planes", lambda: EIGHT[..., :2]),
    Case("five channels, (Y, X, 5): a stack of grey planes", lambda: EIGHT[..., [0, 1, 2, 0, 1]]),
    Case("one number", lambda: 5, "InvalidImage: at least two axes", "InvalidImage: expected image layers"),
    Case("one axis", lambda: GREY[0], "InvalidImage: at least two axes", "InvalidImage: at least two axes"),
    Case("a layer in colour whose data has one axis", lambda: layer(GREY[0], rgb=True),
         "InvalidImage: at least three axes", "InvalidImage: at least three axes"),
    Case("a layer in colour of two channels", lambda: layer(EIGHT[..., :2], rgb=True),
         "InvalidImage: 2 channels", "InvalidImage: 2 channels"),
    *(Case(f"type {name}", lambda name=name: in_type(name)) for name in TYPES),
    Case("type longdouble", lambda: in_type("longdouble")),
    Case("big-endian uint16", lambda: in_type(">u2")),
    Case("big-endian float32", lambda: in_type(">f4")),
    Case("complex numbers", lambda: UNIT.astype(complex), NO_NUMBERS, NO_NUMBERS),
    Case("Python objects", lambda: UNIT.astype(object), NO_NUMBERS, NO_NUMBERS),
    Case("words", lambda: np.full((20, 24), "ab"), NO_NUMBERS, NO_NUMBERS),
    Case("dates", lambda: np.zeros((20, 24), "datetime64[s]"), NO_NUMBERS, NO_NUMBERS),
    Case("records", lambda: np.zeros((20, 24), [("red", "u1"), ("green", "u1")]), NO_NUMBERS, NO_NUMBERS),
    Case("all black", lambda: np.zeros_like(EIGHT)),
    Case("all white", lambda: np.full_like(EIGHT, 255)),
    Case("all NaN", lambda: np.full((20, 24, 3), np.nan, np.float32)),
    Case("all infinite", lambda: np.full((20, 24), np.inf)),
    Case("some NaN and infinities", lambda: with_values(np.nan, np.inf, -np.inf)),
    Case("floats of which some are a little above 1", lambda: with_values(1.001, 1.2)),
    Case("floats of which some are below 0", lambda: with_values(-0.5, -3)),
    Case("8-bit data as floats", lambda: EIGHT.astype(np.float32)),
    Case("16-bit data as floats", lambda: 65535 * UNIT),
    Case("floats far beyond 65535", lambda: 1e9 * UNIT, NO_RANGE, NO_RANGE),
    Case("a grey layer of such floats, with contrast limits",
         lambda: layer(1e9 * GREY, rgb=False, contrast_limits=(0, 1e9)), NO_RANGE),
    Case("floats near the smallest", lambda: 1e-300 * UNIT),
    Case("the largest floats", lambda: np.full((20, 24), np.finfo(np.float64).max), NO_RANGE, NO_RANGE),
    Case("negative integers", lambda: (EIGHT.astype(np.int16) - 128) * 100),
    Case("colours with alpha 0 throughout", lambda: with_alpha(0)),
    Case("colours with alpha 255 throughout", lambda: with_alpha(255)),
    Case("a palette's indices, two values only", lambda: (EIGHT[..., 0] > 128).astype(np.uint8)),
    Case("read-only", read_only),
    Case("every second pixel of a larger array", lambda: np.repeat(np.repeat(EIGHT, 2, 0), 2, 1)[::2, ::2]),
    Case("upside down, as a view", lambda: EIGHT[::-1, ::-1]),
    Case("columns first in memory", lambda: np.asfortranarray(EIGHT)),
    Case("masked in part", lambda: np.ma.masked_greater(EIGHT, 180)),
    Case("masked where -1e30 stands for no data", lambda: np.ma.masked_less(with_values(-1e30), -1)),
    Case("masked where 1e30 stands for no data", lambda: np.ma.masked_greater(with_values(1e30), 2)),
    Case("masked throughout", lambda: np.ma.masked_all((20, 24), np.float32)),
    Case("a list of lists", lambda: GREY.tolist(), trained="InvalidImage: at least two axes"),
    Case("a ragged list", lambda: [[1, 2], [3]], NO_ARRAY, "InvalidImage: at least two axes"),
    Case("nothing (None)", lambda: None, NO_ARRAY, "InvalidImage: expected image layers"),
    Case("a number in words", lambda: "text", NO_ARRAY, "InvalidImage: does not exist"),
    Case("a dictionary", lambda: {"picture": EIGHT}, NO_ARRAY, "InvalidImage: expected image layers"),
    Case("an array of another library", Foreign),
    Case("an array of another library that refuses", Unreadable, NO_ARRAY, NO_ARRAY),
    Case("a Dask array", lambda: da.from_array(EIGHT, chunks=(7, 11, 2))),
    Case("a Zarr array", zarr_array),
    Case("a lazy array that fails in one chunk", broken_chunk, "InvalidImage: the disk is gone",
         "InvalidImage: the disk is gone"),
    Case("a lazy array of unknown size", unknown_chunks, "InvalidImage: at least two axes",
         "InvalidImage: at least two axes"),
    Case("a lazy array whose rows aren't counted", lambda: da.from_array(GREY)[da.from_array(GREY[:, 0] > 0)],
         "InvalidImage: compute_chunk_sizes", "InvalidImage: compute_chunk_sizes"),
    Case("a lazy array of 10^10 pixels", ten_billion_pixels),
    Case("an array too large for the memory", lambda: np.broadcast_to(np.uint8(99), (10**7, 10**7)),
         "InvalidImage: Dask array"),
    Case("a multiscale layer", lambda: layer([EIGHT, EIGHT[::2, ::2]], rgb=True, multiscale=True)),
    Case("a layer that isn't an image's", lambda: SimpleNamespace(data=GREY, name="cells"), NO_ARRAY,
         "InvalidImage: expected image layers"),
]  # fmt: skip

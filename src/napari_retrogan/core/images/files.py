"""Picture files: which there are, their pixels as arrays, and arrays as files of the same kind."""

from __future__ import annotations

import glob
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile
from PIL import Image, ImageOps, UnidentifiedImageError

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.images.file_metadata import (
    Notes,
    add_camera_notes,
    png_with_notes,
    read_notes,
    save_options,
    tiff_options,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIFF_SUFFIXES = frozenset({".tif", ".tiff"})
READABLE_SUFFIXES = (
    TIFF_SUFFIXES
    | {".avif", ".bmp", ".dib", ".gif", ".hdr", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".jxl", ".jxr"}
    | {".pbm", ".pcx", ".pgm", ".png", ".pnm", ".ppm", ".qoi", ".tga", ".webp"}
)
WRITABLE_SUFFIXES = TIFF_SUFFIXES | {".bmp", ".jpeg", ".jpg", ".png", ".webp"}

_DECODERS = {".hdr": "rgbe_decode", ".jxl": "jpegxl_decode", ".jxr": "jpegxr_decode"}
_ORIENTATION_TAG = 274
# What the decoders raise on damaged files.
_DECODING_ERRORS = (
    ArithmeticError,
    Image.DecompressionBombError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tifffile.TiffFileError,
)
_OPAQUE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg"})
# Full chroma resolution: colour noise in grain does not survive 4:2:0.
_SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    ".jpeg": {"quality": 95, "subsampling": 0},
    ".jpg": {"quality": 95, "subsampling": 0},
    ".webp": {"lossless": True},
}


def picture_paths(path: str | Path) -> list[Path]:
    """Return the picture files that a path stands for, sorted.

    Parameters
    ----------
    path
        A file, which is returned as it is; a folder, whose pictures are returned (not those of its
        subfolders, nor hidden ones); or a pattern such as ``scans/**/*.tif``.

    Raises
    ------
    InvalidImage
        If nothing is there, or nothing that is a picture by its name.
    """
    path = Path(path).expanduser()
    try:
        is_file = path.is_file()
    except OSError as error:
        raise InvalidImage(
            f"{str(path)[:200]} can't be looked for ({error.strerror}); its name may be too long."
        ) from error
    if is_file:
        return [path]
    if path.is_dir():
        found = list(path.iterdir())
    elif glob.has_magic(str(path)):
        found = [Path(name) for name in glob.glob(str(path), recursive=True)]
    else:
        raise InvalidImage(f"{path} does not exist; give a picture, a folder of pictures or a pattern like '*.jpg'.")
    pictures = sorted(each for each in found if _is_picture(each))
    if not pictures:
        raise InvalidImage(f"{path} holds no pictures; expected files ending in {_listed(READABLE_SUFFIXES)}.")
    return pictures


def read_picture(path: str | Path) -> NDArray[Any]:
    """Read a picture upright, at its full depth.

    The orientation that a camera noted is applied; palettes, CMYK and the like become RGB; a picture
    with transparency has four channels. TIFF files may hold floats and stacks of pictures.

    Returns
    -------
    Array (Y, X) or (Y, X, 3 | 4), with leading axes for a stack: uint8, uint16 or, from TIFF, any
    numeric type.

    Raises
    ------
    InvalidImage
        If the file is not there or cannot be decoded.
    """
    path = Path(path).expanduser()
    try:
        if path.suffix.lower() in TIFF_SUFFIXES:
            return _read_tiff(path)
        if _is_deep_png(path):
            return _read_deep_png(path)
        try:
            with Image.open(path) as picture:
                return _pixels(picture)
        except UnidentifiedImageError:
            if path.suffix.lower() in READABLE_SUFFIXES - _DECODERS.keys():
                raise
            return _read_otherwise(path)
    except FileNotFoundError:
        raise InvalidImage(f"{path} does not exist; expected a picture file.") from None
    except _DECODING_ERRORS as error:
        raise InvalidImage(f"{path} cannot be read as a picture ({error}); save it again as TIFF or PNG.") from error


def write_picture(path: str | Path, array: NDArray[Any], like: str | Path | None = None) -> None:
    """Write an array as the kind of picture that the path's ending names.

    The file appears whole or not at all. Sixteen bits become eight where the format holds no more.

    Parameters
    ----------
    path
        Where to write; an existing file is replaced.
    array
        As :func:`read_picture` returns it.
    like
        The picture that this one was made from: its colour profile, camera's notes, resolution and texts are
        carried over as far as the format holds them, less the orientation, which is in the pixels by now.

    Raises
    ------
    InvalidImage
        If the format cannot hold the array.
    """
    path = Path(path).expanduser()
    suffix = path.suffix.lower()
    if suffix not in WRITABLE_SUFFIXES:
        raise InvalidImage(f"{path} cannot be written; expected a name ending in {_listed(WRITABLE_SUFFIXES)}.")
    if suffix not in TIFF_SUFFIXES:
        array = _displayable(array, path)
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        _save(partial, array, Notes() if like is None else _notes(Path(like)))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in READABLE_SUFFIXES and not path.name.startswith(".") and path.is_file()


def _listed(suffixes: frozenset[str]) -> str:
    *others, last = sorted(suffixes)
    return f"{', '.join(others)} or {last}"


def _read_tiff(path: Path) -> NDArray[Any]:
    """Read grey and RGB at full depth, with their stacks; leave palettes and printers' inks to Pillow."""
    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        page = series.keyframe
        kind = tifffile.PHOTOMETRIC
        if page.photometric not in {kind.MINISBLACK, kind.MINISWHITE, kind.RGB}:
            with Image.open(path) as picture:
                return _pixels(picture)
        array = series.asarray().astype(series.dtype.newbyteorder("="), copy=False)
        if "S" in series.axes:
            array = np.moveaxis(array, series.axes.index("S"), -1)[..., :4]
        if page.photometric == kind.MINISWHITE and array.dtype.kind == "u":
            array = np.iinfo(array.dtype).max - array
        tag = page.tags.get(_ORIENTATION_TAG)
        return _upright(array, 1 if tag is None else int(tag.value), "S" in series.axes)


def _upright(array: NDArray[Any], orientation: int, channels: bool) -> NDArray[Any]:
    """Turn an array the way the EXIF orientation (1 to 8) says."""
    y, x = (-3, -2) if channels else (-2, -1)
    if orientation >= 5:
        array = np.swapaxes(array, y, x)
    if orientation in {3, 4, 7, 8}:
        array = np.flip(array, y)
    if orientation in {2, 3, 6, 7}:
        array = np.flip(array, x)
    return np.ascontiguousarray(array)


def _read_otherwise(path: Path) -> NDArray[Any]:
    """Read what Pillow doesn't know with imagecodecs, or with whatever imageio has for it."""
    import imagecodecs
    import imageio.v3

    decoder = _DECODERS.get(path.suffix.lower())
    if decoder is not None:
        array = np.asarray(getattr(imagecodecs, decoder)(path.read_bytes()))
    else:
        # From bytes: it leaves files open that it can't read.
        array = np.asarray(imageio.v3.imread(path.read_bytes(), extension=path.suffix))
    if array.dtype.kind not in "buif" or not (array.ndim == 2 or (array.ndim == 3 and array.shape[-1] in {3, 4})):
        raise ValueError(f"an array of shape {array.shape} and type {array.dtype}")
    return array


def _is_deep_png(path: Path) -> bool:
    """Tell whether a file is a PNG of 16 bits a channel, which Pillow would cut to 8 in colour."""
    with path.open("rb") as file:
        header = file.read(25)
    return header.startswith(b"\x89PNG\r\n\x1a\n") and header[24:] == b"\x10"


def _read_deep_png(path: Path) -> NDArray[Any]:
    import imagecodecs

    array = np.asarray(imagecodecs.png_decode(path.read_bytes()))
    if array.ndim == 3 and array.shape[-1] == 2:
        array = array[..., [0, 0, 0, 1]]
    with Image.open(path) as picture:
        return _upright(array, picture.getexif().get(_ORIENTATION_TAG, 1), array.ndim == 3)


def _pixels(picture: Image.Image) -> NDArray[Any]:
    """Return the upright pixels of an open picture as grey, RGB or RGBA."""
    picture = ImageOps.exif_transpose(picture)
    mode = picture.mode
    if mode.startswith("I"):
        return np.asarray(picture).astype(np.uint16)
    if mode == "1":
        picture = picture.convert("L")
    elif mode in {"LA", "La", "PA", "RGBa"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    elif mode not in {"L", "RGB", "RGBA", "F"}:
        picture = picture.convert("RGB")
    return np.array(picture)


def _displayable(array: NDArray[Any], path: Path) -> NDArray[Any]:
    """Return an array as 8 or 16 bits that the path's format can hold."""
    suffix = path.suffix.lower()
    channels = 1 if array.ndim == 2 else array.shape[-1]
    if array.ndim not in {2, 3} or channels not in {1, 3, 4}:
        raise InvalidImage(f"{path} holds one picture, not an array of shape {array.shape}; write TIFF instead.")
    if channels == 4 and suffix in _OPAQUE_SUFFIXES:
        raise InvalidImage(f"{path} holds no transparency; write PNG or TIFF instead.")
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint16 and suffix != ".png":
        return ((array.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if array.dtype not in (np.uint8, np.uint16):
        raise InvalidImage(f"{path} holds 8 or 16 bits, not {array.dtype}; write TIFF instead.")
    return array


def _notes(path: Path) -> Notes:
    """Return what goes with a picture; nothing where that can't be read."""
    try:
        return read_notes(path, tiff=path.suffix.lower() in TIFF_SUFFIXES)
    except _DECODING_ERRORS:
        return Notes()


def _save(path: Path, array: NDArray[Any], notes: Notes) -> None:
    suffix = path.suffix.lower()
    if suffix in TIFF_SUFFIXES:
        colour = array.ndim > 2 and array.shape[-1] in {3, 4}
        tifffile.imwrite(
            path,
            array,
            photometric="rgb" if colour else "minisblack",
            extrasamples=["unassalpha"] if colour and array.shape[-1] == 4 else None,
            compression="zlib",
            # Of a single page the shape is clear: told in a second description, it hides the picture's own.
            metadata=None if array.ndim == (3 if colour else 2) else {},
            **tiff_options(notes, 3 if colour else 1),
        )
        add_camera_notes(path, notes, array.shape[-3:-1] if colour else array.shape[-2:])
    elif array.dtype == np.uint16:
        import imagecodecs

        path.write_bytes(png_with_notes(bytes(imagecodecs.png_encode(array)), notes, array.shape))
    else:
        Image.fromarray(array).save(path, **_SAVE_OPTIONS.get(suffix, {}), **save_options(notes, suffix, array.shape))

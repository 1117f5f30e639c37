"""HEIC, AVIF, JPEG 2000, JPEG XL, JPEG XR, QOI, Radiance HDR and OpenEXR."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.picture_files import colour
from napari_retrogan.core.picture_files.containers import boxes
from napari_retrogan.core.picture_files.exif import ORIENTATION, Exif
from napari_retrogan.core.picture_files.jpegxl_header import JPEGXLHeader
from napari_retrogan.core.picture_files.limits import check_packing, check_size
from napari_retrogan.core.picture_files.notes import CENTIMETRE, Notes
from napari_retrogan.core.picture_files.page import Extra, PictureFile, page_of
from napari_retrogan.core.picture_files.raster import read_with_pillow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

PHOTO_HINT = "install it with: pip install 'napari-retrogan[photo]'"
_JPEG_2000_SPACES = {16: (1, 13), 17: (1, 13), 18: (1, 13)}
_YCC = 18


def read_avif(data: bytes) -> PictureFile:
    """Read an AVIF, at more than 8 bits where it has them."""
    bits, profile = _item_properties(data)
    found = read_with_pillow(data)
    page = found.pages[0]
    if profile is None:
        profile = page.profile
    if bits > 8 and not found.is_film:
        import imagecodecs

        # Pillow has turned the notes upright already, so the turn is taken from it anew.
        array = _spread(np.asarray(imagecodecs.avif_decode(data)), bits)
        page = page_of(array, Notes(_turn_of(data)), profile=profile)
        page = replace(page, notes=found.pages[0].notes)
    return replace(found, pages=(replace(page, profile=profile),))


def _turn_of(data: bytes) -> Exif:
    from PIL import Image

    with Image.open(io.BytesIO(data)) as picture:
        turn = int(picture.getexif().get(ORIENTATION, 1))
    from napari_retrogan.core.picture_files.exif import IMAGE, Entry

    return Exif("<", {IMAGE: {ORIENTATION: Entry(3, 1, struct.pack("<H", turn))}})


def read_heic(data: bytes) -> PictureFile:
    """Read the main picture of a HEIC file, at its depth."""
    try:
        import pillow_heif
    except ImportError:
        raise InvalidImage(f"HEIC needs the package pillow-heif; {PHOTO_HINT}") from None
    _, tagged = _item_properties(data)
    if not pillow_heif.is_supported(data):
        raise InvalidImage("it is named HEIC, but holds no picture that can be read")
    most, pillow_heif.options.DEPTH_IMAGES = pillow_heif.options.DEPTH_IMAGES, False
    try:
        opened = pillow_heif.open_heif(data, convert_hdr_to_8bit=False)
    finally:
        pillow_heif.options.DEPTH_IMAGES = most
    number = opened.primary_index
    main = opened[number]
    width, height = main.size
    check_size(width, height, 4, 2)
    info: dict[str, Any] = dict(main.info)
    bits = int(info.get("bit_depth", 8))
    array = np.asarray(main)
    if array.dtype == np.uint16:
        array = _spread(array >> (16 - bits) if array.max(initial=0) >> bits else array, bits)
    profile = info.get("icc_profile") or tagged
    notes = Notes(Exif.from_block(info.get("exif") or b"").without(ORIENTATION, 0), _without_turn(info.get("xmp")))
    remarks = () if len(opened) == 1 else (f"of the {len(opened)} pictures in it the main one is taken",)
    alpha: Extra = "assocalpha" if main.premultiplied_alpha else "unassalpha"
    return PictureFile(kind="other", pages=(page_of(array, notes, profile=profile, alpha=alpha),), remarks=remarks)


def _without_turn(xmp: bytes | None) -> bytes | None:
    """Return XMP whose turn is in the pixels already."""
    return xmp.replace(b"tiff:Orientation", b"tiff:Compression") if xmp else None


def _item_properties(data: bytes) -> tuple[int, bytes | None]:
    """Return the bits and the profile that the first properties of an AVIF or HEIC say."""
    bits, tags, profile = 0, None, None
    for kind, content in boxes(data):
        if kind == b"ispe" and len(content) >= 12:
            width, height = struct.unpack_from(">II", content, 4)
            check_size(width, height, 3)
            check_packing(3 * width * height, len(data))
        elif kind == b"pixi" and not bits and len(content) >= 6:
            bits = content[5]
        elif kind == b"av1C" and not bits and len(content) >= 3:
            bits = 8 if not content[2] & 0x40 else 12 if content[2] & 0x20 else 10
        elif kind == b"colr" and content[:4] in (b"prof", b"rICC") and profile is None:
            profile = content[4:]
        elif kind == b"colr" and content[:4] == b"nclx" and tags is None and len(content) >= 8:
            tags = struct.unpack_from(">HH", content, 4)
    if tags is not None and profile is None:
        profile = colour.profile_of_tags(*tags)
    return bits or 8, profile


def read_jpeg_2000(data: bytes) -> PictureFile:
    """Read a JPEG 2000 file or codestream at its depth."""
    import imagecodecs

    resolution, profile, channels_of_alpha, is_ycc, bits = None, None, 0, False, _codestream_bits(data)
    for kind, content in boxes(data) if data[4:8] == b"jP  " else ():
        if kind in (b"resc", b"resd") and len(content) >= 10 and resolution is None:
            resolution = _capture_resolution(content)
        elif kind == b"colr" and content[:1] == b"\2":
            profile = content[3:]
        elif kind == b"colr" and content[:1] == b"\1" and len(content) >= 7:
            is_ycc = struct.unpack_from(">I", content, 3)[0] == _YCC
        elif kind == b"ihdr" and len(content) >= 11:
            height, width, number = struct.unpack_from(">IIH", content)
            check_size(width, height, number, 2)
            check_packing(width * height * number, len(data))
        elif kind == b"cdef" and len(content) >= 2:
            channels_of_alpha = sum(
                struct.unpack_from(">HHH", content, 2 + 6 * each)[1] in (1, 2)
                for each in range(min(struct.unpack_from(">H", content)[0], (len(content) - 2) // 6))
            )
    if is_ycc or bits <= 8:  # Pillow knows palettes and all ways to store colours, in 8 bits.
        page = read_with_pillow(data).pages[0]
        page = replace(page, profile=profile, notes=(replace(page.notes[0], resolution=resolution),))
        return PictureFile(kind="other", pages=(page,))
    array = np.asarray(imagecodecs.jpeg2k_decode(data))
    if array.dtype.kind == "i":
        array = (array.astype(np.int64) - np.iinfo(array.dtype).min).astype(array.dtype.name.replace("int", "uint"))
    if array.ndim == 3 and array.shape[-1] not in (1, 2, 3, 4):
        raise InvalidImage(f"it has {array.shape[-1]} channels; expected grey or RGB, with alpha or without")
    notes = Notes(resolution=resolution)
    page = page_of(_spread(array, bits), notes, profile=profile)
    if page.extras is not None and not channels_of_alpha:
        page = replace(page, extra_kinds=("unspecified",))
    return PictureFile(kind="other", pages=(page,))


def _codestream_bits(data: bytes) -> int:
    """Return the bits of the first channel of a JPEG 2000 codestream."""
    start = data.find(b"\xff\x4f\xff\x51")
    if start < 0 or len(data) <= start + 42:
        raise InvalidImage("its header is cut off")
    return (data[start + 42] & 0x7F) + 1


def _capture_resolution(content: bytes) -> tuple[float, float, int] | None:
    """Return the resolution of a box that tells points a metre."""
    above_y, below_y, above_x, below_x, power_y, power_x = struct.unpack_from(">HHHHbb", content)
    if not below_x or not below_y:
        return None
    across, down = above_x / below_x * 10.0**power_x / 100, above_y / below_y * 10.0**power_y / 100
    return (across, down, CENTIMETRE) if min(across, down) > 0 else None


def read_jpeg_xl(data: bytes) -> PictureFile:
    """Read a JPEG XL at its depth; what it says of its colours is read from its header."""
    import imagecodecs

    exif, xmp, codestream = b"", None, data
    if data[4:8] == b"JXL ":
        parts = []
        for kind, content in boxes(data):
            if kind in (b"jxlc", b"jxlp"):
                parts.append(content if kind == b"jxlc" else content[4:])
            elif kind == b"Exif":
                exif = content[4 + int.from_bytes(content[:4], "big") :]
            elif kind == b"xml ":
                xmp = content
        codestream = b"".join(parts)
    header = JPEGXLHeader.read(codestream)
    check_size(header.width, header.height, 4, 4 if header.is_float else 2)
    check_packing(3 * header.width * header.height, len(codestream))
    if header.has_profile:
        raise InvalidImage("its colours have an ICC profile, which can't be read from JPEG XL; save it as PNG or TIFF")
    if header.is_film:
        raise InvalidImage("it is a moving JPEG XL, which can't be read; save it as WebP, PNG or GIF")
    profile = _jpeg_xl_profile(header)
    # The decoder turns the picture upright, so notes that say a turn are of no use any more.
    notes = Notes(Exif.from_block(exif).without(ORIENTATION, 0), _without_turn(xmp))
    array = np.asarray(imagecodecs.jpegxl_decode(data))
    if not header.is_float:
        array = _spread(array, header.bits)
    alpha: Extra = "assocalpha" if header.is_associated else "unassalpha"
    return PictureFile(kind="other", pages=(page_of(array, notes, profile=profile, alpha=alpha),))


def _jpeg_xl_profile(header: JPEGXLHeader) -> bytes | None:
    if header.corners is None and header.gamma is None:
        return colour.profile_of_tags(header.primaries, header.transfer)
    if header.gamma is None:
        assert header.corners is not None  # noqa: S101 - told by the line above
        return colour.make_profile(header.corners[2:], "srgb", header.corners[:2])
    corners = header.corners or (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
    return colour.make_profile(corners[2:], header.gamma, (corners[0], corners[1]))


def read_radiance(data: bytes) -> PictureFile:
    """Read a Radiance HDR picture, whose values are linear light."""
    import imagecodecs

    array = np.asarray(imagecodecs.rgbe_decode(data))
    return PictureFile(kind="other", pages=(page_of(array, Notes(), profile=colour.linear_srgb()),))


def read_exr(data: bytes) -> PictureFile:
    """Read the colours of an OpenEXR picture, whose values are linear light."""
    try:
        import OpenEXR
    except ImportError:
        raise InvalidImage(f"OpenEXR needs the package openexr; {PHOTO_HINT}") from None
    with OpenEXR.File(io.BytesIO(data), header_only=True) as file:
        _check_exr(file.header(), len(data))
    with OpenEXR.File(io.BytesIO(data)) as file:
        channels = {name: channel.pixels for name, channel in file.channels().items()}
        header = file.header()
    for name in ("RGBA", "RGB", "Y"):
        if name in channels:
            array = np.asarray(channels[name])
            break
    else:
        raise InvalidImage(f"it has the channels {', '.join(sorted(channels))}; expected R, G and B, or Y")
    others = sorted(channels.keys() - {name})
    remarks = (f"its further channels ({', '.join(others)}) are left out",) if others else ()
    profile = colour.linear_srgb()
    corners = header.get("chromaticities")
    if corners is not None:
        values = tuple(float(value) for value in corners)
        profile = colour.make_profile(values[:6], 1.0, (values[6], values[7]))
    page = page_of(array.astype(np.float32), Notes(), profile=profile, alpha="assocalpha")
    return PictureFile(kind="other", pages=(page,), remarks=remarks)


def _check_exr(header: Mapping[str, Any], packed: int) -> None:
    """Refuse what a header says of its pixels, if that is too much."""
    first, last = header["dataWindow"]
    width, height = (int(last[axis]) - int(first[axis]) + 1 for axis in (0, 1))
    channels = len(header["channels"])
    check_size(width, height, channels, 4)
    check_packing(2 * width * height * channels, packed)


def decoder(name: str) -> Callable[[bytes], PictureFile]:
    """Return a reader of one picture by a codec of imagecodecs."""

    def read(data: bytes) -> PictureFile:
        import imagecodecs

        array = np.asarray(getattr(imagecodecs, f"{name}_decode")(data))
        profile = colour.linear_srgb() if array.dtype.kind == "f" else None
        return PictureFile(kind="other", pages=(page_of(array, Notes(), profile=profile),))

    return read


def _spread(array: NDArray[Any], bits: int) -> NDArray[Any]:
    """Return integers of so many bits as 8 or 16 bits, white at the largest."""
    if array.dtype.kind == "b" or bits == 8 * array.dtype.itemsize:
        return array
    top, dtype = 2**bits - 1, np.uint8 if bits <= 8 else np.uint16
    largest = int(np.iinfo(dtype).max)
    spread: NDArray[Any] = ((array.astype(np.uint64) * largest + top // 2) // top).astype(dtype)
    return spread

"""TIFF: all pages that aren't copies of others, whatever they hold, and all entries beside the pixels."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile
from PIL import Image

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.picture_files import colour
from napari_retrogan.core.picture_files.exif import IMAGE, Exif
from napari_retrogan.core.picture_files.limits import check_size
from napari_retrogan.core.picture_files.notes import Notes
from napari_retrogan.core.picture_files.page import Extra, Page, PictureFile, page_of, upright
from napari_retrogan.core.picture_files.raster import ink_remark
from napari_retrogan.core.picture_files.tiff_opening import check_pages, open_tiff
from napari_retrogan.core.picture_files.tiff_writing import tiff_options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_Kinds = tifffile.PHOTOMETRIC
_SENSORS = (_Kinds.CFA, _Kinds.LINEAR_RAW)
_XMP_TAG, _PROFILE_TAG, _ORIENTATION_TAG = 700, 34675, 274
_DNG_TAG = 50706
_EXTRAS: dict[int, Extra] = {1: "assocalpha", 2: "unassalpha"}
_PAGEWISE = ("generic", "uniform")
_DESCRIBED = ("ome", "imagej", "shaped")
_LEFT_OUT = "copies of it in other sizes, or masks, are left out"


def holds_raw(file: tifffile.TiffFile) -> bool:
    """Tell whether a file is a camera's, which needs developing."""
    first = file.pages.first
    tags = first.tags
    return _DNG_TAG in tags or first.photometric in _SENSORS or (first.subifds is not None and _has_sensor(file))


def _has_sensor(file: tifffile.TiffFile) -> bool:
    """Tell whether a directory inside the first holds a sensor's values."""
    return any(page.aspage().photometric in _SENSORS for page in file.pages.first.pages or ())


def plain_series(file: tifffile.TiffFile) -> tifffile.TiffPageSeries | None:
    """Return what a file holds, where it takes no more than reading its tiles to see that rightly, else None."""
    if not file.pages or holds_raw(file):
        return None
    series = file.series[0]
    page = series.keyframe
    is_plain = page.photometric in (_Kinds.MINISBLACK, _Kinds.RGB) or (
        page.photometric == _Kinds.YCBCR and page.compression == tifffile.COMPRESSION.JPEG
    )
    profile = page.tags.valueof(_PROFILE_TAG)
    channels = page.samplesperpixel
    return (
        series
        if is_plain
        and not page.is_reduced
        and (page.dtype is not None and page.bitspersample == 8 * page.dtype.itemsize)
        and page.tags.valueof(_ORIENTATION_TAG, 1) == 1
        and (channels in (1, 3) or (channels == 4 and tuple(page.extrasamples) == (2,)))
        and not colour.is_managed(profile, is_rgb=channels >= 3)
        and (series.kind not in _PAGEWISE or len(file.pages) == len(series.pages))
        else None
    )


def _is_inside(series: tifffile.TiffPageSeries) -> bool:
    """Tell whether a series lies in directories inside others, as the levels of a pyramid do."""
    treeindex = series.keyframe.treeindex
    return isinstance(treeindex, tuple) and len(treeindex) > 1


def plain_options(path: Path) -> tuple[dict[str, Any], Exif]:
    """Return what goes with a plain TIFF file as tifffile writes it into a BigTIFF, and Exif, which it leaves out."""
    with open_tiff(path) as file:
        reader, series = _Reader(file, path), file.series[0]
        notes, profile = reader.notes(series.keyframe)
        notes = notes.upright(series.keyframe.imagelength, series.keyframe.imagewidth)
        notes = replace(notes, exif=notes.exif.in_order("<"))
        described = series.kind in ("ome", "imagej") and len(file.series) == 1 and reader.is_in_order()
        options = tiff_options(notes, profile, described=described, big=True)
    if not described:
        del options["metadata"]
    return options, notes.exif


def read_tiff(path: Path) -> PictureFile:
    """Read a TIFF file's pages; those of one kind of an OME-TIFF or ImageJ's are one stack."""
    with open_tiff(path) as file:
        if not file.pages:
            raise InvalidImage("it holds no page")
        reader = _Reader(file, path)
        kind = file.series[0].kind
        if kind in _PAGEWISE:
            pages, left_out = reader.single_pages()
        else:
            series = [each for each in file.series if not each.keyframe.is_reduced and not _is_inside(each)]
            series = series or file.series[:1]
            if kind not in _DESCRIBED:
                series = series[:1]
            pages, left_out = [reader.stack(each) for each in series], False
        is_described = kind in _DESCRIBED
        if kind == "ome" and not reader.is_in_order():
            is_described = False
            reader.remarks.append(
                "its OME description tells of files or orders that the result hasn't, so it's left out"
            )
        remarks = [*dict.fromkeys(reader.remarks)] + ([_LEFT_OUT] if left_out else [])
    return PictureFile(kind="tiff", pages=tuple(pages), is_described=is_described, remarks=tuple(remarks))


class _Reader:
    """An open file and what is to be said of it."""

    def __init__(self, file: tifffile.TiffFile, path: Path) -> None:
        self.file, self.path = file, path
        self.remarks: list[str] = []

    def single_pages(self) -> tuple[list[Page], bool]:
        """Return every page by itself but for reduced copies and masks, and whether there were any."""
        wanted = []
        for number in range(len(self.file.pages)):
            page = self.file.pages[number].aspage()
            if not page.is_reduced and not page.is_mask:
                wanted.append((number, page))
        some = wanted or [(0, self.file.pages.first)]
        largest = max((page for _, page in some), key=lambda page: page.size)
        check_size(
            largest.imagewidth,
            largest.imagelength,
            largest.samplesperpixel,
            2,
            max(1, sum(p.size for _, p in some) // max(largest.size, 1)),
        )
        return [self.page(number, page) for number, page in some], len(some) < len(self.file.pages)

    def page(self, number: int, page: tifffile.TiffPage) -> Page:
        """Return one page."""
        self._check(page, [page], page.nbytes)
        notes, profile = self.notes(page)
        if page.photometric in _SENSORS:
            raise InvalidImage("it holds a sensor's values that were never developed; save it as TIFF or JPEG")
        if page.photometric == _Kinds.YCBCR and page.compression != tifffile.COMPRESSION.JPEG:
            with Image.open(io.BytesIO(self.path.read_bytes())) as picture:
                picture.seek(number)
                return page_of(np.array(picture.convert("RGB")), notes, profile=profile)
        return self._from_array(page, page.asarray(), page.axes, notes, profile)

    def stack(self, series: tifffile.TiffPageSeries) -> Page:
        """Return a series that its description makes one stack."""
        page = series.keyframe
        self._check(page, [each for each in series.pages if each is not None], series.nbytes)
        check_size(
            page.imagewidth,
            page.imagelength,
            page.samplesperpixel,
            series.dtype.itemsize,
            max(1, series.size // page.size),
        )
        notes, profile = self.notes(page)
        return self._from_array(page, series.asarray(), series.axes, notes, profile)

    def is_in_order(self) -> bool:
        """Tell whether an OME description's pages are those of this file, one after the other."""
        pages = [page for series in self.file.series for page in series.pages]
        inside = [page.index for page in pages if page is not None and page.parent is self.file]
        return len(inside) == len(pages) and inside == sorted(inside)

    def _check(
        self, page: tifffile.TiffPage, pages: Sequence[tifffile.TiffPage | tifffile.TiffFrame], unpacked: int
    ) -> None:
        check_size(page.imagewidth, page.imagelength, page.samplesperpixel, max(1, page.bitspersample // 8))
        check_pages(pages, unpacked)

    def notes(self, page: tifffile.TiffPage) -> tuple[Notes, bytes | None]:
        """Return a page's entries and the profile of its colours."""

        def read(offset: int, size: int) -> bytes:
            self.file.filehandle.seek(offset)
            return bytes(self.file.filehandle.read(size))

        exif = Exif.from_file(read, page.offset)
        entries = exif.groups.get(IMAGE, {})
        xmp, profile = (entries[tag].data if tag in entries else None for tag in (_XMP_TAG, _PROFILE_TAG))
        notes = Notes(exif, xmp)
        return notes, profile or (colour.adobe_rgb() if notes.is_adobe_rgb else None)

    def _from_array(
        self, page: tifffile.TiffPage, array: NDArray[Any], axes: str, notes: Notes, profile: bytes | None
    ) -> Page:
        """Return decoded samples as colours and extras."""
        array = np.moveaxis(array, axes.index("S"), -1) if "S" in axes else array[..., None]
        array = array.astype(array.dtype.newbyteorder("="), copy=False)
        array = _full_range(array, page.bitspersample)
        kinds = tuple(_EXTRAS.get(int(kind), "unspecified") for kind in page.extrasamples)
        photometric, number = page.photometric, array.shape[-1]
        if photometric == _Kinds.RGB and number == 4 and not kinds:
            kinds = ("unassalpha",)  # The file doesn't say, and that is what other programs take it for.
        if photometric == _Kinds.MINISWHITE and array.dtype.kind == "u":
            array = np.iinfo(array.dtype).max - array
        elif photometric == _Kinds.PALETTE and page.colormap is not None:
            array = np.concatenate([_look_up(array[..., 0], page), array[..., 1:]], -1)
        elif photometric == _Kinds.SEPARATED:
            array = self._without_inks(array, profile)
            notes, profile = replace(notes, exif=notes.exif.in_srgb()), None
            kinds = kinds[-(array.shape[-1] - 3) :] if array.shape[-1] > 3 else ()
        elif photometric in (_Kinds.CIELAB, _Kinds.ICCLAB):
            self.remarks.append("CIE L*a*b* is written as RGB in sRGB")
            array, profile = _from_lab(array, photometric == _Kinds.ICCLAB), None
        elif photometric not in (_Kinds.MINISBLACK, _Kinds.RGB, _Kinds.YCBCR, _Kinds.MINISWHITE):
            name = getattr(photometric, "name", "unknown")
            raise InvalidImage(f"its colours are of the kind {name}, which can't be read; save it as RGB")
        num_colours = 3 if photometric not in (_Kinds.MINISBLACK, _Kinds.MINISWHITE) else 1
        if num_colours == 1 and number > 2 and not {"assocalpha", "unassalpha"} & {*kinds}:
            return self._bands(array, notes, profile)
        if array.shape[-1] < num_colours:
            raise InvalidImage(f"it has {number} channels where {num_colours} were expected; save it as RGB")
        array = upright(array, notes.orientation, channels=True)
        colours, extras = array[..., :num_colours], array[..., num_colours:]
        kinds = (*kinds, *("unspecified",) * extras.shape[-1])[: extras.shape[-1]]
        made = Page(
            colours=np.ascontiguousarray(colours if num_colours == 3 else colours[..., 0]),
            is_rgb=num_colours == 3,
            extras=extras if extras.shape[-1] else None,
            extra_kinds=kinds,
            profile=profile,
        )
        return replace(made, notes=(notes.upright(*made.size),))

    def _bands(self, array: NDArray[Any], notes: Notes, profile: bytes | None) -> Page:
        """Return channels that are neither colours nor alpha as a stack of grey pictures."""
        planes = np.moveaxis(upright(array, notes.orientation, channels=True), -1, 0)
        self.remarks.append("its channels, which aren't colours, are styled and written one by one as grey pages")
        page = Page(colours=np.ascontiguousarray(planes), is_rgb=False, profile=profile)
        return replace(page, notes=(notes.upright(*page.size),))

    def _without_inks(self, array: NDArray[Any], profile: bytes | None) -> NDArray[Any]:
        """Return RGB, and what isn't ink behind it."""
        if array.shape[-1] < 4 or array.dtype.kind != "u" or array.dtype.itemsize > 2:
            raise InvalidImage(f"its inks ({array.shape[-1]} of type {array.dtype}) can't be read; save it as RGB")
        self.remarks.append(ink_remark(profile))
        colours = colour.inks_to_srgb(array[..., :4].reshape(-1, array.shape[-2], 4), profile)[0]
        return np.concatenate([colours.reshape(*array.shape[:-1], 3), array[..., 4:]], -1)


def _full_range(array: NDArray[Any], bits: int) -> NDArray[Any]:
    """Return 1 to 15 bits as 8 or 16, white at the largest value."""
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind != "u" or bits >= 8 * array.dtype.itemsize or bits > 16:
        return array
    top, largest = 2**bits - 1, int(np.iinfo(array.dtype).max)
    spread: NDArray[Any] = ((array.astype(np.uint64) * largest + top // 2) // top).astype(array.dtype)
    return spread


def _look_up(array: NDArray[Any], page: tifffile.TiffPage) -> NDArray[Any]:
    """Return a palette's colours, of 8 bits where they have no more."""
    palette: NDArray[Any] = np.asarray(page.colormap, np.uint16)
    if array.dtype == np.uint8 and page.bitspersample < 8:
        array = array // np.uint8(255 // (2**page.bitspersample - 1))
    if palette.max(initial=0) > 255:
        if not ((palette & 255 == 0) | (palette & 255 == palette >> 8)).all():
            return np.moveaxis(palette[:, array], 0, -1)
        palette = palette >> 8
    return np.moveaxis(palette.astype(np.uint8)[:, array], 0, -1)


def _from_lab(array: NDArray[Any], is_icc: bool) -> NDArray[Any]:
    """Return RGB of the same type from L*a*b* as TIFF stores it: a and b are signed, or begin at -128 in ICC's way."""
    if array.dtype not in (np.uint8, np.uint16, np.int8, np.int16):
        raise InvalidImage(f"its L*a*b* values are of type {array.dtype}; expected 8 or 16 bits")
    unsigned = array.view(f"u{array.dtype.itemsize}")
    scale = 1 if unsigned.dtype == np.uint8 else 256
    light = unsigned[..., 0].astype(np.float32) * (100 / np.iinfo(unsigned.dtype).max)
    chroma = unsigned[..., 1:3].astype(np.float32) / np.float32(scale)
    chroma = chroma - 128 if is_icc else np.where(chroma < 128, chroma, chroma - 256)
    lab = np.concatenate([light[..., None], chroma], -1)
    rgb = colour.lab_to_srgb(lab.reshape(-1, lab.shape[-2], 3), unsigned.dtype)
    return np.concatenate([rgb.reshape(lab.shape), unsigned[..., 3:]], -1)

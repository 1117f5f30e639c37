"""Raw files of cameras, developed by LibRaw; never the preview in them."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.picture_files.exif import IMAGE, ORIENTATION, Exif
from napari_retrogan.core.picture_files.limits import check_size
from napari_retrogan.core.picture_files.modern import PHOTO_HINT
from napari_retrogan.core.picture_files.notes import Notes
from napari_retrogan.core.picture_files.page import PictureFile, page_of

RAW_SUFFIXES = frozenset(
    {".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dng", ".erf", ".fff", ".iiq", ".kdc", ".mef", ".mos", ".mrw", ".nef"}
    | {".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"}
)
_FIRST_DNG_TAG, _LAST_DNG_TAG = 50706, 52600
_DEVELOPED = "the raw file is developed with its camera's white balance, in sRGB"


def read_raw(data: bytes) -> PictureFile:
    """Develop a raw file with the camera's white balance to 16 bits in sRGB."""
    try:
        import rawpy
    except ImportError:
        raise InvalidImage(f"raw files need the package rawpy; {PHOTO_HINT}") from None
    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            check_size(raw.sizes.width, raw.sizes.height, 3, 2)
            if not (np.any(raw.rgb_xyz_matrix) or np.any(raw.color_matrix)):
                raise InvalidImage("it is a raw file that doesn't tell its camera's colours; save it as TIFF or JPEG")
            array = raw.postprocess(use_camera_wb=True, output_bps=16, output_color=rawpy.ColorSpace.sRGB)
    except rawpy.LibRawError as error:
        words = str(error.args[0].decode() if isinstance(error.args[0], bytes) else error)
        raise InvalidImage(f"it is a raw file that can't be developed ({words}); save it as TIFF or JPEG") from None
    exif = Exif.from_block(data).without(ORIENTATION, IMAGE).in_srgb()
    kept = {
        tag: entry for tag, entry in exif.groups.get(IMAGE, {}).items() if not _FIRST_DNG_TAG <= tag <= _LAST_DNG_TAG
    }
    notes = Notes(replace(exif, groups={**exif.groups, IMAGE: kept}))
    return PictureFile(
        kind="other",
        pages=(page_of(np.asarray(array), notes),),
        remarks=("the raw file is developed as its camera would, in sRGB",),
    )

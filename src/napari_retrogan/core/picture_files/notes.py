"""What picture files say beside their pixels: Exif, Adobe's XMP, captions, comments, resolution, texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree

from napari_retrogan.core.picture_files.exif import (
    CAMERA,
    IMAGE,
    INTEROPERABILITY,
    ORIENTATION,
    Exif,
)

COLOUR_CHUNKS = frozenset({b"cHRM", b"gAMA", b"sRGB", b"cICP"})
"""Of a PNG, those that say how its colours are meant."""

NO_UNIT, INCH, CENTIMETRE = 1, 2, 3
"""Units of a resolution, as TIFF numbers them."""

XMP_HEAD, EXIF_HEAD = b"http://ns.adobe.com/xap/1.0/\0", b"Exif\0\0"
"""What stands before them in a JPEG."""

_CENTIMETRES_AN_INCH = 2.54
_MOST_EDITED = 2**17
"""A JPEG holds half of it; what is longer is left out rather than searched for what no longer holds."""
_XMP_ORIENTATION = re.compile(rb'(tiff:Orientation(?:\s*=\s*["\']|\s*>\s*))([1-8])')
# What says that there is another picture, a film or more XMP behind this one.
_COMPANIONS = (
    rb"hdrgm:|Semantic\s*=\s*[\"']GainMap|HDRGainMap:|MotionPhoto|MicroVideo|HasExtendedXMP|GDepth:|GImage:|GAudio:"
)
_COMPANION_PARTS = (
    re.compile(rb"<(\w*Container):Directory\b.*?</\1:Directory>", re.DOTALL),
    re.compile(
        rb"<((?:hdrgm|HDRGainMap|GDepth|GImage|GAudio):\w+|\w+:(?:MotionPhoto|MicroVideo)\w*|xmpNote:HasExtendedXMP)\b"
        rb"(?:[^>]*/>|.*?</\1>)",
        re.DOTALL,
    ),
    re.compile(
        rb"\s(?:(?:hdrgm|HDRGainMap|GDepth|GImage|GAudio):\w+|\w+:(?:MotionPhoto|MicroVideo)\w*|xmpNote:HasExtendedXMP"
        rb"|xmlns:(?:hdrgm|HDRGainMap|GDepth|GImage|GAudio))\s*=\s*(?:\"[^\"]*\"|'[^']*')"
    ),
)


@dataclass(frozen=True, slots=True)
class Notes:
    """What goes with a picture.

    Attributes
    ----------
    exif
        Of the camera and whoever edited it; in a TIFF all its entries.
    xmp
        Adobe's notes, as they stand.
    photoshop
        The block of a JPEG that holds captions and keywords (IPTC), as it stands.
    comments
        Of a JPEG or a GIF.
    resolution
        Pixels across and down for each unit, and the unit.
    chunks
        Of a PNG: texts, its date and how its colours are meant, as they stand.
    """

    exif: Exif = field(default_factory=Exif)
    xmp: bytes | None = None
    photoshop: bytes | None = None
    comments: tuple[bytes, ...] = ()
    resolution: tuple[float, float, int] | None = None
    chunks: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def orientation(self) -> int:
        """Return how the picture must be turned, 1 to 8: as Exif says or, where it says nothing, as XMP does."""
        said = self.exif.numbers(ORIENTATION)
        if said:
            return int(said[0]) if 1 <= said[0] <= 8 else 1
        found = _XMP_ORIENTATION.search(self.xmp or b"")
        return int(found[2]) if found else 1

    @property
    def is_adobe_rgb(self) -> bool:
        """Tell whether Exif says that colours are Adobe RGB's: it has no number for it but two signs."""
        return self.exif.text(1, INTEROPERABILITY).upper() == b"R03" or self.exif.numbers(40961, CAMERA) == (2,)

    @property
    def announces_companions(self) -> bool:
        """Tell whether XMP speaks of a gain map, a film or the like that lies beside the picture."""
        return re.search(_COMPANIONS, self.xmp or b"") is not None

    def upright(self, height: int, width: int) -> Notes:
        """Return what still holds of a picture alone, turned upright, of so many pixels."""
        return replace(
            self,
            exif=self.exif.upright(height, width),
            xmp=_alone(self.xmp) if self.xmp else None,
            resolution=self.resolution or _exif_resolution(self.exif),
        )

    @property
    def texts(self) -> tuple[tuple[bytes, bytes], ...]:
        """Return the chunks that say nothing of colours."""
        return tuple(each for each in self.chunks if each[0] not in COLOUR_CHUNKS)

    def dots_an_inch(self) -> tuple[float, float] | None:
        """Return the resolution in pixels an inch, if its unit is known."""
        if self.resolution is None or self.resolution[2] == NO_UNIT:
            return None
        factor = _CENTIMETRES_AN_INCH if self.resolution[2] == CENTIMETRE else 1.0
        return self.resolution[0] * factor, self.resolution[1] * factor


def _exif_resolution(exif: Exif) -> tuple[float, float, int] | None:
    """Return the resolution that entries say, if they say one."""
    across, down, unit = (exif.numbers(tag, IMAGE) for tag in (282, 283, 296))
    if not across or not down or min(across[0], down[0]) <= 0:
        return None
    return across[0], down[0], int(unit[0]) if unit and unit[0] in (NO_UNIT, INCH, CENTIMETRE) else INCH


def _alone(xmp: bytes) -> bytes | None:
    """Return XMP of a picture that is upright and has nothing beside it."""
    xmp = _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)
    if re.search(_COMPANIONS, xmp) is None:
        return xmp
    if len(xmp) > _MOST_EDITED:
        return None
    for part in _COMPANION_PARTS:
        xmp = part.sub(b"", xmp)
    try:
        ElementTree.fromstring(re.sub(rb"<\?xpacket.*?\?>", b"", xmp).strip(b"\0 \n\r\t"))  # noqa: S314 - only checked
    except ElementTree.ParseError:
        return None
    return xmp

"""Which encoder a film is written by, and in what kind of numbers: as much of the source's as there is one for."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.films.container import pyav

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The tune for grain weighs it more, never skips and tries small blocks: the noise is the same, in twice the time.
_X265 = "log-level=none:rskip=1:rd=1:psy-rd=0:psy-rdoq=0:min-cu-size=32"
# At about 43 dB, where the eye tells no difference and 97 to 99.9% of the grain is kept, as fast as that goes.
_OPTIONS = {
    "libx264": {"crf": "18", "preset": "superfast", "tune": "grain"},
    "libx265": {"crf": "14", "preset": "ultrafast", "tune": "grain", "x265-params": _X265},
    "libopenh264": {"b": "80M"},
    "libvpx-vp9": {"crf": "12", "b": "0", "deadline": "realtime", "cpu-used": "8", "row-mt": "1"},
    "libsvtav1": {"crf": "10", "preset": "10"},
}
_WEBM = ("libvpx-vp9", "libsvtav1")
_MOV = ("libx264", "libopenh264", "libx265")
_OTHERS = (*_MOV, *_WEBM)
_NEEDS_EVEN_SIZES = ("libx264", "libx265", "libopenh264", "libsvtav1")
_FORMAT = re.compile(r"yuv(420|422|444)p(\d*)(le)?")


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder, by FFmpeg's name, and the numbers that it is to write.

    Attributes
    ----------
    chroma
        420, 422 or 444: how many pixels have a colour of their own.
    depth
        Bits a channel.
    """

    name: str
    pixel_format: str
    chroma: int
    depth: int

    @property
    def options(self) -> dict[str, str]:
        """What it is told of quality and speed."""
        if self.name == "libsvtav1":
            # It would tell of itself in the terminal.
            os.environ.setdefault("SVT_LOG", "1")
        return dict(_OPTIONS[self.name])


def choose_encoder(path: Path, chroma: int, depth: int, size: tuple[int, int]) -> Encoder:
    """Return the encoder for a new film that keeps most of its source.

    Parameters
    ----------
    path
        Of the new film, whose ending tells what it may hold.
    chroma, depth
        Of the source.
    size
        Width and height in pixels.

    Raises
    ------
    InvalidImage
        If the FFmpeg at hand has no encoder for such films.
    """
    found = [each for each in _encoders(path, depth) if _takes(each, size)]
    if not found:
        raise InvalidImage(
            f"{path} can't be written: the FFmpeg of the installed package av has no encoder for it; "
            "install av with pip, whose FFmpeg has one."
        )
    return max(found, key=lambda each: (min(each.depth, depth), each.chroma >= chroma, -each.depth, -each.chroma))


def _encoders(path: Path, depth: int) -> Iterator[Encoder]:
    """Yield what there is, the preferred first."""
    av: Any = pyav()
    names = {".webm": _WEBM, ".mov": _MOV}.get(path.suffix.lower(), _OTHERS)
    if depth > 8:
        # Few players show H.264 of ten bits.
        names = tuple(sorted(names, key=lambda name: name != "libx265"))
    for name in names:
        try:
            formats = av.codec.Codec(name, "w").video_formats or ()
        except av.codec.codec.UnknownCodecError:
            continue
        for pixel_format in formats:
            if match := _FORMAT.fullmatch(pixel_format.name):
                yield Encoder(name, pixel_format.name, int(match[1]), int(match[2] or 8))


def _takes(encoder: Encoder, size: tuple[int, int]) -> bool:
    """Tell whether pixels that share a colour don't reach beyond the picture, where an encoder minds."""
    if encoder.name not in _NEEDS_EVEN_SIZES or encoder.chroma == 444:
        return True
    width, height = size
    return not (width % 2 or (encoder.chroma == 420 and height % 2))

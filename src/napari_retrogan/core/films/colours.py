"""How a film's numbers tell colours: matrix, range, depth; from them to RGB and back.

With Y, Cb and Cr of BT.601 or BT.709 and the weights k of red, green and blue in luma::

    Y = k_r R + k_g G + k_b B,  Cb = (B - Y) / (2 (1 - k_b)),  Cr = (R - Y) / (2 (1 - k_r))

stored as 16 + 219 Y and 128 + 224 C (limited range) or 255 Y and 128 + 255 C (full range), times 2 ** (depth - 8).
FFmpeg's swscale does it exactly for eight bits, but for the way to full range. Of more bits it is wrong by up to four
of 1,023 steps, so it only changes how many pixels have a colour there, and the rest is done here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

# Numbers of ITU-T H.273, which FFmpeg uses too.
_UNSPECIFIED = frozenset({0, 2, 3})
_RGB, _BT709, _BT601 = 0, 1, 6
_LUMA_WEIGHTS = {1: (0.2126, 0.0722), 4: (0.3, 0.11), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087)}
_TRANSFERS = _UNSPECIFIED | {1, 4, 5, 6, 7, 11, 13}
_PRIMARIES = _UNSPECIFIED | {1, 4, 5, 6, 7, 22}
_NAMES = {
    ("transfer", 8): "linear light",
    ("transfer", 14): "BT.2020",
    ("transfer", 15): "BT.2020",
    ("transfer", 16): "HDR (PQ)",
    ("transfer", 18): "HDR (HLG)",
    ("primaries", 9): "BT.2020",
    ("primaries", 11): "DCI-P3",
    ("primaries", 12): "Display P3",
}
_LIMITED, _FULL = 1, 2
_SWSCALE_BT601 = 5
_HD_WIDTH, _SD_HEIGHT = 1280, 576
_STRIP_PIXELS = 2**14
# Bicubic, accurate rounding, full chroma at the way in and out: what goes there and back is the same then.
_SCALING = 0x4 | 0x40000 | 0x2000 | 0x4000


@dataclass(frozen=True, slots=True)
class Colours:
    """What the numbers of a film mean.

    Attributes
    ----------
    matrix, primaries, transfer
        Numbers of ITU-T H.273; the matrix is known, the others may be 2, unspecified.
    full
        Whether black and white are the least and the largest number.
    depth
        Bits a channel.
    """

    matrix: int
    primaries: int
    transfer: int
    full: bool
    depth: int

    @classmethod
    def of(cls, frame: Any, path: Path) -> Colours:
        """Return the colours of a decoded frame; of those that it doesn't tell, what is usual at its size.

        Raises
        ------
        InvalidImage
            If it holds HDR or other colours than those of common screens.
        """
        matrix, primaries, transfer = int(frame.colorspace), int(frame.color_primaries), int(frame.color_trc)
        name = frame.format.name
        if frame.format.is_rgb or frame.format.has_palette or name.startswith("gray"):
            matrix = _RGB
        elif matrix in {_RGB, *_UNSPECIFIED}:
            matrix = _BT709 if frame.width >= _HD_WIDTH or frame.height > _SD_HEIGHT else _BT601
        for kind, number, known in (
            ("transfer", transfer, _TRANSFERS),
            ("primaries", primaries, _PRIMARIES),
            ("matrix", matrix, {_RGB, *_LUMA_WEIGHTS}),
        ):
            if number not in known:
                what = _NAMES.get((kind, number), f"{kind} {number}")
                raise InvalidImage(
                    f"{path} holds colours of {what}; a look is for those of common screens (BT.709). "
                    "Bring it to standard range (SDR) first, in the program that you edit films with."
                )
        full = matrix == _RGB or frame.color_range == _FULL or name.startswith("yuvj")
        return cls(matrix, primaries, transfer, full, max(component.bits for component in frame.format.components))

    def in_yuv(self, depth: int) -> Colours:
        """Return how the same colours are told in YUV of so many bits."""
        if self.matrix == _RGB:
            return replace(self, matrix=_BT709, full=False, depth=depth)
        return replace(self, depth=depth)

    @property
    def dtype(self) -> type[np.uint8] | type[np.uint16]:
        """The type of pixels: 8 bits, or 16 for more."""
        return np.uint8 if self.depth <= 8 else np.uint16

    def to_rgb(self, frame: Any) -> NDArray[Any]:
        """Return a decoded frame as (Y, X, 3), of the whole range of `dtype`."""
        if self.matrix == _RGB or self.depth <= 8:
            return np.asarray(self._reformat(frame, "rgb24" if self.depth <= 8 else "rgb48le", full=True).to_ndarray())
        name = "yuv444p" + _depth_suffix(self.depth)
        planes = _planes(frame.reformat(format=name, interpolation=_SCALING), frame.width)
        weights, zero = self._from_rgb(np.iinfo(np.uint16).max)
        to_rgb = np.linalg.inv(weights).astype(np.float32)
        offset = (0.5 - to_rgb @ zero).astype(np.float32)[:, None]
        pixels = np.empty((frame.height, frame.width, 3), np.uint16)
        for rows in _strips(frame.height, frame.width):
            values = to_rgb @ np.stack([plane[rows].reshape(-1) for plane in planes], dtype=np.float32)
            values += offset
            np.clip(values, 0, np.iinfo(np.uint16).max, out=values)
            np.copyto(pixels[rows].reshape(-1, 3), values.T, casting="unsafe")
        return pixels

    def from_rgb(self, pixels: NDArray[Any], pixel_format: str) -> Any:
        """Return pixels (Y, X, 3) as a frame of a YUV format."""
        import av

        if pixels.dtype == np.uint8 and self.depth <= 8 and not self.full:
            return self._reformat(av.VideoFrame.from_ndarray(pixels, "rgb24"), pixel_format, full=False)
        height, width = pixels.shape[:2]
        frame = av.VideoFrame(width, height, "yuv444p" + _depth_suffix(self.depth))
        weights, zero = self._from_rgb(np.iinfo(pixels.dtype).max)
        to_stored, offset = weights.astype(np.float32), (zero + 0.5).astype(np.float32)[:, None]
        planes = _planes(frame, width)
        for rows in _strips(height, width):
            stored = to_stored @ pixels[rows].reshape(-1, 3).T.astype(np.float32)
            stored += offset
            np.clip(stored, 0, 2**self.depth - 1, out=stored)
            for plane, values in zip(planes, stored, strict=True):
                plane[rows] = values.reshape(-1, width)
        return frame.reformat(format=pixel_format, interpolation=_SCALING)

    def tag(self, target: Any) -> None:
        """Say in an encoder or a frame what the numbers mean."""
        target.colorspace, target.color_range = self.matrix, _FULL if self.full else _LIMITED
        target.color_primaries, target.color_trc = self.primaries, self.transfer

    def _reformat(self, frame: Any, pixel_format: str, *, full: bool) -> Any:
        """Let swscale do all of it: to RGB, which is full, or from it."""
        own = _FULL if self.full else _LIMITED
        matrix = _SWSCALE_BT601 if self.matrix == _BT601 else self.matrix or _BT709
        return frame.reformat(
            format=pixel_format,
            src_colorspace=matrix,
            dst_colorspace=matrix,
            src_color_range=own if full else _FULL,
            dst_color_range=_FULL if full else own,
            interpolation=_SCALING,
        )

    def _from_rgb(self, white: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what RGB of a white is multiplied with (3, 3), and what is added, to get stored numbers."""
        red, blue = _LUMA_WEIGHTS[self.matrix]
        luma = np.array([red, 1 - red - blue, blue])
        unit = np.array([luma, ([0, 0, 1] - luma) / (2 * (1 - blue)), ([1, 0, 0] - luma) / (2 * (1 - red))])
        step = 2 ** (self.depth - 8)
        spans = np.full(3, 2**self.depth - 1) if self.full else np.array([219, 224, 224]) * step
        zero = np.array([0 if self.full else 16 * step, 128 * step, 128 * step], float)
        return unit * spans[:, None] / white, zero


def _depth_suffix(depth: int) -> str:
    """Return how FFmpeg's names of formats end for so many bits."""
    return "" if depth <= 8 else f"{depth}le"


def _strips(height: int, width: int) -> Iterator[slice]:
    """Yield the rows of a frame a few at a time: as floats, so many pixels stay in a processor's cache."""
    rows = max(1, _STRIP_PIXELS // width)
    return (slice(top, top + rows) for top in range(0, height, rows))


def _planes(frame: Any, width: int) -> list[NDArray[Any]]:
    """Return the planes of a frame of full colour resolution, to read and to write."""
    dtype = np.dtype(np.uint8 if frame.format.components[0].bits <= 8 else "<u2")
    return [np.frombuffer(plane, dtype).reshape(plane.height, -1)[:, :width] for plane in frame.planes]

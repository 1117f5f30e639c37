"""The header of a JPEG XL codestream, which tells what decoded numbers mean (ISO/IEC 18181-1, annex D and E)."""

from __future__ import annotations

from dataclasses import dataclass

from napari_retrogan.core.errors import InvalidImage

_RGB, _GREY = 0, 1
_CUSTOM = 2
_ALPHA = 0
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


@dataclass(frozen=True, slots=True)
class JPEGXLHeader:
    """What a codestream says of itself.

    Attributes
    ----------
    width, height
        As stored, before the orientation is applied.
    bits
        Of a sample.
    is_float
        Whether samples are floats.
    primaries, transfer
        As ITU-T H.273 numbers them.
    corners
        x and y of white, red, green and blue where they have no number, else None.
    gamma
        Where the transfer is one, else None.
    has_profile
        Whether an ICC profile stands in their place, packed in a way that only libjxl knows.
    is_associated
        Whether colours are multiplied by alpha.
    is_film
        Whether there are frames.
    """

    width: int
    height: int
    bits: int
    is_float: bool
    primaries: int
    transfer: int
    corners: tuple[float, ...] | None
    gamma: float | None
    has_profile: bool
    is_associated: bool
    is_film: bool

    @classmethod
    def read(cls, codestream: bytes) -> JPEGXLHeader:
        """Read the header of a codestream, which begins with FF 0A.

        Raises
        ------
        InvalidImage
            If it is no such header or ends too soon.
        """
        if codestream[:2] != b"\xff\x0a":
            raise InvalidImage("its header is broken")
        return _read(_Bits(codestream[2:4096]))


class _Bits:
    """Bits from the lowest of the first byte on."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "little"), 8 * len(data)

    def take(self, number: int) -> int:
        """Return the next so many bits as a number."""
        self._left -= number
        if self._left < 0:
            raise InvalidImage("its header is cut off")
        taken = self._value & ((1 << number) - 1)
        self._value >>= number
        return taken

    def flag(self) -> bool:
        return bool(self.take(1))

    def choose(self, *ways: tuple[int, int]) -> int:
        """Return a number told in one of four ways: an offset and how many bits to add to it."""
        offset, number = ways[self.take(2)]
        return offset + self.take(number)

    def enum(self) -> int:
        return self.choose((0, 0), (1, 0), (2, 4), (18, 6))


def _read(bits: _Bits) -> JPEGXLHeader:
    width, height = _size(bits)
    depth, is_float, associated, film = 8, False, False, False
    space: tuple[int, int, tuple[float, ...] | None, float | None, bool] = (1, 13, None, None, False)
    if not bits.flag():
        if bits.flag():
            bits.take(3)
            if bits.flag():
                _size(bits)
            if bits.flag():
                _preview(bits)
            film = bits.flag()
            if film:
                _animation(bits)
        depth, is_float = _depth(bits)
        bits.take(1)
        for _ in range(bits.choose((0, 0), (1, 0), (2, 4), (1, 12))):
            associated = _extra_channel(bits) or associated
        bits.take(1)
        space = _space(bits)
    return JPEGXLHeader(width, height, depth, is_float, *space, associated, film)


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.flag()

    def extent() -> int:
        return 8 * (bits.take(5) + 1) if small else bits.choose((1, 9), (1, 13), (1, 18), (1, 30))

    height = extent()
    ratio = bits.take(3)
    if ratio:
        across, down = _RATIOS[ratio - 1]
        return height * across // down, height
    return extent(), height


def _preview(bits: _Bits) -> None:
    by_eight = bits.flag()
    ways = ((16, 0), (32, 0), (1, 5), (33, 9)) if by_eight else ((1, 6), (65, 8), (321, 10), (1345, 12))
    bits.choose(*ways)
    if not bits.take(3):
        bits.choose(*ways)


def _animation(bits: _Bits) -> None:
    bits.choose((100, 0), (1000, 0), (1, 10), (1, 30))
    bits.choose((1, 0), (1001, 0), (1, 8), (1, 10))
    bits.choose((0, 0), (0, 3), (0, 16), (0, 32))
    bits.take(1)


def _depth(bits: _Bits) -> tuple[int, bool]:
    if bits.flag():
        depth = bits.choose((32, 0), (16, 0), (24, 0), (1, 6))
        bits.take(4)
        return depth, True
    return bits.choose((8, 0), (10, 0), (12, 0), (1, 6)), False


def _extra_channel(bits: _Bits) -> bool:
    """Read what another channel is and tell whether it is alpha that colours are multiplied by."""
    if bits.flag():
        return False
    kind = bits.enum()
    _depth(bits)
    bits.choose((0, 0), (3, 0), (4, 0), (1, 3))
    for _ in range(bits.choose((0, 0), (0, 4), (16, 5), (48, 10))):
        bits.take(8)
    if kind == _ALPHA:
        return bits.flag()
    if kind == 2:  # A spot colour.
        bits.take(64)
    elif kind == 5:  # One of a colour filter's.
        bits.choose((1, 0), (0, 2), (3, 4), (19, 8))
    return False


def _space(bits: _Bits) -> tuple[int, int, tuple[float, ...] | None, float | None, bool]:
    """Return primaries, transfer, corners, gamma and whether there is a profile instead."""
    if bits.flag():
        return 1, 13, None, None, False
    has_profile = bits.flag()
    kind = bits.enum()
    if has_profile:
        return 1, 13, None, None, True
    if kind not in (_RGB, _GREY):
        return 1, 13, None, None, False
    white_kind = bits.enum()
    white = _corner(bits) if white_kind == _CUSTOM else {10: (1 / 3, 1 / 3), 11: (0.314, 0.351)}.get(white_kind)
    primaries = 1
    corners: tuple[float, ...] | None = None
    if kind == _RGB:
        primaries = bits.enum()
        if primaries == _CUSTOM:
            primaries, corners = 1, (*_corner(bits), *_corner(bits), *_corner(bits))
    gamma, transfer = None, 13
    if bits.flag():
        gamma = 1e7 / max(bits.take(24), 1)
    else:
        transfer = bits.enum()
    if corners is not None:
        corners = (*(white or (0.3127, 0.3290)), *corners)
    return primaries, transfer, corners, gamma, False


def _corner(bits: _Bits) -> tuple[float, float]:
    def coordinate() -> float:
        packed = bits.choose((0, 19), (524288, 19), (1048576, 20), (2097152, 21))
        return (packed >> 1 if packed % 2 == 0 else -(packed + 1 >> 1)) / 1e6

    return coordinate(), coordinate()

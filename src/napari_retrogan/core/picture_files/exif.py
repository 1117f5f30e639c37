"""Exif as it stands in a file: entries with their bytes, of which nothing is interpreted that need not be.

The layout is that of TIFF 6.0, section 2, and of BigTIFF; Exif 2.32 says which entries lead to further directories.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

IMAGE, CAMERA, PLACE, INTEROPERABILITY = 0, 0x8769, 0x8825, 0xA005
"""The directories, by the entries that lead to them."""

ORIENTATION, MAKER_NOTE = 274, 37500
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}
RATIONALS = {5: "II", 10: "ii"}
_WIDTH, _HEIGHT, _COLOUR_SPACE = 40962, 40963, 40961
_MOST_BYTES = 2**25
"""Of all values together: they may all lie in one place."""
# How pixels are stored, which way up they were, small copies of them, and what is kept in other ways.
_STORAGE = frozenset(
    {*range(254, 269), *range(273, 282), 284, *range(288, 294), 301, 317, *range(320, 348), *range(512, 533)}
    | {700, CAMERA, PLACE, 34675, 37724, 50706, 50707}
)

_CLASSIC, _BIG = ("H", "I", 4), ("Q", "Q", 16)
"""How a directory counts its entries, how it counts values and tells places, and which kind of number a place is."""

Read = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Entry:
    """One value: its type as TIFF numbers them, how many there are, their bytes, and where in the file these lay."""

    kind: int
    count: int
    data: bytes
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Exif:
    """Directories of entries.

    Attributes
    ----------
    order
        ``<`` or ``>``, of all bytes.
    groups
        Entries by number, of each directory.
    """

    order: str = "<"
    groups: Mapping[int, Mapping[int, Entry]] = field(default_factory=dict)

    @classmethod
    def from_block(cls, block: bytes) -> Exif:
        """Read what can be read of a block, with or without the word Exif before it."""
        block = block.removeprefix(b"Exif\0\0")

        def read(offset: int, size: int) -> bytes:
            return block[offset : offset + size]

        return cls.from_file(read)

    @classmethod
    def from_file(cls, read: Read, offset: int | None = None) -> Exif:
        """Read what can be read of a TIFF file.

        Parameters
        ----------
        read
            Returns so many bytes from an offset on, or fewer where the file ends.
        offset
            Of the directory; by default that of the first.
        """
        read = _frugal(read)
        header = read(0, 16)
        order = {b"II": "<", b"MM": ">"}.get(header[:2])
        if order is None or len(header) < 8:
            return cls()
        big = header[2:4] in (b"+\0", b"\0+")
        if offset is None:
            offset = _unpack(order, "Q" if big else "I", header[8:16] if big else header[4:8])
        groups = {IMAGE: _directory(read, order, offset, big=big)}
        for group, parent in ((CAMERA, IMAGE), (PLACE, IMAGE), (INTEROPERABILITY, CAMERA)):
            pointer = groups.get(parent, {}).get(group)
            if pointer is not None and pointer.kind in _NUMBERS:
                start = _unpack(order, _NUMBERS[pointer.kind], pointer.data)
                groups[group] = _directory(read, order, start, big=big)
        return cls(order, {group: entries for group, entries in groups.items() if entries})

    def numbers(self, tag: int, group: int = IMAGE) -> tuple[float, ...]:
        """Return the numbers of an entry; none if it isn't there, holds no numbers or divides by zero."""
        entry = self.groups.get(group, {}).get(tag)
        if entry is None:
            return ()
        if entry.kind in _NUMBERS:
            return struct.unpack(f"{self.order}{entry.count}{_NUMBERS[entry.kind]}", entry.data)
        if entry.kind in RATIONALS:
            pairs = struct.iter_unpack(f"{self.order}{RATIONALS[entry.kind]}", entry.data)
            return tuple(above / below for above, below in pairs if below)
        return ()

    def text(self, tag: int, group: int = IMAGE) -> bytes:
        """Return the bytes of an entry up to the first zero."""
        entry = self.groups.get(group, {}).get(tag)
        return b"" if entry is None else entry.data.partition(b"\0")[0]

    def upright(self, height: int, width: int) -> Exif:
        """Return what still holds of a picture of so many pixels that was turned upright and stored anew."""
        groups = dict(self.groups)
        groups[IMAGE] = {tag: entry for tag, entry in groups.get(IMAGE, {}).items() if tag not in _STORAGE}
        camera = dict(groups.get(CAMERA, {}))
        for tag, size in ((_WIDTH, width), (_HEIGHT, height)):
            if tag in camera:
                camera[tag] = Entry(4, 1, struct.pack(f"{self.order}I", size))
        groups[CAMERA] = {tag: entry for tag, entry in camera.items() if tag != INTEROPERABILITY}
        return replace(self, groups={group: entries for group, entries in groups.items() if entries})

    def in_srgb(self) -> Exif:
        """Return the same for colours that were converted to sRGB."""
        groups = {group: entries for group, entries in self.groups.items() if group != INTEROPERABILITY}
        if _COLOUR_SPACE in groups.get(CAMERA, {}):
            groups[CAMERA] = {**groups[CAMERA], _COLOUR_SPACE: Entry(3, 1, struct.pack(f"{self.order}H", 1))}
        return replace(self, groups=groups)

    def with_text(self, tag: int, text: str) -> Exif:
        """Return the same with a text in the image's directory."""
        data = text.encode() + b"\0"
        image = {**self.groups.get(IMAGE, {}), tag: Entry(2, len(data), data)}
        return replace(self, groups={**self.groups, IMAGE: image})

    def without(self, tag: int, group: int) -> Exif:
        """Return the same without one entry."""
        entries = {number: entry for number, entry in self.groups.get(group, {}).items() if number != tag}
        return replace(self, groups={**self.groups, group: entries})

    def in_order(self, order: str) -> Exif:
        """Return the same with its numbers in another order of bytes."""
        if order == self.order:
            return self
        groups = {
            group: {tag: replace(entry, data=_swapped(entry)) for tag, entry in entries.items()}
            for group, entries in self.groups.items()
        }
        return Exif(order, groups)

    def block(self) -> bytes:
        """Return all directories as one block, without the word Exif before it.

        A maker's note stays at its offset, since what is in it counts from the block's start.
        """
        if not any(self.groups.values()):
            return b""
        maker = self.groups.get(CAMERA, {}).get(MAKER_NOTE)
        layout = _Layout(self.order, maker if maker is not None and maker.offset >= 8 else None)
        start = self._write(layout, IMAGE)
        layout.data[:8] = (b"II*\0" if self.order == "<" else b"MM\0*") + struct.pack(f"{self.order}I", start)
        return bytes(layout.data)

    def directory(self, group: int, start: int, *, big: bool = False) -> bytes:
        """Return one directory as it stands at an offset, with its values and what it leads to behind it.

        Parameters
        ----------
        group
            Which.
        start
            Where it is to stand.
        big
            Whether it is to stand in a BigTIFF.
        """
        layout = _Layout(self.order, None, start, _BIG if big else _CLASSIC)
        self._write(layout, group)
        return bytes(layout.data[start:])

    def _write(self, layout: _Layout, group: int) -> int:
        """Write a directory and those that it leads to and return where it is."""
        entries = dict(self.groups.get(group, {}))
        inner = {IMAGE: (CAMERA, PLACE), CAMERA: (INTEROPERABILITY,)}.get(group, ())
        pointers = [each for each in inner if self.groups.get(each)]
        number, place, kind = layout.form
        inline = struct.calcsize(place)
        start = layout.take(struct.calcsize(number) + inline + (4 + 2 * inline) * len({*entries, *pointers}))
        for each in pointers:
            entries[each] = Entry(kind, 1, struct.pack(f"{self.order}{place}", self._write(layout, each)))
        body = struct.pack(f"{self.order}{number}", len(entries))
        for tag, entry in sorted(entries.items()):
            value = entry.data
            if len(value) > inline:
                value = struct.pack(f"{self.order}{place}", layout.put(entry))
            body += struct.pack(f"{self.order}HH{place}", tag, entry.kind, entry.count) + value.ljust(inline, b"\0")
        layout.data[start : start + len(body) + inline] = body + bytes(inline)
        return start


class _Layout:
    """A block that grows, around one value that stays where it was."""

    def __init__(self, order: str, kept: Entry | None, start: int = 8, form: tuple[str, str, int] = _CLASSIC) -> None:
        self.order, self.kept, self.form = order, kept, form
        self.data = bytearray(start)
        self._end = start

    def take(self, size: int) -> int:
        """Make room for so many bytes and return where."""
        start = self._end + self._end % 2
        if self.kept is not None:
            first, last = self.kept.offset, self.kept.offset + len(self.kept.data)
            if start < last and start + size > first:
                start = last + last % 2
        self._end = start + size
        self._grow(self._end)
        return start

    def put(self, entry: Entry) -> int:
        """Write a value and return where."""
        start = entry.offset if entry is self.kept else self.take(len(entry.data))
        self._grow(start + len(entry.data))
        self.data[start : start + len(entry.data)] = entry.data
        return start

    def _grow(self, size: int) -> None:
        self.data.extend(bytes(max(0, size - len(self.data))))


def _frugal(read: Read) -> Read:
    """Return what reads the same, but nothing that would make too much of it."""
    left = _MOST_BYTES

    def read_some(offset: int, size: int) -> bytes:
        nonlocal left
        if size > left:
            return b""
        left -= size
        return read(offset, size)

    return read_some


def _swapped(entry: Entry) -> bytes:
    """Return an entry's bytes with those of each number turned round."""
    size = 4 if entry.kind in RATIONALS else _SIZES[entry.kind]
    return b"".join(entry.data[at : at + size][::-1] for at in range(0, len(entry.data), size))


def _unpack(order: str, code: str, data: bytes) -> int:
    size = struct.calcsize(code)
    return int(struct.unpack(f"{order}{code}", data[:size])[0]) if len(data) >= size else 0


def _directory(read: Read, order: str, offset: int, *, big: bool) -> dict[int, Entry]:
    """Return the entries of a directory whose values are there."""
    count_code, entry_size = ("Q", 20) if big else ("H", 12)
    count_size = struct.calcsize(count_code)
    count = min(_unpack(order, count_code, read(offset, count_size)), 2**16)
    return dict(_entries(read, order, read(offset + count_size, count * entry_size), offset + count_size, big=big))


def _entries(read: Read, order: str, body: bytes, start: int, *, big: bool) -> Iterator[tuple[int, Entry]]:
    """Yield the entries of a directory's body that begins at an offset."""
    size, inline, code = (20, 8, "Q") if big else (12, 4, "I")
    for at in range(0, len(body) - size + 1, size):
        tag, kind, count = struct.unpack_from(f"{order}HH{code}", body, at)
        length = _SIZES.get(kind, 0) * count
        if not 0 < length <= _MOST_BYTES:
            continue
        value = body[at + size - inline : at + size]
        where = start + at + size - inline
        if length > inline:
            where = _unpack(order, code, value)
            value = read(where, length)
        if len(value) >= length:
            yield tag, Entry(kind, count, value[:length], where)

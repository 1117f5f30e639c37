"""Ways to change a generator's file, at the level of bytes, of the zip, of its metadata, arrays and graph."""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

METADATA, GRAPH = "metadata.json", "generator.onnx"
Members = dict[str, bytes]
STRANGE: tuple[Any, ...] = (
    None, True, -1, 0, 2, 2**63, -(2**70), 1e308, 0.5, "", "../../etc/passwd", "\ud800", "x" * 3000, [], {}, [[[[]]]],
    {"a": {"b": []}}, [None], {"format_version": 1},
)  # fmt: skip
RAW = (b"NaN", b"Infinity", b"-1e999", b"9" * 5000, b"[" * 3000, b'"\\ud800"', b"\xff\xfe", b"}", b"0x1", b"", b"null")


def change_bytes(original: bytes, members: Members, rng: random.Random) -> bytes:
    """Flip, cut, repeat or overwrite bytes, half of the time in the zip's directory."""
    content = bytearray(original)
    for _ in range(rng.choice([1, 1, 2, 8])):
        _change_some(content, rng, rng.choice([0, max(0, len(content) - 3000)]))
    return bytes(content)


def change_zip(original: bytes, members: Members, rng: random.Random) -> bytes:
    """Rename, swap, drop, repeat or repack parts, or edit fields of the directory."""
    members = dict(members)
    names = list(members)
    action = rng.randrange(6)
    one, other = rng.sample(names, 2)
    if action == 0:
        members[one], members[other] = members[other], members[one]
    elif action == 1:
        members[rng.choice(["../evil", "/etc/passwd", "C:\\evil", one + "\0", one.upper(), "a" * 60_000, "ü/"])] = (
            members.pop(one)
        )
    elif action == 2:
        del members[one]
    elif action == 3:
        members[one] = rng.choice([b"", bytes(rng.choice([1, 10**5, 10**7])), members[one] * 2, members[one][:-1]])
    content = bytearray(pack(members, rng.choice([*[zipfile.ZIP_STORED] * 4, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])))
    if action >= 4:
        _edit_directory(content, rng)
    return bytes(content)


def change_metadata(original: bytes, members: Members, rng: random.Random) -> bytes:
    """Put strange values, or bytes that are no JSON, into the metadata; hashes fit."""
    metadata = json.loads(members[METADATA])
    place: Any = metadata
    while True:
        key = rng.choice(list(place) if isinstance(place, dict) else range(len(place)))
        if not isinstance(place[key], (dict, list)) or not place[key] or rng.random() < 0.4:
            break
        place = place[key]
    if rng.random() < 0.3:
        place[key] = "HERE"
        return packed({**members, METADATA: json.dumps(metadata).encode().replace(b'"HERE"', rng.choice(RAW))})
    if isinstance(place, dict) and rng.random() < 0.3:
        place[str(rng.choice(STRANGE)).encode("utf-8", "replace").decode()] = place.pop(key)
    else:
        place[key] = rng.choice(STRANGE)
    return packed({**members, METADATA: json.dumps(metadata).encode()})


def change_array(original: bytes, members: Members, rng: random.Random) -> bytes:
    """Change a weight's bytes, mostly in its header; hashes fit."""
    name = rng.choice([name for name in members if name.endswith(".npy")])
    content = bytearray(members[name])
    for _ in range(rng.choice([1, 1, 3])):
        _change_some(content, rng, 0, rng.choice([128, len(content)]))
    return with_hashes({**members, name: bytes(content)})


def change_graph(original: bytes, members: Members, rng: random.Random) -> bytes:
    """Change bytes of the graph, or put something else in its place; hashes fit."""
    content = bytearray(members[GRAPH])
    if rng.random() < 0.2:
        return with_hashes({**members, GRAPH: rng.choice([b"", b"text", bytes(10**6), content * 2])})
    for _ in range(rng.choice([1, 1, 4])):
        _change_some(content, rng, 0)
    return with_hashes({**members, GRAPH: bytes(content)})


def with_hashes(members: Members) -> bytes:
    """Return a file whose metadata hold the hashes of the parts as they are."""
    metadata = json.loads(members[METADATA])
    metadata["sha256"] = {name: hashlib.sha256(data).hexdigest() for name, data in members.items() if name != METADATA}
    return packed({**members, METADATA: json.dumps(metadata).encode()})


def packed(members: Members) -> bytes:
    """Return the parts as a zip."""
    return pack(members, zipfile.ZIP_STORED)


def pack(members: Members, method: int) -> bytes:
    """Return the parts as a zip, packed in one way."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return stream.getvalue()


def _change_some(content: bytearray, rng: random.Random, start: int, stop: int | None = None) -> None:
    """Change some bytes between two places."""
    stop = max(start + 1, min(stop or len(content), len(content)))
    at = rng.randrange(start, stop)
    length = rng.choice([1, 1, 2, 4, 8, 100])
    match rng.randrange(6):
        case 0 | 1:
            content[at : at + 1] = bytes([content[at] ^ 1 << rng.randrange(8)]) if at < len(content) else b"x"
        case 2:
            del content[at:]
        case 3:
            content[at : at + length] = rng.choice([b"\0", b"\xff", b"\x7f"]) * length
        case 4:
            content[at:at] = content[max(0, at - length) : at]
        case _:
            content[at : at + length] = rng.randbytes(length)
    if not content:
        content += b"\0"


def _edit_directory(content: bytearray, rng: random.Random) -> None:
    """Give a field of an entry of the zip's directory, or of its end, another value."""
    starts = [entry.start() for entry in re.finditer(rb"PK\x01\x02", content)]
    at = rng.choice([*starts, content.rfind(b"PK\x05\x06")])
    if content.startswith(b"PK\x05\x06", at):
        offset, kind = rng.choice([(8, "<H"), (10, "<H"), (12, "<I"), (16, "<I"), (20, "<H")])
    else:
        fields = [(8, "<H"), (10, "<H"), (16, "<I"), (20, "<I"), (24, "<I"), (28, "<H"), (30, "<H"), (42, "<I")]
        offset, kind = rng.choice(fields)
    (value,) = struct.unpack_from(kind, content, at + offset)
    limit = 2 ** (8 * struct.calcsize(kind))
    struct.pack_into(kind, content, at + offset, rng.choice([0, 1, value + 1, value - 1, value * 2, limit - 1]) % limit)


LEVELS: tuple[Callable[[bytes, Members, random.Random], bytes], ...] = (
    change_bytes, change_zip, change_metadata, change_array, change_graph,
)  # fmt: skip

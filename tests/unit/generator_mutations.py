"""Ways to change a generator's file, at the level of bytes, of the zip, of its metadata, arrays and graph."""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import helper

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
OPERATORS = ("Concat", "Conv", "Mul", "Add", "Reshape", "Slice", "Clip", "Tile", "Expand", "ConstantOfShape", "Pad",
             "Loop", "If", "Scan", "MatMul", "Resize", "GatherND", "Range")  # fmt: skip
NUMBERS = (0, 1, -1, 2, 3, 64, 1023, 1024, 65536, 2**31 - 1, 2**31, 2**62, -(2**63), 2**63 - 1)


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


def change_graph_bytes(original: bytes, members: Members, rng: random.Random) -> bytes:
    """Change bytes of the graph; hashes fit."""
    content = bytearray(members[GRAPH])
    for _ in range(rng.choice([1, 1, 4])):
        _change_some(content, rng, 0)
    return with_hashes({**members, GRAPH: bytes(content)})


def change_graph(original: bytes, members: Members, rng: random.Random) -> bytes:
    """Change the graph's nodes, attributes, shapes and constants as a forger would; hashes fit."""
    model = onnx.load_model_from_string(members[GRAPH])
    for _ in range(rng.choice([1, 1, 2, 3])):
        try:
            rng.choice(GRAPH_CHANGES)(model, rng)
        except (IndexError, ValueError, TypeError):
            continue
    return with_hashes({**members, GRAPH: model.SerializeToString()})


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


def _other_operator(model: Any, rng: random.Random) -> None:
    rng.choice(model.graph.node).op_type = rng.choice(OPERATORS)


def _other_input(model: Any, rng: random.Random) -> None:
    node = rng.choice(model.graph.node)
    names = [name for each in model.graph.node for name in [*each.input, *each.output]] + ["", "nothing"]
    node.input[rng.randrange(len(node.input))] = rng.choice(names)


def _other_output(model: Any, rng: random.Random) -> None:
    rng.choice(model.graph.node).output[0] = rng.choice(["result", "image", "", rng.choice(model.graph.node).output[0]])


def _other_attribute(model: Any, rng: random.Random) -> None:
    node = rng.choice(model.graph.node)
    name = rng.choice(["pads", "strides", "dilations", "kernel_shape", "group", "axis", "alpha", "auto_pad", "body"])
    value = rng.choice([
        [rng.choice(NUMBERS) for _ in range(rng.choice([1, 2, 4, 5]))], rng.choice(NUMBERS), 1e30, "SAME_UPPER",
        onnx.numpy_helper.from_array(np.zeros(3)), helper.make_graph([], "inner", [], []),
    ])  # fmt: skip
    kept = [each for each in node.attribute if each.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(name, value)])


def _growing(model: Any, rng: random.Random) -> None:
    """Double a value many times, or spread it over a new axis."""
    last = "image"
    nodes = []
    for number in range(rng.choice([2, 5, 20, 60])):
        nodes.append(helper.make_node("Concat", [last, last], [f"grown_{number}"], axis=rng.choice([0, 1, 2, 3])))
        last = nodes[-1].output[0]
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *rest])
    if rng.random() < 0.5:
        model.graph.node[-1].input[0] = last


def _other_constant(model: Any, rng: random.Random) -> None:
    tensor = rng.choice(model.graph.initializer)
    match rng.randrange(5):
        case 0:
            del tensor.dims[:]
            tensor.dims.extend([rng.choice(NUMBERS) for _ in range(rng.choice([0, 1, 4, 5]))])
        case 1:
            tensor.data_type = rng.randrange(24)
        case 2:
            tensor.raw_data = rng.choice(
                [b"", tensor.raw_data[:-1], tensor.raw_data * 2, b"\xff" * len(tensor.raw_data)]
            )
        case 3:
            tensor.data_location = onnx.TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value=rng.choice(["/etc/passwd", "../a", "*/_ORT_MEM_ADDR_/*"]))
        case _:
            dims = rng.choice([(1, 1, 1, 1), (2**20,), (1000, 3, 1, 1), (3, 3, 100, 100), (4096, 1, 1, 1)])
            tensor.CopyFrom(onnx.numpy_helper.from_array(np.ones(dims, np.float32), tensor.name))


def _other_field(model: Any, rng: random.Random) -> None:
    match rng.randrange(8):
        case 0:
            model.functions.add().name = "own"
        case 1:
            model.opset_import[0].version = rng.choice([1, 13, 18, 99])
        case 2:
            model.graph.node.extend([model.graph.node[0]] * rng.choice([1, 1000]))
        case 3:
            model.graph.input[rng.randrange(6)].type.tensor_type.shape.dim.add().dim_value = rng.choice(NUMBERS)
        case 4:
            rng.choice(model.graph.node).domain = rng.choice(["", "com.microsoft", "ai.onnx.ml"])
        case 5:
            model.ir_version = rng.choice([0, 3, 11, 2**40])
        case 6:
            model.graph.output.add().name = rng.choice(["image", "conv_0", "nothing"])
        case _:
            model.graph.node.add().op_type = rng.choice(OPERATORS)


GRAPH_CHANGES: tuple[Callable[[Any, random.Random], None], ...] = (
    _other_operator, _other_input, _other_output, _other_attribute, _growing, _other_constant, _other_field,
)  # fmt: skip
LEVELS: tuple[Callable[[bytes, Members, random.Random], bytes], ...] = (
    change_bytes, change_zip, change_metadata, change_array, change_graph_bytes, change_graph,
)  # fmt: skip

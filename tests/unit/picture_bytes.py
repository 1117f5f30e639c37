"""Picture files as bytes, made by hand where no library writes that kind."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

FIELDS = np.zeros((12, 18, 3), np.uint8)
FIELDS[:6, :9], FIELDS[6:, 9:], FIELDS[:6, 9:] = [200, 30, 30], [30, 200, 30], [30, 30, 200]
"""Four fields of colour, nothing symmetric."""

XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:my="http://example.org/my/" my:secret="42" %s/></rdf:RDF>'
    b'</x:xmpmeta><?xpacket end="w"?>'
)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(array=FIELDS, *chunks, **options):
    """A PNG by Pillow with chunks put in behind its header."""
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG", **options)
    data = buffer.getvalue()
    return data[:33] + b"".join(chunk(kind, content) for kind, content in chunks) + data[33:]


def tiff(width, height, rows, tags):
    """A TIFF of one strip and one page, little-endian; tags are (number, type, value)."""
    whole = {256: (3, width), 257: (3, height), 259: (3, 1), 273: (4, 8), 278: (3, height), 279: (4, len(rows))}
    whole |= {tag: (kind, value) for tag, kind, value in tags}
    rows += b"\0" * (len(rows) % 2)
    entries = b"".join(struct.pack("<HHII", tag, *pair[:1], 1, pair[1]) for tag, pair in sorted(whole.items()))
    return b"II*\0" + struct.pack("<I", 8 + len(rows)) + rows + struct.pack("<H", len(whole)) + entries + bytes(4)


def packed(values, bits):
    """Rows of so many bits a value, each begun at a byte."""
    width = -(-values.shape[1] * bits // 8)
    lines = ("".join(format(int(value), f"0{bits}b") for value in row).ljust(width * 8, "0") for row in values)
    return b"".join(int(line, 2).to_bytes(width, "big") for line in lines)


def exif_block(*entries, group=None):
    """An Exif block, little-endian; entries are (tag, type, count, bytes), in the image's directory or another's."""

    def directory(those, start):
        body, data, after = b"", b"", start + 6 + 12 * len(those)
        for tag, kind, count, value in those:
            if len(value) > 4:
                value, data = struct.pack("<I", after + len(data)), data + value + bytes(len(value) % 2)
            body += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
        return struct.pack("<H", len(those)) + body + bytes(4) + data

    head = b"II*\0" + struct.pack("<I", 8)
    if group is None:
        return head + directory(entries, 8)
    return head + directory([(group, 4, 1, struct.pack("<I", 26))], 8) + directory(entries, 26)


def jpeg(array=FIELDS, *segments, **options):
    """A JPEG by Pillow with segments (marker, content) put in behind its first."""
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "JPEG", quality=100, subsampling=0, **options)
    data = buffer.getvalue()
    added = b"".join(struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content for marker, content in segments)
    return data[:20] + added + data[20:]


def box(kind, content):
    return struct.pack(">I", len(content) + 8) + kind + content


def ink_profile():
    """An ICC profile of inks: Lab is 100 minus what the inks take, of two grid points an ink."""
    grid = np.stack(np.meshgrid(*[[0, 1]] * 4, indexing="ij"), -1).reshape(-1, 4).astype(float)
    light = 100 * (1 - grid[:, 3]) * (1 - 0.3 * grid[:, :3].sum(1) / 3 - 0.4 * (grid[:, 0] > 0))
    lab = np.stack([light, 40 * (grid[:, 1] - grid[:, 0]), 50 * (grid[:, 2] - grid[:, 0])], -1)
    stored = np.round(np.stack([lab[:, 0] * 652.8, (lab[:, 1] + 128) * 256, (lab[:, 2] + 128) * 256], -1))
    ramp = np.array([0, 65535], ">u2").tobytes()
    lut = (
        b"mft2\0\0\0\0"
        + bytes([4, 3, 2, 0])
        + struct.pack(">9i", *(65536 * value for value in (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    )
    lut += struct.pack(">HH", 2, 2) + ramp * 4 + stored.clip(0, 65535).astype(">u2").tobytes() + ramp * 3
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"inks\0" + bytes(79)
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    parts = {b"desc": text, b"wtpt": white, b"cprt": b"text\0\0\0\0none\0\0\0\0", b"A2B0": lut, b"A2B1": lut}
    table, body, start = b"", b"", 132 + 12 * len(parts)
    for key, part in parts.items():
        table += key + struct.pack(">II", start + len(body), len(part))
        body += part + bytes(-len(part) % 4)
    head = struct.pack(">I4s4B12s", start + len(body), b"\0" * 4, 2, 0x40, 0, 0, b"prtrCMYKLab ")
    head += struct.pack(">6H4s", 2020, 1, 1, 0, 0, 0, b"acsp")
    head = head.ljust(68, b"\0") + white[8:]
    return head.ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body

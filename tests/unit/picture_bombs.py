"""Picture files that claim to be, or unpack to, more than memory."""

import io
import struct
import zlib
from collections.abc import Callable

import imagecodecs
import numpy as np
import tifffile
from picture_bytes import FIELDS, box, chunk, exif_block, jpeg, png
from PIL import Image

HUGE, ABSURD = 65_000, 100_000
"""Pixels a side: 38 GB of colours for formats of 16 bits a size, and 90 GB for others, as they are styled more."""

PNG_START = b"\x89PNG\r\n\x1a\n"
OME = '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">{}</Image></OME>'
OME_PIXELS = (
    '<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="16" SizeY="16" SizeC="1" SizeZ="99999" '
    'SizeT="99999"><TiffData/></Pixels>'
)


def zeros(number):
    """So many zeros, packed."""
    packer = zlib.compressobj(9)
    block = bytes(2**20)
    return b"".join(packer.compress(block[:left]) for left in range(number, 0, -(2**20))) + packer.flush()


def encoded(array, form, **options):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, form, **options)
    return buffer.getvalue()


def with_size(data, mark, offset, layout, size=ABSURD):
    """Bytes in which the size that stands so far behind a mark is another."""
    changed = bytearray(data)
    struct.pack_into(layout, changed, data.index(mark) + offset, size, size)
    return bytes(changed)


def png_of(side=ABSURD, bits=16, interlaced=0, body=b"", *more):
    head = struct.pack(">IIBBBBB", side, side, bits, 2, 0, 0, interlaced)
    return PNG_START + b"".join([chunk(b"IHDR", head), *more, chunk(b"IDAT", body), chunk(b"IEND", b"")])


def moving_png(frames=1000, side=6000):
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", head), chunk(b"acTL", struct.pack(">II", frames, 0))]
    parts += [chunk(b"fcTL", struct.pack(">5I2H2B", 0, side, side, 0, 0, 1, 10, 0, 0))]
    parts += [chunk(b"IDAT", zeros((3 * side + 1) * side))]
    for number in range(1, 2 * frames - 1, 2):
        parts += [chunk(b"fcTL", struct.pack(">5I2H2B", number, 1, 1, 0, 0, 1, 10, 0, 0))]
        parts += [chunk(b"fdAT", struct.pack(">I", number + 1) + zlib.compress(bytes(4)))]
    return PNG_START + b"".join(parts) + chunk(b"IEND", b"")


def tiff_of(body, tags):
    """A TIFF of these bytes and these tags, each (type, count, value)."""
    body += b"\0" * (len(body) % 2)
    entries = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in sorted(tags.items()))
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + struct.pack("<H", len(tags)) + entries + bytes(4)


def page_of(side, size, compression, channels=1, **others):
    tags = {256: (4, 1, side), 257: (4, 1, side), 258: (3, 1, 8), 259: (3, 1, compression), 262: (3, 1, 1)}
    tags |= {273: (4, 1, 8), 277: (3, 1, channels), 278: (4, 1, side), 279: (4, 1, size)}
    return tags | {int(tag.removeprefix("tag")): entry for tag, entry in others.items()}


def tiff_in_parts(compression, part, channels=3, photometric=2):
    """A small page of one strip that is a picture by itself."""
    return tiff_of(part, page_of(16, len(part), compression, channels, tag262=(3, 1, photometric)))


def overlapping_tiff(parts=700, width=30_000):
    """Very many strips that all lie in one place."""
    strip = zeros(width * 3 * 100)
    strip += b"\0" * (len(strip) % 2)
    places = struct.pack(f"<{parts}I", *[8] * parts), struct.pack(f"<{parts}I", *[len(strip)] * parts)
    first = 8 + len(strip)
    tags = page_of(width, 0, 8, 3, tag257=(4, 1, 100 * parts), tag262=(3, 1, 2), tag278=(4, 1, 100))
    tags |= {273: (4, parts, first), 279: (4, parts, first + len(places[0]))}
    return tiff_of(strip + b"".join(places), tags)


def tiled_tiff(side=2**19):
    body = zeros(2**24)
    tags = page_of(100, len(body), 8)
    tags = {tag: entry for tag, entry in tags.items() if tag not in (273, 278, 279)}
    return tiff_of(body, tags | {322: (4, 1, side), 323: (4, 1, side), 324: (4, 1, 8), 325: (4, 1, len(body))})


def paged_tiff(pages, first_again=False):
    """A TIFF of pages that share their pixels, the last of which may lead to the second again."""
    strip = zeros(3000 * 3000)
    strip += b"\0" * (len(strip) % 2)
    tags = page_of(3000, len(strip), 8)
    entries = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in sorted(tags.items()))
    size, start = len(entries) + 6, 8 + len(strip)
    directories = b"".join(
        struct.pack("<H", len(tags)) + entries + struct.pack("<I", start + number * size)
        for number in [*range(1, pages), first_again]
    )
    data = b"II*\0" + struct.pack("<I", start) + strip + directories
    return data if first_again else data[:-4] + bytes(4)


def described_tiff(text):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.zeros((16, 16), np.uint8), description=text, metadata=None)
    return buffer.getvalue()


def gif_of(side, frames, frame_side=1):
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes([0, 0, 0, 255, 255, 255])
    frame = b"\x21\xf9\x04\x04\x01\0\0\0\x2c" + struct.pack("<4HB", 0, 0, frame_side, frame_side, 0)
    return head + (frame + b"\x02\x02\x44\x01\0") * frames + b";"


def growing_gif():
    return gif_of(10, 2)[:-1] + gif_of(10, 1000, 30_000)[19:]


def jpeg_xl_of(side=ABSURD):
    value, at = 0, 0
    for number, size in [(0, 1), (3, 2), (side - 1, 30), (0, 3), (3, 2), (side - 1, 30), (1, 1)]:
        value |= number << at
        at += size
    return b"\xff\x0a" + value.to_bytes(60, "little")


def heif_of(brand, side=ABSURD):
    size = box(b"ispe", bytes(4) + struct.pack(">II", side, side))
    meta = bytes(4) + box(b"iprp", box(b"ipco", size))
    return box(b"ftyp", brand + bytes(4) + brand + b"mif1") + box(b"meta", meta)


def heic(side):
    pillow_heif = __import__("pillow_heif")
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(np.tile(FIELDS, (8, 8, 1)))).save(buffer, quality=50)
    return with_size(buffer.getvalue(), b"ispe", 8, ">II", side)


def exr_of(side=ABSURD):
    def attribute(name, kind, value):
        return name + b"\0" + kind + b"\0" + struct.pack("<I", len(value)) + value

    channels = b"".join(name + b"\0" + struct.pack("<IIII", 1, 0, 1, 1) for name in (b"B", b"G", b"R")) + b"\0"
    window = struct.pack("<4i", 0, 0, side - 1, side - 1)
    parts = [(b"channels", b"chlist", channels), (b"compression", b"compression", b"\3")]
    parts += [(b"dataWindow", b"box2i", window), (b"displayWindow", b"box2i", window)]
    parts += [(b"lineOrder", b"lineOrder", b"\0"), (b"pixelAspectRatio", b"float", struct.pack("<f", 1))]
    parts += [(b"screenWindowCenter", b"v2f", bytes(8)), (b"screenWindowWidth", b"float", struct.pack("<f", 1))]
    return b"\x76\x2f\x31\x01\2\0\0\0" + b"".join(attribute(*part) for part in parts) + bytes(1000)


def jpeg_2000(form, dtype=np.uint16):
    data = imagecodecs.jpeg2k_encode(np.zeros((32, 32, 3), dtype), codecformat=form)
    data = with_size(data, b"\xff\x51", 6, ">II")
    return with_size(data, b"\xff\x51", 22, ">II")


def jpeg_xr():
    data = imagecodecs.jpegxr_encode(np.zeros((32, 32, 3), np.uint8))
    return with_size(data, b"WMPHOTO\0", 12, ">HH", HUGE)


def pnm(kind, side=ABSURD, top=b""):
    return kind + b"\n%d %d\n" % (side, side) + top + bytes(100)


LARGE_JPEG = with_size(jpeg(), b"\xff\xc0", 5, ">HH", HUGE)
DEEP_JPEG = with_size(
    imagecodecs.jpeg_encode(np.zeros((16, 16, 3), np.uint16), bitspersample=12), b"\xff\xc1", 5, ">HH", HUGE
)


def jpeg_of_scans(number=2000, side=4096):
    """A JPEG whose last scan, of a few bytes, goes over its pixels again and again."""
    data = encoded(np.zeros((side, side), np.uint8), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * number + data[-2:]


BOMBS: dict[str, Callable[[], bytes]] = {
    "size.png": lambda: png_of(body=zeros(2**24)),
    "interlaced.png": lambda: png_of(interlaced=1, body=zeros(2**24)),
    "more_than_it_says.png": lambda: png_of(10, 8, body=zeros(2**27)),
    "frames.png": moving_png,
    "size.tif": lambda: tiff_of(zeros(2**20), page_of(ABSURD, len(zeros(2**20)), 8)),
    "more_than_it_says.tif": lambda: tiff_of(zeros(2**27), page_of(100, len(zeros(2**27)), 8)),
    "one_place.tif": overlapping_tiff,
    "tile.tif": tiled_tiff,
    "jpeg_inside.tif": lambda: tiff_in_parts(7, LARGE_JPEG, photometric=6),
    "far_jpeg_inside.tif": lambda: tiff_in_parts(
        7, b"\xff\xd8" + (b"\xff\xe4\xff\xff" + bytes(65533)) * 2 + LARGE_JPEG[2:], photometric=6
    ),
    "jpeg_2000_inside.tif": lambda: tiff_in_parts(34712, jpeg_2000("j2k", np.uint8)),
    "jpeg_xl_inside.tif": lambda: tiff_in_parts(50002, jpeg_xl_of()),
    "jpeg_xr_inside.tif": lambda: tiff_in_parts(22610, jpeg_xr()),
    "pages.tif": lambda: paged_tiff(3000),
    "very_many_pages.tif": lambda: paged_tiff(100_000),
    "pages_without_end.tif": lambda: paged_tiff(300, first_again=True),
    "shape.tif": lambda: described_tiff('{"shape": [4000000000, 16, 16]}'),
    "stack.ome.tif": lambda: described_tiff(OME.format(OME_PIXELS)),
    "size.gif": lambda: gif_of(HUGE, 1),
    "frames.gif": lambda: gif_of(2000, 15_000),
    "very_many_frames.gif": lambda: gif_of(1, 300_000),
    "growing.gif": growing_gif,
    "size.jpg": lambda: LARGE_JPEG,
    "scans.jpg": jpeg_of_scans,
    "12_bits.jpg": lambda: DEEP_JPEG,
    "size.jxl": jpeg_xl_of,
    "blank.jxl": lambda: jpeg_xl_of(20_000),
    "size.avif": lambda: heif_of(b"avif"),
    "lying.avif": lambda: with_size(encoded(FIELDS, "AVIF"), b"ispe", 8, ">II"),
    "size.heic": lambda: heif_of(b"heic"),
    "lying.heic": lambda: heic(ABSURD),
    "size.jp2": lambda: jpeg_2000("jp2"),
    "size.j2k": lambda: jpeg_2000("j2k"),
    "size.jxr": jpeg_xr,
    "size.exr": exr_of,
    "size.hdr": lambda: b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 100000 +X 100000\n" + bytes(1000),
    "16_bits.ppm": lambda: pnm(b"P6", top=b"65535\n"),
    "8_bits.ppm": lambda: pnm(b"P6", top=b"255\n"),
    "1_bit.pbm": lambda: pnm(b"P4", 10 * ABSURD),
    "digits.ppm": lambda: b"P6\n" + b"9" * 2_000_000 + b" 1\n65535\n",
    "size.bmp": lambda: b"BM" + struct.pack("<IHHIIiiHH", 100, 0, 0, 54, 40, ABSURD, ABSURD, 1, 24) + bytes(70),
    "size.tga": lambda: bytes([0, 0, 2]) + bytes(9) + struct.pack("<HHBB", HUGE, HUGE, 24, 0) + bytes(100),
    "size.qoi": lambda: b"qoif" + struct.pack(">IIBB", ABSURD, ABSURD, 3, 0) + bytes(100),
    "size.webp": lambda: b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X\x0a\0\0\0\x12\0\0\0" + b"\xff\xff\0" * 2,
    "program.jpg": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 50 50\n%%EndComments\n(x) run\n",
    "size.dng": lambda: tiff_of(
        bytes(64), page_of(60_000, 4, 1, tag262=(3, 1, 32803), tag258=(3, 1, 16), tag50706=(1, 4, 0x401))
    ),
}
"""Refused at every door."""

SMALL_WITH_MUCH_BESIDE: dict[str, Callable[[], bytes]] = {
    "profile.png": lambda: png(FIELDS, (b"iCCP", b"x\0\0" + zeros(2**28))),
    "texts.png": lambda: png(FIELDS, *[(b"zTXt", b"Raw profile type exif\0\0" + zeros(2**24 - 10))] * 100),
    "one_value.png": lambda: png(
        FIELDS, (b"eXIf", exif_block(*[(tag, 7, 2**22, b"") for tag in range(1000, 11_000)]) + bytes(2**22))
    ),
    "imagej.tif": lambda: described_tiff("ImageJ=1.53\nimages=400000000\nslices=400000000\n"),
    "xmp.webp": lambda: encoded(FIELDS, "WEBP", xmp=b"<hdrgm:a " * 100_000, lossless=True),
}
"""Pictures with notes that unpack to more than they are worth: read."""

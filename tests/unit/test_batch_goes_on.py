"""Whatever one file brings about is that file's failure, told in words; and no result is ever a source."""

import io
import resource
import struct
import subprocess
import sys
import time
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from picture_bytes import FIELDS, box, chunk, exif_block, jpeg, png
from PIL import Image

import napari_retrogan as rg
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.output import batch as batch_module
from napari_retrogan.core.picture_files.reading import read_picture_file

GENERATOR = rg.pretrained("warm-print")


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "in"
    place.mkdir()
    for name in ("a.jpg", "z.jpg"):
        (place / name).write_bytes(jpeg())
    return place


def apply(folder, **options):
    return rg.apply_to_files(GENERATOR, folder, folder.parent / "out", **({"strength": 0, "grain": 0} | options))


def half_a_tiff():
    array = np.random.default_rng(0).integers(0, 255, (60, 90, 3)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "TIFF", compression="tiff_lzw")
    data = buffer.getvalue()
    return data[: len(data) // 2]


BROKEN = {
    "nothing": b"",
    "half a TIFF": half_a_tiff(),
    "four bytes of a TIFF": b"II*\0",
    "half a JPEG": jpeg()[:400],
    "half a PNG": png()[:60],
    "a PNG's start": b"\x89PNG\r\n\x1a\n",
    "no HEIC": struct.pack(">I", 24) + b"ftypheic" + bytes(200),
    "no JPEG XL": b"\xff\x0a",
    "no JPEG 2000": struct.pack(">I", 12) + b"jP  \r\n\x87\n" + bytes(20),
    "no EXR": b"\x76\x2f\x31\x01" + bytes(40),
    "no HDR": b"#?RADIANCE\n\n-Y 4 +X 4\n",
    "no PPM": b"P6\n-1 4\n65535\n",
    "no GIF": b"GIF89a" + bytes(8),
    "no WebP": b"RIFF" + struct.pack("<I", 40) + b"WEBPVP8L" + bytes(30),
    "no AVIF": box(b"ftyp", b"avif" + bytes(4) + b"avif") + box(b"meta", bytes(30)),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("suffix", [".tif", ".jpg", ".heic"])
def test_a_broken_file_is_its_own_failure(folder, name, suffix):
    (folder / f"m{suffix}").write_bytes(BROKEN[name])
    batch = apply(folder)
    assert [path.name for path in batch.written] == ["a.jpg", "z.jpg"]
    (failure,) = batch.failed
    assert f"m{suffix} cannot be read as a picture" in failure.reason
    assert "Traceback" not in failure.reason
    assert "BytesIO" not in failure.reason


ODD_EXIF = {
    "a signed height": exif_block((6, 10, 1, struct.pack("<ii", -3, 1)), group=0x8825),
    "a resolution in words": exif_block((282, 2, 3, b"72\0")),
    "a resolution as bytes": exif_block((282, 7, 4, b"abcd")),
    "a maker that is a fraction": exif_block((271, 5, 1, struct.pack("<II", 1, 2))),
    "a fraction by zero": exif_block((282, 5, 1, struct.pack("<II", 1, 0))),
    "an unknown type": exif_block((271, 99, 1, b"abcd")),
    "a value that isn't there": exif_block((271, 2, 2**31, b"abcde"))[:30],
    "an orientation of 99": exif_block((274, 3, 1, struct.pack("<HH", 99, 0))),
    "a loop": b"II*\0" + struct.pack("<I", 8) + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + bytes(4),
    "noise": bytes(range(256)),
}


@pytest.mark.parametrize("name", ODD_EXIF)
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_odd_exif_costs_no_picture(folder, name, suffix):
    block = ODD_EXIF[name]
    if suffix == ".jpg":
        data = jpeg(FIELDS, (0xE1, b"Exif\0\0" + block))
    elif suffix == ".png":
        data = png(FIELDS, (b"eXIf", block))
    else:
        buffer = io.BytesIO()
        Image.fromarray(FIELDS).save(buffer, "WEBP", lossless=True, exif=b"Exif\0\0" + block)
        data = buffer.getvalue()
    (folder / f"m{suffix}").write_bytes(data)
    batch = apply(folder)
    assert batch.failed == []
    assert len(batch.written) == 3
    np.testing.assert_allclose(read_picture_file(batch.written[1]).pages[0].colours, FIELDS, atol=30)


def test_an_absurd_resolution_costs_no_picture(folder):
    data = bytes(imagecodecs.jpeg2k_encode(FIELDS, codecformat="jp2", reversible=True))
    resolution = box(b"res ", box(b"resc", struct.pack(">HHHHbb", 1, 1, 1, 1, 13, 13)))
    at = data.index(b"jp2h") - 4
    (size,) = struct.unpack(">I", data[at : at + 4])
    head = struct.pack(">I", size + len(resolution))
    (folder / "m.jp2").write_bytes(data[:at] + head + data[at + 4 : at + size] + resolution + data[at + size :])
    batch = apply(folder)
    assert batch.failed == []
    assert batch.remarks == [(folder / "m.jp2", "its resolution is beyond what a PNG can say and left out")]


@pytest.mark.parametrize(
    "error", [KeyError("x"), ZeroDivisionError(), AssertionError("odd"), MemoryError(), OSError("full")]
)
@pytest.mark.parametrize("step", ["read_picture_file", "style_picture", "write_picture_file"])
def test_any_failure_of_any_step_is_that_files(folder, monkeypatch, error, step):
    real = getattr(batch_module, step)
    calls = []

    def fails_once(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise error
        return real(*arguments)

    monkeypatch.setattr(batch_module, step, fails_once)
    batch = apply(folder)
    assert [failure.source.name for failure in batch.failed] == ["a.jpg"]
    assert batch.failed[0].reason
    assert [path.name for path in batch.written] == ["z.jpg"]


def test_styling_twice_gives_the_same_set(folder, tmp_path):
    patterns = [(str(folder / "**" / "*.jpg"), folder / "out"), (folder, None), (str(folder / "*.jpg"), None)]
    for given, place in patterns:
        sets = []
        for _ in range(3):
            batch = rg.apply_to_files(GENERATOR, given, place, overwrite=True, strength=0, grain=0)
            assert batch.failed == []
            sets.append(sorted(batch.written))
        assert sets[0] == sets[1] == sets[2]
        assert len(sets[0]) == 2


def test_a_picture_that_is_only_named_like_a_result_is_a_source(folder):
    (folder / "b-vintage.jpg").write_bytes(jpeg())
    batch = rg.apply_to_files(GENERATOR, folder, strength=0, grain=0)
    assert [path.name for path in batch.written] == ["a-vintage.jpg", "b-vintage-vintage.jpg", "z-vintage.jpg"]


def test_training_leaves_out_what_cannot_be_read_and_says_so(folder):
    (folder / "m.jpg").write_bytes(b"no picture")
    with pytest.warns(rg.PictureLeftOut, match=r"Left out: .*m\.jpg cannot be read"):
        images = training_images(folder, 0)
    assert len(images) == 2
    with pytest.raises(rg.InvalidImage, match=r"m\.jpg cannot be read"):
        training_images(folder, 0, every=True)
    with pytest.raises(rg.InvalidImage, match=r"m\.jpg cannot be read"):
        training_images(folder / "m.jpg", 0)


def test_training_reads_colours_in_srgb(tmp_path):
    from napari_retrogan.core.picture_files.colour import make_profile

    wide = make_profile((0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001), 1.8, (0.3457, 0.3585))
    array = np.full((20, 20, 3), (130, 120, 110), np.uint8)
    Image.fromarray(array).save(tmp_path / "wide.png", icc_profile=wide)
    Image.fromarray(array).save(tmp_path / "plain.png")
    seen, plain = (training_images(tmp_path / name, 0)[0].view.mean((0, 1)) for name in ("wide.png", "plain.png"))
    assert seen[0] - seen[2] > plain[0] - plain[2] + 0.03


def bomb_png(side=60_000):
    packer = zlib.compressobj(9)
    rows = packer.compress(bytes(1 + side // 8) * 4000) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 16, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bomb_tiff(side=100_000):
    body = zlib.compress(bytes(2**20))
    tags = {256: (4, side), 257: (4, side), 258: (3, 8), 259: (3, 8), 262: (3, 1), 273: (4, 8), 277: (3, 1)}
    tags |= {278: (4, side), 279: (4, len(body))}
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, (kind, value) in sorted(tags.items()))
    body += b"\0" * (len(body) % 2)
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + struct.pack("<H", len(tags)) + entries + bytes(4)


def bomb_gif(side=65_000):
    buffer = io.BytesIO()
    Image.fromarray(FIELDS[..., 0]).save(buffer, "GIF")
    data = bytearray(buffer.getvalue())
    data[6:10] = struct.pack("<HH", side, side)
    return bytes(data)


def bomb_jxl():
    value, at = 0, 0
    for number, size in [(0, 1), (3, 2), (99_999, 30), (0, 3), (3, 2), (99_999, 30), (1, 1)]:
        value |= number << at
        at += size
    return b"\xff\x0a" + value.to_bytes(60, "little")


def bomb_heic():
    size = box(b"ispe", bytes(4) + struct.pack(">II", 100_000, 100_000))
    meta = bytes(4) + box(b"iprp", box(b"ipco", size))
    return box(b"ftyp", b"avif" + bytes(4) + b"avifmif1") + box(b"meta", meta)


BOMBS = {
    "a.png": bomb_png(),
    "b.tif": bomb_tiff(),
    "c.gif": bomb_gif(),
    "d.jxl": bomb_jxl(),
    "e.avif": bomb_heic(),
    "f.ppm": b"P6\n100000 100000\n65535\n" + bytes(100),
    "g.bmp": b"BM"
    + struct.pack("<IHHIIiiHHIIiiII", 100, 0, 0, 54, 40, 10**5, 10**5, 1, 24, 0, 0, 0, 0, 0, 0)
    + bytes(46),
}
_CHILD = """
import resource, sys, time
import napari_retrogan as rg
from napari_retrogan.core.picture_files.reading import read_picture_file
import imagecodecs, PIL.Image, tifffile
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
for path in sys.argv[1:]:
    try:
        read_picture_file(path)
    except rg.InvalidImage as error:
        print(error)
    else:
        print("READ", path)
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(f"seconds {time.perf_counter() - start:.1f} megabytes {grown:.0f}")
"""


def test_bombs_are_refused_in_words_soon_and_in_little_memory(tmp_path):
    for name, content in BOMBS.items():
        (tmp_path / name).write_bytes(content)
    paths = [str(tmp_path / name) for name in BOMBS]
    run = subprocess.run(
        [sys.executable, "-c", _CHILD, *paths], capture_output=True, text=True, timeout=120, check=True
    )
    *words, last = run.stdout.strip().splitlines()
    assert len(words) == len(BOMBS)
    assert all("cannot be read as a picture" in line for line in words), words
    _, seconds, _, megabytes = last.split()
    assert float(seconds) < 5 * len(BOMBS)
    assert float(megabytes) < 300


def test_a_large_tiff_that_cannot_be_true_is_refused(folder, monkeypatch):
    monkeypatch.setattr(batch_module, "LARGE_BYTES", 2**20)
    (folder / "m.tif").write_bytes(bomb_tiff())
    start = time.perf_counter()
    batch = apply(folder)
    assert "can't be true" in batch.failed[0].reason or "are free" in batch.failed[0].reason
    assert time.perf_counter() - start < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2**23
    with tifffile.TiffFile(folder / "m.tif") as file:
        assert file.pages[0].shape == (100_000, 100_000)

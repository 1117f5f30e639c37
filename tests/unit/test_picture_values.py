"""The right values of every kind of picture file, upright and at their depth, with alpha of every kind."""

import io
import struct
import sys

import imagecodecs
import numpy as np
import pytest
import tifffile
from picture_bytes import FIELDS, XMP, box, exif_block, jpeg, packed, png, tiff
from PIL import Image, PngImagePlugin

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.picture_files.reading import read_picture_file

RAMP = np.tile(np.linspace(0, 1, 32), (4, 1))
DEEP = np.random.default_rng(0).integers(0, 65536, (12, 18, 3)).astype(np.uint16)
SIDEWAYS = struct.pack("<HH", 6, 0)


def read(path, data):
    path.write_bytes(data)
    return read_picture_file(path)


def only_page(path, data):
    (page,) = read(path, data).pages
    return page


def grey_tiff(bits, values, photometric=1, **options):
    return tiff(
        values.shape[1], values.shape[0], packed(values, bits), [(258, 3, bits), (262, 3, photometric), (277, 3, 1)]
    )


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 6, 8, 10, 12, 14, 16])
@pytest.mark.parametrize("photometric", [0, 1])
def test_white_is_white_whatever_the_bits(tmp_path, bits, photometric):
    stored = np.round(RAMP * (2**bits - 1)).astype(int)
    if bits == 16:
        data = tiff(32, 4, stored.astype("<u2").tobytes(), [(258, 3, 16), (262, 3, photometric), (277, 3, 1)])
    else:
        data = grey_tiff(bits, stored, photometric)
    colours = only_page(tmp_path / "a.tif", data).colours
    top = np.iinfo(colours.dtype).max
    assert colours.dtype == (np.uint8 if bits <= 8 else np.uint16)
    expected = stored / (2**bits - 1)
    np.testing.assert_allclose(colours / top, expected if photometric else 1 - expected, atol=0.6 / top)


@pytest.mark.parametrize("bits", [9, 10, 12, 16])
def test_jpeg_xl_keeps_its_depth(tmp_path, bits):
    stored = np.round(RAMP * (2**bits - 1)).astype(np.uint16)
    data = imagecodecs.jpegxl_encode(stored, lossless=True, bitspersample=bits)
    np.testing.assert_allclose(only_page(tmp_path / "a.jxl", data).colours / 65535, stored / (2**bits - 1), atol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("top", [255, 1023, 65535])
def test_netpbm_tells_what_white_is(tmp_path, channels, top):
    stored = DEEP[..., :channels].astype(int) * top // 65535
    kind = b"P6" if channels == 3 else b"P5"
    body = stored.astype("u1" if top < 256 else ">u2").tobytes()
    page = only_page(tmp_path / "a.ppm", kind + b"\n# a comment\n18 12\n%d\n" % top + body)
    largest = np.iinfo(page.colours.dtype).max
    assert largest == (255 if top == 255 else 65535)
    np.testing.assert_allclose(page.colours.reshape(stored.shape) / largest, stored / top, atol=1 / largest)


@pytest.mark.parametrize("suffix", [".jp2", ".j2k"])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_jpeg_2000_keeps_its_depth(tmp_path, suffix, bits):
    stored = DEEP >> (16 - bits)
    stored = stored.astype(np.uint8) if bits == 8 else stored
    data = imagecodecs.jpeg2k_encode(stored, codecformat=suffix[1:], reversible=True, bitspersample=bits)
    page = only_page(tmp_path / f"a{suffix}", data)
    np.testing.assert_allclose(page.colours / np.iinfo(page.colours.dtype).max, stored / (2**bits - 1), atol=1e-5)


def test_avif_of_10_bits_becomes_16(tmp_path):
    data = imagecodecs.avif_encode(DEEP >> 6, level=100, bitspersample=10)
    page = only_page(tmp_path / "a.avif", data)
    assert page.colours.dtype == np.uint16
    np.testing.assert_allclose(page.colours / 65535, (DEEP >> 6) / 1023, atol=0.01)


@pytest.mark.parametrize("bits", [8, 10])
def test_heic_is_read_at_its_depth(tmp_path, bits):
    heif = pytest.importorskip("pillow_heif")
    smooth = np.stack(np.broadcast_arrays(*np.ogrid[0:1:32j, 0:1:48j], 0.5), -1)
    mode, values = ("RGB", smooth * 255) if bits == 8 else ("RGB;16", smooth * 65535)
    made = heif.from_bytes(mode, (48, 32), values.astype("u1" if bits == 8 else "<u2").tobytes())
    made.save(tmp_path / "a.heic", quality=100, chroma=444)
    (page,) = read_picture_file(tmp_path / "a.heic").pages
    assert page.colours.dtype == (np.uint8 if bits == 8 else np.uint16)
    np.testing.assert_allclose(page.colours / np.iinfo(page.colours.dtype).max, smooth, atol=0.03)


def turned_png_text():
    block = b"Exif\0\0" + exif_block((274, 3, 1, SIDEWAYS))
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type exif", f"\nexif\n{len(block):8d}\n{block.hex()}\n", zip=True)
    return info


def xmp_text():
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", (XMP % b'tiff:Orientation="6"').decode())
    return info


def saved(form, **options):
    buffer = io.BytesIO()
    Image.fromarray(FIELDS).save(buffer, form, **options)
    return buffer.getvalue()


EXIF = b"Exif\0\0" + exif_block((274, 3, 1, SIDEWAYS))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("Exif of a JPEG", jpeg(FIELDS, (0xE1, EXIF))),
        ("XMP of a JPEG", jpeg(FIELDS, (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP % b'tiff:Orientation="6"'))),
        (
            "both of a JPEG",
            jpeg(FIELDS, (0xE1, EXIF), (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP % b'tiff:Orientation="6"')),
        ),
        ("Exif of a PNG", png(FIELDS, (b"eXIf", EXIF[6:]))),
        ("a PNG's raw profile", png(pnginfo=turned_png_text())),
        ("XMP of a PNG", png(pnginfo=xmp_text())),
        ("Exif of a WebP", saved("WEBP", lossless=True, exif=EXIF)),
        ("a TIFF's entry", saved("TIFF", tiffinfo={274: 6})),
        ("a palette TIFF's entry", None),
        ("AVIF", saved("AVIF", quality=100, subsampling="4:4:4", exif=EXIF)),
    ],
)
def test_orientation_is_applied_once_wherever_it_stands(tmp_path, name, data):
    if data is None:
        buffer = io.BytesIO()
        Image.fromarray(FIELDS).quantize(4).save(buffer, "TIFF", tiffinfo={274: 6})
        data = buffer.getvalue()
    page = only_page(tmp_path / "a.bin", data)
    np.testing.assert_allclose(page.colours.astype(int), np.rot90(FIELDS, -1), atol=12)
    assert page.notes[0].orientation == 1


def test_alpha_of_every_kind_is_told(tmp_path):
    alpha = np.full((12, 18), 128, np.uint8)
    rgba, grey = np.dstack([FIELDS, alpha]), np.dstack([FIELDS[..., 0], alpha])
    for array, photometric in ((rgba, "rgb"), (grey, "minisblack")):
        for kind in ("unassalpha", "assocalpha", "unspecified"):
            tifffile.imwrite(
                tmp_path / "a.tif", array, photometric=photometric, extrasamples=[kind], planarconfig="contig"
            )
            (page,) = read_picture_file(tmp_path / "a.tif").pages
            assert page.extra_kinds == (kind,)
            np.testing.assert_array_equal(page.channels(), array)
            assert (page.alpha is None) == (kind == "unspecified")


def test_one_transparent_colour_is_alpha(tmp_path):
    bits = FIELDS[..., 0] > 100
    page = only_page(tmp_path / "a.png", png(bits, (b"tRNS", b"\0\0")))
    np.testing.assert_array_equal(page.alpha, bits * 255)
    palette = Image.fromarray(FIELDS).quantize(4)
    palette.save(tmp_path / "p.png", transparency=palette.getpixel((0, 0)))
    (page,) = read_picture_file(tmp_path / "p.png").pages
    np.testing.assert_array_equal(page.alpha == 0, (FIELDS[0, 0] == FIELDS).all(-1))
    np.testing.assert_array_equal(page.colours, np.asarray(palette.convert("RGB")))


@pytest.mark.parametrize("bits", [1, 4, 8])
def test_palettes_of_tiff_give_their_colours(tmp_path, bits):
    index = np.arange(32).reshape(4, 8) % 2**bits
    table = np.random.default_rng(0).integers(0, 256, (3, 2**bits)) * 257
    body = packed(index, bits)
    data = tiff(8, 4, body, [(258, 3, bits), (262, 3, 3), (277, 3, 1), (320, 3, 0)])
    at = data.index(struct.pack("<HHI", 320, 3, 1))
    data = data[: at + 4] + struct.pack("<II", table.size, len(data)) + data[at + 12 :] + table.astype("<u2").tobytes()
    np.testing.assert_array_equal(
        only_page(tmp_path / "a.tif", data).colours, np.moveaxis(table[:, index] // 257, 0, -1)
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_lab_becomes_rgb(tmp_path, dtype):
    lab = np.zeros((4, 6, 3))
    lab[:, :2], lab[:, 2:4], lab[:, 4:] = [100, 0, 0], [53.4, 0, 0], [54.3, 80.8, 69.9]
    scale = [255 / 100, 1, 1] if dtype == np.uint8 else [65535 / 100, 256, 256]
    stored = np.round(lab * scale).astype(np.int64).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="cielab", metadata=None)
    (page,) = read_picture_file(tmp_path / "a.tif").pages
    seen = page.colours / np.iinfo(dtype).max * 255
    np.testing.assert_allclose(seen[0, 0], 255, atol=2)
    np.testing.assert_allclose(seen[0, 2], 127, atol=3)
    np.testing.assert_allclose(seen[0, 4], [255, 0, 0], atol=8)


@pytest.mark.parametrize("options", [{"compression": "jpeg"}, {"compression": "tiff_lzw"}])
def test_ycbcr_becomes_rgb(tmp_path, options):
    large = np.kron(FIELDS, np.ones((8, 8, 1), np.uint8))
    Image.fromarray(large).convert("YCbCr").save(tmp_path / "a.tif", **options)
    (page,) = read_picture_file(tmp_path / "a.tif").pages
    assert np.abs(page.colours.astype(int) - large).mean() < 4


def test_a_camera_without_its_colours_is_refused_and_no_preview_taken(tmp_path):
    pytest.importorskip("rawpy")
    with tifffile.TiffWriter(tmp_path / "a.dng") as file:
        version = (50706, "B", 4, bytes([1, 4, 0, 0]), True)
        file.write(FIELDS, photometric="rgb", subfiletype=1, subifds=1, metadata=None, extratags=[version])
        file.write(np.full((80, 120), 500, np.uint16), photometric=32803, subfiletype=0, metadata=None)
    for name in ("a.dng", "a.tif"):
        (tmp_path / "a.dng").rename(tmp_path / name)
        with pytest.raises(InvalidImage, match="raw"):
            read_picture_file(tmp_path / name)
        (tmp_path / name).rename(tmp_path / "a.dng")


def raw_dng(path):
    """A DNG that says what its colours are: a grey wall under a filter of four."""
    matrix = np.array([[0.8, -0.2, -0.1], [-0.4, 1.2, 0.2], [-0.1, 0.2, 0.7]])
    fractions = tuple(int(value) for pair in matrix.ravel() for value in (round(pair * 10000), 10000))
    tags = [
        (33421, "H", 2, (2, 2), True),
        (33422, "B", 4, bytes([0, 1, 1, 2]), True),
        (50706, "B", 4, bytes([1, 4, 0, 0]), True),
        (50708, "s", 0, "Maker Model", True),
        (50717, "H", 1, 4095, True),
        (50721, 10, 9, fractions, True),
        (50728, 5, 3, (1, 2, 1, 1, 2, 3), True),
        (50778, "H", 1, 21, True),
        (271, "s", 0, "Maker", True),
        (272, "s", 0, "Model", True),
    ]
    mosaic = np.full((64, 96), 2000, np.uint16)
    mosaic[::2, ::2], mosaic[1::2, 1::2] = 1000, 1300
    tifffile.imwrite(path, mosaic, photometric=32803, metadata=None, extratags=tags)


def test_a_raw_file_is_developed(tmp_path):
    pytest.importorskip("rawpy")
    raw_dng(tmp_path / "a.dng")
    picture = read_picture_file(tmp_path / "a.dng")
    (page,) = picture.pages
    assert page.colours.dtype == np.uint16
    assert page.colours.shape == (64, 96, 3)
    middle = page.colours[20:-20, 20:-20].reshape(-1, 3).mean(0)
    assert middle.max() / middle.min() < 1.1
    assert page.notes[0].exif.text(271) == b"Maker"
    assert "developed" in picture.remarks[0]


@pytest.mark.parametrize(("suffix", "package"), [(".heic", "pillow_heif"), (".dng", "rawpy"), (".exr", "OpenEXR")])
def test_a_missing_package_is_named_with_what_installs_it(tmp_path, monkeypatch, suffix, package):
    start = {".heic": struct.pack(">I", 24) + b"ftypheic" + bytes(200), ".exr": b"\x76\x2f\x31\x01" + bytes(50)}
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InvalidImage, match=r"needs? the package .*napari-retrogan\[photo\]"):
        read(tmp_path / f"a{suffix}", start.get(suffix, b"II*\0" + bytes(60)))


def test_pages_keep_their_sizes_and_copies_are_left_out(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(FIELDS[::4, ::4], photometric="rgb", subfiletype=1, metadata=None)
        file.write(FIELDS, photometric="rgb", metadata=None)
        file.write(FIELDS[:5], photometric="rgb", metadata=None)
        file.write(FIELDS[..., 0], photometric="minisblack", metadata=None)
        file.write(FIELDS[..., 0] > 9, photometric="minisblack", subfiletype=4, metadata=None)
    picture = read_picture_file(tmp_path / "a.tif")
    assert [page.colours.shape for page in picture.pages] == [(12, 18, 3), (5, 18, 3), (12, 18)]
    assert "left out" in picture.remarks[0]


@pytest.mark.parametrize(("form", "options"), [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True})])
def test_frames_keep_their_times(tmp_path, form, options):
    frames = [Image.fromarray(np.roll(FIELDS, number, 2)) for number in range(3)]
    path = tmp_path / "a.bin"
    frames[0].save(path, form, save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=2, **options)
    picture = read_picture_file(path)
    assert picture.is_film
    assert picture.milliseconds == (100, 200, 300)
    assert picture.loop == 2
    (page,) = picture.pages
    np.testing.assert_array_equal(page.colours, [np.asarray(frame) for frame in frames])


def test_a_gain_map_of_inner_pictures_is_no_page(tmp_path):
    frames = [Image.fromarray(FIELDS), Image.fromarray(FIELDS[:6, :9])]
    frames[0].save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=frames[1:])
    assert [page.size for page in read_picture_file(tmp_path / "a.jpg").pages] == [(12, 18), (6, 9)]
    main = jpeg(FIELDS, (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP % b'xmlns:hdrgm="g" hdrgm:Version="1.0"'))
    picture = read(tmp_path / "b.jpg", main + jpeg(FIELDS[:6, :9]))
    assert len(picture.pages) == 1
    assert "gain map" in picture.remarks[0]
    assert b"hdrgm" not in picture.pages[0].notes[0].xmp
    assert b'my:secret="42"' in picture.pages[0].notes[0].xmp


def test_jpeg_2000_says_its_resolution_where_it_can_be_true(tmp_path):
    data = bytes(imagecodecs.jpeg2k_encode(FIELDS, codecformat="jp2", reversible=True))
    at = data.index(b"jp2h") - 4
    (size,) = struct.unpack(">I", data[at : at + 4])
    resolution = box(b"res ", box(b"resc", struct.pack(">HHHHbb", 11811, 1, 11811, 1, 0, 0)))
    head = struct.pack(">I", size + len(resolution))
    page = only_page(tmp_path / "a.jp2", data[:at] + head + data[at + 4 : at + size] + resolution + data[at + size :])
    assert page.notes[0].dots_an_inch() == pytest.approx((300, 300), rel=1e-3)


def test_a_fourth_channel_of_which_a_tiff_says_nothing_is_alpha(tmp_path):
    array = np.random.default_rng(0).integers(0, 256, (12, 18, 4), np.uint8)
    rows = array.tobytes()
    tags = [(258, 3, 8), (262, 3, 2), (277, 3, 4)]
    (tmp_path / "a.tif").write_bytes(tiff(18, 12, rows, tags))
    page = read_picture_file(tmp_path / "a.tif").pages[0]
    np.testing.assert_array_equal(page.channels(), array)
    assert page.extra_kinds == ("unassalpha",)
    with Image.open(tmp_path / "a.tif") as seen:
        assert seen.mode == "RGBA"

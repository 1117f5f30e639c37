"""What batch apply makes of picture files at strength 0: the same picture in the same format, with all its notes."""

import io
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from picture_bytes import FIELDS, XMP, chunk, exif_block, ink_profile, jpeg, png
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from skimage import color, data

import napari_retrogan as rg
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.output.batch import run_plans
from napari_retrogan.core.output.file_plan import FilePlan
from napari_retrogan.core.picture_files import colour
from napari_retrogan.core.picture_files.containers import png_chunks
from napari_retrogan.core.picture_files.exif import CAMERA, Exif
from napari_retrogan.core.picture_files.jpegxl_header import JPEGXLHeader
from napari_retrogan.core.picture_files.reading import read_picture_file

DEEP = np.random.default_rng(0).integers(0, 65536, (12, 18, 3)).astype(np.uint16)
GENERATOR = rg.pretrained("warm-print")
PRIMARIES = {
    "Adobe RGB": colour.adobe_rgb(),
    "Display P3": colour.profile_of_tags(12, 13),
    "Rec. 2020": colour.profile_of_tags(9, 13),
    "ProPhoto": colour.make_profile((0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001), 1.8, (0.3457, 0.3585)),
}


@pytest.fixture
def apply(tmp_path):
    """Apply nothing to a file and return its result and what was said."""

    def go(name, content=None, **options):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        batch = rg.apply_to_files(
            GENERATOR, path, tmp_path / "out", overwrite=True, **({"strength": 0, "grain": 0} | options)
        )
        assert batch.failed == []
        return batch.written[0], [words for _, words in batch.remarks]

    return go


def pixels(path):
    return read_picture_file(path).pages[0].channels()


def srgb(picture):
    """A picture in sRGB as littlecms shows it."""
    icc = picture.info.get("icc_profile")
    if icc is None:
        return np.asarray(picture)
    source, target = ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB")
    return np.asarray(ImageCms.profileToProfile(picture, source, target, renderingIntent=1))


def difference(one, other):
    return color.deltaE_ciede2000(color.rgb2lab(one / 255), color.rgb2lab(other / 255)).mean()


@pytest.mark.parametrize("name", PRIMARIES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_strength_0_gives_the_bits_of_the_source_in_any_space(apply, tmp_path, name, dtype):
    values = (DEEP >> 8).astype(dtype) if dtype == np.uint8 else DEEP
    for suffix in ("png", "tif"):
        path = tmp_path / f"a.{suffix}"
        if suffix == "tif":
            tifffile.imwrite(path, values, photometric="rgb", iccprofile=PRIMARIES[name], metadata=None)
        else:
            plain = bytes(imagecodecs.png_encode(values))
            profile = b"p\0\0" + zlib.compress(PRIMARIES[name])
            path.write_bytes(plain[:33] + chunk(b"iCCP", profile) + plain[33:])
        result, _ = apply(path.name)
        np.testing.assert_array_equal(pixels(result), values)
        assert read_picture_file(result).pages[0].profile == PRIMARIES[name]


@pytest.mark.parametrize(
    "beside",
    [
        (b"gAMA", struct.pack(">I", 45455)),
        (b"sRGB", b"\0"),
        (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)),
    ],
    ids=["gAMA", "sRGB", "cHRM"],
)
def test_a_profile_is_kept_whatever_else_a_png_says_of_colours(apply, tmp_path, beside):
    profile = PRIMARIES["Display P3"]
    plain = bytes(imagecodecs.png_encode((DEEP >> 8).astype(np.uint8)))
    chunks = chunk(*beside) + chunk(b"iCCP", b"p\0\0" + zlib.compress(profile))
    (tmp_path / "a.png").write_bytes(plain[:33] + chunks + plain[33:])
    result, _ = apply("a.png")
    assert read_picture_file(result).pages[0].profile == profile
    with Image.open(result) as picture:
        assert picture.info["icc_profile"] == profile


def write_in_two_spaces(folder, photograph, profile):
    """Write wide.png in the space of a profile, and plain.png, which is the same in sRGB."""
    space = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    wide = ImageCms.profileToProfile(photograph, ImageCms.createProfile("sRGB"), space, renderingIntent=1)
    wide.save(folder / "wide.png", icc_profile=profile)
    Image.fromarray(srgb(Image.open(folder / "wide.png"))).save(folder / "plain.png")


@pytest.mark.parametrize("name", PRIMARIES)
def test_training_and_references_see_the_same_in_any_space(tmp_path, name):
    photograph = Image.fromarray(data.astronaut()[:256, :256])
    write_in_two_spaces(tmp_path, photograph, PRIMARIES[name])
    wide, plain = (str(tmp_path / each) for each in ("wide.png", "plain.png"))
    (one,), (other,) = training_images(wide, 0), training_images(plain, 0)
    for part in ("view", "thumbnail", "detail"):
        assert difference(*(255 * getattr(each, part).astype(float) for each in (one, other))) < 1
    assert difference(255 * one.view.astype(float), np.asarray(Image.open(wide).resize((96, 96)))) > 1
    target = data.coffee()[:200, :200]
    for styled in (
        lambda given: GENERATOR.apply(target, style=given, grain=0),
        lambda given: rg.imitate(given).apply(target, grain=0),
    ):
        assert difference(styled(wide), styled(plain)) < 1
        assert difference(styled(wide), target) > 2


@pytest.mark.parametrize("name", PRIMARIES)
def test_a_look_is_the_same_in_any_space(apply, tmp_path, name):
    photograph = Image.fromarray(data.astronaut()[:256, :256])
    write_in_two_spaces(tmp_path, photograph, PRIMARIES[name])
    seen = [srgb(Image.open(apply(each, strength=1)[0])) for each in ("wide.png", "plain.png")]
    assert difference(*seen) < 1
    assert difference(seen[1], np.asarray(photograph)) > 3


def adobe_exif():
    interoperability = exif_block((1, 2, 4, b"R03\0"))[8:]
    camera = struct.pack("<HHHII", 1, 0xA005, 4, 1, 44) + bytes(4)
    image = struct.pack("<HHHII", 1, 0x8769, 4, 1, 26) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + image + camera + interoperability


@pytest.mark.parametrize(
    ("given", "profile"),
    [
        (jpeg(FIELDS, (0xE1, b"Exif\0\0" + adobe_exif())), colour.adobe_rgb()),
        (png(FIELDS, (b"cICP", bytes([12, 13, 0, 1]))), PRIMARIES["Display P3"]),
        (png(FIELDS, (b"cICP", bytes([1, 13, 0, 1])), (b"gAMA", struct.pack(">I", 100000))), None),
        (png(FIELDS, (b"sRGB", b"\0"), (b"gAMA", struct.pack(">I", 100000))), None),
        (png(FIELDS, (b"gAMA", struct.pack(">I", 45455))), None),
        (png(FIELDS, (b"gAMA", struct.pack(">I", 100000))), colour.linear_srgb()),
        (
            png(
                FIELDS,
                (b"gAMA", struct.pack(">I", 45470)),
                (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)),
            ),
            colour.make_profile((0.64, 0.33, 0.21, 0.71, 0.15, 0.06), 100000 / 45470),
        ),
        (png(FIELDS), None),
    ],
)
def test_the_space_is_what_the_file_says(tmp_path, given, profile):
    (tmp_path / "a.bin").write_bytes(given)
    assert read_picture_file(tmp_path / "a.bin").pages[0].profile == profile


def test_an_hdr_picture_is_refused_in_words(tmp_path):
    (tmp_path / "a.png").write_bytes(png(FIELDS, (b"cICP", bytes([9, 16, 0, 1]))))
    with pytest.raises(rg.InvalidImage, match="HDR picture"):
        read_picture_file(tmp_path / "a.png")


def test_tags_of_avif_tell_its_space(tmp_path):
    (tmp_path / "a.avif").write_bytes(imagecodecs.avif_encode(FIELDS, level=90, primaries=12, transfer=13))
    assert read_picture_file(tmp_path / "a.avif").pages[0].profile == PRIMARIES["Display P3"]


def test_the_header_of_jpeg_xl_tells_its_space():
    fields = [(1, 1), (1, 5), (1, 3), (0, 1), (0, 1), (0, 1), (2, 2), (1, 1), (0, 2), (0, 1)]  # 16 x 16, 12 bits
    rec_2020 = [(0, 1), (0, 1), (0, 2), (1, 2), (2, 2), (7, 4), (0, 1), (2, 2), (11, 4), (0, 2)]
    gamma = [(0, 1), (0, 1), (0, 2), (1, 2), (1, 2), (1, 1), (5_000_000, 24), (0, 2)]
    stated = [(0, 1), (1, 1), (0, 2)]
    headers = []
    for space in (rec_2020, gamma, stated):
        value, at = 0, 0
        for number, size in [*fields, *space]:
            value |= number << at
            at += size
        headers.append(JPEGXLHeader.read(b"\xff\x0a" + value.to_bytes(40, "little")))
    assert {(each.width, each.height, each.bits) for each in headers} == {(16, 16, 12)}
    assert (headers[0].primaries, headers[0].transfer) == (9, 13)
    assert headers[1].gamma == pytest.approx(2)
    assert [each.has_profile for each in headers] == [False, False, True]


def test_inks_go_by_their_profile_and_become_rgb_with_a_word(apply, tmp_path):
    inks = np.random.default_rng(0).integers(0, 256, (12, 18, 4)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", inks, photometric="separated", iccprofile=ink_profile(), metadata=None)
    result, said = apply("a.tif")
    source = ImageCms.ImageCmsProfile(io.BytesIO(ink_profile()))
    by_profile = Image.fromarray(inks, "CMYK")
    wanted = ImageCms.profileToProfile(by_profile, source, ImageCms.createProfile("sRGB"), 1, outputMode="RGB")
    assert np.abs(pixels(result).astype(int) - np.asarray(wanted)).mean() < 0.5
    assert said == ["printer's inks (CMYK) are written as RGB, converted by their profile"]


def test_highlights_are_highlights(apply, tmp_path):
    photograph = data.coffee()[:120, :180].astype(np.float32) / 255
    bright = np.where(photograph > 0.97, np.float32(1.6), photograph)
    for name, values in (("bright", bright), ("plain", photograph)):
        tifffile.imwrite(tmp_path / f"{name}.tif", values, photometric="rgb")
    seen = [np.clip(pixels(apply(f"{name}.tif", strength=1)[0]), 0, 1) for name in ("bright", "plain")]
    assert abs(seen[0].mean() - seen[1].mean()) < 0.02


def test_linear_light_is_styled_as_it_is_seen(apply, tmp_path):
    exr = pytest.importorskip("OpenEXR")
    photograph = data.astronaut()[:128, :128]
    linear = colour_to_linear(photograph)
    with exr.File({"type": exr.scanlineimage}, {"RGB": linear}) as file:
        file.write(str(tmp_path / "a.exr"))
    (tmp_path / "a.hdr").write_bytes(bytes(imagecodecs.rgbe_encode(linear)))
    Image.fromarray(photograph).save(tmp_path / "b.png")
    wanted = pixels(apply("b.png", strength=1)[0])
    for name in ("a.exr", "a.hdr"):
        result, _ = apply(name, strength=1)
        assert result.suffix == ".tif"
        (page,) = read_picture_file(result).pages
        assert page.profile == colour.linear_srgb()
        shown = screen(page.colours)
        assert difference(shown, wanted) < 1
        np.testing.assert_allclose(pixels(apply(name)[0]), linear, atol=0.01)


def colour_to_linear(values):
    unit = values / 255
    return np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4).astype(np.float32)


def screen(linear):
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055) * 255


def test_associated_alpha_stays_associated(apply, tmp_path):
    alpha = np.linspace(0, 255, 18).astype(np.uint8) * np.ones((12, 1), np.uint8)
    premultiplied = np.dstack([(FIELDS.astype(int) * alpha[..., None] // 255).astype(np.uint8), alpha])
    options = {"photometric": "rgb", "extrasamples": ["assocalpha"], "metadata": None}
    tifffile.imwrite(tmp_path / "a.tif", premultiplied, **options)
    np.testing.assert_array_equal(tifffile.imread(apply("a.tif")[0]), premultiplied)
    styled = tifffile.imread(apply("a.tif", strength=1)[0])
    with tifffile.TiffFile(tmp_path / "out" / "a.tif") as file:
        assert file.pages[0].extrasamples == (1,)
    straight = GENERATOR.apply(FIELDS, strength=1, grain=0).astype(int)
    np.testing.assert_array_equal(styled[..., 3], alpha)
    half = styled[..., :3][:, 9:].astype(int) - straight[:, 9:] * alpha[:, 9:, None] // 255
    assert np.abs(half).mean() < 6


@pytest.mark.parametrize("kind", ["unassalpha", "unspecified"])
@pytest.mark.parametrize("photometric", ["rgb", "minisblack"])
def test_further_channels_stay_what_they_are(apply, tmp_path, kind, photometric):
    colours = FIELDS if photometric == "rgb" else FIELDS[..., :1]
    array = np.concatenate([colours, FIELDS[..., 2:]], -1)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric=photometric, extrasamples=[kind], planarconfig="contig")
    result, _ = apply("a.tif", strength=1)
    with tifffile.TiffFile(tmp_path / "a.tif") as source, tifffile.TiffFile(result) as made:
        assert made.pages[0].extrasamples == source.pages[0].extrasamples
        np.testing.assert_array_equal(made.asarray()[..., -1], FIELDS[..., 2])


def pages_of(kind):
    pages = [Image.fromarray(np.roll(FIELDS, number, 2)) for number in range(3)]
    if kind == "sizes":
        return [pages[0], pages[1].resize((9, 8)), pages[2].resize((5, 5))]
    if kind == "colour, then grey":
        return [pages[0], pages[1].convert("L"), pages[2]]
    return [page.convert(kind) for page in pages]


@pytest.mark.parametrize("kind", ["RGB", "P", "L", "1", "CMYK", "sizes", "colour, then grey"])
def test_pages_are_all_there(apply, tmp_path, kind):
    pages = pages_of(kind)
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with Image.open(apply("a.tif")[0]) as result:
        assert result.n_frames == 3
        for number, page in enumerate(pages):
            result.seek(number)
            assert result.size == page.size
            if kind != "CMYK":
                np.testing.assert_array_equal(np.asarray(result.convert("RGB")), np.asarray(page.convert("RGB")))


def test_each_page_keeps_its_notes(apply, tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for number in range(2):
            tags = [(285, "s", 0, f"page {number}", True), (40091, "B", 6, "Hi\0".encode("utf-16le"), True)]
            resolution = (100 + number, 100)
            file.write(FIELDS, description=f"first {number}", metadata=None, extratags=tags, resolution=resolution)
    with tifffile.TiffFile(apply("a.tif")[0]) as file:
        assert [page.description for page in file.pages] == ["first 0", "first 1"]
        assert [page.tags[285].value for page in file.pages] == ["page 0", "page 1"]
        assert [page.tags[282].value[0] for page in file.pages] == [100, 101]
        assert all(40091 in page.tags for page in file.pages)


@pytest.mark.parametrize(
    ("name", "form", "result"), [("a.gif", "GIF", ".png"), ("a.webp", "WEBP", ".webp"), ("a.png", "PNG", ".png")]
)
def test_frames_and_their_times_are_all_there(apply, tmp_path, name, form, result):
    frames = [Image.fromarray(np.roll(FIELDS, number, 2)) for number in range(3)]
    options = {"lossless": True} if form == "WEBP" else {}
    frames[0].save(
        tmp_path / name, form, save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0, **options
    )
    path, _ = apply(name)
    assert path.suffix == result
    made = read_picture_file(path)
    assert (made.milliseconds, made.loop) == ((100, 200, 300), 0)
    np.testing.assert_array_equal(made.pages[0].colours, [np.asarray(frame) for frame in frames])


def test_pictures_side_by_side_stay_so(apply, tmp_path):
    frames = [Image.fromarray(FIELDS), Image.fromarray(FIELDS[::-1].copy())]
    frames[0].save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=frames[1:], quality=100)
    with Image.open(apply("a.jpg")[0]) as result:
        assert result.n_frames == 2
        with Image.open(tmp_path / "a.jpg") as source:
            for number in range(2):
                result.seek(number)
                source.seek(number)
                assert np.abs(np.asarray(result).astype(int) - np.asarray(source)).mean() < 2


IPTC = b"\x1c\x02\x78\0\x0aAt the sea"
CAPTION = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(IPTC)) + IPTC + b"\0" * (len(IPTC) % 2)


def test_a_jpeg_keeps_captions_comments_and_the_makers_own_note(apply):
    maker = b"MAKER" + bytes(range(100))
    entries = exif_block((0x927C, 7, len(maker), maker), (0x9003, 2, 20, b"1974:05:06 07:08:09\0"), group=0x8769)
    xmp = b"http://ns.adobe.com/xap/1.0/\0" + XMP % b""
    given = jpeg(FIELDS, (0xE1, b"Exif\0\0" + entries), (0xE1, xmp), (0xED, CAPTION), comment=b"hello", dpi=(72, 96))
    result, said = apply("a.jpg", given)
    content = result.read_bytes()
    assert said == []
    assert b"At the sea" in content
    assert b'my:secret="42"' in content
    notes = read_picture_file(result).pages[0].notes[0]
    assert notes.comments == (b"hello",)
    assert notes.resolution == (72, 96, 2)
    before, after = (exif.groups[CAMERA][0x927C] for exif in (Exif.from_block(entries), notes.exif))
    assert (before.data, before.offset) == (after.data, after.offset)


@pytest.mark.parametrize("unit", [0, 1, 2])
def test_resolution_keeps_its_unit(apply, unit):
    given = jpeg()
    given = given[:13] + struct.pack(">BHH", unit, 40, 50) + given[18:]
    assert apply("a.jpg", given)[0].read_bytes()[13:18] == struct.pack(">BHH", unit, 40, 50)
    result, _ = apply("a.png", png(FIELDS, (b"pHYs", struct.pack(">IIB", 40, 50, unit != 0))))
    assert dict(png_chunks(result.read_bytes()))[b"pHYs"] == struct.pack(">IIB", 40, 50, unit != 0)


def test_notes_that_are_too_long_are_left_out_with_a_word(apply):
    maker = b"M" * 70_000
    entries = exif_block((0x927C, 7, len(maker), maker), (0x9003, 2, 20, b"1974:05:06 07:08:09\0"), group=0x8769)
    segments = [(0xE1, b"Exif\0\0" + entries[at : at + 60_000]) for at in range(0, len(entries), 60_000)]
    result, said = apply("a.jpg", jpeg(FIELDS, *segments))
    assert said == ["the camera maker's own note is too long for a JPEG and left out"]
    assert read_picture_file(result).pages[0].notes[0].exif.text(0x9003, CAMERA) == b"1974:05:06 07:08:09"


def test_a_png_keeps_its_texts_and_a_gif_its_comment(apply, tmp_path):
    info = PngInfo()
    info.add_text("Title", "On the beach")
    info.add_itxt("Author", "Zoë")
    info.add_text("Long", "x" * 3_000_000, zip=True)
    Image.fromarray(FIELDS).save(tmp_path / "a.png", pnginfo=info)
    kept = [
        (kind, content) for kind, content in png_chunks(apply("a.png")[0].read_bytes()) if kind[1:] in (b"EXt", b"TXt")
    ]
    assert kept == [each for each in png_chunks((tmp_path / "a.png").read_bytes()) if each[0][1:] in (b"EXt", b"TXt")]
    Image.fromarray(FIELDS).save(tmp_path / "b.gif", comment=b"hello")
    with Image.open(apply("b.gif")[0]) as result:
        assert result.text["Comment"] == "hello"


STACK = np.random.default_rng(0).integers(0, 60000, (3, 2, 16, 24)).astype(np.uint16)


def test_microscopy_keeps_axes_units_and_notes(apply, tmp_path):
    sizes = {"PhysicalSizeX": 0.25, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 0.5, "PhysicalSizeYUnit": "µm"}
    tifffile.imwrite(tmp_path / "a.ome.tif", STACK, ome=True, metadata={"axes": "ZCYX", "Name": "cells", **sizes})
    with tifffile.TiffFile(tmp_path / "a.ome.tif") as source, tifffile.TiffFile(apply("a.ome.tif")[0]) as result:
        assert result.ome_metadata == source.ome_metadata
        assert result.series[0].axes == "ZCYX"
        np.testing.assert_array_equal(result.asarray(), STACK)
    notes = {"axes": "ZCYX", "spacing": 0.5, "unit": "um", "Info": "from a microscope"}
    tifffile.imwrite(tmp_path / "b.tif", STACK, imagej=True, resolution=(4, 4), metadata=notes)
    with tifffile.TiffFile(tmp_path / "b.tif") as source, tifffile.TiffFile(apply("b.tif")[0]) as result:
        assert result.imagej_metadata == source.imagej_metadata
        assert result.series[0].axes == "ZCYX"
        assert result.pages[0].tags[282].value == (4, 1)
        np.testing.assert_array_equal(result.asarray(), STACK)


@pytest.mark.parametrize(
    ("name", "given", "result"),
    [
        ("a.jpg", png(np.dstack([FIELDS, FIELDS[..., 0]])), "a.png"),
        ("a.jpg", png(), "a.png"),
        ("a.png", jpeg(), "a.jpg"),
        ("a.tif", png(), "a.png"),
        ("a.jfif", jpeg(), "a.jfif"),
    ],
)
def test_the_format_is_that_of_the_content(apply, name, given, result):
    assert apply(name, given)[0].name == result


def test_a_named_result_takes_the_format_of_its_name(tmp_path):
    (tmp_path / "a.png").write_bytes(bytes(imagecodecs.png_encode(DEEP)))
    plans = [
        FilePlan(tmp_path / "a.png", tmp_path / name, is_named=True) for name in ("b.jpg", "b.webp", "b.tif", "b.xyz")
    ]
    batch = run_plans(GENERATOR, plans, overwrite=False, on_event=None, options={"strength": 0, "grain": 0})
    assert [path.name for path in batch.written] == ["b.jpg", "b.webp", "b.tif"]
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), DEEP)
    assert "ending in" in batch.failed[0].reason


@pytest.mark.parametrize("name", PRIMARIES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tables_of_a_profile_give_what_littlecms_gives(name, dtype):
    top = np.iinfo(dtype).max
    values = np.random.default_rng(0).integers(0, top, (40, 50, 3), dtype, endpoint=True)
    unit = values / np.float32(top)
    by_tables = colour.to_srgb(values, PRIMARIES[name], is_rgb=True)
    exactly = colour.to_srgb(unit, PRIMARIES[name], is_rgb=True)
    np.testing.assert_allclose(by_tables, exactly, atol=2e-3)
    back = colour.from_srgb(by_tables, PRIMARIES[name], is_rgb=True, within=True)
    np.testing.assert_allclose(back, unit, atol=1e-3)
    assert np.abs(back - unit).mean() < 5e-5

"""What goes with a picture survives from file to file: profile, camera's notes, place, resolution, texts."""

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

import napari_retrogan as rg
from napari_retrogan.core.images.files import read_picture, write_picture
from napari_retrogan.core.picture_files import tiff_writing
from napari_retrogan.core.picture_files.reading import read_picture_file

CAMERA, PLACE = 0x8769, 0x8825
RGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def camera_exif(orientation=6):
    exif = Image.Exif()
    exif[274], exif[271], exif[33432] = orientation, "Camera works", "A. Person"
    exif.get_ifd(CAMERA).update({33434: 0.008, 36867: "1974:05:06 07:08:09", 40962: 9, 40963: 6})
    exif.get_ifd(PLACE).update({1: "N", 2: (51.0, 30.0, 0.0)})
    return exif


def array(dtype=np.uint8, shape=(6, 9, 3)):
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype)


def write_source(path, dtype=np.uint8):
    """Write a picture with everything that may go with it."""
    if path.suffix == ".tif":
        write_source(path.with_suffix(".jpg"))
        write_picture(path, array(dtype, (9, 6, 3)), like=path.with_suffix(".jpg"))
        return
    options = {"exif": camera_exif(), "icc_profile": RGB_PROFILE, "dpi": (300, 200)}
    if path.suffix == ".png":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_text("Title", "On the beach")
    Image.fromarray(array()).save(path, **options)


def notes_of(path):
    """Return what another reader than ours finds in a file."""
    exif = Image.Exif()
    if path.suffix == ".tif":
        with tifffile.TiffFile(path) as file:
            profile = file.pages[0].iccprofile
            resolution = tuple(float(np.divide(*file.pages[0].tags[tag].value)) for tag in (282, 283))
            inches = file.pages[0].tags[296].value == 2
        assert inches
        with path.open("rb") as file:
            exif.load_from_fp(file)
            return exif[271], exif[33432], exif.get_ifd(CAMERA), exif.get_ifd(PLACE), profile, resolution
    with Image.open(path) as picture:
        exif = picture.getexif()
        resolution = picture.info["dpi"]
        return (
            exif[271],
            exif[33432],
            exif.get_ifd(CAMERA),
            exif.get_ifd(PLACE),
            picture.info["icc_profile"],
            resolution,
        )


@pytest.mark.parametrize("source", ["a.jpg", "a.png", "a.tif", "deep.tif"])
@pytest.mark.parametrize("target", ["b.jpg", "b.png", "deep.png", "b.tif", "deep.tif"])
def test_everything_survives_from_any_format_to_any_other(tmp_path, source, target):
    source, target = tmp_path / "from" / source, tmp_path / target
    source.parent.mkdir()
    write_source(source, np.uint16 if source.stem == "deep" else np.uint8)
    written = array(np.uint16 if target.stem == "deep" else np.uint8, (9, 6, 3))
    write_picture(target, written, like=source)
    make, rights, camera, place, profile, resolution = notes_of(target)
    assert (make, rights) == ("Camera works", "A. Person")
    assert float(camera[33434]) == pytest.approx(0.008)
    assert camera[36867] == "1974:05:06 07:08:09"
    assert (camera[40962], camera[40963]) == (6, 9)
    assert place[1] == "N"
    assert tuple(float(part) for part in place[2]) == (51, 30, 0)
    assert profile == RGB_PROFILE
    assert resolution == pytest.approx((300, 200), rel=1e-3)
    read = read_picture(target)
    assert read.shape == (9, 6, 3)
    if target.suffix != ".jpg":
        np.testing.assert_array_equal(read, written)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_texts_of_a_png_survive(tmp_path, dtype):
    write_source(tmp_path / "a.png")
    write_picture(tmp_path / "b.png", array(dtype), like=tmp_path / "a.png")
    with Image.open(tmp_path / "b.png") as picture:
        picture.load()
        assert picture.text["Title"] == "On the beach"


def test_a_profile_of_inks_does_not_go_with_colours(tmp_path):
    inks = bytearray(RGB_PROFILE)
    inks[16:20] = b"CMYK"
    Image.fromarray(array(shape=(6, 9, 4)), "CMYK").save(tmp_path / "a.jpg", icc_profile=bytes(inks))
    write_picture(tmp_path / "b.jpg", read_picture(tmp_path / "a.jpg"), like=tmp_path / "a.jpg")
    with Image.open(tmp_path / "b.jpg") as picture:
        assert "icc_profile" not in picture.info


def test_a_description_that_tells_how_another_file_is_laid_out_is_left_behind(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", array(np.uint16, (2, 20, 30)), imagej=True)
    write_picture(tmp_path / "b.tif", array(np.uint16, (2, 20, 30)), like=tmp_path / "a.tif")
    np.testing.assert_array_equal(read_picture(tmp_path / "b.tif"), array(np.uint16, (2, 20, 30)))
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert not file.is_imagej


@pytest.mark.parametrize("target", ["b.tif", "b.jpg", "b.png"])
def test_words_beyond_ascii_stay_as_they_are(tmp_path, target):
    exif = Image.Exif()
    exif[270], exif[315] = "Über den Dächern".encode(), "Zoë".encode("latin-1")
    Image.fromarray(array()).save(tmp_path / "a.jpg", exif=exif)
    write_picture(tmp_path / target, array(), like=tmp_path / "a.jpg")
    with Image.open(tmp_path / target) as picture:
        assert picture.getexif()[270].encode("latin-1") == "Über den Dächern".encode()
        assert picture.getexif()[315] == "Zoë"


@pytest.mark.parametrize("suffix", [".jxl", ".qoi", ".jp2", ".tga"])
def test_less_usual_formats_are_read(tmp_path, suffix):
    picture = array(shape=(16, 24, 3))
    if suffix == ".tga":
        Image.fromarray(picture).save(tmp_path / "a.tga")
    else:
        encode = {".jxl": imagecodecs.jpegxl_encode, ".qoi": imagecodecs.qoi_encode, ".jp2": imagecodecs.jpeg2k_encode}
        lossless = {".jxl": {"lossless": True}, ".jp2": {"codecformat": "jp2", "reversible": True}}
        (tmp_path / f"a{suffix}").write_bytes(encode[suffix](picture, **lossless.get(suffix, {})))
    np.testing.assert_array_equal(read_picture(tmp_path / f"a{suffix}"), picture)


def test_a_bigtiff_keeps_the_notes_of_the_camera_and_the_place(tmp_path, monkeypatch):
    """Whatever makes it: a result too large for a classic TIFF, or one styled part by part; and again from that."""
    source = tmp_path / "a.tif"
    write_source(source)
    expected = notes_of(source)
    look = rg.pretrained("warm-print")
    monkeypatch.setattr(tiff_writing, "_CLASSIC_BYTES", 0)
    results = rg.apply_to_files(look, source, tmp_path / "whole").written
    results.append(rg.apply_to_store(look, source, tmp_path / "parts.tif"))
    results.append(rg.apply_to_store(look, results[0], tmp_path / "parts again.tif"))
    monkeypatch.undo()
    results += rg.apply_to_files(look, results[-1], tmp_path / "classic").written
    for path in results:
        with tifffile.TiffFile(path) as file:
            assert file.is_bigtiff == (path.parent.name != "classic")
            tags = file.pages[0].tags
            assert {CAMERA, PLACE} <= set(tags.keys())
            assert not {CAMERA - 1, PLACE - 1} & set(tags.keys())
            assert tags[CAMERA].value["DateTimeOriginal"] == "1974:05:06 07:08:09"
            assert tags[PLACE].value["GPSLatitude"] == (51, 1, 30, 1, 0, 1)
            assert tags["Make"].value == "Camera works"
        found = read_picture_file(path).pages[0].notes[0].exif
        assert found.text(36867, CAMERA) == b"1974:05:06 07:08:09"
        assert found.numbers(2, PLACE) == (51, 30, 0)
        if path.parent.name == "classic":
            assert notes_of(path)[:4] == expected[:4]

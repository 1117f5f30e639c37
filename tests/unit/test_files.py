"""Picture files: every format at its depth, upright, and back."""

import itertools
import re
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from napari_retrogan import apply_to_files, pretrained
from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.images.files import picture_paths, read_picture, write_picture


def colour(dtype=np.uint8, channels=3, shape=(6, 9)):
    rng = np.random.default_rng(0)
    top = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    values = rng.random((*shape, channels)) * top
    return (values if channels > 1 else values[..., 0]).astype(dtype)


def test_a_folder_gives_its_pictures_sorted_and_nothing_else(tmp_path):
    for name in ("b.JPG", "a.png", ".hidden.png", "notes.txt", "c.tif"):
        (tmp_path / name).touch()
    (tmp_path / "d.png").mkdir()
    assert [path.name for path in picture_paths(tmp_path)] == ["a.png", "b.JPG", "c.tif"]


def test_a_pattern_reaches_into_subfolders_and_a_file_is_itself(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.png").touch()
    assert picture_paths(tmp_path / "**" / "*.png") == [tmp_path / "deep" / "a.png"]
    assert picture_paths(tmp_path / "deep" / "a.png") == [tmp_path / "deep" / "a.png"]


@pytest.mark.parametrize(
    ("name", "words"), [("missing", "does not exist"), ("", "no pictures"), ("*.jpg", "no pictures")]
)
def test_nothing_found_is_said_in_words(tmp_path, name, words):
    with pytest.raises(InvalidImage, match=words):
        picture_paths(tmp_path / name)


@pytest.mark.parametrize(
    ("suffix", "channels"), [*itertools.product([".png", ".tif", ".webp"], [1, 3, 4]), (".bmp", 1), (".bmp", 3)]
)
def test_eight_bits_survive_a_round_trip(tmp_path, suffix, channels):
    written, path = colour(channels=channels), tmp_path / f"picture{suffix}"
    write_picture(path, written)
    read = read_picture(path)
    assert read.dtype == np.uint8
    expected = np.repeat(written[..., None], 3, -1) if (suffix, channels) == (".webp", 1) else written
    visible = expected[..., -1] > 0 if channels == 4 else ...
    np.testing.assert_array_equal(read[visible], expected[visible])


@pytest.mark.parametrize(
    ("suffix", "dtype", "channels"),
    [
        *((".png", np.uint16, channels) for channels in (1, 3, 4)),
        *((".tif", np.uint16, channels) for channels in (1, 3, 4)),
        *((".tif", np.float32, channels) for channels in (1, 3, 4)),
    ],
)
def test_depth_survives_a_round_trip(tmp_path, suffix, dtype, channels):
    written = colour(dtype, channels)
    write_picture(tmp_path / f"picture{suffix}", written)
    read = read_picture(tmp_path / f"picture{suffix}")
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, written)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_jpeg_holds_eight_bits_closely(tmp_path, dtype):
    smooth = np.linspace(0, np.iinfo(dtype).max, 64 * 64 * 3).reshape(64, 64, 3).astype(dtype)
    write_picture(tmp_path / "picture.jpg", smooth)
    read = read_picture(tmp_path / "picture.jpg")
    assert read.dtype == np.uint8
    assert np.abs(read - smooth / (np.iinfo(dtype).max / 255)).max() < 6


def test_stacks_stay_stacks_in_tiff(tmp_path):
    stack = np.stack([colour(np.uint16)] * 2)
    write_picture(tmp_path / "stack.tif", stack)
    np.testing.assert_array_equal(read_picture(tmp_path / "stack.tif"), stack)


def test_planar_and_big_endian_tiff_become_ordinary_arrays(tmp_path):
    picture = colour(np.uint16)
    planar = np.moveaxis(picture, -1, 0)
    tifffile.imwrite(tmp_path / "p.tif", planar, photometric="rgb", planarconfig="separate", byteorder=">")
    read = read_picture(tmp_path / "p.tif")
    np.testing.assert_array_equal(read, picture)
    assert read.dtype.isnative


def test_white_is_zero_tiff_is_turned_the_right_way_round(tmp_path):
    tifffile.imwrite(tmp_path / "w.tif", colour(channels=1), photometric="miniswhite")
    np.testing.assert_array_equal(read_picture(tmp_path / "w.tif"), 255 - colour(channels=1))


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg", "tiff_adobe_deflate"])
def test_compressed_tiff_opens(tmp_path, compression):
    picture = Image.fromarray(colour(shape=(16, 16)))
    picture.save(tmp_path / "c.tif", compression=compression)
    assert read_picture(tmp_path / "c.tif").shape == (16, 16, 3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"])
def test_every_mode_becomes_grey_rgb_or_rgba(tmp_path, mode):
    path = tmp_path / ("m.tif" if mode in {"CMYK", "YCbCr", "PA"} else "m.png")
    # Older versions of Pillow can't read back the uncompressed YCbCr that they write.
    options = {"compression": "tiff_lzw"} if mode == "YCbCr" else {}
    picture = Image.fromarray(colour()).convert("RGB").convert("L" if mode in {"LA", "PA"} else "RGB").convert(mode)
    picture.save(path, **options)
    channels = {"1": 1, "L": 1, "LA": 4, "PA": 4, "RGBA": 4}.get(mode, 3)
    assert read_picture(path).shape == ((6, 9) if channels == 1 else (6, 9, channels))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_the_camera_orientation_is_applied(tmp_path, orientation, suffix):
    exif = Image.Exif()
    exif[274] = orientation
    picture = Image.fromarray(colour())
    picture.save(tmp_path / f"o{suffix}", exif=exif)
    with Image.open(tmp_path / f"o{suffix}") as saved:
        upright = np.asarray(ImageOps.exif_transpose(saved))
    np.testing.assert_array_equal(read_picture(tmp_path / f"o{suffix}"), upright)


def test_notes_and_profile_are_carried_over_without_the_orientation(tmp_path):
    exif = Image.Exif()
    exif[274], exif[271] = 6, "Camera works"
    Image.fromarray(colour()).save(tmp_path / "a.jpg", exif=exif, icc_profile=b"profile")
    write_picture(tmp_path / "b.jpg", read_picture(tmp_path / "a.jpg"), like=tmp_path / "a.jpg")
    with Image.open(tmp_path / "b.jpg") as picture:
        assert picture.size == (6, 9)
        assert dict(picture.getexif()) == {271: "Camera works"}
        assert picture.info["icc_profile"] == b"profile"


@pytest.mark.parametrize(
    ("name", "array", "words"),
    [
        ("a.gif", colour(), "ending in"),
        ("a.png", colour(np.float32), "float32"),
        ("a.jpg", colour(channels=4), "transparency"),
        ("a.png", colour(shape=(2, 6, 9)), "shape"),
    ],
)
def test_what_a_format_cannot_hold_is_said_and_nothing_is_left(tmp_path, name, array, words):
    with pytest.raises(InvalidImage, match=words):
        write_picture(tmp_path / name, array)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 16 + b"\x10", b"II*\0"])
def test_a_broken_file_is_an_error_in_words(tmp_path, suffix, content):
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(content)
    with pytest.raises(InvalidImage, match="broken"):
        read_picture(path)


RIDDLE = re.compile("instance|object|argument|attribute|unpack|codec|tuple|<|[(][0-9, ]*[)]")
"""What programmers read in errors."""


def with_two_values(data, number):
    """Return a little-endian TIFF, the tag of this number in which holds two numbers where one is meant."""
    (directory,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, directory)
    at = next(
        place
        for place in range(directory + 2, directory + 2 + 12 * count, 12)
        if struct.unpack_from("<H", data, place) == (number,)
    )
    return data[: at + 2] + struct.pack("<HIHH", 3, 2, 6, 9) + data[at + 12 :]


@pytest.mark.parametrize("tag", [256, 257, 258, 259, 262, 273, 277, 278, 279])
def test_what_is_said_of_a_damaged_file_is_no_riddle(tmp_path, tag):
    path = tmp_path / "damaged.tif"
    tifffile.imwrite(path, colour(), byteorder="<", photometric="rgb")
    path.write_bytes(with_two_values(path.read_bytes(), tag))
    result = apply_to_files(pretrained("sepia"), path, tmp_path / "results", strength=0)
    assert len(result.written) + len(result.failed) == 1
    for failure in result.failed:
        assert not RIDDLE.search(failure.reason)


def test_a_missing_file_is_an_error_in_words(tmp_path):
    with pytest.raises(InvalidImage, match="does not exist"):
        read_picture(tmp_path / "none.png")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 400))
def test_a_truncated_picture_never_escapes_as_another_error(tmp_path: Path, cut):
    write_picture(tmp_path / "whole.png", colour(np.uint16))
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:cut])
    try:
        read = read_picture(tmp_path / "cut.png")
    except InvalidImage:
        return
    assert read.shape == (6, 9, 3)

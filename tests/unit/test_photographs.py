"""Photographs as napari's layers, and layers as photographs."""

import io

import numpy as np
import pytest
from npe2 import PluginManager
from picture_bytes import FIELDS, exif_block, jpeg
from PIL import Image, ImageCms

import napari_retrogan as rg
from napari_retrogan.core.picture_files.colour import adobe_rgb, srgb
from napari_retrogan.core.picture_files.reading import read_picture_file
from napari_retrogan.plugin.photographs import (
    IGNORES_PROFILE,
    READ_AS_PHOTOGRAPH,
    TAKEN_FOR,
    photograph_reader,
    space_of,
    write_photograph,
)

SRGB = ImageCms.createProfile("sRGB")
GREEN = np.full((12, 18, 3), (60, 200, 60), np.uint8)


@pytest.fixture
def photograph(tmp_path):
    """A photograph in Adobe RGB, on its side, with a camera's notes."""
    exif = b"Exif\0\0" + exif_block((271, 2, 4, b"Cam\0"), (274, 3, 1, b"\6\0\0\0"))
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(GREEN, (0xE1, exif), icc_profile=adobe_rgb(), dpi=(300, 300)))
    return path


def test_a_photograph_opens_upright_and_in_srgb(photograph):
    ((data, options, kind),) = photograph_reader(str(photograph))(str(photograph))
    assert kind == "image"
    assert data.shape == (18, 12, 3)
    assert data.dtype == np.uint8
    assert options["rgb"]
    assert options["metadata"] == {"photograph": str(photograph)}
    with Image.open(photograph) as picture:
        shown = ImageCms.profileToProfile(picture, ImageCms.ImageCmsProfile(io.BytesIO(adobe_rgb())), SRGB, 1)
    np.testing.assert_allclose(data[5, 5], np.asarray(shown)[5, 5], atol=1)
    assert np.abs(data[5, 5].astype(int) - GREEN[5, 5]).max() > 30


def test_every_page_that_differs_is_a_layer_and_alike_ones_a_stack(tmp_path):
    pages = [Image.fromarray(np.roll(FIELDS, number, 2)) for number in range(3)]
    pages[0].save(tmp_path / "alike.tif", save_all=True, append_images=pages[1:])
    pages[0].save(tmp_path / "others.tif", save_all=True, append_images=[pages[1].resize((5, 5))])
    shapes = {
        name: [layer[0].shape for layer in photograph_reader(name)(tmp_path / name)]
        for name in ("alike.tif", "others.tif")
    }
    assert shapes == {"alike.tif": [(3, 12, 18, 3)], "others.tif": [(12, 18, 3), (5, 5, 3)]}


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_a_layer_is_saved_in_srgb_with_its_photographs_notes(photograph, tmp_path, suffix):
    ((data, options, _),) = photograph_reader(str(photograph))(str(photograph))
    metadata = {**options["metadata"], "napari_retrogan": {"generator": {"id": "abc", "file": None}}}
    path = str(tmp_path / f"b{suffix}")
    assert write_photograph(path, data, {"rgb": True, "metadata": metadata}) == [path]
    (page,) = read_picture_file(path).pages
    notes = page.notes[0]
    assert page.profile == srgb()
    assert notes.exif.text(271) == b"Cam"
    assert notes.exif.text(305).startswith(b"napari-retrogan")
    assert b"generator abc" in notes.exif.text(305)
    assert notes.dots_an_inch() == pytest.approx((300, 300), rel=1e-3)
    assert np.abs(page.colours.astype(int) - data).mean() < 3


def test_floats_and_grey_layers_are_saved_from_black_to_white(tmp_path):
    grey = np.linspace(10, 20, 12 * 18).reshape(12, 18)
    write_photograph(str(tmp_path / "a.png"), grey, {"rgb": False, "contrast_limits": (10, 20), "metadata": {}})
    (page,) = read_picture_file(tmp_path / "a.png").pages
    assert page.colours.dtype == np.uint16
    np.testing.assert_allclose(page.colours / 65535, (grey - 10) / 10, atol=1e-4)
    with pytest.raises(rg.InvalidImage, match="holds no transparency"):
        write_photograph(str(tmp_path / "a.jpg"), np.zeros((4, 4, 4), np.uint8), {"rgb": True, "metadata": {}})


def test_napari_is_offered_both():
    manager = PluginManager.instance()
    manager.discover()
    assert any(reader.plugin_name == "napari-retrogan" for reader in manager.iter_compatible_readers(["a.heic"]))
    writers = manager.iter_compatible_writers(["image"])
    assert any(writer.command == "napari-retrogan.write_photograph" for writer in writers)


class Layer:
    def __init__(self, metadata=(), path=None):
        self.metadata = dict(metadata)
        self.source = type("Source", (), {"path": path})


def test_it_is_said_which_space_a_layer_is_taken_for():
    assert space_of(None) == ""
    assert space_of(Layer()) == TAKEN_FOR
    assert space_of(Layer(path="a.jpg")) == IGNORES_PROFILE
    assert space_of(Layer({"photograph": "a.jpg"}, "a.jpg")) == READ_AS_PHOTOGRAPH

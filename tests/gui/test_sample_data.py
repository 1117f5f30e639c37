from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from skimage import data

from napari_retrogan.core.simulation.samples import sample_photographs
from napari_retrogan.plugin import sample_data
from napari_retrogan.plugin.layers import image_layers


@pytest.fixture
def no_downloads(monkeypatch):
    """Let every attempt to open a connection fail."""

    def refuse(*_, **__):
        raise AssertionError("Sample data must not be downloaded.")

    monkeypatch.setattr("socket.socket.connect", refuse)


@pytest.mark.parametrize(("key", "number"), [("photographs", 3), ("vintage_prints", 3), ("photographs_and_prints", 6)])
def test_samples_open_without_a_download(viewer, no_downloads, key, number):
    viewer.open_sample("napari-retrogan", key)
    assert len(image_layers(viewer.layers)) == number
    assert all(layer.rgb == (layer.data.ndim == 3) for layer in viewer.layers)


def test_photographs_and_prints_show_other_scenes():
    shown = [layer[1]["name"].removesuffix(" (print)") for layer in sample_data.photographs_and_prints()]
    assert len(set(shown)) == len(shown) == 6


def test_prints_are_the_same_each_time():
    first, second = sample_data.vintage_prints(), sample_data.vintage_prints()
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one[0], other[0])


def test_samples_are_scikit_images_own_pixels():
    for name, picture in sample_photographs().items():
        own = {"Astronaut": data.astronaut, "Coffee": data.coffee, "Photographer": data.camera}[name]()
        np.testing.assert_array_equal(picture, own)


def test_samples_wait_for_no_import_that_takes_long():
    script = (
        "import sys; from napari_retrogan.core.simulation import samples; samples.sample_photographs(); "
        "samples.sample_prints(); "
        "print(*{'scipy.ndimage', 'scipy.interpolate', 'imageio', 'pooch', 'dask'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

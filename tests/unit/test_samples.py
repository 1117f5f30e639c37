"""The sample pictures need no download and keep photographs and prints apart."""

import numpy as np
import pytest

from napari_retrogan.core.simulation.samples import sample_photographs, sample_prints


def test_samples_come_from_the_installed_package(monkeypatch):
    monkeypatch.setattr("socket.socket.connect", pytest.fail)
    pictures = {**sample_photographs(), **sample_prints()}
    assert len(pictures) == 6
    assert all(picture.dtype == np.uint8 and picture.shape[0] >= 300 for picture in pictures.values())


def test_prints_take_the_look_that_was_asked_for():
    silver = sample_prints("silver_print")
    assert silver.keys() == sample_prints().keys()
    assert all(np.ptp(picture.mean((0, 1))) < 15 for picture in silver.values())

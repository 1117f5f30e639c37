"""Mistakes are told before any training process starts."""

import numpy as np
import pytest

import napari_retrogan as rg
from napari_retrogan.core.engine.client import engine_process_id

PICTURE = np.zeros((40, 40, 3), np.uint8)


@pytest.fixture(autouse=True)
def no_engine():
    yield
    assert engine_process_id() is None


def test_both_sides_need_a_picture():
    with pytest.raises(rg.NotEnoughImages, match="No photograph"):
        rg.train([], [PICTURE])
    with pytest.raises(rg.NotEnoughImages, match="No vintage picture"):
        rg.train([PICTURE], [])
    with pytest.raises(rg.NotEnoughImages, match="No vintage picture"):
        rg.train_patch_gan([])


def test_pairs_must_match():
    with pytest.raises(rg.UnpairedImages, match="1 photographs and 2 vintage"):
        rg.train(PICTURE, [PICTURE, PICTURE], paired=True)
    with pytest.raises(rg.UnpairedImages, match="Pair 1"):
        rg.train(PICTURE, PICTURE[:30], paired=True)


def test_settings_are_checked_at_once():
    with pytest.raises(rg.InvalidConfig, match="'thread'"):
        rg.iter_train(PICTURE, PICTURE, engine="thread")
    with pytest.raises(rg.InvalidConfig, match="dict"):
        rg.iter_train(PICTURE, PICTURE, config={"num_steps": 3})
    with pytest.raises(rg.InvalidConfig, match="num_steps is -1"):
        rg.iter_train_patch_gan(PICTURE, num_steps=-1)


def test_no_picture_is_told_as_such():
    with pytest.raises(rg.InvalidImage):
        rg.train(np.zeros((3, 3), complex), PICTURE)

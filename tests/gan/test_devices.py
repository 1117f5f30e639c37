"""Training on several devices: two virtual ones of JAX, in a process of their own."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

import napari_retrogan as rg
from napari_retrogan.core.gan.devices import on_devices

SCRIPT = """
import numpy as np
from tiny_pictures import picture, with_specks

import napari_retrogan as rg

config = rg.TrainingConfig(
    num_steps=3, texture_batch_size=6, checkpoint_seconds=0
)
photographs, prints = [picture(1), picture(2)], [with_specks(picture(seed), seed) for seed in (3, 4)]
one, two = (rg.train(photographs, prints, config=config, engine="local", devices=n) for n in (1, 2))

import jax
import keras

assert len(jax.devices()) == 2
assert keras.distribution.distribution() is None
for name in one.weights:
    np.testing.assert_allclose(two.weights[name], one.weights[name], rtol=1e-3, atol=1e-5)
for number, words in ((3, "JAX has 2"), (2, "multiple of 2")):
    odd = config.replace(texture_batch_size=3)
    try:
        rg.train(photographs, prints, config=odd, engine="local", devices=number)
    except rg.RetroGANError as error:
        assert words in str(error), error
    else:
        raise AssertionError(number)
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed.")
def test_two_devices_train_as_one_does():
    paths = [str(Path(__file__).parent), *sys.path]
    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_one_device_is_an_ordinary_training(config):
    assert on_devices(dict, 1, config) == {}
    assert on_devices(dict, None, config) == {}


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX trains on several devices.")
def test_other_backends_say_that_they_train_on_one_device(config):
    with pytest.raises(rg.BackendUnavailable, match="JAX alone"):
        on_devices(dict, 2, config)


@pytest.mark.parametrize("devices", [0, -1, "all"])
def test_a_number_of_devices_is_asked_for(photographs, prints, devices):
    with pytest.raises(rg.InvalidConfig, match="devices"):
        rg.iter_train(photographs, prints, devices=devices)

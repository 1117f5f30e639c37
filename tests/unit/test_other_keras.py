"""Another plugin's Keras in the window's process, with another backend."""

import importlib.util
import os
import subprocess
import sys

import pytest

# TensorFlow isn't among the others: it can't share a process with a window.
OTHERS = ["stand-in", "jax", "torch"]
SCRIPT = """
import os, sys, types
import napari
import numpy as np
import napari_retrogan as rg
from napari_retrogan.core.engine import client
from napari_retrogan.plugin.preferences import keras_backend

def import_keras(backend):
    os.environ["KERAS_BACKEND"] = backend
    import keras
    assert keras.config.backend() == backend
    keras.config.set_dtype_policy("float16")
    keras.config.set_floatx("float16")
    keras.config.set_image_data_format("channels_first")
    keras.layers.Dense(3)(np.ones((1, 2)))
    return keras

def stand_in():
    os.environ["KERAS_BACKEND"] = "torch"
    sys.modules["keras"] = types.ModuleType("keras")
    return sys.modules["keras"]

def train_and_apply():
    config = rg.TrainingConfig(num_steps=2, texture_batch_size=3)
    events = list(rg.iter_train(viewer.layers[0], viewer.layers[1], config=config, backend=keras_backend()))
    client.shut_down()
    started = next(event for event in events if isinstance(event, rg.TrainingStarted))
    assert started.backend == "tensorflow"
    generator = events[-1].generator
    viewer.add_image(generator.apply(viewer.layers[0]))
    viewer.screenshot(flash=False)
    return generator

other = sys.argv[1]
viewer = napari.Viewer()
random = np.random.default_rng(0)
for _ in range(2):
    viewer.add_image(random.integers(0, 256, (96, 96, 3), np.uint8))
alone = train_and_apply()
keras = stand_in() if other == "stand-in" else import_keras(other)
environment = dict(os.environ)
beside = train_and_apply()
assert beside.id == alone.id
assert np.array_equal(viewer.layers[-1].data, viewer.layers[-2].data)
assert sys.modules["keras"] is keras
assert os.environ == environment
assert "tensorflow" not in sys.modules
if other != "stand-in":
    assert keras.config.backend() == other
    assert keras.config.dtype_policy().name == keras.config.floatx() == "float16"
viewer.close()
print("the same")
"""


@pytest.mark.weekly
@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("other", OTHERS)
def test_another_backend_in_the_windows_process_changes_nothing(tmp_path, other):
    if other != "stand-in" and importlib.util.find_spec(other) is None:
        pytest.skip(f"{other} isn't installed")
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, other],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        env={**environment, "NAPARI_CONFIG": ""},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-2:] == ["the", "same"]

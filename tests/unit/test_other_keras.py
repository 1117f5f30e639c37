"""Another plugin's Keras in the caller's process, with another backend."""

import subprocess
import sys

import pytest

# Stands for a plugin such as those that set torch at their import; TensorFlow would be in the way of a window.
SCRIPT = """
import os, sys
if sys.argv[1] == "other":
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    assert keras.backend.backend() == "torch"
    keras.config.set_dtype_policy("float16")
    keras.utils.set_random_seed(3)
import numpy as np
import napari_retrogan as rg
from napari_retrogan.plugin.preferences import keras_backend
random = np.random.default_rng(0)
photographs, vintage = random.integers(0, 256, (2, 2, 96, 96, 3), np.uint8)
config = rg.TrainingConfig(
    num_steps=2, colour_batch_size=2, texture_batch_size=2, texture_patch_size=32, ordinary_photographs=False
)
events = list(rg.iter_train(photographs, vintage, config=config, backend=keras_backend()))
started = next(event for event in events if isinstance(event, rg.TrainingStarted))
print(started.backend, events[-1].generator.id)
if sys.argv[1] == "other":
    assert keras.config.dtype_policy().name == "float16"
"""


def trained(kind, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, kind], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-2:]


def test_another_backend_in_this_process_changes_nothing_in_the_engine(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    alone, beside = trained("alone", tmp_path), trained("other", tmp_path)
    assert alone == beside
    assert alone[0] == "tensorflow"

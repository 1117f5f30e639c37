"""What every test session needs: a screen, a process apart for TensorFlow, a limit of time, a place for checkpoints."""

import atexit
import os
import shutil
import tempfile

from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # How long an example takes depends on who else uses the machine.
settings.load_profile("untimed")

if "NAPARI_RETROGAN_CHECKPOINTS" not in os.environ:
    # Interrupted trainings of whoever runs the tests are neither seen nor touched; processes started here inherit it.
    os.environ["NAPARI_RETROGAN_CHECKPOINTS"] = tempfile.mkdtemp(prefix="retrogan-checkpoints-")
    atexit.register(shutil.rmtree, os.environ["NAPARI_RETROGAN_CHECKPOINTS"], ignore_errors=True)

pytest_plugins = ["pytester", "own_process", "time_limit", "virtual_display"]

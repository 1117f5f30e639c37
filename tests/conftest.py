"""What every test session needs: a screen, a process apart for TensorFlow, a limit of time, places for files."""

import atexit
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # How long an example takes depends on who else uses the machine.
settings.load_profile("untimed")


def for_this_session(name):
    """Return a folder that goes when this process ends; processes started here use it as well."""
    folder = tempfile.mkdtemp(prefix=f"retrogan-{name}-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


if "NAPARI_RETROGAN_CHECKPOINTS" not in os.environ:
    # Interrupted trainings of whoever runs the tests are neither seen nor touched.
    os.environ["NAPARI_RETROGAN_CHECKPOINTS"] = for_this_session("checkpoints")

if "NAPARI_RETROGAN_LIBRARY" not in os.environ:
    # Nor are their looks; each test has a library of its own in this folder.
    os.environ["NAPARI_RETROGAN_LIBRARY"] = for_this_session("library")

if "NAPARI_RETROGAN_SETTINGS" not in os.environ:
    # Nor what they have set in the dock.
    os.environ["NAPARI_RETROGAN_SETTINGS"] = for_this_session("settings")

if sys.dont_write_bytecode:
    # Of dozens of processes each would compile its framework anew, which takes longer than all else that it does.
    # So bytecode is kept, but not beside the sources, where it is not wanted.
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = for_this_session("bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(autouse=True)
def library_folder(monkeypatch):
    """Return the folder, not made yet, of a library that no other test uses."""
    folder = os.path.join(os.environ["NAPARI_RETROGAN_LIBRARY"], secrets.token_hex(8))
    monkeypatch.setenv("NAPARI_RETROGAN_LIBRARY", folder)
    return Path(folder)


pytest_plugins = ["pytester", "own_process", "slow_tests", "time_limit", "virtual_display"]

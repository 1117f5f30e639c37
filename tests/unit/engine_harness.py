"""What the tests of the training process share."""

import threading
import time
from pathlib import Path

import pytest

from napari_retrogan.core import backend
from napari_retrogan.core.engine import client


def stream(name, payload=None, **options):
    return client.stream(client.Task(f"engine_trainings:{name}", payload), allowed="engine_trainings", **options)


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def shared_blocks():
    folder = Path("/dev/shm")
    return {path.name for path in folder.glob("psm_*")} if folder.is_dir() else set()


@pytest.fixture(autouse=True)
def find_trainings(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(backend, "_is_installed", lambda name: name != "jax")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)


@pytest.fixture(scope="module", autouse=True)
def no_engine_left():
    threads = threading.active_count()
    yield
    client.shut_down()
    assert client.engine_process_id() is None
    wait_until(lambda: threading.active_count() <= threads)

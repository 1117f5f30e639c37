import os
import sys
from types import SimpleNamespace

import pytest

from napari_retrogan.core import backend
from napari_retrogan.core.backend import choose_backend, device_name, use_backend
from napari_retrogan.core.errors import BackendUnavailable


@pytest.fixture(autouse=True)
def everything_installed_but_jax(monkeypatch):
    monkeypatch.setattr(backend, "_is_installed", lambda name: name != "jax")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.delitem(sys.modules, "keras", raising=False)


def import_keras(monkeypatch, name):
    keras = SimpleNamespace(config=SimpleNamespace(backend=lambda: name))
    monkeypatch.setitem(sys.modules, "keras", keras)


def test_the_request_wins_over_the_variable_and_the_variable_over_tensorflow(monkeypatch):
    assert choose_backend() == "tensorflow"
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert choose_backend() == "torch"
    assert choose_backend("tensorflow") == "tensorflow"


def test_a_keras_of_this_process_does_not_matter_to_the_choice(monkeypatch):
    import_keras(monkeypatch, "torch")
    assert choose_backend() == "tensorflow"


@pytest.mark.parametrize(("name", "words"), [("jax", "pip install jax"), ("theano", "tensorflow, jax, torch")])
def test_what_cannot_be_had_is_named(monkeypatch, name, words):
    with pytest.raises(BackendUnavailable, match=words):
        choose_backend(name)
    monkeypatch.setenv("KERAS_BACKEND", name)
    with pytest.raises(BackendUnavailable, match=words):
        choose_backend()


def test_using_a_backend_sets_the_variable_before_keras_is_imported(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "")
    assert use_backend("torch") == "torch"
    assert os.environ["KERAS_BACKEND"] == "torch"


def test_an_imported_keras_keeps_its_backend(monkeypatch):
    import_keras(monkeypatch, "torch")
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert use_backend() == "torch"
    assert use_backend("torch") == "torch"
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
    with pytest.raises(BackendUnavailable, match="restart Python with KERAS_BACKEND=tensorflow"):
        use_backend("tensorflow")


def test_installed_packages_are_found_without_importing_them(monkeypatch):
    monkeypatch.undo()
    assert backend._is_installed("numpy")
    assert not backend._is_installed("a_package_that_nobody_wrote")
    monkeypatch.setitem(sys.modules, "half_a_package", SimpleNamespace(__spec__=None))
    assert backend._is_installed("half_a_package")


def fake(monkeypatch, name, **attributes):
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(**attributes))


def tensorflow(gpus, details):
    experimental = SimpleNamespace(get_device_details=lambda gpu: details)
    return SimpleNamespace(list_physical_devices=lambda kind: gpus, experimental=experimental)


def torch(cuda, metal):
    return {
        "cuda": SimpleNamespace(is_available=lambda: cuda, get_device_name=lambda index: "H100"),
        "backends": SimpleNamespace(mps=SimpleNamespace(is_available=lambda: metal)),
    }


def test_devices_have_readable_names(monkeypatch):
    monkeypatch.setattr(backend, "num_cpus", lambda: 2)
    fake(monkeypatch, "tensorflow", config=tensorflow([], {}))
    assert device_name("tensorflow") == "CPU, 2 threads"
    fake(monkeypatch, "tensorflow", config=tensorflow(["gpu"], {"device_name": "H100"}))
    assert device_name("tensorflow") == "GPU H100"
    fake(monkeypatch, "tensorflow", config=tensorflow(["gpu"], {}))
    assert device_name("tensorflow") == "GPU"
    fake(monkeypatch, "jax", devices=lambda: [SimpleNamespace(platform="cpu", device_kind="cpu")])
    assert device_name("jax") == "CPU, 2 threads"
    fake(monkeypatch, "jax", devices=lambda: [SimpleNamespace(platform="gpu", device_kind="H100")])
    assert device_name("jax") == "GPU H100"
    fake(monkeypatch, "torch", **torch(cuda=True, metal=False))
    assert device_name("torch") == "GPU H100"
    fake(monkeypatch, "torch", **torch(cuda=False, metal=True))
    assert device_name("torch") == "GPU Apple Metal"
    monkeypatch.setattr(backend, "num_cpus", lambda: 1)
    fake(monkeypatch, "torch", **torch(cuda=False, metal=False))
    assert device_name("torch") == "CPU, 1 thread"


def test_at_least_one_thread_is_counted():
    assert backend.num_cpus() >= 1

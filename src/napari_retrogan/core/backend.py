"""Which Keras backend to use, settled before Keras is first imported."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from typing import Any

from napari_retrogan.core.errors import BackendUnavailable

_BACKENDS = ("tensorflow", "jax", "torch")
_VARIABLE = "KERAS_BACKEND"


def choose_backend(requested: str | None = None) -> str:
    """Choose the backend of a process that has not imported Keras yet.

    Parameters
    ----------
    requested
        ``"tensorflow"``, ``"jax"``, ``"torch"``, or None for what the variable ``KERAS_BACKEND`` says,
        and TensorFlow if it says nothing.

    Raises
    ------
    BackendUnavailable
        If the backend is unknown or not installed.
    """
    name = requested or os.environ.get(_VARIABLE) or "tensorflow"
    if name not in _BACKENDS:
        raise BackendUnavailable(f"Keras backend {name!r} is unknown; choose one of {', '.join(_BACKENDS)}.")
    if not _is_installed(name):
        raise BackendUnavailable(
            f"Keras backend {name!r} was asked for but the package {name} is not installed; "
            f"install it (pip install {name}) or choose another of {', '.join(_BACKENDS)}."
        )
    return name


def use_backend(requested: str | None = None) -> str:
    """Settle the backend of this process, keeping the one of a Keras that is imported already.

    Parameters
    ----------
    requested
        As for `choose_backend`; None also accepts whatever is in use.

    Returns
    -------
    str
        The backend that Keras uses, or will use once imported.

    Raises
    ------
    BackendUnavailable
        If the backend is unknown or not installed, or if Keras is imported already with another.
    """
    keras = sys.modules.get("keras")
    if keras is None:
        os.environ[_VARIABLE] = choose_backend(requested)
        return os.environ[_VARIABLE]
    current = str(keras.config.backend())
    if requested is not None and requested != current:
        raise BackendUnavailable(
            f"Keras backend {requested!r} was asked for but Keras is imported already with {current!r}; "
            f"restart Python with {_VARIABLE}={requested}, or train in the training process."
        )
    return current


def make_deterministic(backend: str) -> None:
    """Let a backend sum in one order only, so that equal trainings give equal bits; TensorFlow does so when asked."""
    if backend == "tensorflow":
        importlib.import_module(backend).config.experimental.enable_op_determinism()


def device_name(backend: str) -> str:
    """Return in words what a backend computes on, such as ``"CPU, 2 threads"``; imports the backend."""
    describe = {"tensorflow": _tensorflow_gpu, "jax": _jax_gpu, "torch": _torch_gpu}[backend]
    gpu = describe(importlib.import_module(backend))
    if gpu is not None:
        return f"GPU {gpu}".strip()
    threads = num_cpus()
    return f"CPU, {threads} thread{'s' if threads > 1 else ''}"


def _is_installed(name: str) -> bool:
    """Tell whether a top-level package can be found, without importing it."""
    try:
        return importlib.util.find_spec(name) is not None
    except ValueError:
        return name in sys.modules


def num_cpus() -> int:
    """Return how many CPUs this process may use: those that its affinity leaves out don't count."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _tensorflow_gpu(tensorflow: Any) -> str | None:
    gpus = tensorflow.config.list_physical_devices("GPU")
    if not gpus:
        return None
    return str(tensorflow.config.experimental.get_device_details(gpus[0]).get("device_name", ""))


def _jax_gpu(jax: Any) -> str | None:
    device = jax.devices()[0]
    return None if device.platform == "cpu" else str(device.device_kind)


def _torch_gpu(torch: Any) -> str | None:
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name(0))
    return "Apple Metal" if torch.backends.mps.is_available() else None

"""Trainings without Keras, for the tests of the training process; imported by that process."""

import importlib.util
import os
import signal
import subprocess
import sys
import time

import numpy as np

from napari_retrogan.core.errors import InvalidImage, TrainingDiverged


class CustomDiverged(TrainingDiverged):
    """A class that only the training process knows."""


def count(payload, *, should_stop, should_pause):
    yield from range(payload)


def what_it_sees(payload, *, should_stop, should_pause):
    yield {name: os.environ.get(name) for name in payload}
    yield os.getpid()
    yield sorted(sys.modules)


def double(payload, *, should_stop, should_pause):
    payload["array"] *= 2
    yield payload
    yield payload["array"].sum()


def many_large(payload, *, should_stop, should_pause):
    for number in range(payload):
        yield np.full((300, 400), number, np.float64)


def echo_for_ever(payload, *, should_stop, should_pause):
    while True:
        yield payload


def until_stopped(payload, *, should_stop, should_pause):
    step, paused = 0, False
    while not should_stop():
        if should_pause() != paused:
            paused = should_pause()
            yield "paused" if paused else "resumed"
        if not paused:
            yield step
            step += 1
        time.sleep(0.01)
    yield "delivered"


def silent_until_stopped(payload, *, should_stop, should_pause):
    yield "started"
    while not should_stop():
        time.sleep(0.01)
    yield "delivered"


def deaf(payload, *, should_stop, should_pause):
    yield os.getpid()
    while True:
        try:
            time.sleep(60)
        except BaseException:  # noqa: BLE001
            continue


def flood(payload, *, should_stop, should_pause):
    while True:
        yield b"x" * 100_000


def fail(payload, *, should_stop, should_pause):
    yield "started"
    if payload == "custom":
        raise CustomDiverged("The losses are not finite.")
    if payload == "own":
        raise InvalidImage("Image is empty.")
    if payload == "runtime":
        raise RuntimeError("CUDA went away\nand more")
    if payload == "leave":
        sys.exit("enough")
    if payload == "memory":
        raise MemoryError
    if payload == "framework":
        raise ModuleNotFoundError("No module named 'jax'", name="jax")
    if payload == "dependency":
        raise ModuleNotFoundError("No module named 'ml_dtypes'", name="ml_dtypes")
    if payload == "library":
        raise ImportError("libcudart.so.12: cannot open shared object file")
    if payload == "misfit":
        exec(compile("raise AttributeError('_ARRAY_API not found')", "misfit.py", "exec"), {})
    if payload == "unsendable":
        yield lambda: None


def die(payload, *, should_stop, should_pause):
    yield os.getpid()
    sys.stdout.write("x" * 100_000 + "\n")
    sys.stderr.write("these are the last words\n")
    if payload == "exit":
        os._exit(7)
    if payload == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    os.kill(os.getpid(), signal.SIGKILL)


def where(payload, *, should_stop, should_pause):
    import napari_retrogan

    yield napari_retrogan.__file__


def printing(payload, *, should_stop, should_pause):
    for _ in range(payload):
        sys.stdout.write("to nobody\n")
        os.write(1, b"to nobody either\n")
        yield b"x" * 1000


def find(payload, *, should_stop, should_pause):
    for name in payload:
        spec = importlib.util.find_spec(name)
        yield spec and spec.origin


def child_sees_channel(payload, *, should_stop, should_pause):
    code = f"import os\ntry:\n    os.fstat({sys.argv[1]})\n    print('open')\nexcept OSError:\n    print('closed')"
    yield subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

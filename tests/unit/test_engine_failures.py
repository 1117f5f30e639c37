import os
import re
import signal
import sys
import threading
from contextlib import closing

import pytest
from engine_harness import find_trainings, no_engine_left, shared_blocks, stream, wait_until  # noqa: F401

from napari_retrogan.core.engine import client, process
from napari_retrogan.core.errors import (
    BackendUnavailable,
    EngineBusy,
    EngineDied,
    InvalidImage,
    RetroGANError,
    TrainingDiscarded,
    TrainingDiverged,
)

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals")


@pytest.mark.parametrize(
    ("payload", "kind", "words"),
    [
        ("own", InvalidImage, r"^Image is empty\.$"),
        ("custom", TrainingDiverged, r"^The losses are not finite\.$"),
        ("runtime", RetroGANError, r"RuntimeError: CUDA went away\)\.$"),
        ("leave", RetroGANError, "SystemExit: enough"),
        ("memory", RetroGANError, "ran out of memory"),
        ("framework", BackendUnavailable, r"No module named 'jax'\); repair it"),
        ("dependency", BackendUnavailable, r"No module named 'ml_dtypes'\); repair it"),
        ("library", BackendUnavailable, r"ImportError: libcudart.*\); repair it"),
        ("misfit", BackendUnavailable, r"AttributeError: _ARRAY_API not found\); repair it"),
        ("unsendable", RetroGANError, "unexpected error"),
    ],
)
def test_errors_arrive_as_the_packages_own(payload, kind, words):
    events = stream("fail", payload)
    assert next(events) == "started"
    with pytest.raises(RetroGANError) as caught:
        list(events)
    assert type(caught.value) is kind
    assert re.search(words, str(caught.value))
    assert not isinstance(caught.value, RuntimeError)
    assert "Traceback" in "".join(caught.value.__notes__)
    assert list(stream("count", 2)) == [0, 1]


def test_a_missing_function_is_an_error_in_words():
    with pytest.raises(RetroGANError, match="absent"):
        list(stream("absent"))


@posix_only
@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("kill", r"SIGKILL(?s:.)*memory(?s:.)*these are the last words"),
        ("segfault", r"SIGSEGV(?s:.)*in die"),
        ("exit", r"exit code 7(?s:.)*these are the last words"),
    ],
)
def test_death_is_told_and_the_next_run_gets_a_new_process(payload, words):
    events = stream("die", payload)
    first = next(events)
    with pytest.raises(EngineDied, match=words) as caught:
        list(events)
    assert len(str(caught.value)) < 20_000
    assert client.engine_process_id() is None
    assert list(stream("count", 2)) == [0, 1]
    assert client.engine_process_id() != first


def test_a_process_that_cannot_import_its_server_says_so(monkeypatch):
    client.shut_down()
    monkeypatch.setattr(process, "_SERVER", "napari_retrogan.core.engine.absent")
    with pytest.raises(EngineDied, match=r"exit code 1(?s:.)*No module named"):
        list(stream("count", 1))


def test_a_process_that_cannot_be_started_says_so(monkeypatch, tmp_path):
    client.shut_down()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "absent"))
    with pytest.raises(EngineDied, match="could not be started"):
        list(stream("count", 1))
    assert client.engine_process_id() is None


@posix_only
def test_a_process_that_died_while_idle_is_replaced():
    list(stream("count", 1))
    first = client.engine_process_id()
    os.kill(first, signal.SIGKILL)
    assert list(stream("count", 3)) == [0, 1, 2]
    assert client.engine_process_id() != first


def test_two_at_once_are_refused():
    with closing(stream("until_stopped")) as events:
        next(events)
        with pytest.raises(EngineBusy, match="under way"):
            next(stream("count", 1))
        assert next(events) == 1
    assert list(stream("count", 1)) == [0]


def test_an_iterator_that_was_never_started_blocks_nobody():
    unused = stream("count", 1)
    assert list(stream("count", 1)) == [0]
    unused.close()


def test_a_payload_that_cannot_be_sent_blocks_nobody():
    with pytest.raises((AttributeError, TypeError)):
        next(stream("count", threading.Lock()))
    assert list(stream("count", 1)) == [0]


def test_shutting_down_in_mid_run_discards_it():
    started = threading.Event()
    caught = []

    def follow():
        try:
            for _ in stream("until_stopped"):
                started.set()
        except TrainingDiscarded as error:
            caught.append(error)

    thread = threading.Thread(target=follow)
    thread.start()
    assert started.wait(30)
    client.shut_down()
    thread.join(30)
    assert caught
    assert client.engine_process_id() is None
    assert list(stream("count", 1)) == [0]

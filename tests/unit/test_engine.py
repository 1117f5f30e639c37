import os
import signal
import threading
from contextlib import closing

import numpy as np
import pytest
from engine_harness import find_trainings, no_engine_left, shared_blocks, stream, wait_until  # noqa: F401

from napari_retrogan.core.engine import client
from napari_retrogan.core.errors import (
    BackendUnavailable,
    EngineDied,
    InvalidConfig,
)

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals")


def test_events_arrive_in_order():
    assert list(stream("count", 500)) == list(range(500))


def test_one_process_serves_one_run_after_the_other():
    list(stream("count", 3))
    first = client.engine_process_id()
    threads = threading.active_count()
    for _ in range(5):
        list(stream("count", 3))
    assert client.engine_process_id() == first
    assert threading.active_count() == threads


def test_the_process_is_told_its_backend_and_holds_neither_qt_nor_keras(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    names = ("KERAS_BACKEND", "PYTHONWARNINGS", "TF_CPP_MIN_LOG_LEVEL")
    seen, process_id, modules = stream("what_it_sees", names, backend="tensorflow")
    assert seen == {"KERAS_BACKEND": "tensorflow", "PYTHONWARNINGS": None, "TF_CPP_MIN_LOG_LEVEL": "2"}
    assert process_id == client.engine_process_id() != os.getpid()
    assert not {"keras", "tensorflow", "napari", "qtpy"} & set(modules)


def test_another_backend_gets_another_process():
    list(stream("count", 1, backend="tensorflow"))
    first = client.engine_process_id()
    seen, *_ = stream("what_it_sees", ("KERAS_BACKEND",), backend="torch")
    assert seen == {"KERAS_BACKEND": "torch"}
    assert client.engine_process_id() != first


def test_a_backend_that_is_missing_is_named_before_anything_starts():
    with pytest.raises(BackendUnavailable, match="pip install jax"):
        stream("count", 1, backend="jax")


def test_targets_outside_the_package_are_refused():
    for target in ("os:system", "napari_retrogan.core.training.train"):
        with pytest.raises(InvalidConfig, match="Target"):
            client.stream(client.Task(target, None))


def test_large_arrays_cross_both_ways_and_leave_no_shared_memory():
    before = shared_blocks()
    image = np.arange(3_000_000, dtype=np.float32).reshape(1000, 1000, 3)
    payload = {"array": image.copy(), "flags": np.zeros((600, 600), bool), "empty": np.zeros((0, 3))}
    result, total = stream("double", payload)
    np.testing.assert_array_equal(result["array"], image * 2)
    np.testing.assert_array_equal(payload["array"], image)
    assert result["array"].flags.writeable
    assert result["empty"].shape == (0, 3)
    assert total == (image * 2).sum()
    assert [array[0, 0] for array in stream("many_large", 20)] == list(range(20))
    wait_until(lambda: shared_blocks() <= before)


def test_large_arrays_of_an_abandoned_run_leave_no_shared_memory():
    before = shared_blocks()
    with closing(stream("echo_for_ever", np.zeros(1_000_000))) as events:
        next(events)
    wait_until(lambda: shared_blocks() <= before)


@posix_only
def test_large_arrays_of_a_killed_process_leave_no_shared_memory():
    before = shared_blocks()
    events = stream("echo_for_ever", np.zeros(1_000_000))
    next(events)
    os.kill(client.engine_process_id(), signal.SIGKILL)
    with pytest.raises(EngineDied):
        list(events)
    wait_until(lambda: shared_blocks() <= before)


def test_stop_reaches_the_training_between_events():
    stop = threading.Event()
    seen = []
    for event in stream("until_stopped", should_stop=stop.is_set):
        seen.append(event)
        if event == 3:
            stop.set()
    assert seen[:4] == [0, 1, 2, 3]
    assert seen[-1] == "delivered"


def test_stop_reaches_a_training_that_sends_no_events():
    stop = threading.Event()
    events = stream("silent_until_stopped", should_stop=stop.is_set)
    assert next(events) == "started"
    threading.Timer(0.3, stop.set).start()
    assert list(events) == ["delivered"]


def test_pause_and_resume():
    pause, stop, seen = threading.Event(), threading.Event(), []
    for event in stream("until_stopped", should_stop=stop.is_set, should_pause=pause.is_set):
        seen.append(event)
        if event == 2:
            pause.set()
        if event == "paused":
            threading.Timer(0.3, pause.clear).start()
        if event == "resumed":
            stop.set()
    at = seen.index("paused")
    assert seen[at + 1] == "resumed"
    assert seen[-1] == "delivered"


@pytest.mark.parametrize("name", ["until_stopped", "silent_until_stopped", "flood"])
def test_closing_early_keeps_the_process(name):
    with closing(stream(name)) as events:
        next(events)
        first = client.engine_process_id()
    assert client.engine_process_id() == first
    assert list(stream("count", 4)) == [0, 1, 2, 3]
    assert client.engine_process_id() == first


def test_an_error_in_the_consumer_abandons_the_run():
    events = stream("until_stopped")

    def consume():
        with closing(events):
            for _ in events:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        consume()
    assert list(stream("count", 2)) == [0, 1]


def test_an_error_in_should_stop_abandons_the_run():
    def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(stream("until_stopped", should_stop=broken))
    assert list(stream("count", 2)) == [0, 1]


def test_a_run_that_does_not_end_in_its_grace_time_is_ended():
    events = stream("deaf", grace_seconds=0.3)
    first = next(events)
    events.close()
    assert client.engine_process_id() is None
    assert list(stream("count", 2)) == [0, 1]
    assert client.engine_process_id() not in (None, first)


def test_an_idle_process_leaves_and_the_next_run_gets_a_new_one():
    try:
        list(stream("count", 1))
        client.set_idle_seconds(0.3)
        wait_until(lambda: client.engine_process_id() is None)
        assert list(stream("count", 2)) == [0, 1]
        wait_until(lambda: client.engine_process_id() is None)
    finally:
        client.set_idle_seconds(600)
    with pytest.raises(InvalidConfig, match="Idle"):
        client.set_idle_seconds(0)

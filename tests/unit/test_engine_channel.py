"""Only the child that this process started is on the other end of its channel."""

import os
import subprocess
import sys

import psutil
import pytest
from engine_harness import find_trainings, no_engine_left, stream  # noqa: F401

from napari_retrogan.core.engine import client
from napari_retrogan.core.engine.channel import inheritance, open_channel

posix_only = pytest.mark.skipif(os.name != "posix", reason="file descriptors")


def test_the_channel_has_no_address():
    """Nothing listens: no port, no named socket, no file that somebody else could open."""
    events = stream("until_stopped")
    next(events)
    try:
        for process in (psutil.Process(), psutil.Process(client.engine_process_id())):
            listening = [each for each in process.net_connections(kind="inet") if each.status == psutil.CONN_LISTEN]
            named = [each.laddr for each in process.net_connections(kind="unix") if "retrogan" in str(each.laddr)]
            assert (listening, named) == ([], [])
    finally:
        events.close()


@posix_only
def test_other_children_of_this_process_do_not_inherit_it():
    ours, theirs = open_channel()
    try:
        numbers = [str(ours.fileno()), str(theirs.fileno())]
        code = "import os, sys\nfor number in map(int, sys.argv[1:]):\n    try:\n        os.fstat(number)\n"
        code += "        print('open')\n    except OSError:\n        print('closed')\n"
        for options, expected in ({}, ["closed", "closed"]), (inheritance(theirs), ["closed", "open"]):
            done = subprocess.run(
                [sys.executable, "-c", code, *numbers], capture_output=True, text=True, check=True, **options
            )
            assert done.stdout.split() == expected
    finally:
        ours.close()
        theirs.close()


@posix_only
def test_the_training_process_keeps_it_from_its_own_children():
    assert list(stream("child_sees_channel")) == ["closed"]


def test_only_trainings_of_this_package_are_asked_for():
    from napari_retrogan.core.errors import InvalidConfig

    for target in ("os:system", "napari_retrogan.core.training.train", "builtins:exec"):
        with pytest.raises(InvalidConfig, match="Target"):
            client.stream(client.Task(target, None))

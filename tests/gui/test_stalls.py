"""What is counted as a stall, and what is not."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from stalls import StallWatch, stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


@pytest.fixture
def watch(request: pytest.FixtureRequest) -> Iterator[StallWatch]:
    """Return a watch of this folder, or of another."""
    found = StallWatch(getattr(request, "param", HERE), 0.1)
    yield found
    found.end()


def compute(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_computing_and_waiting_are_stalls(watch: StallWatch) -> None:
    compute(0.4)
    assert len(watch.stalls) == 1
    assert "compute" in watch.stalls[0]
    watch.turn()
    threading.Event().wait(0.3 * stretch())
    compute(0.01)
    assert len(watch.stalls) == 2


def test_short_work_in_many_turns_is_none(watch: StallWatch) -> None:
    for _ in range(20):
        compute(0.03)
        watch.turn()
    assert watch.stalls == []


@pytest.mark.parametrize("watch", [HERE / "elsewhere"], indirect=True)
def test_what_others_take_is_none(watch: StallWatch) -> None:
    compute(0.4)
    assert watch.stalls == []
    assert watch.longest == 0

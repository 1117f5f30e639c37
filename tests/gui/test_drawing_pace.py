"""How often a window draws beside a training."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from napari_retrogan.plugin.window import drawing_pace
from napari_retrogan.plugin.window.drawing_pace import REST, Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    found = SimpleNamespace(wall=100.0, busy=10.0)
    time = SimpleNamespace(monotonic=lambda: found.wall, process_time=lambda: found.busy)
    monkeypatch.setattr(drawing_pace, "time", time)
    return found


def test_the_first_drawing_waits_for_nothing(clock: SimpleNamespace) -> None:
    assert Pace(3.0).rested


def test_the_rest_is_a_multiple_of_the_processor_time_since_the_last_drawing_began(clock: SimpleNamespace) -> None:
    drawing = Pace(60.0)
    drawing.begin()
    clock.busy += 0.1
    clock.wall += 0.99 * 0.1 * REST
    assert not drawing.rested
    clock.wall += 0.02 * 0.1 * REST
    assert drawing.rested
    drawing.begin()
    assert drawing.rested, "nothing was done since"


def test_no_rest_is_longer_than_it_may_be(clock: SimpleNamespace) -> None:
    drawing = Pace(3.0)
    drawing.begin()
    clock.busy += 50.0
    clock.wall += 2.9
    assert not drawing.rested
    clock.wall += 0.2
    assert drawing.rested

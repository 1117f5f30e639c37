"""How progress is put into words."""

from __future__ import annotations

import math

import pytest

from napari_retrogan.plugin.train.progress_row import describe_progress, describe_time


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "about 1 s"), (42.4, "about 42 s"), (240, "about 4 min"), (9000, "about 2.5 h")],
)
def test_times_are_said_as_people_do(seconds: float, words: str) -> None:
    assert describe_time(seconds) == words


def test_what_is_not_known_is_not_said() -> None:
    assert describe_progress(0, 300, 0.0, math.inf) == "Step 0 of 300"
    assert describe_progress(12, 300, 4.1234, 70.0) == "Step 12 of 300 (4.12 a second), about 70 s left"
    assert describe_progress(300, 300, 4.0, 0.0) == "Step 300 of 300 (4 a second)"

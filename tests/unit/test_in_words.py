"""How durations, memory and the pace of a training are put into words, on the command line as in the window."""

import pytest

from napari_retrogan.core.inference.in_words import in_bytes, in_time
from napari_retrogan.core.training.step_time import describe_pace


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "less than a second"),
        (1.2, "about 1 second"),
        (42.4, "about 42 seconds"),
        (75, "about 75 seconds"),
        (170, "about 3 minutes"),
        (240, "about 4 minutes"),
        (9000, "about 2.5 hours"),
        (5 * 3600, "about 5 hours"),
        (9.99 * 3600, "about 10 hours"),
        (300 * 3600, "about 300 hours"),
    ],
)
def test_durations_in_words(seconds, words):
    assert in_time(seconds) == words


def test_amounts_in_words():
    assert [in_bytes(number) for number in (10, 3.4e6, 2.55e9)] == ["1 MB", "3 MB", "2.5 GB"]


def test_what_is_not_known_is_not_said():
    assert describe_pace(0, 300) == "Step 0 of at most 300"
    assert (
        describe_pace(12, 300, 4.1234, 70.0) == "Step 12 of at most 300 (4.12 a second), at most about 70 seconds left"
    )
    assert describe_pace(300, 300, 4.0, 0.0) == "Step 300 of at most 300 (4 a second)"

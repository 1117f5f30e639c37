"""Files made by hand, the largest, deepest, longest and strangest that are read, and everything that is done with one.

A process of its own does it with all of them, so that the memory is theirs alone.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_files import FILES, USES

pytestmark = pytest.mark.weekly

MAX_SECONDS = 10
MAX_MEGABYTES = 100
MAX_LETTERS, MAX_LINES = 20_000, 250
"""Of what is printed for people: wider or longer than a screen, but no flood."""

REFUSED = {
    ("depth and breadth", "save"),
    ("a list of lists", "save"),
    ("a mapping network of large weights", "draw_a_style"),
}
"""What can't be done with some files and is said so: metadata that are longer when they are written anew, and a style
that no look has."""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    script = Path(__file__).with_name("hostile_files.py")
    ended = subprocess.run([sys.executable, script, folder, *FILES], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.parametrize("name", FILES)
def test_nothing_that_is_done_with_a_file_fills_anything_or_steers_a_terminal(results, name):
    uses = results[name]
    assert list(uses) == ["load", *(use.__name__ for use in USES)]
    for use, took in uses.items():
        assert took["outcome"] == ("refused" if (name, use) in REFUSED else "done"), use
        assert took["seconds"] < MAX_SECONDS, use
        assert took["megabytes"] < MAX_MEGABYTES, use
        assert took["steering"] == [], use
        if use != "print_json":
            assert took["letters"] < MAX_LETTERS, use
            assert took["lines"] < MAX_LINES, use


def test_the_files_are_made_to_the_limits(results):
    """What is as large as can be takes some memory, and what is printed whole is long: the bounds are reached."""
    assert results["amid other bytes"]["load"]["megabytes"] > 40
    assert results["many notes"]["print_json"]["letters"] > 500_000

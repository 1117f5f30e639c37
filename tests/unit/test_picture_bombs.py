"""Pictures that claim to be, or unpack to, more than memory: refused in words, soon and in little memory, everywhere.

A process of its own tries them, so that the memory is theirs alone. Of eleven doors each file is tried at two, in turn
others; the variable asks for more.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bomb_doors import MUST_NOT_READ, some_doors
from picture_bombs import BOMBS, SMALL_WITH_MUCH_BESIDE

pytestmark = pytest.mark.slow

NUM_DOORS = int(os.environ.get("NAPARI_RETROGAN_DOORS", "2"))
MAX_SECONDS = 5
MAX_MEGABYTES = 300
NAMES = [*BOMBS, *SMALL_WITH_MUCH_BESIDE]
WITHOUT_WORDS = "Apply to files, estimate"
"""What comes before the batch looks at headers alone, and says nothing of what it can't tell."""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bombs")
    script = Path(__file__).with_name("bomb_doors.py")
    ended = subprocess.run(
        [sys.executable, script, folder, str(NUM_DOORS), *NAMES], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_words_at_every_door(results, name):
    assert list(results[name]) == some_doors(1 + NAMES.index(name), NUM_DOORS)
    for door, took in results[name].items():
        assert took["seconds"] < MAX_SECONDS, door
        assert took["megabytes"] < MAX_MEGABYTES, door
        if door != WITHOUT_WORDS:
            words = " ".join(took["words"].split())
            assert "cannot be read as a picture" in words or "can't be read" in words, door
            assert "UNFORESEEN" not in words, door
            assert "Traceback" not in words, door


@pytest.mark.parametrize("name", SMALL_WITH_MUCH_BESIDE)
def test_much_beside_a_small_picture_costs_little(results, name):
    doors = some_doors(1 + NAMES.index(name), NUM_DOORS)
    assert list(results[name]) == [door for door in doors if door not in MUST_NOT_READ]
    for door, took in results[name].items():
        assert took["seconds"] < MAX_SECONDS, door
        assert took["megabytes"] < MAX_MEGABYTES, door
        if door != WITHOUT_WORDS:
            assert took["words"] == "", door

"""How much the tests do unasked, for every change and every week is what ``.ci/weekly`` says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN, WEEKLY = ((ROOT / ".ci" / name).read_text(encoding="utf-8") for name in ("run", "weekly"))
ROWS = re.findall(r"^#   (NAPARI_\w+) +(\S+) +(\S+) +(\S+)   \w", WEEKLY, re.MULTILINE)
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
UNASKED = dict(re.findall(r'os\.environ\.get\("(NAPARI_RETROGAN_\w+)", "([\d.]+)"\)', SOURCES))


def test_each_number_that_can_be_asked_for_is_in_the_table():
    assert {name for name, *_ in ROWS} == set(UNASKED) - {"NAPARI_RETROGAN_REQUIRE_DISPLAY"}


@pytest.mark.parametrize(("name", "unasked", "every_change", "weekly"), ROWS, ids=[name for name, *_ in ROWS])
def test_the_numbers_are_those_that_run(name, unasked, every_change, weekly):
    assert UNASKED[name] == unasked
    for script, number in ((RUN, every_change), (WEEKLY, weekly)):
        asked = re.findall(rf"{name}=([\d.]+)", script)
        assert (asked or [unasked]) == [number]


def test_every_file_that_is_named_is_there():
    lists = [(ROOT / ".ci" / name).read_text(encoding="utf-8") for name in ("numerical-tests", "lowest-tests")]
    named = re.findall(r"tests/(\w+)/test_(?:\{([\w,]+)\}|(\w+))\.py", f"{RUN}\n{WEEKLY}")
    files = [f"tests/{room}/test_{name}.py" for room, many, one in named for name in (many or one).split(",")]
    files += "\n".join(lists).split()
    assert len(files) > 60
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_every_test_that_is_named_is_there():
    named = re.findall(r"(tests/\w+/test_\w+\.py)::test_\{([\w,]+)\}", f"{RUN}\n{WEEKLY}")
    tests = [(path, name) for path, names in named for name in names.split(",")]
    assert tests
    for path, name in tests:
        assert f"def test_{name}(" in (ROOT / path).read_text(encoding="utf-8")

"""Slow tests run where they are asked for, in whichever process they would."""

import shutil
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILE = """
import pytest

@pytest.mark.slow
def test_slow():
    pass

@pytest.mark.weekly
def test_slower():
    pass

def test_quick():
    pass
"""


@pytest.fixture
def run_tests(pytester, monkeypatch):
    """Return a function that runs pytest on a folder with slow tests and a quick one."""
    shutil.copy(TESTS / "slow_tests.py", pytester.path)
    pytester.makeini("[pytest]\nmarkers =\n slow: takes long\n weekly: takes longer\n")
    pytester.makepyfile(FILE)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(asked, *arguments):
        monkeypatch.setenv("NAPARI_RETROGAN_SLOW", asked)
        return pytester.runpytest_subprocess("-p", "slow_tests", "-p", "no:cacheprovider", *arguments)

    return run


@pytest.mark.parametrize(("asked", "arguments", "number"), [("0", [], 1), ("1", [], 2), ("2", [], 3), ("0", ["."], 1)])
def test_slow_tests_run_where_they_are_asked_for(run_tests, asked, arguments, number):
    run_tests(asked, *arguments).assert_outcomes(passed=number, deselected=3 - number)


@pytest.mark.parametrize("name", ["", "::test_slow"])
def test_they_run_where_their_file_is_named(run_tests, pytester, name):
    (path,) = pytester.path.glob("test_*.py")
    run_tests("0", f"{path.name}{name}").assert_outcomes(passed=1 if name else 3)

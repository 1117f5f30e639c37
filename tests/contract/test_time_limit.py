"""A test that takes too long fails, whatever it asserts."""

import shutil

import psutil
import pytest

import time_limit

SLOW = """
import time, pytest

@pytest.fixture
def made():
    time.sleep({made})
    yield
    time.sleep({left})

def test_slow(made):
    time.sleep({test})

def test_quick():
    pass
"""


@pytest.fixture
def run_tests(pytester, monkeypatch):
    """Return a function that runs two tests, of one of which the parts take so long, under a limit."""
    shutil.copy(time_limit.__file__, pytester.path)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setattr(psutil, "getloadavg", lambda: (0.0, 0.0, 0.0))

    def run(limit, made=0.0, test=0.0, left=0.0):
        monkeypatch.setenv(time_limit.LIMIT, str(limit))
        pytester.makepyfile(SLOW.format(made=made, test=test, left=left))
        return pytester.runpytest_inprocess("-p", "time_limit", "-p", "no:cacheprovider")

    return run


def test_a_quick_one_passes(run_tests):
    run_tests(60).assert_outcomes(passed=2)


@pytest.mark.parametrize("parts", [{"test": 0.4}, {"made": 0.2, "test": 0.2}])
def test_one_that_takes_too_long_fails_and_is_told(run_tests, parts):
    result = run_tests(0.3, **parts)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*It took 0 s, and may take 0.3 s*"])


@pytest.mark.parametrize("part", ["made", "left"])
def test_fixtures_count(run_tests, part):
    result = run_tests(0.3, **{part: 0.4})
    result.assert_outcomes(passed=1 if part == "made" else 2, errors=1)


def test_it_may_take_longer_where_others_use_the_machine(run_tests, monkeypatch):
    monkeypatch.setattr(psutil, "getloadavg", lambda: (100.0 * psutil.cpu_count(), 0.0, 0.0))
    run_tests(0.3, test=0.4).assert_outcomes(passed=2)

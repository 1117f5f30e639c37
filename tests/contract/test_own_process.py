"""One session covers windows and TensorFlow, each in a process of its own."""

import shutil
import sys
from pathlib import Path

import pytest

import own_process

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parents[1]

GAN = """
import os, pathlib, pytest

def test_passes():
    pathlib.Path("gan.pid").write_text(str(os.getpid()))

@pytest.mark.parametrize("number", [1, 2])
def test_numbers(number):
    assert number == 1, "two is not one"

@pytest.mark.skip(reason="not today")
def test_skipped():
    pass

@pytest.mark.xfail(raises=ZeroDivisionError)
def test_expected():
    1 / 0
"""
UNIT = """
import os, pathlib

def test_here():
    pathlib.Path("unit.pid").write_text(str(os.getpid()))
"""


@pytest.fixture
def run_session(pytester, monkeypatch):
    """Return a function that runs pytest on a small suite laid out like this one."""
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\nfilterwarnings = ['error']\n")
    tests = pytester.mkdir("tests")
    for name in ("conftest.py", "own_process.py", "slow_tests.py", "time_limit.py", "virtual_display.py"):
        shutil.copy(TESTS / name, tests / name)
    pytester.makepyfile(**{"tests/gan/test_gan": GAN, "tests/unit/test_unit": UNIT})
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return lambda *arguments: pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


def pids(folder):
    return {path.name: path.read_text() for path in folder.glob("*.pid")}


def test_a_whole_session_counts_every_test_and_uses_two_processes(run_session, pytester):
    result = run_session()
    result.assert_outcomes(passed=3, failed=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["*two is not one*", "FAILED tests/gan/test_gan.py::test_numbers?2?*"])
    here = pids(pytester.path)
    assert here["gan.pid"] != here["unit.pid"]


MEETING = """
import pathlib, time

def test_meets():
    pathlib.Path("{here}").touch()
    deadline = time.monotonic() + 60
    while not pathlib.Path("{there}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
"""


def test_both_processes_run_at_once(run_session, pytester):
    pytester.makepyfile(
        **{
            "tests/gan/test_gan": MEETING.format(here="gan", there="unit"),
            "tests/unit/test_unit": MEETING.format(here="unit", there="gan"),
        }
    )
    run_session().assert_outcomes(passed=2)


def test_a_session_that_ends_early_does_not_wait_for_the_other_process(run_session, pytester):
    pytester.makepyfile(
        **{
            "tests/gan/test_gan": "import time\ndef test_a():\n    time.sleep(600)\n",
            "tests/unit/test_unit": "def test_b():\n    assert False\n",
        }
    )
    run_session("-x").assert_outcomes(failed=1)


def test_selection_reaches_into_the_other_process(run_session):
    run_session("-k", "passes or here").assert_outcomes(passed=2, deselected=4)
    run_session("tests/unit", "tests/gan/test_gan.py::test_numbers").assert_outcomes(passed=2, failed=1)
    run_session("-m", "skip").assert_outcomes(skipped=1, deselected=5)


def test_the_folder_alone_stays_in_one_process(run_session):
    run_session("--collect-only", "tests/gan").stdout.fnmatch_lines(["*<Function test_passes>*"])
    run_session("--collect-only").stdout.no_fnmatch_line("*<Function test_passes>*")


SHARED = """
import os, pathlib, time

def test_one():
    with open("{name}.pid", "a") as file:
        file.write(f"{{os.getpid()}} ")

def test_other():
    test_one()
"""
WAITING = """
import pathlib, time

def test_waits():
    deadline = time.monotonic() + 60
    while not all(pathlib.Path(f"{{name}}.pid").exists() for name in {names}):
        assert time.monotonic() < deadline
        time.sleep(0.01)
"""
NAMES = [path.stem.removeprefix("test_") for path in own_process.SHARED[:3]]


@pytest.fixture
def shared_files(pytester):
    """Return the files of a suite of which either process may run three."""
    return {f"tests/unit/test_{name}": SHARED.format(name=name) for name in NAMES}


def whose(folder):
    """Return by file the processes that ran it, each once."""
    return {name: set((folder / f"{name}.pid").read_text().split()) for name in NAMES}


@pytest.mark.parametrize(("busy", "idle"), [("gan", "unit"), ("unit", "gan")])
def test_shared_files_are_run_once_by_the_process_that_comes_to_them_first(
    run_session, pytester, shared_files, busy, idle
):
    waiting = WAITING.format(names=NAMES)
    texts = {"gan": GAN, "unit": UNIT, busy: waiting}
    pytester.makepyfile(**shared_files, **{f"tests/{name}/test_{name}": text for name, text in texts.items()})
    run_session("-k", "one or other or waits or passes or here").assert_outcomes(
        passed=2 * len(NAMES) + 2, deselected=4 if idle == "gan" else 0
    )
    assert all(owner == {(pytester.path / f"{idle}.pid").read_text()} for owner in whose(pytester.path).values())
    assert all(len((pytester.path / f"{name}.pid").read_text().split()) == 2 for name in NAMES)


def test_without_the_folder_this_process_runs_them(run_session, pytester, shared_files):
    pytester.makepyfile(**shared_files)
    run_session("tests/unit").assert_outcomes(passed=2 * len(NAMES) + 1)
    assert all(owner == {(pytester.path / "unit.pid").read_text()} for owner in whose(pytester.path).values())


def test_the_files_that_are_shared_exist():
    assert all(path.exists() for path in own_process.SHARED)


@pytest.mark.parametrize(
    "text", ["import nothing_of_the_kind", "def test_f(missing):\n    pass", "import os; os._exit(3)"]
)
def test_trouble_in_the_other_process_is_reported_and_the_rest_runs(run_session, pytester, text):
    pytester.makepyfile(**{"tests/gan/test_gan": text})
    run_session("--continue-on-collection-errors").assert_outcomes(passed=1, errors=1)


def test_the_other_process_dying_fails_its_tests_only(run_session, pytester):
    text = "import os\ndef test_a():\n    os.abort()\ndef test_b():\n    pass\n"
    pytester.makepyfile(**{"tests/gan/test_gan": text})
    result = run_session()
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*process of tests/gan died*"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a window needs no display")
@pytest.mark.parametrize("required", [False, True])
def test_without_a_display_windows_are_skipped_and_one_line_says_what_to_install(
    run_session, pytester, monkeypatch, required
):
    pytester.makepyfile(**{"tests/gui/test_gui": "def test_a():\n    pass\ndef test_b():\n    pass\n"})
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(pytester.path))
    monkeypatch.setenv("NAPARI_RETROGAN_REQUIRE_DISPLAY", str(int(required)))
    result = run_session("tests/unit", "tests/gui")
    if required:
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: *no display*apt-get install*"])
        return
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(["2 tests were skipped*apt-get install*"])


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")
def test_xvfb_is_started_where_it_is_needed_and_ends_with_the_session(run_session, pytester, monkeypatch):
    text = "import os, pathlib\ndef test_a():\n    pathlib.Path('display').write_text(os.environ['DISPLAY'])\n"
    pytester.makepyfile(**{"tests/gui/test_gui": text})
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    run_session("tests/gui").assert_outcomes(passed=1)
    number = (pytester.path / "display").read_text().removeprefix(":")
    assert not Path(f"/tmp/.X{number}-lock").exists()

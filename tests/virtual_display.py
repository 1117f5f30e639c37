"""A screen for the tests that need a window, on Linux machines without one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

REQUIRE = "NAPARI_RETROGAN_REQUIRE_DISPLAY"
ADVICE = "Debian and Ubuntu get one by: apt-get install $(cat .ci/debian-packages)"
_SKIPPED = pytest.StashKey[int]()
_SERVER = pytest.StashKey["subprocess.Popen[bytes]"]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start Xvfb if a test needs a window and there is no display; without Xvfb skip or, if required, fail."""
    items = [item for item in session.items if _needs_window(item)]
    if not items or session.config.option.collectonly or not _display_is_missing():
        return
    if shutil.which("Xvfb"):
        _start(session.config)
        return
    if os.environ.get(REQUIRE, "0") != "0":
        raise pytest.UsageError(f"{REQUIRE} is set, but there is no display. {ADVICE}")
    session.config.stash[_SKIPPED] = len(items)
    for item in items:
        item.add_marker(pytest.mark.skip(reason="no display"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if _needs_window(item) and "tensorflow" in sys.modules:
        pytest.fail("TensorFlow was imported in the process that shows windows; such a test belongs in tests/gan")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if number := config.stash.get(_SKIPPED, 0):
        terminalreporter.write_line(f"{number} tests were skipped, because there is no display. {ADVICE}", yellow=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(_SERVER, None)
    if server is not None:
        server.terminate()
        server.wait()


def _needs_window(item: pytest.Item) -> bool:
    return "gui" in item.path.parts or "qapp" in getattr(item, "fixturenames", ())


def _display_is_missing() -> bool:
    return sys.platform.startswith("linux") and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def _start(config: pytest.Config) -> None:
    """Start Xvfb on a display of its own choice and make it this process's."""
    readable, writable = os.pipe()
    command = ["Xvfb", "-displayfd", str(writable), "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    config.stash[_SERVER] = subprocess.Popen(command, pass_fds=[writable], stderr=subprocess.DEVNULL)
    os.close(writable)
    with os.fdopen(readable) as answer:
        number = answer.readline().strip()
    if not number:
        raise pytest.UsageError(f"Xvfb did not start: run {' '.join(command[:1] + command[3:])} to see why")
    os.environ["DISPLAY"] = f":{number}"
    os.environ.pop("WAYLAND_DISPLAY", None)

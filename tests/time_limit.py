"""No test takes longer than a minute, so that all of them together stay quick."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

LIMIT = "NAPARI_RETROGAN_TEST_SECONDS"
_LIMIT, _TAKEN = pytest.StashKey[float](), pytest.StashKey[float]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LIMIT] = float(os.environ.get(LIMIT, "60"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test in the phase, its fixtures' included, in which it has taken too long."""
    report = yield
    before = item.stash.get(_TAKEN, 0.0)
    item.stash[_TAKEN] = taken = before + call.duration
    limit = item.config.stash[_LIMIT]
    allowed = limit * _stretch()
    if report.passed and before <= allowed < taken:
        report.outcome = "failed"
        report.longrepr = (
            f"It took {taken:.0f} s, and may take {limit:g} s of a machine that has nothing else to do, which are "
            f"{allowed:.0f} s now. Make it quicker, or let it do less unless a variable asks for more; {LIMIT} sets "
            "another limit."
        )
    return report


def _stretch() -> float:
    """Return how much longer everything takes now: how many want to run for each processor, if more than one do."""
    return max(1.0, psutil.getloadavg()[0] / (psutil.cpu_count() or 1))

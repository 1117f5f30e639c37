"""Slow tests are left to sessions that ask for them, or for their files: all the others together take minutes.

``NAPARI_RETROGAN_SLOW`` asks for slow ones if it is 1, as each change deserves, and for weekly ones too if it is 2.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_ASKED = int(os.environ.get("NAPARI_RETROGAN_SLOW", "0"))
_LEVELS = {"slow": 1, "weekly": 2}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect slow tests, unless they are asked for."""
    named = _named_files(config)
    too_slow = [marker for marker, level in _LEVELS.items() if level > _ASKED]
    left = [item for item in items if any(map(item.get_closest_marker, too_slow)) and item.path not in named]
    if left:
        items[:] = [item for item in items if item not in set(left)]
        config.hook.pytest_deselected(items=left)


def slow_but_for(values: Iterable[Any], *quick: Any) -> list[Any]:
    """Return parameters of a test, all but the quick ones marked as slow."""
    return [value if value in quick else pytest.param(value, marks=pytest.mark.slow) for value in values]


def _named_files(config: pytest.Config) -> set[Path]:
    paths = ((config.invocation_params.dir / arg.split("::")[0]).resolve() for arg in config.args)
    return {path for path in paths if path.is_file()}


def pytest_report_header() -> str:
    """Say how to run them all."""
    return f"slow tests: NAPARI_RETROGAN_SLOW is {_ASKED}; 1 runs more of them, and 2 or the name of their file all"

"""How fast napari's status bar turns its sign of work in progress.

Each of its 33 pictures a second makes Qt put the whole window together anew. Without a graphics card the processor
does that, and beside a training it took two fifths of a core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QApplication, QLabel, QStatusBar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qtpy.QtGui import QMovie

FULL_SPEED = 100
CALM_SPEED = 6
"""Percent of the full speed: two pictures a second."""


def set_spinner_speed(percent: int) -> None:
    """Let every window's sign of work in progress turn at so many percent of its own speed."""
    for movie in spinners():
        movie.setSpeed(percent)


def spinners() -> Iterator[QMovie]:
    """Yield the moving pictures in the status bars of all windows."""
    for window in QApplication.topLevelWidgets():
        for bar in window.findChildren(QStatusBar):
            yield from (label.movie() for label in bar.findChildren(QLabel) if label.movie() is not None)

"""How napari's status bar turns its sign of work in progress while a training runs.

Each of its 33 pictures a second makes Qt put the whole window together anew. Without a graphics card the processor
does that, and beside a training it took two fifths of a core: so it turns with the other words of a training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QApplication, QLabel, QStatusBar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qtpy.QtGui import QMovie

FULL_SPEED = 100
"""In percent, as `QMovie` counts."""


def hold_spinners() -> None:
    """Let every window's sign of work in progress stand until it is turned."""
    for movie in spinners():
        movie.setSpeed(0)


def turn_spinners() -> None:
    """Turn the signs to their next picture."""
    for movie in spinners():
        movie.jumpToNextFrame()


def release_spinners() -> None:
    """Let the signs turn by themselves again."""
    for movie in spinners():
        movie.setSpeed(FULL_SPEED)


def spinners() -> Iterator[QMovie]:
    """Yield the moving pictures in the status bars of all windows."""
    for window in QApplication.topLevelWidgets():
        for bar in window.findChildren(QStatusBar):
            yield from (label.movie() for label in bar.findChildren(QLabel) if label.movie() is not None)

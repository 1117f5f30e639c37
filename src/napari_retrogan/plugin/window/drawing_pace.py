"""How often a window draws while a training needs the processor."""

from __future__ import annotations

import math
import time

REST = 20
"""How many times as long as a drawing took the processor the next one waits: a twentieth of one core is drawing."""


class Pace:
    """Says when the next drawing may come: the more processor time drawing takes, the seldomer.

    Without a graphics card the processor that trains draws, too. All that this process did since the last drawing
    counts: computing, drawing itself, and what Qt does afterwards.

    Parameters
    ----------
    most_seconds
        No rest is longer than this.
    """

    def __init__(self, most_seconds: float) -> None:
        self._most_seconds = most_seconds
        self._began, self._busy = -math.inf, 0.0

    def begin(self) -> None:
        """Take note that a drawing begins now."""
        self._began, self._busy = time.monotonic(), time.process_time()

    @property
    def rested(self) -> bool:
        """Whether the next may begin."""
        rest = REST * (time.process_time() - self._busy)
        return time.monotonic() - self._began >= min(rest, self._most_seconds)

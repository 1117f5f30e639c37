"""Ctrl-C as a wish to stop and keep; a second one aborts."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


@contextmanager
def stop_on_interrupt(tell: Callable[[str], None], words: str) -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether Ctrl-C was pressed; a second one raises KeyboardInterrupt.

    Parameters
    ----------
    tell
        Called with what happens next.
    words
        That say it.
    """
    wanted = threading.Event()

    def interrupt(number: int, frame: FrameType | None) -> None:
        if wanted.is_set():
            raise KeyboardInterrupt
        wanted.set()
        tell(words)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield wanted.is_set
    finally:
        signal.signal(signal.SIGINT, before)

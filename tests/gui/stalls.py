"""How long the event loop stands still in a package's own code."""

from __future__ import annotations

import signal
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from types import FrameType

_LOOK_SECONDS = 0.02
_TWO_ON_A_CORE = 2.0
_NAPARIS = (
    "napari/components/layerlist.py",
    "napari/utils/events/containers/_evented_list.py",
    "napari/_qt/widgets/qt_progress_bar.py",
)


class StallWatch:
    """Looks at the main thread again and again, and adds up the time that it spends below a folder's code.

    Processor time of the main thread counts, and time in which it sleeps there, waiting for a lock or another thread;
    time in which other programs have the processor does not. Others may also keep waiting what it waits for, so sleep
    is divided by how many want to run for each processor; and two that share a core take up to twice the time each.
    What napari itself takes to add or remove a layer is the same for anybody's, and does not count; nor does what
    its progress bars let happen, since they let the event loop come round.

    A signal's handler looks, in the main thread itself: a frame that another thread has looked at may be destroyed
    there, with the widgets that it holds.

    Parameters
    ----------
    folder
        Holds the code that is watched.
    limit
        Seconds in one turn of the event loop from which on it is a stall.
    """

    def __init__(self, folder: Path, limit: float) -> None:
        self.stalls: list[str] = []
        self.longest = 0.0
        self._folder, self._limit = f"{folder}/", limit
        self._spent, self._told = 0.0, False
        self._schedule = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._last = self._times()
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, _LOOK_SECONDS, _LOOK_SECONDS)

    def turn(self) -> None:
        """Say that the event loop has come round."""
        self._spent, self._told = 0.0, False

    def end(self) -> None:
        """Watch no more."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _look(self, _: int, frame: FrameType | None) -> None:
        before, self._last = self._last, self._times()
        busy, asleep = (now - then for now, then in zip(self._last, before, strict=True))
        if not self._inside(frame):
            return
        self._spent += busy / min(stretch(), _TWO_ON_A_CORE) + asleep / stretch()
        self.longest = max(self.longest, self._spent)
        if self._spent > self._limit and not self._told:
            self._told = True
            self.stalls.append(f"{self._spent:.2f} s in\n{''.join(traceback.format_stack(frame))}")

    def _inside(self, frame: Any) -> bool:
        while frame is not None:
            if frame.f_code.co_filename.startswith(self._folder):
                return True
            if frame.f_code.co_filename.endswith(_NAPARIS):
                return False
            frame = frame.f_back
        return False

    def _times(self) -> tuple[float, float]:
        """Return how long the main thread has computed, and slept."""
        busy, waited, _ = map(int, self._schedule.read_text().split())
        return busy / 1e9, time.monotonic() - (busy + waited) / 1e9


def stretch() -> float:
    """Return how many want to run for each processor, if more than one do."""
    return max(1.0, psutil.getloadavg()[0] / (psutil.cpu_count() or 1))

"""Long work in a thread of napari's pool, told to the window at a bounded rate."""

from __future__ import annotations

import logging
import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

from napari.qt.threading import FunctionWorker, create_worker
from qtpy.QtCore import QThreadPool, QTimer

from napari_retrogan.core.errors import LowMemoryWarning, PictureLeftOut
from napari_retrogan.plugin.language import tr_core
from napari_retrogan.plugin.window.notices import show_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_retrogan.plugin.window.drawing_pace import Pace

UPDATE_MILLISECONDS = 250
_SMALLEST_POOL = 4

_log = logging.getLogger(__name__)


class Job:
    """One piece of long work: the worker reports to it and asks it whether to stop; the window cancels it.

    Made by `run_job`. All callbacks run on the main thread: reports in batches, at most four a
    second or as few as asked, so that work which reports thousands of times never slows the window down.
    """

    def __init__(
        self,
        title: str,
        on_events: Callable[[list[Any]], None] | None,
        on_done: Callable[[Any], object] | None,
        on_error: Callable[[Exception], None] | None,
        on_end: Callable[[], None] | None,
        on_quit: Callable[[], None] | None,
        update_milliseconds: int,
        pace: Pace | None,
    ) -> None:
        self._title = title
        self._on_events, self._on_done, self._on_error, self._on_end = on_events, on_done, on_error, on_end
        self._on_quit = on_quit
        self._pace = pace
        self._delivering = False
        self._ended = False
        self._window_gone = False
        self._reports: deque[Any] = deque()
        self._cancelled = threading.Event()
        self._result: Any = None
        self._error: Exception | None = None
        self._running = True
        self._timer = QTimer()
        self._timer.setInterval(update_milliseconds)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def __repr__(self) -> str:
        return self._title

    def __call__(self, work: Callable[[Job], Any]) -> None:
        """Run the work, in the worker's thread, and keep its outcome."""
        try:
            self._result = work(self)
        except Exception as error:  # noqa: BLE001 - handed to the main thread whatever it is
            self._error = error

    @property
    def running(self) -> bool:
        """Whether the work has not ended yet, as the main thread knows it."""
        return self._running

    @property
    def cancelled(self) -> bool:
        """Whether the work was asked to end without a result."""
        return self._cancelled.is_set()

    @property
    def window_gone(self) -> bool:
        """Whether the window or napari itself has closed since the job was made."""
        return self._window_gone

    def should_stop(self) -> bool:
        """Tell the work whether to end now; safe in any thread."""
        return self._cancelled.is_set()

    def report(self, event: Any) -> None:
        """Hand an event to the window; safe in any thread and never blocking."""
        self._reports.append(event)

    def cancel(self) -> None:
        """Ask the work to end; its result or error is dropped and only ``on_end`` is called."""
        self._cancelled.set()

    def quit(self) -> None:
        """Cancel because the window or napari itself is closing; only ``on_quit`` is called any more."""
        self._window_gone = True
        on_quit, running = self._on_quit, self._running
        self.abandon()
        if running and on_quit is not None:
            on_quit()

    def abandon(self) -> None:
        """Cancel and call nothing any more, because the window that asked is going away."""
        self.cancel()
        self._timer.stop()
        self._on_events = self._on_done = self._on_error = self._on_end = self._on_quit = None

    def _look(self) -> None:
        """Deliver what has come in, when it is time to."""
        if self._pace is None or self._pace.rested:
            self._deliver()

    def _deliver(self) -> None:
        """Hand the reports that have come in since the last time to the window.

        napari's progress bars process Qt's events while they are set, so this can be called within itself.
        """
        if self._delivering:
            return
        self._delivering = True
        try:
            events = [self._reports.popleft() for _ in range(len(self._reports))]
            if events and self._pace is not None:
                self._pace.begin()
            if events and self._on_events is not None and not self.cancelled:
                self._on_events(events)
        finally:
            self._delivering = False
        if self._ended and self._running:
            self._finish()

    def _finish(self) -> None:
        """Tell the window how the work ended, once it has all reports."""
        self._ended = True
        if self._delivering:
            return
        self._timer.stop()
        self._running = False
        self._deliver()
        try:
            self._tell_outcome()
        finally:
            if self._on_end is not None:
                self._on_end()

    def _tell_outcome(self) -> None:
        """Call the callback that fits, unless nobody wants the outcome any more."""
        if self.cancelled:
            return
        if self._error is not None:
            _log.info("A job failed", exc_info=self._error)
            if self._on_error is not None:
                self._on_error(self._error)
        elif self._on_done is not None:
            self._on_done(self._result)


class _Warnings:
    """Shows the warnings that are for people, each once a job, and logs the others."""

    def __init__(self) -> None:
        self._shown: set[str] = set()

    def __call__(self, details: tuple[Any, ...]) -> None:
        """Take what `warnings.showwarning` gets."""
        words = str(details[0])
        if not issubclass(details[1], LowMemoryWarning | PictureLeftOut):
            _log.info("Warning in a job: %s", words)
        elif words not in self._shown:
            self._shown.add(words)
            show_words(tr_core(words))


class _Worker(FunctionWorker):  # type: ignore[misc]
    """A worker of napari's that cancels its job when napari asks it to quit."""

    def __init__(self, job: Job, work: Callable[[Job], Any]) -> None:
        super().__init__(job, work)
        self.job = job
        this = weakref.ref(self)
        # napari keeps what quits a worker until its window closes: the work's pictures must not stay with it.
        self.quit = lambda: _quit(this())

    def run(self) -> None:
        """Do the work, unless the window has closed: Qt may then have destroyed the signals, also meanwhile."""
        if self.job.window_gone:
            return
        try:
            super().run()
        except RuntimeError:
            if not self.job.window_gone:
                raise

    def _relay_warning(self, show_warn_args: tuple[Any, ...]) -> None:
        """Show no toast: a framework's warning is for the log."""


def _quit(worker: _Worker | None) -> None:
    """Cancel the job of a worker that is still there: the window is closing."""
    if worker is not None:
        FunctionWorker.quit(worker)
        worker.job.quit()


def run_job(
    work: Callable[[Job], Any],
    *,
    title: str = "work",
    on_events: Callable[[list[Any]], None] | None = None,
    on_done: Callable[[Any], object] | None = None,
    on_error: Callable[[Exception], None] | None = None,
    on_end: Callable[[], None] | None = None,
    on_quit: Callable[[], None] | None = None,
    update_milliseconds: int = UPDATE_MILLISECONDS,
    pace: Pace | None = None,
) -> Job:
    """Run a function in a worker thread; call from the main thread.

    Parameters
    ----------
    work
        Gets the job, returns the result. It reports with ``job.report(event)`` and ends soon after
        ``job.should_stop()`` has become true.
    title
        Names the work where napari asks whether to close its window all the same.
    on_events
        Gets the list of events reported since its last call.
    on_done, on_error
        Gets the result or the exception, unless the job was cancelled.
    on_end
        Called last in every case, also after a cancel, but not after ``on_quit``.
    on_quit
        Called when napari closes the window under the running work, which is cancelled already.
    update_milliseconds
        How long at least from one call of ``on_events`` to the next, but for the last.
    pace
        Lets longer time pass between those calls where drawing what they show takes long.

    Returns
    -------
    Job
        Running; napari cancels it by itself when its window closes.
    """
    job = Job(title, on_events, on_done, on_error, on_end, on_quit, update_milliseconds, pace)
    pool = QThreadPool.globalInstance()
    # Jobs mostly wait for another process: on a small machine they must not hold every thread.
    pool.setMaxThreadCount(max(pool.maxThreadCount(), _SMALLEST_POOL))
    worker = create_worker(job, work, _worker_class=_Worker, _start_thread=False)
    worker.warned.connect(_Warnings())
    worker.finished.connect(job._finish)
    worker.start()
    return job

"""Runs independent jobs in threads, a bounded number at a time, until done or asked to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from napari_retrogan.core.backend import num_cpus
from napari_retrogan.core.errors import ApplyCancelled

OnProgress = Callable[[int, int], object]
ShouldStop = Callable[[], bool]

MAX_THREADS = 8


@dataclass(frozen=True, slots=True)
class Progress:
    """Who waits for long work: is told how far it is, and may end it.

    Attributes
    ----------
    on_progress
        Called with the number of tiles done and the total, if anybody wants to know.
    should_stop
        Looked at between tiles.
    """

    on_progress: OnProgress | None = None
    should_stop: ShouldStop | None = None

    @property
    def stopped(self) -> bool:
        """Whether nobody waits any more."""
        return self.should_stop is not None and self.should_stop()

    def tell(self, done: int, total: int) -> None:
        """Tell how far the work is."""
        if self.on_progress is not None:
            self.on_progress(done, total)

    def after(self, done: int, total: int) -> Progress:
        """Return the progress of a part of the work, before which so many tiles of the total are done."""
        return Progress(lambda more, _: self.tell(done + more, total), self.should_stop)


UNWATCHED = Progress()


def default_threads() -> int:
    """Return how many jobs run at once unless another number is asked for: one for each usable CPU, at most 8."""
    return min(num_cpus(), MAX_THREADS)


def run_jobs(
    jobs: Iterable[Callable[[], object]],
    total: int,
    *,
    threads: int | None = None,
    progress: Progress = UNWATCHED,
) -> None:
    """Run every job.

    Parameters
    ----------
    jobs
        Calls without arguments, taken from the iterable as threads become free.
    total
        Number of jobs, for the progress.
    threads
        How many run at once; by default `default_threads`.
    progress
        Told and asked between jobs, in the calling thread.

    Raises
    ------
    ApplyCancelled
        If it was stopped; no job runs any more.
    """
    threads = threads or default_threads()
    done = 0
    pending: set[Future[object]] = set()
    with ThreadPoolExecutor(threads, thread_name_prefix="retrogan-apply") as pool:
        try:
            for job in jobs:
                _check_stop(progress, done, total)
                pending.add(pool.submit(job))
                if len(pending) >= 2 * threads:
                    pending, done = _collect(pending, done, total, progress)
            while pending:
                _check_stop(progress, done, total)
                pending, done = _collect(pending, done, total, progress)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _collect(
    pending: set[Future[object]], done: int, total: int, progress: Progress
) -> tuple[set[Future[object]], int]:
    """Wait for at least one job; return those still under way and how many are done."""
    finished, pending = wait(pending, return_when=FIRST_COMPLETED)
    for future in finished:
        future.result()
        done += 1
        progress.tell(done, total)
    return pending, done


def _check_stop(progress: Progress, done: int, total: int) -> None:
    """Raise if the caller wants no more."""
    if progress.stopped:
        raise ApplyCancelled(f"Applying was stopped after {done} of {total} tiles; apply again for a result.")

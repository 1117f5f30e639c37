"""A line that says what the work at hand will take, found out in a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_retrogan.plugin.language import tr, tr_core
from napari_retrogan.plugin.shared.arrange import words
from napari_retrogan.plugin.window.jobs import Job, run_job

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


class EstimateLine:
    """Shows an estimate of what is chosen as ``text``, for a widget to arrange; while it isn't known, nothing."""

    def __init__(self) -> None:
        self._wanted: Hashable = None
        self._find: Callable[[], object] | None = None
        self._job: Job | None = None
        self._detached = False
        self.text = words()

    def follow(self, chosen: Hashable, find: Callable[[], object] | None, *, at_once: bool = False) -> None:
        """Show what a choice will take.

        Parameters
        ----------
        chosen
            Tells choices apart; nothing happens while it stays.
        find
            Returns the estimate, which is shown as its words, or None; called in a worker. None clears the line.
        at_once
            Whether nothing is left to be measured or read, so that no worker is needed.
        """
        if self._detached or (chosen == self._wanted and (find is None) == (self._find is None)):
            return
        self._wanted, self._find = chosen, find
        self.text.value = tr_core(str(find())) if find is not None and at_once else ""
        if find is not None and self._job is None and not at_once:
            self._start(chosen, find)

    def detach(self) -> None:
        """Find nothing more out, because the window is gone."""
        self._detached = True
        if self._job is not None:
            self._job.abandon()
            self._job = None

    def _start(self, chosen: Hashable, find: Callable[[], object]) -> None:
        """Find out about one choice; there may be another by the time it is known."""

        def show(estimate: object) -> None:
            if chosen == self._wanted and self._find is not None:
                self.text.value = "" if estimate is None else tr_core(str(estimate))

        def end() -> None:
            self._job = None
            if chosen != self._wanted and self._find is not None and not self._detached:
                self._start(self._wanted, self._find)

        self._job = run_job(lambda _: find(), title=tr("estimating"), on_done=show, on_end=end)

"""Work in a worker: what the window hears of it, and when."""

from __future__ import annotations

import threading
import time
import warnings
from typing import TYPE_CHECKING

import pytest
from qtpy.QtCore import QThreadPool
from qtpy.QtWidgets import QApplication

from napari_retrogan.plugin.window.drawing_pace import Pace
from napari_retrogan.plugin.window.jobs import Job, run_job

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.usefixtures("qapp")


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def test_events_and_the_result_arrive_in_order_on_the_main_thread(qtbot: QtBot) -> None:
    heard: list[object] = []

    def work(job: Job) -> str:
        assert not _is_main()
        for number in range(10_000):
            job.report(number)
        return "result"

    run_job(
        work,
        on_events=lambda events: heard.extend([*events, _is_main()]),
        on_done=heard.append,
        on_end=lambda: heard.append("end"),
    )
    qtbot.waitUntil(lambda: "end" in heard)
    assert heard[-2:] == ["result", "end"]
    events = heard[:-2]
    assert [event for event in events if event is not True] == list(range(10_000))
    assert len(events) - 10_000 < 20, "ten thousand reports in a moment reach the window in a few batches"


@pytest.mark.parametrize("kind", [RuntimeError, ValueError])
def test_every_error_arrives(qtbot: QtBot, kind: type[Exception]) -> None:
    heard: list[object] = []

    def work(job: Job) -> None:
        raise kind("boom")

    job = run_job(work, on_done=heard.append, on_error=heard.append, on_end=lambda: heard.append("end"))
    qtbot.waitUntil(lambda: not job.running)
    assert [type(thing) for thing in heard] == [kind, str]


def _wait(job: Job) -> str:
    while not job.should_stop():
        time.sleep(0.001)
    return "too late"


def test_a_cancelled_job_tells_only_its_end(qtbot: QtBot) -> None:
    heard: list[object] = []
    job = run_job(_wait, on_done=heard.append, on_error=heard.append, on_end=lambda: heard.append("end"))
    job.cancel()
    qtbot.waitUntil(lambda: not job.running)
    assert heard == ["end"]


def test_an_abandoned_job_tells_nothing(qtbot: QtBot) -> None:
    heard: list[object] = []
    job = run_job(_wait, on_done=heard.append, on_end=lambda: heard.append("end"), on_quit=lambda: heard.append("quit"))
    job.abandon()
    qtbot.waitUntil(lambda: not job.running)
    assert heard == []


def test_quitting_cancels_and_tells_so_once(qtbot: QtBot) -> None:
    heard: list[object] = []
    begun = threading.Event()

    def work(job: Job) -> str:
        begun.set()
        return _wait(job)

    job = run_job(work, on_end=lambda: heard.append("end"), on_quit=lambda: heard.append("quit"))
    qtbot.waitUntil(begun.is_set)
    job.quit()
    job.quit()
    qtbot.waitUntil(lambda: not job.running)
    assert heard == ["quit"]


def test_work_that_napari_quits_before_it_begins_never_begins(qtbot: QtBot) -> None:
    begun, gate = threading.Event(), threading.Event()
    pool = QThreadPool.globalInstance()
    pool.setMaxThreadCount(max(4, pool.maxThreadCount()))
    before = [run_job(lambda _: gate.wait(10)) for _ in range(pool.maxThreadCount())]
    run_job(lambda _: begun.set()).quit()
    gate.set()
    qtbot.waitUntil(lambda: not any(job.running for job in before))
    later = run_job(lambda _: None)
    qtbot.waitUntil(lambda: not later.running)
    assert QThreadPool.globalInstance().waitForDone(5000)
    assert not begun.is_set()


def test_a_callback_that_processes_events_is_not_entered_again(qtbot: QtBot) -> None:
    heard: list[object] = []
    inside = False

    def listen(events: list[object]) -> None:
        nonlocal inside
        assert not inside
        inside = True
        heard.extend(events)
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
            QApplication.processEvents()
        inside = False

    def work(job: Job) -> None:
        job.report(1)
        time.sleep(0.1)
        job.report(2)

    run_job(work, on_events=listen, on_end=lambda: heard.append("end"))
    qtbot.waitUntil(lambda: "end" in heard)
    assert heard == [1, 2, "end"]


def test_warnings_in_a_job_are_no_toasts(qtbot: QtBot) -> None:
    from napari.utils.notifications import notification_manager

    before = len(notification_manager.records)

    def work(job: Job) -> None:
        warnings.warn("the framework grumbles", UserWarning, stacklevel=1)

    job = run_job(work)
    qtbot.waitUntil(lambda: not job.running)
    assert len(notification_manager.records) == before


def test_a_pace_holds_reports_back_but_not_the_last_ones(qtbot: QtBot) -> None:
    class Weary(Pace):
        rested = False

    go_on, told = threading.Event(), []

    def work(job: Job) -> str:
        job.report(1)
        go_on.wait(10)
        job.report(2)
        return "done"

    job = run_job(work, on_events=told.append, on_done=told.append, update_milliseconds=10, pace=Weary(1.0))
    qtbot.wait(100)
    assert told == []
    go_on.set()
    qtbot.waitUntil(lambda: not job.running)
    assert told == [[1, 2], "done"]

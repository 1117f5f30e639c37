"""Run a training in a process of its own and follow its events."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.backend import choose_backend
from napari_retrogan.core.engine.failures import rebuild
from napari_retrogan.core.engine.messages import Accepted, Begin, Done, Event, Failed, Signal, StayFor
from napari_retrogan.core.engine.process import EngineProcess
from napari_retrogan.core.engine.shared_arrays import pack, release
from napari_retrogan.core.errors import EngineBusy, EngineDied, InvalidConfig, TrainingDiscarded

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from napari_retrogan.core.engine.shared_arrays import Block

_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Task:
    """A generator function of this package, as ``"package.module:function"``, and what to call it with.

    In the training process it is called as ``function(payload, should_stop=..., should_pause=...)``; both
    are functions to ask between steps, and every event that it yields is sent back.
    """

    target: str
    payload: Any


class _Keeper:
    """Holds the one warm training process."""

    def __init__(self) -> None:
        self.busy = threading.Lock()
        self.engine: EngineProcess | None = None
        self.idle_seconds = 600.0

    @contextmanager
    def only_run(self) -> Iterator[None]:
        """Keep every other run out."""
        busy = self.busy
        if not busy.acquire(blocking=False):
            raise EngineBusy("A training is under way already; wait for its end or stop it, then start this one.")
        try:
            yield
        finally:
            busy.release()

    def warm_engine(self, backend: str) -> EngineProcess | None:
        """Return the running engine if it has this backend, else end it."""
        engine, self.engine = self.engine, None
        if engine is not None and engine.is_usable() and engine.backend == backend:
            self.engine = engine
        elif engine is not None:
            engine.end()
        return self.engine

    def forget(self) -> None:
        """Leave the engine to the process that this one was forked from."""
        if self.engine is not None:
            self.engine.end()
        self.engine, self.busy = None, threading.Lock()


_keeper = _Keeper()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_keeper.forget)


def stream(
    task: Task,
    *,
    backend: str | None = None,
    should_stop: Callable[[], bool] | None = None,
    should_pause: Callable[[], bool] | None = None,
    grace_seconds: float = 5.0,
    allowed: str = "napari_retrogan.",
    beside: bool = False,
) -> Generator[Any, None, None]:
    """Run a task in the training process and yield its events.

    Closing the iterator early abandons the run without a result and keeps the process for the next.

    Parameters
    ----------
    task
        What to run, and on what.
    backend
        Keras backend of the process; see `choose_backend`.
    should_stop, should_pause
        Asked ten times a second; the answers reach the task between two of its steps.
    grace_seconds
        How long an abandoned run may take to end, or one that is to stop to begin, before the process is ended.
    allowed
        What the task's target has to start with.
    beside
        Whether to run in a process of its own, which ends with the run, beside whatever the kept one does.

    Yields
    ------
    object
        The events, in order.

    Raises
    ------
    EngineBusy
        If a run is under way already.
    EngineDied
        If the process ends during the run; the next call starts a new one.
    TrainingDiscarded
        If `shut_down` was called during the run, or it was stopped and the process had not begun it in time.
    RetroGANError
        Whatever the task raised, as the package's own error with the far traceback as a note.
    """
    if not task.target.startswith(allowed) or ":" not in task.target:
        raise InvalidConfig(f"Target is {task.target!r}; expected '{allowed}module:function'.")
    signals = _Signals(should_stop, should_pause)
    if beside:
        return _run_beside(task, choose_backend(backend), signals, grace_seconds)
    return _run(_keeper, task, choose_backend(backend), signals, grace_seconds)


def shut_down() -> None:
    """End the training process, if there is one; a run under way elsewhere gets `TrainingDiscarded`."""
    engine = _keeper.engine
    if engine is not None:
        engine.dismiss()


def engine_process_id() -> int | None:
    """Return the number of the training process, or None if none is running."""
    engine = _keeper.engine
    return engine.process_id if engine is not None and engine.is_usable() else None


def set_idle_seconds(seconds: float) -> None:
    """Set after how long without a run the training process ends by itself (10 minutes unless set).

    Raises
    ------
    InvalidConfig
        If the time is not positive.
    """
    if not seconds > 0:
        raise InvalidConfig(f"Idle time is {seconds!r}; expected a positive number of seconds.")
    _keeper.idle_seconds = float(seconds)
    if _keeper.busy.acquire(blocking=False):
        try:
            if _keeper.engine is not None:
                _keeper.engine.send(StayFor(_keeper.idle_seconds))
        finally:
            _keeper.busy.release()


atexit.register(shut_down)


class _Signals:
    """Passes the caller's wishes on when they change."""

    def __init__(self, should_stop: Callable[[], bool] | None, should_pause: Callable[[], bool] | None) -> None:
        self._should_stop = should_stop
        self._should_pause = should_pause
        self._stopped = self._told = False
        self._paused = False

    def is_stopped(self) -> bool:
        """Ask the caller whether to stop, and never again once it said so."""
        self._stopped = self._stopped or (self._should_stop is not None and bool(self._should_stop()))
        return self._stopped

    def forward(self, engine: EngineProcess) -> None:
        """Ask the caller, and tell the engine what is new."""
        if not self._told and self.is_stopped():
            self._told = True
            engine.send(Signal.STOP)
        if self._should_pause is not None and (paused := bool(self._should_pause())) != self._paused:
            self._paused = paused
            engine.send(Signal.PAUSE if paused else Signal.RESUME)


def _run_beside(task: Task, backend: str, signals: _Signals, grace_seconds: float) -> Generator[Any, None, None]:
    """Yield the events of one run in a process that is started for it and ended after it."""
    keeper = _Keeper()
    try:
        yield from _run(keeper, task, backend, signals, grace_seconds)
    finally:
        keeper.forget()


def _run(
    keeper: _Keeper, task: Task, backend: str, signals: _Signals, grace_seconds: float
) -> Generator[Any, None, None]:
    """Yield the events of one run."""
    with keeper.only_run():
        payload, block = pack(task.payload)
        begin = Begin(target=task.target, payload=payload, search_paths=_search_paths())
        try:
            engine, failure = _begin(keeper, begin, block, backend, signals, grace_seconds)
        finally:
            release(block)
        if failure is not None:
            raise rebuild(failure)
        yield from _events(engine, signals, grace_seconds)


def _begin(
    keeper: _Keeper, begin: Begin, block: Block | None, backend: str, signals: _Signals, grace_seconds: float
) -> tuple[EngineProcess, Failed | None]:
    """Hand a run to the warm engine; to a new one if there is none, or if it left or died while nobody looked."""
    warm = keeper.warm_engine(backend)
    if warm is not None:
        try:
            return warm, _accept(warm, begin, block, signals, grace_seconds)
        except EngineDied:
            warm.end()
    keeper.engine = engine = EngineProcess(backend)
    return engine, _accept(engine, begin, block, signals, grace_seconds)


def _accept(
    engine: EngineProcess, begin: Begin, block: Block | None, signals: _Signals, grace_seconds: float
) -> Failed | None:
    """Send a run and wait until the engine has read its payload; return why it could not.

    An engine that doesn't is ended once the caller has wanted to stop for the grace time.
    """
    reply, unwanted_since = None, None
    sending = threading.Thread(target=engine.begin, args=(begin, block), name="retrogan-engine-sender", daemon=True)
    try:
        engine.send(StayFor(_keeper.idle_seconds))
        sending.start()
        while reply is None:
            reply = engine.receive(_POLL_SECONDS)
            if reply is None and signals.is_stopped():
                unwanted_since = unwanted_since or time.monotonic()
                if time.monotonic() - unwanted_since > grace_seconds:
                    raise TrainingDiscarded("Training was stopped before it had begun, so there is nothing to keep.")
    finally:
        if reply is None:
            engine.dismiss()
        sending.join(1)
        if reply is None:
            engine.end()
    return reply if isinstance(reply, Failed) else None


def _events(engine: EngineProcess, signals: _Signals, grace_seconds: float) -> Generator[Any, None, None]:
    """Yield events until the run ends; whoever leaves earlier abandons it."""
    ended = False
    try:
        while not ended:
            signals.forward(engine)
            match engine.receive(_POLL_SECONDS):
                case Event(event):
                    yield event
                case Failed() as failed:
                    ended = True
                    raise rebuild(failed)
                case Done():
                    ended = True
                case None | Accepted():
                    pass
    finally:
        if not ended:
            engine.abandon(grace_seconds)


def _search_paths() -> tuple[str, ...]:
    """Return where this process finds modules, less the folders whose files could pose as a library."""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    unsafe = set()
    with suppress(OSError):
        unsafe.add(Path.cwd())
    with suppress(OSError):
        unsafe |= {Path(script).resolve().parent} if script else set()
    return tuple(entry for entry in sys.path if Path(entry).is_absolute() and Path(entry).resolve() not in unsafe)

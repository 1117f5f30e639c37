"""The training process: serves one run at a time until its parent is gone or it has idled for long."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import queue
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.engine.channel import inherited
from napari_retrogan.core.engine.failures import describe
from napari_retrogan.core.engine.messages import Accepted, Begin, Done, Event, Signal, StayFor
from napari_retrogan.core.engine.shared_arrays import take, unpack

if TYPE_CHECKING:
    from napari_retrogan.core.engine.channel import AnyChannel
    from napari_retrogan.core.engine.messages import Reply
    from napari_retrogan.core.engine.shared_arrays import Block

_NICENESS = 5
_DEFAULT_IDLE_SECONDS = 600.0


class Abandoned(BaseException):
    """Ends a run from within, past every ``except Exception`` on its way."""


class _Flags:
    """What the caller wants of one run, set by the reading thread and looked at between steps."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.pause = threading.Event()
        self.abandoned = threading.Event()

    def should_stop(self) -> bool:
        """Tell whether to end early and deliver; leaves the run if nobody waits for it any more."""
        self._leave_if_abandoned()
        return self.stop.is_set()

    def should_pause(self) -> bool:
        """Tell whether to wait; leaves the run if nobody waits for it any more."""
        self._leave_if_abandoned()
        return self.pause.is_set()

    def _leave_if_abandoned(self) -> None:
        if self.abandoned.is_set():
            raise Abandoned


class _Server:
    """Reads requests in a thread of its own and runs trainings in the main one."""

    def __init__(self, channel: AnyChannel) -> None:
        self._channel = channel
        self._parent = os.getppid()
        self._runs: queue.SimpleQueue[tuple[Begin, Block | None, _Flags]] = queue.SimpleQueue()
        self._flags = _Flags()
        self._idle_seconds = _DEFAULT_IDLE_SECONDS
        self._idle_since: float | None = time.monotonic()

    def serve(self) -> None:
        """Run one training after the other, for ever."""
        threading.Thread(target=self._read, name="retrogan-engine-reader", daemon=True).start()
        while True:
            last = self._run(*self._runs.get())
            self._idle_since = time.monotonic()
            self._send(last)
            gc.collect()

    def _run(self, begin: Begin, block: Block | None, flags: _Flags) -> Reply:
        """Send the events of one run and return its last reply."""
        try:
            sys.path.extend(path for path in begin.search_paths if path not in sys.path)
            payload = unpack(begin.payload, block)
            self._send(Accepted())
            module, _, name = begin.target.partition(":")
            function = getattr(importlib.import_module(module), name)
            events = function(payload, should_stop=flags.should_stop, should_pause=flags.should_pause)
            with contextlib.closing(events):
                for event in events:
                    if flags.abandoned.is_set():
                        break
                    self._send(Event(event))
        except Abandoned:
            return Done()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the caller hears of it and the process stays
            return describe(error)
        return Done()

    def _send(self, reply: Reply) -> None:
        try:
            self._channel.send(reply)
        except OSError:
            os._exit(0)

    def _read(self) -> None:
        """Handle requests until there is no reason to stay, then leave at once, whatever the main thread does."""
        try:
            while not self._is_idle() and os.getppid() == self._parent:
                if self._channel.poll(min(1.0, self._idle_seconds)):
                    self._handle(self._channel.recv())
        except (EOFError, OSError):
            pass
        finally:
            os._exit(0)

    def _is_idle(self) -> bool:
        since = self._idle_since
        return since is not None and time.monotonic() - since >= self._idle_seconds

    def _handle(self, request: Any) -> None:
        match request:
            case Begin():
                self._idle_since = None
                self._flags = _Flags()
                self._runs.put((request, take(request.payload, self._channel), self._flags))
            case StayFor(seconds):
                self._idle_seconds = seconds
            case Signal.STOP:
                self._flags.stop.set()
            case Signal.PAUSE:
                self._flags.pause.set()
            case Signal.RESUME:
                self._flags.pause.clear()
            case Signal.ABANDON:
                self._flags.abandoned.set()


def main() -> None:
    """Serve the parent on the connection whose number it gave as the argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    _Server(inherited(int(sys.argv[1]))).serve()


if __name__ == "__main__":
    main()

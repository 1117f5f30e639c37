"""The training process as its parent holds it."""

from __future__ import annotations

import os
import signal
import site
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from napari_retrogan.core.engine.channel import inheritance, open_channel
from napari_retrogan.core.engine.messages import Done, Failed, Signal
from napari_retrogan.core.engine.shared_arrays import hand_over
from napari_retrogan.core.errors import EngineDied, TrainingDiscarded

if TYPE_CHECKING:
    from napari_retrogan.core.engine.messages import Begin, Reply, Request
    from napari_retrogan.core.engine.shared_arrays import Block

_SERVER = "napari_retrogan.core.engine.server"
_NOT_INHERITED = ("PYTHONINSPECT", "PYTHONSTARTUP", "PYTHONWARNINGS")
_KEPT_OUTPUT = 16_384
_LAST_LINES = 20


class EngineProcess:
    """A training process and the connection to it.

    Parameters
    ----------
    backend
        The Keras backend that the process imports, told by its environment.

    Raises
    ------
    EngineDied
        If the process cannot be started.
    """

    def __init__(self, backend: str) -> None:
        self.backend = backend
        self._owner = os.getpid()
        self._dismissed = False
        self._output = b""
        try:
            self._channel, theirs = open_channel()
        except OSError as error:
            raise _not_started(error) from error
        command = [sys.executable, "-P", "-u", "-X", "faulthandler", "-m", _SERVER, str(theirs.fileno())]
        try:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                bufsize=0,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=_environment(backend),
                **inheritance(theirs),
            )
        except OSError as error:
            self._channel.close()
            raise _not_started(error) from error
        finally:
            theirs.close()
        self._listener = threading.Thread(target=self._listen, name="retrogan-engine-output", daemon=True)
        self._listener.start()

    @property
    def process_id(self) -> int:
        """The number that the system knows the process by."""
        return self._process.pid

    def is_usable(self) -> bool:
        """Tell whether the process is alive and was started by this one, not by the one it was forked from."""
        return self._owner == os.getpid() and not self._dismissed and self._process.poll() is None

    def send(self, request: Request) -> None:
        """Send a request; that the process is gone shows at the next `receive`."""
        with suppress(OSError):
            self._channel.send(request)

    def begin(self, request: Begin, block: Block | None) -> None:
        """Send a run and the block of its payload; waits until the process reads them, or is gone."""
        try:
            self._channel.send(request)
            hand_over(block, self._channel)
        except OSError:
            self._process.kill()

    def receive(self, timeout: float) -> Reply | None:
        """Return the next reply, or None if there was none in time.

        Raises
        ------
        EngineDied
            If the process has ended.
        TrainingDiscarded
            If it was ended by `dismiss`.
        """
        try:
            reply: Reply | None = self._channel.recv() if self._channel.poll(timeout) else None
        except (EOFError, OSError):
            raise self._death() from None
        return reply

    def abandon(self, grace_seconds: float) -> None:
        """Make the process drop its run and be ready for the next; end it if that takes too long."""
        if not self.is_usable():
            return self.end()
        self.send(Signal.ABANDON)
        deadline = time.monotonic() + grace_seconds
        try:
            while (left := deadline - time.monotonic()) > 0:
                if isinstance(self.receive(left), (Done, Failed)):
                    return None
        except (EngineDied, TrainingDiscarded):
            pass
        return self.end()

    def dismiss(self) -> None:
        """End the process from any thread; a run under way elsewhere gets `TrainingDiscarded`."""
        self._dismissed = True
        if self._owner != os.getpid():
            return
        self._process.terminate()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join(1)

    def end(self) -> None:
        """End the process and close the connection; for the thread that speaks on it."""
        self.dismiss()
        self._channel.close()

    def _listen(self) -> None:
        """Keep the end of what the process prints, so that it never waits for a reader, and see it out."""
        output = self._process.stdout
        if output is not None:
            with output:
                while chunk := output.read(65_536):
                    self._output = (self._output + chunk)[-_KEPT_OUTPUT:]
        self._process.wait()

    def _death(self) -> EngineDied | TrainingDiscarded:
        """Say how the process ended."""
        if self._dismissed:
            return TrainingDiscarded("The training process was shut down before a generator existed.")
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._listener.join(1)
        lines = self._output.decode(errors="replace").strip().splitlines()[-_LAST_LINES:]
        words = "\nIts last words:\n" + "\n".join(lines) if lines else ""
        return EngineDied(
            f"The training process {_ending(self._process.returncode)} before it had delivered a generator; "
            f"start the training again and a new process serves it.{words}"
        )


def _not_started(error: OSError) -> EngineDied:
    """Say that there is no process, and why."""
    return EngineDied(
        f"The training process could not be started with {sys.executable!r} ({error}); close other programs or files, "
        "or repair this Python, and start the training again."
    )


def _ending(code: int | None) -> str:
    """Put an exit code into words."""
    if code is None:
        return "closed its connection"
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = ", perhaps by the system for want of memory," if name == "SIGKILL" else ""
    return f"was ended by {name} (signal {-code}){hint}"


def _is_here(entry: str) -> bool:
    """Tell whether an entry of the import path is the current folder, whose files could pose as libraries."""
    try:
        return not entry or os.path.samefile(entry, os.curdir)
    except OSError:
        return not os.path.isabs(entry)


def _environment(backend: str) -> dict[str, str]:
    """Return the child's environment: this one's, with the backend and the way to this package."""
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    paths = [entry for entry in inherited.get("PYTHONPATH", "").split(os.pathsep) if not _is_here(entry)]
    home = str(Path(__file__).absolute().parents[3])
    if home not in (*site.getsitepackages(), site.getusersitepackages()):
        paths.insert(0, home)
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONIOENCODING": "utf-8:backslashreplace"}
    return {**quiet, **inherited, "KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(paths)}

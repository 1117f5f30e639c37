"""Whole sessions of napari in processes of their own.

On Linux each is forked from a process that has imported what napari computes with, and has done nothing else: that
takes as long as a short session. It ends as a process that was started anew does.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
IMPORTS = ("napari.components", "napari.layers", "napari_retrogan.core.vintage_generator")
"""Nothing of Qt, which does not end well in a process that was forked after its widgets had been imported."""
SECONDS = 90


@pytest.fixture(scope="session")
def run_session() -> Iterator[Callable[..., list[str]]]:
    """Return what runs a script, which may import what lies beside this file, to its clean end.

    It takes the script, a folder for it and its arguments, and returns the words that it prints.
    """
    parents: list[subprocess.Popen[str]] = []

    def run(script: str, folder: Path, *arguments: str) -> list[str]:
        path = folder / "session.py"
        path.write_text(script)
        code, told, errors = (_fork if sys.platform == "linux" else _start)(path, arguments, parents)
        assert code == 0, f"{code}: {errors}"
        assert "Traceback" not in errors, errors
        return told.split()

    yield run
    for parent in parents:
        parent.communicate()


def _environment() -> dict[str, str]:
    search = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": search, "NAPARI_CONFIG": ""}


def _start(path: Path, arguments: tuple[str, ...], _: object) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, str(path), *arguments],
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def _fork(path: Path, arguments: tuple[str, ...], parents: list[subprocess.Popen[str]]) -> tuple[int, str, str]:
    if not parents or parents[-1].poll() is not None:
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "start_new_session": True}
        parents.append(subprocess.Popen([sys.executable, __file__], env=_environment(), **options))
    parent = parents[-1]
    timer = threading.Timer(SECONDS, os.killpg, (parent.pid, signal.SIGKILL))
    timer.start()
    parent.stdin.write(json.dumps([_environment(), str(path), *arguments]) + "\n")
    parent.stdin.flush()
    code = parent.stdout.readline()
    timer.cancel()
    said = [path.with_suffix(suffix) for suffix in (".out", ".err")]
    told, errors = (file.read_text(errors="replace") if file.exists() else "" for file in said)
    return int(code or -signal.SIGKILL), told, errors


def _serve() -> str:
    """Fork for each session that is asked for; return the path of its script in its process."""
    for line in sys.stdin:
        if os.fork() == 0:
            environment, path, *arguments = json.loads(line)
            os.environ.clear()
            os.environ.update(environment)
            sys.argv[:] = [path, *arguments]
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            for stream, suffix in ((1, ".out"), (2, ".err")):
                os.dup2(os.open(Path(path).with_suffix(suffix), os.O_WRONLY | os.O_CREAT), stream)
            return path
        print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
    sys.exit()


if __name__ == "__main__":
    for name in IMPORTS:
        importlib.import_module(name)
    __file__ = _serve()
    exec(compile(Path(__file__).read_bytes(), __file__, "exec", dont_inherit=True))

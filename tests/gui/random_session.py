"""A session of napari in which people do things by chance; run by ``test_random_actions.py`` in a process of its own.

    python random_session.py SEED ACTIONS [CROWD]

Now and then people open a crowd of layers at once, 15 unless another number is asked for; if that is large, the session
begins with it. Prints what went wrong, with the actions done until then, and exits with 1 if anything did.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[2] / "scripts"))

import engine_training
import napari
import psutil
import stalls
import what_people_do
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QThreadPool, QTimer
from qtpy.QtWidgets import QApplication, QFileDialog
from take_screenshots import display, wait_until

import napari_retrogan
from napari_retrogan.core.engine import client
from napari_retrogan.core.training import train
from napari_retrogan.plugin.state import state

LIMIT_SECONDS = 0.4
LARGE_CROWD = 200
PAUSES = (0.0, 0.01, 0.05, 0.15)
UNFORESEEN = ("unforeseen", "could not import")


def train_without_keras() -> None:
    """Let trainings be such as take no framework, in a process of their own; widgets that train are imported later."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    train.iter_train = engine_training.iter_train  # type: ignore[assignment]


class Failures(list[str]):
    """Whatever goes wrong anywhere in the process."""

    def watch(self) -> None:
        """Take what nobody catches, and what the plugin did not foresee."""
        sys.excepthook = lambda *error: self.append("".join(traceback.format_exception(*error)))
        threading.excepthook = lambda told: self.append("".join(traceback.format_exception(told.exc_value)))
        sys.unraisablehook = lambda told: self.append(
            f"{told.err_msg} {told.object!r}\n{''.join(traceback.format_exception(told.exc_value))}"
        )
        notification_manager.notification_ready.connect(self._look)

    def _look(self, notification: Any) -> None:
        if any(words in notification.message for words in UNFORESEEN):
            self.append(notification.message)
        elif (error := getattr(notification, "exception", None)) is not None:
            self.append("".join(traceback.format_exception(error)))


def refuse_dialogs() -> None:
    """Answer every question for a file by Cancel."""
    QFileDialog.getExistingDirectory = staticmethod(lambda *_, **__: "")
    for name in ("getOpenFileName", "getOpenFileNames", "getSaveFileName"):
        setattr(QFileDialog, name, staticmethod(lambda *_, **__: ("", "")))


def session(seed: int, number: int, crowd: int) -> list[str]:
    """Do as many actions; return what went wrong, in words."""
    failures = Failures()
    before = set(threading.enumerate())
    person = what_people_do.Person(napari.Viewer(show=True), crowd, lambda: live(0.01))
    failures.watch()
    refuse_dialogs()
    train_without_keras()
    # What is imported with the first widget of each kind is waited for once, and longer where nothing is compiled yet.
    what_people_do.open_docks(person, random.Random())
    for dock in person.docks():
        dock.destroyOnClose()
    live(0.1)
    watch = stalls.StallWatch(Path(napari_retrogan.__file__).parent, LIMIT_SECONDS)
    timer = QTimer()
    timer.timeout.connect(watch.turn)
    timer.start(0)
    done: list[str] = []
    actions = what_people_do.draw_actions(seed, number)
    if crowd >= LARGE_CROWD:
        begun = len(what_people_do.BEGINNING)
        actions[begun : begun + 1] = [(what_people_do.open_many.__name__, seed)]
    for name, own_seed in actions:
        done.append(name)
        print(f"{len(done)} {name} {own_seed}", file=sys.stderr)
        try:
            what_people_do.do(person, name, own_seed)
            live(PAUSES[own_seed % len(PAUSES)])
        except Exception:  # noqa: BLE001 - told with all that was done before
            failures.append(traceback.format_exc())
        failures += [f"The window stood still for {words}" for words in watch.stalls]
        watch.stalls.clear()
        if failures:
            break
    timer.stop()
    watch.end()
    print(f"{len(done)} actions; the longest stall was {watch.longest:.2f} s; widgets were used {person.used} times.")
    try:
        person.viewer.close()
        client.shut_down()
        live(0.1)
        failures += leftovers(before)
    except Exception:  # noqa: BLE001 - told with what went wrong before
        failures.append(traceback.format_exc())
    return [f"After {len(done)} actions, the last of which are {done[-20:]}:", *failures] if failures else []


def live(seconds: float) -> None:
    """Let the window live for a while."""
    end = time.monotonic() + seconds
    QApplication.processEvents()
    while time.monotonic() < end:
        time.sleep(0.002)
        QApplication.processEvents()


def leftovers(before: set[threading.Thread]) -> list[str]:
    """Return what is left of a session: threads, processes, and widgets that listen."""
    QThreadPool.globalInstance().setExpiryTimeout(50)

    def threads() -> list[threading.Thread]:
        started = set(threading.enumerate()) - before
        ours = [each for each in started if each.is_alive() and not isinstance(each, threading._DummyThread)]
        return [each for each in ours if not is_anothers(each)]

    def children() -> list[psutil.Process]:
        return [each for each in psutil.Process().children() if each.name() != "Xvfb"]

    def busy() -> int:
        return int(QThreadPool.globalInstance().activeThreadCount())

    def listening() -> int:
        signals = (state().generator_added, state().generator_removed, state().generator_saved)
        return sum(len(signal) for signal in signals)

    try:
        wait_until(lambda: not threads() and not children() and not busy() and not listening(), 20)
    except TimeoutError:
        return [f"Left are {threads()}, {children()}, {busy()} busy workers, {listening()} listeners."]
    return []


def is_anothers(thread: threading.Thread) -> bool:
    """Tell whether a thread is one that Dask or napari keeps for the next time."""
    target = getattr(thread, "_target", None)
    return "ThreadPoolExecutor" in thread.name or getattr(target, "__module__", "").startswith("concurrent.futures")


def main() -> None:
    """Run a session and end as it went."""
    with display():
        failures = session(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 15)
    print("\n".join(failures))
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()

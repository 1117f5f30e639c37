"""A training that is started in napari's console: the window goes on, and its activity dock tells and cancels."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import engine_training
import numpy as np
import pytest
from fake_training import make_generator
from napari.utils.progress import progress

import napari_retrogan as rg
from napari_retrogan.core.engine import client
from napari_retrogan.core.errors import TrainingDiscarded
from napari_retrogan.core.training import train
from napari_retrogan.plugin import preferences
from napari_retrogan.plugin.state import state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from napari.viewer import Viewer
    from pytestqt.qtbot import QtBot

LONG = 100_000


@pytest.fixture
def start(viewer: Viewer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[int], Any]]:
    """Return a function that starts a training of so many steps on a layer, in a real process and without Keras."""
    monkeypatch.setenv("NAPARI_RETROGAN_LIBRARY", str(tmp_path / "looks"))

    def iter_train(*arguments: Any, should_stop: Any = None, **options: Any) -> Any:
        return engine_training.iter_train(*arguments, should_stop=should_stop, should_pause=bool, **options)

    monkeypatch.setattr(train, "iter_train", iter_train)
    layer = viewer.add_image(np.full((40, 60, 3), 200, np.uint8), name="Old cat")
    yield lambda steps: rg.start_training(layer, layer, rg.TrainingConfig(num_steps=steps))
    client.shut_down()


def bars() -> list[Any]:
    """Return the bars of the activity dock."""
    return [bar for bar in progress._all_instances if "Old cat" in bar.desc]


def test_the_window_goes_on_and_the_look_is_there_at_the_end(start: Callable[[int], Any], qtbot: QtBot) -> None:
    begun = time.perf_counter()
    job = start(200)
    assert time.perf_counter() - begun < 1
    assert job.name == "Old cat"
    (bar,) = bars()
    qtbot.waitUntil(lambda: bar.n > 2)
    assert bar.total == 200
    assert job.generator is None
    qtbot.waitUntil(lambda: bars() == [])
    assert job.generator == make_generator()
    (entry,) = state().generators
    assert (entry.name, entry.generator) == ("Old cat", job.generator)
    assert preferences.library().entries() == (job.entry,)


def test_the_bar_cancels(start: Callable[[int], Any], qtbot: QtBot) -> None:
    job = start(LONG)
    (bar,) = bars()
    qtbot.waitUntil(lambda: job.progress is not None)
    bar.cancel()
    qtbot.waitUntil(lambda: bars() == [])
    assert isinstance(job.error, TrainingDiscarded)
    assert state().generators == ()


def test_a_second_training_says_that_one_is_under_way(
    start: Callable[[int], Any], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Exception] = []
    monkeypatch.setattr("napari_retrogan.plugin.window.training_bar.show_failure", told.append)
    first = start(LONG)
    qtbot.waitUntil(lambda: first.progress is not None)
    second = start(LONG)
    qtbot.waitUntil(lambda: told != [])
    assert isinstance(second.error, rg.EngineBusy)
    first.cancel()
    qtbot.waitUntil(lambda: bars() == [])


def test_closing_the_window_leaves_the_training(start: Callable[[int], Any], viewer: Viewer, qtbot: QtBot) -> None:
    job = start(LONG)
    qtbot.waitUntil(lambda: job.progress is not None)
    viewer.close()
    qtbot.waitUntil(lambda: job.done)
    assert isinstance(job.error, TrainingDiscarded)


def test_a_thread_of_a_script_touches_no_window(start: Callable[[int], Any]) -> None:
    jobs: list[Any] = []
    thread = threading.Thread(target=lambda: jobs.append(start(3)))
    thread.start()
    thread.join()
    assert bars() == []
    assert jobs[0].wait(60) == make_generator()

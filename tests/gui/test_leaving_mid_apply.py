"""Applying that is cancelled, or that napari is left in the middle of: within a tile, and with no process left."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from napari_retrogan.core.backend import num_cpus
from napari_retrogan.core.images.files import write_picture
from napari_retrogan.core.inference import eager, pool
from napari_retrogan.plugin.apply.apply_widget import ApplyWidget
from napari_retrogan.plugin.state import state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from napari.viewer import Viewer
    from pytestqt.qtbot import QtBot

NUM_FILES = 60
SESSION = """
import sys
from pathlib import Path
import napari
import numpy as np
from qtpy.QtCore import QThreadPool, QTimer
from qtpy.QtWidgets import QApplication
import napari_retrogan as rg
from napari_retrogan.plugin.state import state
from napari_retrogan.plugin.apply.apply_widget import ApplyWidget
from napari_retrogan.plugin.files.batch_widget import BatchWidget

ending, widget_name, scans, results = sys.argv[1:]

class Counted:
    done = total = 0
    def __init__(self, generator):
        self.generator = generator
    def __getattr__(self, name):
        return getattr(self.generator, name)
    def apply(self, image, *, on_progress, **options):
        def count(done, total):
            self.done, self.total = done, total
            on_progress(done, total)
        return self.generator.apply(image, on_progress=count, **options)

viewer = napari.Viewer(show=True)
counted = Counted(rg.pretrained("warm-print"))
state().add_generator("look", counted)
if widget_name == "apply":
    viewer.add_image(np.random.default_rng(0).integers(0, 256, (4096, 4096, 3), np.uint8))
    widget = ApplyWidget(viewer)
    run, begun = widget.apply, lambda: counted.done > 2
else:
    widget = BatchWidget(viewer)
    widget.source.value, widget.output.value = scans, results
    run, begun = widget.start, lambda: any(Path(results).glob("[!.]*.png"))
viewer.window.add_dock_widget(widget)
run()

def end_in_mid_run():
    if begun():
        timer.stop()
        {"close": viewer.close, "quit": QApplication.quit}[ending]()

timer = QTimer()
timer.timeout.connect(end_in_mid_run)
timer.start(50)
napari.run()
QThreadPool.globalInstance().waitForDone()
print(counted.done, counted.total)
"""


@pytest.mark.parametrize("threads", [1, 2])
def test_cancelled_at_most_one_more_tile_is_begun_in_each_thread(
    viewer: Viewer, qtbot: QtBot, generator: Any, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    threads = min(threads, num_cpus())
    begun, go_on, style_tile = [], threading.Event(), eager.style_tile

    def counted(*arguments: Any) -> Any:
        begun.append(arguments)
        if len(begun) > 1:
            go_on.wait(20)
        return style_tile(*arguments)

    monkeypatch.setattr(pool, "MAX_THREADS", threads)
    monkeypatch.setattr(eager, "style_tile", counted)
    viewer.add_image(np.zeros((1024, 1024, 3), np.uint8))
    state().add_generator("look", generator)
    widget = ApplyWidget(viewer)
    viewer.window.add_dock_widget(widget)
    widget.apply()
    qtbot.waitUntil(lambda: len(begun) == 1 + threads and widget.progress_bar.value > 0)
    widget.cancel_button.native.click()
    go_on.set()
    qtbot.waitUntil(lambda: not widget.running)
    assert len(begun) <= 1 + 2 * threads
    assert len(viewer.layers) == 1


@pytest.mark.parametrize(
    ("widget", "ending"),
    [
        ("apply", "close"),
        pytest.param("apply", "quit", marks=pytest.mark.weekly),
        pytest.param("batch", "quit", marks=pytest.mark.slow),
    ],
)
def test_leaving_napari_in_mid_run_ends_the_process(
    widget: str, ending: str, tmp_path: Path, run_session: Callable[..., list[str]]
) -> None:
    scans, results = tmp_path / "scans", tmp_path / "results"
    scans.mkdir()
    for number in range(NUM_FILES if widget == "batch" else 0):
        write_picture(scans / f"{number}.png", np.full((600, 600, 3), number, np.uint8))
    tiles, total = map(int, run_session(SESSION, tmp_path, ending, widget, str(scans), str(results))[-2:])
    if widget == "apply":
        assert 0 < tiles < total
    else:
        written = [path.name for path in results.iterdir()]
        assert 0 < len(written) < NUM_FILES
        assert not [name for name in written if name.startswith(".")]

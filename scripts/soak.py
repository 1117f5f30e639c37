"""Apply, train, and open and close the widgets again and again in one napari process, and measure what stays.

Run ``python scripts/soak.py [--apply 500] [--train 20] [--open 100]``. Without a display it starts Xvfb by itself.
After a warm-up of a fifth of each, memory may grow by 5 %, and nothing else at all; it exits with 1 if something did.
Subtracted before is what others keep: napari of each layer, which is measured first, and TensorFlow of each training,
in the training process, which ends by itself when it has idled.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from take_screenshots import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 10
WARM_UP_SHARE = 0.2
MOST_GROWTH = 1.05
MEMORY = ("megabytes", "engine_megabytes")
TRAINING_COST = 15.0
"""Megabytes that TensorFlow keeps of each training, most of them the graph of its step: 14 were measured."""
ACTS_BEFORE_A_REST = 20
SETTINGS = {"texture_batch_size": 3, "preview_seconds": 0.3}


class Counts(NamedTuple):
    """What the window's process holds, and the memory of its training process."""

    megabytes: float
    engine_megabytes: float
    threads: int
    timers: int
    listeners: int
    widgets: int
    qt_objects: int

    def __str__(self) -> str:
        return ", ".join(f"{value:.0f} {name.replace('_', ' ')}" for name, value in self._asdict().items())


def settle() -> None:
    """Let Qt and Python destroy what nobody holds any more, and idle threads end."""
    from qtpy.QtCore import QCoreApplication, QEvent, QThreadPool
    from qtpy.QtWidgets import QApplication

    pool = QThreadPool.globalInstance()
    pool.setExpiryTimeout(50)
    end = time.monotonic() + 0.5
    wait_until(lambda: time.monotonic() > end and pool.activeThreadCount() == 0)
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()
        gc.collect()
    if sys.platform.startswith("linux"):
        # What is free already is given back, so that it does not count.
        ctypes.CDLL(None).malloc_trim(0)


def count(viewer: Any) -> Counts:
    """Return what this process holds now."""
    import psutil
    from qtpy.QtCore import QObject, QTimer
    from qtpy.QtWidgets import QApplication

    from napari_retrogan.core.engine.client import engine_process_id
    from napari_retrogan.plugin.state import state

    settle()
    found = [each for each in gc.get_objects() if issubclass(type(each), QObject)]
    groups = [viewer.events, viewer.layers.events, viewer.layers.selection.events, viewer.dims.events]
    groups += [layer.events for layer in viewer.layers]
    signals = [state().generator_added, state().generator_removed, state().generator_saved]
    return Counts(
        megabytes=resident_megabytes(os.getpid()),
        engine_megabytes=resident_megabytes(engine_process_id()),
        threads=psutil.Process().num_threads(),
        timers=sum(issubclass(type(each), QTimer) and runs(each) for each in found),
        listeners=sum(map(listening, groups)) + sum(len(signal) for signal in signals),
        widgets=len(QApplication.allWidgets()),
        qt_objects=len(found),
    )


def resident_megabytes(process_id: int | None) -> float:
    """Return how much memory a process holds; nothing if there is none."""
    import psutil

    return 0.0 if process_id is None else float(psutil.Process(process_id).memory_info().rss / 2**20)


def listening(group: Any) -> int:
    """Return how many listen to a group of napari's events; those that are gone leave the list at its next event."""
    callbacks = [each for emitter in group.emitters.values() for each in emitter.callbacks]
    return sum(not isinstance(each, tuple) or each[0]() is not None for each in callbacks)


def runs(timer: Any) -> bool:
    """Tell whether a timer is running; one that Qt has destroyed is not."""
    try:
        return bool(timer.isActive())
    except RuntimeError:
        return False


def repeat(act: Callable[[int], None], numbers: range) -> None:
    """Act again and again, with a rest now and then as people take them."""
    for number in numbers:
        act(number)
        if number % ACTS_BEFORE_A_REST == 0:
            settle()


def soak(viewer: Any, times: int, act: Callable[[int], None], title: str, **costs: float) -> list[str]:
    """Act often; return what grew after the warm-up, in words, less the megabytes that each act costs without us."""
    warm_up = max(1, round(WARM_UP_SHARE * times))
    repeat(act, range(warm_up))
    before = count(viewer)
    print(f"{title}, {warm_up} times: {before}", flush=True)
    repeat(act, range(warm_up, times))
    after = count(viewer)
    for _ in range(PATIENCE):
        if after.threads <= before.threads:
            break
        after = count(viewer)  # On a busy machine threads end later.
    print(f"{title}, {times} times: {after}", flush=True)
    own = after._replace(**{name: getattr(after, name) - cost * (times - warm_up) for name, cost in costs.items()})
    pairs = zip(Counts._fields, before, own, strict=True)
    grown = [each for each in pairs if each[2] > each[1] * (MOST_GROWTH if each[0] in MEMORY else 1)]
    return [f"{title}: {name} grew from {earlier:.0f} to {later:.0f}" for name, earlier, later in grown]


def add_pictures(viewer: Any) -> tuple[Any, Any]:
    """Add a photograph and a vintage picture."""
    random = np.random.default_rng(0)
    photograph = viewer.add_image(random.integers(0, 256, (96, 128, 3), np.uint8), name="photograph")
    return photograph, viewer.add_image(random.integers(0, 128, (96, 128, 3), np.uint8), name="vintage")


def dock(viewer: Any, widget_class: Any) -> Any:
    """Show a widget beside the canvas."""
    widget = widget_class(viewer)
    viewer.window.add_dock_widget(widget, name=widget_class.__name__)
    return widget


def cost_of_layer(viewer: Any, times: int) -> float:
    """Return how many megabytes napari and OpenGL keep of each layer that was added and removed again."""
    picture = np.array(add_pictures(viewer)[0].data)

    def act(_: int) -> None:
        layer = viewer.add_image(np.array(picture))
        settle_briefly()
        viewer.layers.remove(layer)

    repeat(act, range(times))
    before = count(viewer).megabytes
    repeat(act, range(times))
    cost = max(0.0, (count(viewer).megabytes - before) / times)
    print(f"Of any plugin's layer, added and removed again, {cost:.2f} megabytes stay", flush=True)
    viewer.layers.clear()
    return cost


def soak_applying(viewer: Any, times: int, generator: Any, layer_cost: float = 0) -> list[str]:
    """Apply a generator through its widget and remove each result."""
    from napari_retrogan.plugin.apply.apply_widget import ApplyWidget
    from napari_retrogan.plugin.state import state

    photograph, vintage = add_pictures(viewer)
    entry = state().add_generator("look", generator)
    widget = dock(viewer, ApplyWidget)
    widget.layer.value = photograph

    def act(number: int) -> None:
        widget.seed.value = number
        widget.apply()
        wait_until(lambda: not widget.running)
        (result,) = (layer for layer in viewer.layers if layer not in (photograph, vintage))
        viewer.layers.remove(result)

    grown = soak(viewer, times, act, "Applied", megabytes=layer_cost)
    viewer.window.remove_dock_widget("all")
    state().remove(entry)
    viewer.layers.clear()
    return grown


def soak_training(viewer: Any, times: int, steps: int) -> list[str]:
    """Train through the widget and forget each generator."""
    from napari_retrogan.plugin.state import state
    from napari_retrogan.plugin.train.train_widget import TrainWidget

    photograph, vintage = add_pictures(viewer)
    widget = dock(viewer, TrainWidget)
    widget.form.photographs.chosen, widget.form.vintage.chosen = [photograph], [vintage]
    widget.form.main_settings.set_values({"num_steps": steps})
    widget.form.advanced_settings.set_values(SETTINGS)

    def act(_: int) -> None:
        widget.start()
        wait_until(lambda: not widget.running)
        trained = state().last
        if trained is None:
            raise RuntimeError(f"No generator was trained: {widget.panel.status.value}")
        state().remove(trained)

    grown = soak(viewer, times, act, "Trained", engine_megabytes=TRAINING_COST)
    viewer.window.remove_dock_widget("all")
    viewer.layers.clear()
    return grown


def soak_opening(viewer: Any, times: int) -> list[str]:
    """Open the dock on open pictures, show its tabs and close it."""
    add_pictures(viewer)

    def act(_: int) -> None:
        dock, studio = viewer.window.add_plugin_dock_widget("napari-retrogan", "Studio")
        for tab in ("train", "looks", "files"):
            studio.tab = tab
            settle_briefly()
        viewer.window.remove_dock_widget(dock)
        settle_briefly()

    grown = soak(viewer, times, act, "Opened")
    viewer.layers.clear()
    return grown


def settle_briefly() -> None:
    """Let the window show what is new, and drop what is old."""
    end = time.monotonic() + 0.02
    wait_until(lambda: time.monotonic() > end)


def main() -> None:
    """Do it all and say what grew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--apply", type=int, default=500, help="how often to apply")
    parser.add_argument("--train", type=int, default=20, help="how often to train")
    parser.add_argument("--steps", type=int, default=5, help="length of each training")
    parser.add_argument("--open", type=int, default=100, help="how often to open and close the widgets")
    options = parser.parse_args()
    # Neither the settings nor the interrupted trainings of whoever runs this are touched.
    os.environ["NAPARI_CONFIG"] = ""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NAPARI_RETROGAN_CHECKPOINTS"] = folder
        grown = run_all(options)
    print("\n".join(grown) or "Nothing grew.")
    sys.exit(bool(grown))


def run_all(options: argparse.Namespace) -> list[str]:
    """Return what grew in a napari of its own."""
    from take_screenshots import display

    with display():
        import napari

        import napari_retrogan as rg

        viewer = napari.Viewer(show=True)
        cost = cost_of_layer(viewer, max(1, options.apply // 4))
        grown = soak_applying(viewer, options.apply, rg.pretrained("warm-print"), cost)
        grown += soak_training(viewer, options.train, options.steps)
        grown += soak_opening(viewer, options.open)
        viewer.close()
    return grown


if __name__ == "__main__":
    main()

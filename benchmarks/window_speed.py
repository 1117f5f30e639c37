"""What a window costs: steps a second of a training in napari and without it, and how long a change of view takes.

    python benchmarks/window_speed.py [--steps 150] [--rounds 3]

The same training runs by turns in the Train widget, with its previews; in the same widget while napari's window is
hidden, so that nothing is drawn; and by ``iter_train`` without a window. Medians of the speed that the training process
itself measured are compared, with the processor time of napari's own process: without a graphics card the window is
drawn by the processor that trains. Then a styled Dask layer of 100 megapixels is panned, zoomed and panned back, beside
the layer that it was made from. Last, layers of several kinds are applied to, looked at whole, near and in 3-D, and the
longest time from one turn of the event loop to the next is printed, with the processor time of the main thread in it:
on a machine that has more to do than this, only the second is the window's own. ``--only heartbeats`` measures that
alone. What says "without the plugin" is the layer itself, shown by napari. Without a display it starts Xvfb by itself.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "scripts"))

from take_screenshots import display, rest

import napari_retrogan as rg
from napari_retrogan.core.gan.training_loop import SPEED_WINDOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Speed = tuple[float, float]
"""Steps a second, and the share of a core that this process took."""

LOOK_MILLISECONDS = 250
SIDE = 10_000
CHUNK = 1024
PLACES = 24


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=150, help="length of each training")
    parser.add_argument("--rounds", type=int, default=3, help="trainings of each kind")
    parser.add_argument("--only", choices=["training", "panning", "heartbeats"], help="one of the three")
    arguments = parser.parse_args()
    measures: dict[str, Callable[[Any], None]] = {
        "training": lambda viewer: compare_training(viewer, arguments.steps, arguments.rounds),
        "panning": compare_panning,
        "heartbeats": measure_heartbeats,
    }
    with display():
        import napari

        viewer = napari.Viewer()
        viewer.window.resize(1360, 860)
        for name, measure in measures.items():
            if arguments.only in (None, name):
                measure(viewer)
                viewer.layers.clear()
        viewer.close()


def compare_training(viewer: Any, steps: int, rounds: int) -> None:
    """Train by turns in the window and without it."""
    viewer.open_sample("napari-retrogan", "photographs_and_prints")
    _, studio = viewer.window.add_plugin_dock_widget("napari-retrogan", "Studio")
    widget = studio.train
    prints = [layer for layer in viewer.layers if "print" in layer.name]
    photographs = [layer for layer in viewer.layers if layer not in prints]
    widget.form.photographs.chosen, widget.form.vintage.chosen = photographs, prints
    widget.form.main_settings.set_values({"num_steps": steps})
    data = [[layer.data for layer in layers] for layers in (photographs, prints)]
    config = rg.TrainingConfig(num_steps=steps)
    modes: dict[str, Callable[[], Speed]] = {
        "in napari": lambda: in_widget(widget),
        "in napari, its window hidden": lambda: hidden(viewer, widget),
        "without a window": lambda: alone(*data, config),
    }
    alone(*data, config)
    measured: dict[str, list[Speed]] = {name: [] for name in modes}
    for _ in range(rounds):
        for name, measure in modes.items():
            measured[name].append(measure())
    medians = {name: [statistics.median(part) for part in zip(*found, strict=True)] for name, found in measured.items()}
    for name, (speed, share) in medians.items():
        print(
            f"{name}: {speed:.2f} steps a second, {1000 / speed:.0f} ms a step, "
            f"{speed / medians['without a window'][0]:.3f} of that without a window; this process took {share:.2f} "
            f"of a core (medians of {rounds})",
            flush=True,
        )


def hidden(viewer: Any, widget: Any) -> Speed:
    """Return the speed of a training in the widget while nothing of the window is drawn."""
    viewer.window._qt_window.hide()
    try:
        return in_widget(widget)
    finally:
        viewer.window.show()


def in_widget(widget: Any) -> Speed:
    """Return the speed of a training in the widget; between Qt's events this process sleeps, as it does for people."""
    from qtpy.QtCore import QEventLoop, QTimer

    events: list[Any] = []
    show_events = widget.panel.show_events
    widget.panel.show_events = lambda found: (events.extend(found), show_events(found))
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: None if widget.running else loop.quit())
    clock = Clock()
    widget.start()
    timer.start(LOOK_MILLISECONDS)
    loop.exec()
    widget.panel.show_events = show_events
    return speed_of(events), clock.share()


def alone(photographs: list[Any], vintage: list[Any], config: rg.TrainingConfig) -> Speed:
    """Return the speed of the same training in the console."""
    clock = Clock()
    events = list(rg.iter_train(photographs, vintage, config=config))
    return speed_of(events), clock.share()


def speed_of(events: Sequence[Any]) -> float:
    """Return the median of the speeds that the training process measured, each over as many steps."""
    speeds: list[float] = [event.steps_per_second for event in events if isinstance(event, rg.TrainingProgress)]
    return statistics.median(speeds[SPEED_WINDOW:])


class Clock:
    """How much of a core this process takes from now on."""

    def __init__(self) -> None:
        self._wall, self._busy = time.perf_counter(), time.process_time()

    def share(self) -> float:
        """Return seconds of processor time per second."""
        return (time.process_time() - self._busy) / (time.perf_counter() - self._wall)


def compare_panning(viewer: Any) -> None:
    """Move about a large layer and the styled one, and print how long a view takes to be drawn."""
    import dask.array as da

    random = da.random.default_rng(0)
    large = random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8, chunks=(CHUNK, CHUNK, 3))
    levels = [large, *(large[::step, ::step] for step in (4, 16))]
    source = viewer.add_image(levels, rgb=True, name="source", contrast_limits=(0, 255))
    walk(viewer)
    print_views("the layer itself", walk(viewer))
    data, options, _ = rg.apply_to_layer(rg.pretrained("warm-slide-1950s"), source)
    source.visible = False
    viewer.add_image(data, **options)
    walk(viewer)
    print_views("the styled layer, first", walk(viewer, offset=0.37))
    print_views("the styled layer, again", walk(viewer, offset=0.37))


def walk(viewer: Any, offset: float = 0.0) -> list[float]:
    """Return the seconds that each view of a walk took, from the camera's move to the picture."""
    seconds = []
    camera = viewer.scene.camera if hasattr(viewer, "scene") else viewer.camera
    for place in range(PLACES):
        share = (place + offset) / PLACES
        started = time.perf_counter()
        camera.zoom = 0.8 if place % 3 else 0.1
        camera.center = (0.2 * SIDE + 0.6 * SIDE * share, 0.2 * SIDE + 0.6 * SIDE * (share * 7 % 1))
        rest(0.0)
        viewer.screenshot(canvas_only=True, flash=False)
        seconds.append(time.perf_counter() - started)
    return seconds


def print_views(title: str, seconds: list[float]) -> None:
    """Print the median and the slowest view."""
    print(
        f"{title}: {1000 * statistics.median(seconds):.0f} ms a view, slowest {1000 * max(seconds):.0f} ms", flush=True
    )


def measure_heartbeats(viewer: Any) -> None:
    """Print the longest gaps between turns of the event loop while layers are applied to and looked at."""
    from napari_retrogan.plugin.state import state

    _, studio = viewer.window.add_plugin_dock_widget("napari-retrogan", "Studio")
    widget = studio.looks
    studio.tab = "looks"
    state().add_generator("Slides", rg.pretrained("warm-slide-1950s"))
    for title, array, options in layers_of_all_kinds():
        print(f"{title}:")
        with heartbeats("added to napari, without the plugin"):
            source = viewer.add_image(array, name=title, **options)
            viewer.reset_view()
            rest(1.0)
        look_about(viewer, ", without the plugin")
        source.visible = False
        with heartbeats("applied"):
            widget.layer.value = source
            widget.apply()
            while widget.running:
                rest(0.01)
        look_about(viewer)
        viewer.layers.clear()


def look_about(viewer: Any, how: str = "") -> None:
    """Look at the whole, go near, and walk through a stack, also in 3-D."""
    with heartbeats(f"looked at whole{how}"):
        viewer.reset_view()
        rest(3.0)
    with heartbeats(f"looked at near{how}"):
        for zoom in (0.3, 0.7, 2):
            viewer.scene.camera.zoom = zoom
            rest(2.0)
    if viewer.dims.ndim > 2:
        with heartbeats(f"walked through, and seen in 3-D{how}"):
            viewer.dims.set_current_step(0, 3)
            rest(2.0)
            viewer.dims.ndisplay = 3
            rest(4.0)
        viewer.dims.ndisplay = 2


def layers_of_all_kinds() -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield names, arrays and options of layers: single and pyramids, pictures and stacks, in memory and lazy."""
    import dask.array as da
    import zarr

    colour = {"rgb": True, "contrast_limits": (0, 255)}
    grey = {"rgb": False, "contrast_limits": (0, 255)}
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (4000, 6000, 3), np.uint8)
    lazy = da.from_array(picture, chunks=(CHUNK, CHUNK, 3))
    yield "NumPy, 4000 x 6000", picture, colour
    yield "NumPy pyramid, 4000 x 6000", [picture, picture[::2, ::2], picture[::4, ::4]], colour
    yield "Dask, 4000 x 6000", lazy, colour
    yield "Dask pyramid, 4000 x 6000", [lazy, lazy[::2, ::2], lazy[::4, ::4]], colour
    yield "Zarr, 4000 x 6000", zarr.array(picture, chunks=(CHUNK, CHUNK, 3)), colour
    stack = random.integers(0, 256, (8, 1500, 1200), np.uint8)
    yield "NumPy, 8 x 1500 x 1200", stack, grey
    yield "Dask, 8 x 1500 x 1200", da.from_array(stack, chunks=(1, CHUNK, CHUNK)), grey
    repeated = da.random.default_rng(0).integers(0, 256, (10240, 15360, 3), np.uint8, chunks=(CHUNK, CHUNK, 3))
    yield "Dask, 10240 x 15360", repeated, colour


@contextmanager
def heartbeats(title: str) -> Iterator[None]:
    """Print the longest gap between turns of the event loop, and the main thread's processor time in its longest."""
    from qtpy.QtCore import QTimer

    gaps: list[tuple[float, float]] = []
    last = [time.perf_counter(), time.thread_time()]

    def beat() -> None:
        now = [time.perf_counter(), time.thread_time()]
        gaps.append((now[0] - last[0], now[1] - last[1]))
        last[:] = now

    timer = QTimer()
    timer.timeout.connect(beat)
    timer.start(5)
    yield
    timer.stop()
    beat()
    wall, busy = (max(part) for part in zip(*gaps, strict=True))
    print(f"  {title}: longest gap {1000 * wall:.0f} ms, of the processor {1000 * busy:.0f} ms", flush=True)


if __name__ == "__main__":
    main()

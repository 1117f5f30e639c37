"""What a window costs: steps a second of a training in napari and without it, and how long a change of view takes.

    python benchmarks/window_speed.py [--steps 150] [--rounds 3]

The same training runs by turns in the Train widget, with its previews, and by ``iter_train``; medians of the whole
training's speed are compared. Then a styled Dask layer of 100 megapixels is panned, zoomed and panned back, beside the
layer that it was made from. Without a display it starts Xvfb by itself.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "scripts"))

from take_screenshots import display, rest, wait_until

import napari_retrogan as rg

if TYPE_CHECKING:
    from collections.abc import Sequence

SIDE = 10_000
CHUNK = 1024
PLACES = 24


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=150, help="length of each training")
    parser.add_argument("--rounds", type=int, default=3, help="trainings of each kind")
    arguments = parser.parse_args()
    with display():
        import napari

        viewer = napari.Viewer()
        viewer.window.resize(1360, 860)
        compare_training(viewer, arguments.steps, arguments.rounds)
        viewer.layers.clear()
        compare_panning(viewer)
        viewer.close()


def compare_training(viewer: Any, steps: int, rounds: int) -> None:
    """Train by turns in the window and without it."""
    viewer.open_sample("napari-retrogan", "photographs_and_prints")
    _, widget = viewer.window.add_plugin_dock_widget("napari-retrogan", "Train vintage GAN")
    prints = [layer for layer in viewer.layers if "print" in layer.name]
    photographs = [layer for layer in viewer.layers if layer not in prints]
    widget.form.photographs.chosen, widget.form.vintage.chosen = photographs, prints
    widget.form.main_settings.set_values({"num_steps": steps})
    data = [[layer.data for layer in layers] for layers in (photographs, prints)]
    config = rg.TrainingConfig(num_steps=steps)
    alone(*data, config)
    speeds: dict[str, list[float]] = {"in napari": [], "without a window": []}
    for _ in range(rounds):
        speeds["in napari"].append(in_widget(widget))
        speeds["without a window"].append(alone(*data, config))
    medians = {name: statistics.median(found) for name, found in speeds.items()}
    for name, speed in medians.items():
        print(f"{name}: {speed:.2f} steps a second, {1000 / speed:.0f} ms a step (median of {rounds})", flush=True)
    print(f"in napari / without a window: {medians['in napari'] / medians['without a window']:.3f}", flush=True)


def in_widget(widget: Any) -> float:
    """Return the steps a second of a training in the widget, from the first step to the last."""
    marks: list[tuple[int, float]] = []

    def ended() -> bool:
        step = widget.panel.progress.step
        if step and (not marks or step > marks[-1][0]):
            marks.append((step, time.monotonic()))
        return not widget.running

    widget.start()
    wait_until(lambda: widget.running)
    wait_until(ended)
    return speed_of(marks)


def alone(photographs: list[Any], vintage: list[Any], config: rg.TrainingConfig) -> float:
    """Return the steps a second of the same training in the console."""
    events = rg.iter_train(photographs, vintage, config=config)
    marks = [(event.step, time.monotonic()) for event in events if isinstance(event, rg.TrainingProgress)]
    return speed_of(marks)


def speed_of(marks: Sequence[tuple[int, float]]) -> float:
    """Return the steps a second between the first step seen and the last."""
    (first, began), (last, ended) = marks[0], marks[-1]
    return (last - first) / (ended - began)


def compare_panning(viewer: Any) -> None:
    """Move about a large layer and the styled one, and print how long a view takes to be drawn."""
    import dask.array as da

    random = da.random.default_rng(0)
    large = random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8, chunks=(CHUNK, CHUNK, 3))
    levels = [large, *(large[::step, ::step] for step in (4, 16))]
    source = viewer.add_image(levels, rgb=True, name="source", contrast_limits=(0, 255))
    walk(viewer)
    print_views("the layer itself", walk(viewer))
    data, options, _ = rg.apply_to_layer(rg.pretrained("kodachrome-1940s"), source)
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


if __name__ == "__main__":
    main()

"""Train and apply through the widgets, and write the pictures of both that the README shows.

Run ``python scripts/take_screenshots.py [--steps 300] [--folder docs/images]``. With ``--tabs FOLDER`` it takes
pictures of each tab instead, light and dark, at scales 1 and 2 and docks of 300 and 500 pixels, to be looked at and
not kept. Without a display it starts Xvfb by itself.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = (1360, 860)
LAPTOP = (1366, 768)
DOCK_WIDTH = 360
MOST_BYTES = 300_000
ENLARGEMENT = 8
PHOTOGRAPH = "Astronaut"


@contextmanager
def display() -> Iterator[None]:
    """Lend a virtual display for as long as the block runs, where there is none."""
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield
        return
    readable, writable = os.pipe()
    command = ["Xvfb", "-displayfd", str(writable), "-screen", "0", "2800x1800x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writable], stderr=subprocess.DEVNULL)  # noqa: S603
    os.close(writable)
    try:
        with os.fdopen(readable) as answer:
            os.environ["DISPLAY"] = f":{answer.readline().strip()}"
        yield
    finally:
        server.terminate()
        server.wait()


def wait_until(condition: Callable[[], bool], seconds: float = 600.0) -> None:
    """Let the window live until something has happened."""
    from qtpy.QtWidgets import QApplication

    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("The window took too long.")
        QApplication.processEvents()
        time.sleep(0.005)


def rest(seconds: float = 0.6) -> None:
    """Let the window settle."""
    end = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > end)


def take(viewer: Any, path: Path) -> None:
    """Write a picture of the whole window, with as many colours as fit the size allowed."""
    image = Image.fromarray(viewer.screenshot(canvas_only=False, flash=False)).convert("RGB")
    for colours in (192, 144, 96, 64, 48, 32):
        buffer = io.BytesIO()
        image.quantize(palette=palette_of(image, colours), dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
        if buffer.tell() <= MOST_BYTES:
            break
    path.write_bytes(buffer.getvalue())
    print(f"{path}: {buffer.tell() / 1000:.0f} kB, {image.width} x {image.height}, {colours} colours")


def palette_of(image: Image.Image, colours: int) -> Image.Image:
    """Return a palette of colours of the whole window, and a quarter as many more for the dock alone."""
    dock = image.crop((image.width - DOCK_WIDTH, 0, image.width, image.height))
    parts = (image.quantize(colours), dock.quantize(colours // 4, method=Image.Quantize.MAXCOVERAGE))
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for part in parts for value in part.getpalette() or ()])
    return palette


def show_training(viewer: Any, folder: Path, steps: int) -> None:
    """Train on the sample layers and take pictures in mid-run and at the end."""
    viewer.open_sample("napari-retrogan", "photographs_and_prints")
    for layer in viewer.layers:
        layer.visible = layer.name == PHOTOGRAPH
    viewer.reset_view()
    dock, studio = viewer.window.add_plugin_dock_widget("napari-retrogan", "Studio")
    widget = studio.train
    prints = [layer for layer in viewer.layers if "print" in layer.name]
    widget.form.photographs.chosen = [layer for layer in viewer.layers if layer not in prints]
    widget.form.vintage.chosen = prints
    widget.form.main_settings.set_values({"num_steps": steps})
    rest()
    started = time.monotonic()
    widget.start()
    wait_until(lambda: widget.panel.progress.step >= 0.6 * steps or not widget.running)
    rest()
    take(viewer, folder / "train-during.png")
    wait_until(lambda: not widget.running)
    print(f"Trained {steps} steps in {time.monotonic() - started:.0f} s: {widget.panel.status.value}")
    rest()
    take(viewer, folder / "train-after.png")
    viewer.window.remove_dock_widget(dock)


def show_applying(viewer: Any, folder: Path) -> None:
    """Apply the generator to a large photograph and take pictures in mid-run and at the end."""
    photograph = viewer.layers[PHOTOGRAPH].data
    viewer.layers.clear()
    large = np.asarray(Image.fromarray(photograph).resize([ENLARGEMENT * side for side in photograph.shape[1::-1]]))
    viewer.add_image(large, name="large photograph", rgb=True)
    _, studio = viewer.window.add_plugin_dock_widget("napari-retrogan", "Studio")
    studio.tab, widget = "looks", studio.looks
    widget.generator.choose("warm-slide-1950s")
    rest()
    started = time.monotonic()
    widget.apply()
    wait_until(lambda: widget.progress_bar.value >= 30 or not widget.running)
    take(viewer, folder / "apply-during.png")
    wait_until(lambda: not widget.running)
    print(f"Applied to {large.size / 3e6:.0f} megapixels in {time.monotonic() - started:.1f} s: {widget.status.value}")
    grid = viewer.canvas.grid if hasattr(viewer, "canvas") else viewer.grid
    grid.enabled = True
    grid.stride = 1
    rest()
    viewer.reset_view()
    rest()
    take(viewer, folder / "apply-after.png")


def show_tabs(viewer: Any, folder: Path, scale: str) -> None:
    """Take pictures of each tab in a laptop's window, in both themes and widths."""
    from qtpy.QtCore import Qt

    window = viewer.window._qt_window
    window.setGeometry(0, 0, *LAPTOP)
    dock, studio = viewer.window.add_plugin_dock_widget("napari-retrogan", "Studio")
    studio.train.open_samples()
    wait_until(lambda: len(studio.train.form.vintage.chosen) == 3)
    for theme in ("dark", "light"):
        viewer.theme = theme
        for width in (300, 500):
            dock.setFixedWidth(width)
            window.resizeDocks([dock], [width], Qt.Orientation.Horizontal)
            for tab in ("train", "looks", "files"):
                studio.tab = tab
                rest(3)
                window.grab().save(str(folder / f"{tab}-{theme}-{width}-x{scale}.png"))


def take_tabs(folder: Path) -> None:
    """Take pictures of the tabs at each scale, which Qt takes from the environment when it starts."""
    for scale in ("1", "2"):
        command = [sys.executable, __file__, "--tabs-at", scale, "--folder", str(folder)]
        subprocess.run(command, env=os.environ | {"QT_SCALE_FACTOR": scale}, check=True)  # noqa: S603


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--steps", type=int, default=300, help="length of the training")
    parser.add_argument("--folder", type=Path, default=Path("docs/images"), help="where the pictures go")
    parser.add_argument("--tabs", type=Path, help="take pictures of the tabs instead, into this folder")
    parser.add_argument("--tabs-at", help=argparse.SUPPRESS)
    options = parser.parse_args()
    (options.tabs or options.folder).mkdir(parents=True, exist_ok=True)
    with display():
        import napari

        if options.tabs:
            take_tabs(options.tabs)
            return
        viewer = napari.Viewer(show=True)
        viewer.window.resize(*SIZE)
        if options.tabs_at:
            show_tabs(viewer, options.folder, options.tabs_at)
        else:
            show_training(viewer, options.folder, options.steps)
            show_applying(viewer, options.folder)
        viewer.close()


if __name__ == "__main__":
    main()

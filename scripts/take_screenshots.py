"""Train, look around and apply through the widgets, and write the pictures of it, still and moving, that are shown.

Run ``python scripts/take_screenshots.py [--steps 300] [--folder docs/images]``. In ``docs/images`` it also notes from
which state of the widgets they were made (`picture_digests`). With ``--tabs FOLDER`` it takes pictures of each tab
instead, light and dark, at scales 1 and 2 and docks of 300 and 500 pixels, to be looked at and not kept. Without a
display it starts Xvfb by itself.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import picture_digests
from PIL import Image, ImageDraw

from napari_retrogan import list_pretrained
from napari_retrogan.core.simulation.crystals import add_opaque_discs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = (1360, 860)
LAPTOP = (1366, 768)
DOCK_WIDTH = 360
MOST_BYTES = 300_000
ENLARGEMENT = 8
PHOTOGRAPH = "Astronaut"
LOOKS = ("faded-slides-1970s", "cross-processed", "cyanotype", "silver-prints-1930s", "redscale", "sepia")
"""What the mouse passes over."""
APPLIED = "warm-slide-1950s"
MOVING_WIDTH, MOVING_QUALITY = 800, 55
TRAINING_FRAMES = 14
KEYS_A_FRAME = 2
POINTER = ((0, 0), (0, 17), (4, 13), (7, 19), (10, 18), (7, 12), (12, 12))


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


@contextmanager
def empty_session() -> Iterator[None]:
    """Lend places for looks, trainings and settings that hold nothing of whoever runs this."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("LIBRARY", "CHECKPOINTS", "SETTINGS"):
            os.environ[f"NAPARI_RETROGAN_{name}"] = str(Path(folder) / name.lower())
        os.environ["NAPARI_CONFIG"] = ""  # napari's own settings are those of its first start.
        os.environ |= {"LC_ALL": "C.UTF-8", "LANGUAGE": ""}  # The dock speaks English.
        yield


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


class Moving:
    """A moving picture of the window, one frame after the other.

    Parameters
    ----------
    viewer
        Whose window it shows.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._frames: list[Image.Image] = []

    def add(self, pointer: tuple[int, int] | None = None) -> None:
        """Take a frame, with the mouse drawn at a place in the window, which no window draws itself."""
        image = Image.fromarray(self._viewer.screenshot(canvas_only=False, flash=False)).convert("RGB")
        if pointer is not None:
            shape = [(pointer[0] + across, pointer[1] + down) for across, down in POINTER]
            ImageDraw.Draw(image).polygon(shape, fill="white", outline="black")
        height = round(image.height * MOVING_WIDTH / image.width)
        self._frames.append(image.resize((MOVING_WIDTH, height), Image.Resampling.LANCZOS))

    def write(self, path: Path, milliseconds: int) -> None:
        """Write all frames; the last one stays for a while."""
        first, *others = self._frames
        durations = [milliseconds] * len(others) + [4 * milliseconds]
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=durations,
            loop=0,
            quality=MOVING_QUALITY,
            method=6,
            minimize_size=True,
        )
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB, {len(self._frames)} frames")


def with_specks(picture: Any, seed: int) -> Any:
    """Return a picture (Y, X, 3) with opaque specks that differ from picture to picture, so that steps are taken."""
    specked = add_opaque_discs(np.float32(picture) / 255, 0.02 + 0.05 * seed, 1.0 + 0.3 * seed, seed)
    return np.rint(255 * specked).astype(np.uint8)


def show_training(viewer: Any, folder: Path, steps: int) -> None:
    """Train on the sample layers and take pictures in mid-run, at the end and, moving, of all of it."""
    viewer.open_sample("napari-retrogan", "photographs_and_prints")
    for layer in viewer.layers:
        layer.visible = layer.name == PHOTOGRAPH
    viewer.reset_view()
    dock, studio = viewer.window.add_plugin_dock_widget("napari-retrogan", "Studio")
    widget = studio.train
    prints = [layer for layer in viewer.layers if "print" in layer.name]
    for number, layer in enumerate(prints):
        # The grain of the samples is noise, of which measuring tells all: nothing would move.
        layer.data = with_specks(layer.data, number)
    widget.form.photographs.chosen = [layer for layer in viewer.layers if layer not in prints]
    widget.form.vintage.chosen = prints
    widget.form.main_settings.set_values({"num_steps": steps})
    rest()
    started = time.monotonic()
    widget.start()
    moving = Moving(viewer)
    for number in range(TRAINING_FRAMES):
        goal = number * steps / TRAINING_FRAMES
        wait_until(lambda goal=goal: widget.panel.progress.step >= goal or not widget.running)
        scroll_to(widget.panel.plot.native, widget.panel.plot.native.rect().bottomLeft())
        rest()
        wait_until(lambda: is_drawn(widget.panel))
        moving.add()
        if number == round(0.3 * TRAINING_FRAMES):
            take(viewer, folder / "train-during.png")
    wait_until(lambda: not widget.running)
    print(f"Trained {steps} steps in {time.monotonic() - started:.0f} s: {widget.panel.status.value}")
    rest()
    take(viewer, folder / "train-after.png")
    moving.add()
    moving.write(folder / "training.webp", 700)
    viewer.window.remove_dock_widget(dock)


def is_drawn(panel: Any) -> bool:
    """Tell whether all that changed in the panel of a training is on the screen."""
    return bool(panel.native.updatesEnabled() and panel.steering.native.updatesEnabled())


def show_looks(viewer: Any, folder: Path) -> Any:
    """Pass over looks with the mouse and drag the line between before and after; return the dock's content."""
    from qtpy.QtCore import QPoint, Qt
    from qtpy.QtTest import QTest

    for layer in [each for each in viewer.layers if each.name != PHOTOGRAPH]:
        viewer.layers.remove(layer)
    viewer.layers.selection.active = viewer.layers[PHOTOGRAPH]
    viewer.layers[PHOTOGRAPH].visible = True
    viewer.reset_view()
    _, studio = viewer.window.add_plugin_dock_widget("napari-retrogan", "Studio")
    studio.tab, widget = "looks", studio.looks
    rest(8)
    window, moving = viewer.window._qt_window, Moving(viewer)
    moving.add()
    for looks, item in tiles(widget):
        widget_of_items = looks.viewport()
        looks.scrollToItem(item)
        scroll_to(widget_of_items, looks.visualItemRect(item).center())
        place = looks.visualItemRect(item).center()
        before = canvas(viewer)
        QTest.mouseMove(widget_of_items, place - QPoint(3, 3))
        QTest.mouseMove(widget_of_items, place)
        wait_until(lambda before=before: not np.array_equal(canvas(viewer), before))
        rest(1)
        inside = widget_of_items.mapTo(window, place)
        moving.add((inside.x(), inside.y()))
    moving.write(folder / "hover.webp", 1100)
    QTest.mouseClick(widget_of_items, Qt.MouseButton.LeftButton, pos=place)
    rest(3)
    widget.compare.divider_box.value = True
    wait_until(lambda: widget.compare.divider.layer is not None)
    rest()
    line, moving = widget.compare.divider.line, Moving(viewer)
    for key in [Qt.Key.Key_Left] * 10 + [Qt.Key.Key_Right] * 20 + [Qt.Key.Key_Left] * 10:
        for _ in range(KEYS_A_FRAME):
            QTest.keyClick(line, key)
        rest(0.15)
        inside = line.mapTo(window, QPoint(line.width() // 2, line.height() // 2))
        moving.add((inside.x(), inside.y()))
    moving.write(folder / "compare.webp", 120)
    widget.compare.divider_box.value = False
    widget.preview.box.value = False
    return studio


def canvas(viewer: Any) -> np.ndarray:
    """Return what the canvas shows."""
    return np.asarray(viewer.screenshot(canvas_only=True, flash=False))


def titles() -> dict[str, str]:
    """Return what people call the looks that come with the package."""
    return {look.name: look.title for look in list_pretrained()}


def tiles(widget: Any) -> Iterator[tuple[Any, Any]]:
    """Return the lists and items of the looks that the mouse passes over."""
    for name in LOOKS:
        for looks in widget.generator.grid.lists.values():
            found = [looks.item(row) for row in range(looks.count()) if looks.item(row).text() == titles()[name]]
            if found:
                yield looks, found[0]
                break


def scroll_to(child: Any, place: Any) -> None:
    """Scroll the page that holds a widget so that a place in it is seen."""
    from qtpy.QtWidgets import QScrollArea

    area = child.parent()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parent()
    if area is not None:
        there = child.mapTo(area.widget(), place)
        area.ensureVisible(there.x(), there.y(), 0, area.height() // 3)
    rest(0.3)


def show_applying(viewer: Any, folder: Path, studio: Any) -> None:
    """Apply a look to a large photograph and take pictures in mid-run and at the end, and one of the tab Files."""
    photograph = viewer.layers[PHOTOGRAPH].data
    viewer.layers.clear()
    large = np.asarray(Image.fromarray(photograph).resize([ENLARGEMENT * side for side in photograph.shape[1::-1]]))
    viewer.add_image(large, name="large photograph", rgb=True)
    studio.tab, widget = "looks", studio.looks
    widget.generator.choose(APPLIED)
    wait_until(lambda: widget.generator.entry is not None and widget.generator.entry.name == titles()[APPLIED])
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
    studio.tab = "files"
    rest(1.5)
    take(viewer, folder / "files.png")


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
    with display(), empty_session():
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
            show_applying(viewer, options.folder, show_looks(viewer, options.folder))
        viewer.close()
    if options.folder.resolve() == picture_digests.FOLDER:
        picture_digests.note_all()


if __name__ == "__main__":
    main()

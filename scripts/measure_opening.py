"""Measure the import of the package and the opening of each tab of its dock, each in a process of its own.

Run ``python scripts/measure_opening.py [--repeats 3]``. Prints a table of medians. Without a display it starts Xvfb.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

from take_screenshots import display

IMPORT = """
from time import perf_counter
began = perf_counter()
import napari_retrogan
print(perf_counter() - began)
"""
OPENING = """
import sys
from time import perf_counter
import napari
from qtpy.QtWidgets import QApplication
viewer = napari.Viewer(show=True)
QApplication.processEvents()
began = perf_counter()
_, studio = viewer.window.add_plugin_dock_widget("napari-retrogan", "Studio")
studio.tab = sys.argv[1]
QApplication.processEvents()
print(perf_counter() - began)
viewer.close()
"""


def seconds(code: str, *arguments: str) -> float:
    """Return what a script prints last."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)  # noqa: S603
    return float(done.stdout.split()[-1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    print("\n| what | seconds, median |\n| --- | --- |")
    with display():
        for title, code, *arguments in (
            ("import napari_retrogan", IMPORT),
            ("open the dock at Train", OPENING, "train"),
            ("open the dock at Looks", OPENING, "looks"),
            ("open the dock at Files", OPENING, "files"),
        ):
            taken = statistics.median(seconds(code, *arguments) for _ in range(repeats))
            print(f"| {title} | {taken:.2f} |", flush=True)


if __name__ == "__main__":
    main()

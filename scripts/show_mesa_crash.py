"""Crash napari's process without this plugin: remove a layer, then give another one a picture of another size.

Run ``python scripts/show_mesa_crash.py``. Seen with Mesa 22.3.6 (Debian 12; llvmpipe and softpipe alike), vispy 0.17
and napari 0.9.2: a segmentation fault inside ``glDrawArrays``, in 2-D and in 3-D, in the first round. It does not
happen where vispy never deletes programs (``--keep-programs``), which is what the plugin's dock sees to.
"""

from __future__ import annotations

import sys
import time

import napari
import numpy as np
from qtpy.QtWidgets import QApplication
from take_screenshots import display

from napari_retrogan.plugin.window.software_opengl import keep_programs

ROUNDS = 12


def live(seconds: float = 0.03) -> None:
    """Let the window draw."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()


def main() -> None:
    """Do it again and again."""
    if "--keep-programs" in sys.argv:
        keep_programs()
    with display():
        viewer = napari.Viewer()
        live()
        for number in range(ROUNDS):
            first, second = (viewer.add_image(np.zeros((height, 50, 3), np.uint8)) for height in (40, 60))
            live()
            viewer.layers.remove(first)
            live()
            second.data = np.zeros((7, 50, 3), np.uint8)
            live()
            viewer.layers.remove(second)
            live()
            print(f"Round {number + 1} of {ROUNDS} went well.", flush=True)
        viewer.close()


if __name__ == "__main__":
    main()
